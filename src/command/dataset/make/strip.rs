//! Which variants a unit gives: with its debug information, without it, or both.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};
use thiserror::Error;

/// Which variants a unit gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Strip {
    /// With debug information.
    Never,
    /// Without it.
    Always,
    /// One record with it, one without.
    Both,
    /// Without it for this share of the units, 0 to 1.
    Rate(f64),
}

/// None of `never`, `always`, `both` and the numbers from 0 to 1.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("expected never, always, both or a number from 0 to 1")]
pub struct BadStrip;

impl Strip {
    /// The variants of a content in the order of their records; `true` is the stripped one. A rate
    /// draws by seed and content alone, so the result does not depend on the rest of the set.
    pub fn variants(self, seed: u64, content: &[u8]) -> &'static [bool] {
        match self {
            Strip::Never => &[false],
            Strip::Always => &[true],
            Strip::Both => &[false, true],
            Strip::Rate(rate) if draw(seed, content) < rate => &[true],
            Strip::Rate(_) => &[false],
        }
    }
}

impl fmt::Display for Strip {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Strip::Never => f.write_str("never"),
            Strip::Always => f.write_str("always"),
            Strip::Both => f.write_str("both"),
            Strip::Rate(rate) => rate.fmt(f),
        }
    }
}

impl FromStr for Strip {
    type Err = BadStrip;

    fn from_str(text: &str) -> Result<Self, BadStrip> {
        match text {
            "never" => Ok(Strip::Never),
            "always" => Ok(Strip::Always),
            "both" => Ok(Strip::Both),
            _ => match text.parse() {
                Ok(rate) if (0.0..=1.0).contains(&rate) => Ok(Strip::Rate(rate)),
                _ => Err(BadStrip),
            },
        }
    }
}

/// A number from 0 to 1, 1 excluded, that depends on seed and content.
pub fn draw(seed: u64, content: &[u8]) -> f64 {
    let hash = Sha256::new()
        .chain_update(seed.to_le_bytes())
        .chain_update(content)
        .finalize();
    let (bits, _) = hash.split_first_chunk().expect("the hash has 32 bytes");
    // As many bits as a double holds.
    (u64::from_le_bytes(*bits) >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_share_of_the_contents() {
        let stripped = |rate: f64, seed| {
            let drawn = (0..1000u32)
                .filter(|i| Strip::Rate(rate).variants(seed, &i.to_le_bytes()) == [true]);
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
    fn what_strip_takes() {
        assert_eq!("both".parse(), Ok(Strip::Both));
        assert_eq!("0.25".parse(), Ok(Strip::Rate(0.25)));
        for bad in ["", "1.5", "-0.1", "nan", "some"] {
            assert_eq!(bad.parse::<Strip>(), Err(BadStrip), "{bad}");
        }
    }
}
