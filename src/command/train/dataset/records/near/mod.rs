//! `--dedup near` and `--signatures`: units whose code is nearly the same.
//!
//! A unit is the set of the runs of five tokens in its stripped terse stream. Two units are as
//! similar as the share of runs that they have in common (the Jaccard index), which is estimated
//! from a signature of 112 bytes each. The crates for this keep 256 bytes or more per unit, so it is
//! written here.

mod grams;
pub mod index;
pub mod signature;

use std::fmt;
use std::io;

use luadec_tok::stream::Text;

use super::verify::CAPACITY;
use grams::Grams;
use signature::{BAND, BANDS, Signature};

/// The similarity from which units are near-duplicates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold(f64);

impl Threshold {
    pub const DEFAULT: Threshold = Threshold(0.8);

    /// The lowest. At lower ones more than 1 % of the units that are left would have a near-duplicate
    /// left, because estimates from a signature of this size are not precise enough.
    const LEAST: f64 = 0.75;

    /// Returns the threshold, if it is in range.
    pub fn new(similarity: f64) -> Option<Threshold> {
        (Threshold::LEAST..=1.0)
            .contains(&similarity)
            .then_some(Threshold(similarity))
    }

    /// Returns the number of bins of a band that are compared: as many as possible, so that few units
    /// are candidates, but so that at most 1.5 % of the pairs at the threshold agree in no band.
    fn rows(self) -> usize {
        const MISSED: f64 = 0.015;
        // Different values may have the same letter.
        let agree = self.0 + (1.0 - self.0) / f64::from(signature::LETTERS);
        let missed = |rows: &usize| (1.0 - agree.powi(*rows as i32)).powi(BANDS as i32);
        (1..=BAND)
            .rev()
            .find(|rows| missed(rows) <= MISSED)
            .unwrap_or(1)
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Returns the signature of the stripped terse stream that `emit` writes.
///
/// # Errors
/// There is not enough memory.
pub fn signature(emit: impl FnOnce(&mut Text<Grams>) -> io::Result<()>) -> io::Result<Signature> {
    let mut text = Text::new(Grams::default(), CAPACITY);
    emit(&mut text)?;
    Ok(text.finish()?.signature())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lower_thresholds_compare_fewer_bins() {
        let rows = [0.75, 0.8, 0.85, 0.9, 0.95, 1.0].map(|t| Threshold::new(t).unwrap().rows());
        assert_eq!(rows, [5, 6, 8, 13, 16, 16]);
        assert_eq!(Threshold::new(0.74), None);
        assert_eq!(Threshold::new(1.01), None);
        assert_eq!(Threshold::new(f64::NAN), None);
        assert_eq!(BANDS * BAND, signature::BINS);
    }
}
