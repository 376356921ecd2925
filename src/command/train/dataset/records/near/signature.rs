//! Signatures, from which similarities are estimated (one permutation MinHash: Li, Owen, Zhang 2012).
//!
//! The hash of each run of tokens puts it into one of 224 bins, and the bin keeps its lowest hash, as a
//! letter: one of 15. For equal sets, all bins are equal. For others, of the bins in which either
//! has a letter, the share of those with the same lowest hash estimates the similarity. Small sets
//! leave most bins empty, and their estimates are nearly exact.

use std::array;

use super::Threshold;

/// The number of bins.
pub const BINS: usize = 224;
/// The bins are in this many bands, by which candidates are found.
pub const BANDS: usize = 14;
/// The number of bins in a band.
pub const BAND: usize = BINS / BANDS;
/// The number of letters.
pub const LETTERS: u32 = 15;
/// Marks an empty bin.
const EMPTY: u64 = 15;
/// The lowest bit of each bin of a band.
const LOWEST: u64 = 0x1111_1111_1111_1111;

/// The signature of a unit: for each band, four bits for each bin, of which the first is the lowest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Signature([u64; BANDS]);

impl Signature {
    /// The length in bytes.
    pub const BYTES: usize = BANDS * size_of::<u64>();

    /// Returns whether the similarity of the sets, as estimated, is at least `threshold`. Estimates are
    /// rounded up to whole percents: then half as many near-duplicates are left as without.
    pub fn is_near(&self, other: &Signature, threshold: Threshold) -> bool {
        /// What adding binary fractions may leave.
        const NOISE: f64 = 1e-9;
        let either = |a: u64, b: u64| filled(a) | filled(b);
        let both = |a: u64, b: u64| filled(a) & filled(b);
        let equal = |a: u64, b: u64| both(a, b) & !any(a ^ b);
        let [either, both, equal] = [
            self.count(other, either),
            self.count(other, both),
            self.count(other, equal),
        ];
        // Of the bins with different lowest hashes, one in 15 has the same letter.
        let letters = f64::from(LETTERS);
        let same = (letters * equal - both) / (letters - 1.0);
        let percent = (100.0 * same / either - NOISE).ceil();
        percent >= 100.0 * threshold.0 - NOISE
    }

    /// Counts the bins that `select` selects by their lowest bits.
    fn count(&self, other: &Signature, select: impl Fn(u64, u64) -> u64) -> f64 {
        // There are fewer bands than the four bits of a bin can count.
        let pairs = self.0.iter().zip(&other.0);
        let counts: u64 = pairs.map(|(a, b)| select(*a, *b)).sum();
        f64::from(
            (0..BAND)
                .map(|bin| (counts >> (4 * bin) & 15) as u32)
                .sum::<u32>(),
        )
    }

    /// Returns the signature with the letter of another bin in each empty bin, so that the share of
    /// equal bins is about the similarity in small sets, too (Mai et al. 2019: fast densification).
    fn filled_up(&self) -> Signature {
        let own: Vec<usize> = (0..BINS).filter(|bin| self.at(*bin) != EMPTY).collect();
        let mut full = *self;
        let mut empty = BINS - own.len();
        // Sets in which the same bins are full are filled up in the same way.
        for attempt in (0..).take_while(|_| !own.is_empty()) {
            if empty == 0 {
                break;
            }
            for bin in &own {
                let other = (mix((*bin as u64) << 32 | attempt) % BINS as u64) as usize;
                if full.at(other) == EMPTY {
                    full.set(other, self.at(*bin));
                    empty -= 1;
                }
            }
        }
        full
    }

    /// Returns hashes of the bands: of the first `rows` bins of each, after filling up. Units are
    /// candidates if one of these is equal.
    pub fn bands(&self, rows: usize) -> [u64; BANDS] {
        let full = self.filled_up();
        let unused = (64 - 4 * rows) as u32;
        array::from_fn(|band| mix(full.0[band] << unused))
    }

    /// Returns the letters, one for each bin. Those that an empty bin has from another are capitals.
    pub fn letters(&self) -> String {
        let full = self.filled_up();
        let letter = |bin| match self.at(bin) {
            EMPTY => (b'A' + full.at(bin) as u8) as char,
            letter => (b'a' + letter as u8) as char,
        };
        (0..BINS).map(letter).collect()
    }

    fn at(&self, bin: usize) -> u64 {
        self.0[bin / BAND] >> (4 * (bin % BAND)) & 15
    }

    fn set(&mut self, bin: usize, letter: u64) {
        let (band, shift) = (&mut self.0[bin / BAND], 4 * (bin % BAND));
        *band = *band & !(15 << shift) | letter << shift;
    }

    pub fn to_bytes(self) -> [u8; Signature::BYTES] {
        let mut bytes = [0; Signature::BYTES];
        let (words, _) = bytes.as_chunks_mut();
        words
            .iter_mut()
            .zip(self.0)
            .for_each(|(bytes, word)| *bytes = word.to_le_bytes());
        bytes
    }

    pub fn from_bytes(bytes: &[u8; Signature::BYTES]) -> Signature {
        let (words, _) = bytes.as_chunks();
        Signature(array::from_fn(|band| u64::from_le_bytes(words[band])))
    }
}

/// Returns the lowest bit of each bin that has any bit set.
fn any(band: u64) -> u64 {
    (band | band >> 1 | band >> 2 | band >> 3) & LOWEST
}

/// Returns the lowest bit of each bin that is not empty.
fn filled(band: u64) -> u64 {
    any(!band)
}

/// The lowest hash of each bin, so far.
pub struct SignatureBuilder([Option<u32>; BINS]);

impl Default for SignatureBuilder {
    fn default() -> Self {
        SignatureBuilder([None; BINS])
    }
}

impl SignatureBuilder {
    /// Adds a hash to the set.
    pub fn add(&mut self, hash: u64) {
        let (high, low) = (hash >> 32, hash as u32);
        let bin = &mut self.0[((high * BINS as u64) >> 32) as usize];
        *bin = Some(bin.map_or(low, |lowest| lowest.min(low)));
    }

    pub fn build(&self) -> Signature {
        let mut signature = Signature([u64::MAX; BANDS]);
        for (bin, lowest) in self.0.iter().enumerate() {
            if let Some(lowest) = lowest {
                signature.set(bin, (lowest % LETTERS).into());
            }
        }
        signature
    }
}

/// Scrambles a number (the last steps of SplitMix64).
pub fn mix(mut x: u64) -> u64 {
    x = (x ^ x >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ x >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ x >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The signature of a set of numbers.
    fn of(numbers: impl Iterator<Item = u64>) -> Signature {
        let mut builder = SignatureBuilder::default();
        numbers.for_each(|number| builder.add(mix(number)));
        builder.build()
    }

    fn near(a: &Signature, b: &Signature, threshold: f64) -> bool {
        a.is_near(b, Threshold::new(threshold).unwrap())
    }

    /// Of 200 pairs of sets that share this many of 100 elements, counts those that seem near.
    fn share_near(scale: u64, common: u64) -> usize {
        let pair = |i: u64| {
            let start = i << 32;
            let own = (100 - common) / 2;
            let a = of(start..start + (common + own) * scale);
            let b = of(start + own * scale..start + (common + 2 * own) * scale);
            near(&a, &b, 0.8)
        };
        (1..=200).filter(|i| pair(*i)).count()
    }

    #[test]
    fn small_sets_are_estimated_closer_than_large_ones() {
        for (scale, unlike, like) in [(1, 72, 86), (100, 70, 90)] {
            assert!(
                share_near(scale, unlike) <= 6,
                "{} at {scale}",
                share_near(scale, unlike)
            );
            assert!(
                share_near(scale, like) >= 194,
                "{} at {scale}",
                share_near(scale, like)
            );
        }
    }

    #[test]
    fn equal_sets_are_as_near_as_can_be() {
        for length in [1, 2, 50, 5000] {
            let (a, b) = (of(0..length), of((0..length).rev()));
            assert!(near(&a, &b, 1.0) && a.bands(16) == b.bands(16));
            let other = of(length..2 * length);
            assert!(!near(&a, &other, 1.0));
        }
    }

    #[test]
    fn the_bytes_hold_the_signature() {
        let signature = of(0..100);
        assert_eq!(Signature::from_bytes(&signature.to_bytes()), signature);
    }

    /// Compares letters as the documentation says.
    fn similarity(a: &str, b: &str) -> f64 {
        let pairs: Vec<(char, char)> = a.chars().zip(b.chars()).collect();
        let count =
            |test: &dyn Fn(&(char, char)) -> bool| pairs.iter().filter(|p| test(p)).count() as f64;
        let either = count(&|(a, b)| a.is_lowercase() || b.is_lowercase());
        let both = count(&|(a, b)| a.is_lowercase() && b.is_lowercase());
        let equal = count(&|(a, b)| a.is_lowercase() && a == b);
        (100.0 * (15.0 * equal - both) / (14.0 * either) - 1e-9).ceil() / 100.0
    }

    #[test]
    fn letters_say_what_the_bytes_say() {
        for (first, length) in [(20, 100), (5, 100), (100, 1000), (110, 1000)] {
            let (a, b) = (of(0..length), of(first..length + first));
            let (x, y) = (a.letters(), b.letters());
            for threshold in [0.75, 0.8, 0.9] {
                assert_eq!(near(&a, &b, threshold), similarity(&x, &y) >= threshold);
            }
            let band = |letters: &str, band: usize| letters[16 * band..][..6].to_lowercase();
            for i in 0..BANDS {
                assert_eq!(a.bands(6)[i] == b.bands(6)[i], band(&x, i) == band(&y, i));
            }
        }
    }
}
