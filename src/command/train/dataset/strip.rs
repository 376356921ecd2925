//! `--strip`: which variants of a unit become records, with debug information, without it, or both.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::command::train::hash::draw;

/// Which variants of a unit become records.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StripChoice {
    /// With debug information.
    Never,
    /// Without it.
    Always,
    /// A record with it and a record without it.
    Both,
    /// Without it for this share of the units, from 0 to 1.
    Rate(f64),
}

/// The error for anything but `never`, `always`, `both` and the numbers from 0 to 1.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("expected never, always, both or a number from 0 to 1")]
pub struct BadStrip;

impl StripChoice {
    /// Returns the variants of a unit in the order of their records; `true` is the stripped one.
    /// With a rate, the choice depends only on the seed and the content, not on the rest of the
    /// set.
    pub fn variants(self, seed: u64, content: &[u8]) -> &'static [bool] {
        match self {
            StripChoice::Never => &[false],
            StripChoice::Always => &[true],
            StripChoice::Both => &[false, true],
            StripChoice::Rate(rate) if draw(seed, content) < rate => &[true],
            StripChoice::Rate(_) => &[false],
        }
    }
}

impl fmt::Display for StripChoice {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            StripChoice::Never => f.write_str("never"),
            StripChoice::Always => f.write_str("always"),
            StripChoice::Both => f.write_str("both"),
            StripChoice::Rate(rate) => rate.fmt(f),
        }
    }
}

impl FromStr for StripChoice {
    type Err = BadStrip;

    fn from_str(text: &str) -> Result<Self, BadStrip> {
        match text {
            "never" => Ok(StripChoice::Never),
            "always" => Ok(StripChoice::Always),
            "both" => Ok(StripChoice::Both),
            _ => match text.parse() {
                Ok(rate) if (0.0..=1.0).contains(&rate) => Ok(StripChoice::Rate(rate)),
                _ => Err(BadStrip),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_share_of_the_contents() {
        let stripped = |rate: f64, seed| {
            let drawn = (0..1000u32)
                .filter(|i| StripChoice::Rate(rate).variants(seed, &i.to_le_bytes()) == [true]);
            drawn.collect::<Vec<_>>()
        };
        assert_eq!(stripped(0.0, 0).len(), 0);
        assert_eq!(stripped(1.0, 0).len(), 1000);
        let quarter = stripped(0.25, 0);
        assert!((200..300).contains(&quarter.len()), "{}", quarter.len());
        // A larger share holds the smaller one; another seed draws others.
        let half = stripped(0.5, 0);
        assert!(quarter.iter().all(|i| half.contains(i)));
        assert_ne!(quarter, stripped(0.25, 1));
    }

    #[test]
    fn values_of_strip_are_parsed() {
        assert_eq!("both".parse(), Ok(StripChoice::Both));
        assert_eq!("0.25".parse(), Ok(StripChoice::Rate(0.25)));
        for bad in ["", "1.5", "-0.1", "nan", "some"] {
            assert_eq!(bad.parse::<StripChoice>(), Err(BadStrip), "{bad}");
        }
    }
}
