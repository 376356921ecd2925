//! The index in which near-duplicates are looked up (locality-sensitive hashing).

use thiserror::Error;

use super::Threshold;
use super::signature::{BANDS, Signature};

/// The units that have a record, with their signatures. For each band there is a table of chains:
/// the units whose bands have about the same hash, the newest first.
///
/// A unit takes 172 bytes, and 11 to 22 more in the tables.
pub struct NearIndex {
    threshold: Threshold,
    rows: usize,
    /// In pieces, which never move and waste little memory.
    pieces: Vec<Vec<NearUnit>>,
    /// For each band, the newest unit of each chain, counted from 1; 0 if there is none.
    newest: [Vec<u32>; BANDS],
}

struct NearUnit {
    /// In halves, because of the alignment.
    signature: [[u8; 4]; Signature::BYTES / 4],
    /// The start of the fingerprint of its code.
    code: [u8; 4],
    /// The next older unit of its chain in each band, counted like the newest.
    older: [u32; BANDS],
}

/// A unit like an earlier one.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
pub enum Repeat {
    /// It has the same code.
    #[error("an earlier unit has the same code")]
    Code,
    /// It has nearly the same code.
    #[error("an earlier unit has nearly the same code")]
    Near,
}

impl Repeat {
    /// Returns the name by which error rows call it.
    pub fn name(self) -> &'static str {
        match self {
            Repeat::Code => "duplicate",
            Repeat::Near => "near-duplicate",
        }
    }
}

/// The number of units in a piece.
const PIECE: usize = 4096;

/// The average length of chains above which the tables grow.
const LONGEST: usize = 5;

impl NearIndex {
    /// Creates an empty index.
    pub fn new(threshold: Threshold) -> NearIndex {
        NearIndex {
            threshold,
            rows: threshold.rows(),
            pieces: Vec::new(),
            newest: std::array::from_fn(|_| vec![0; PIECE / LONGEST]),
        }
    }

    /// Returns the number of units.
    pub fn len(&self) -> usize {
        let full = self.pieces.len().saturating_sub(1) * PIECE;
        full + self.pieces.last().map_or(0, Vec::len)
    }

    /// Returns whether one of the units after the first `known` is like this one.
    pub fn find(&self, code: [u8; 4], signature: &Signature, known: usize) -> Option<Repeat> {
        if known == self.len() {
            return None;
        }
        let bands = signature.bands(self.rows);
        for (band, (hash, newest)) in bands.into_iter().zip(&self.newest).enumerate() {
            let mut next = newest[place(hash, newest.len())] as usize;
            while next > known {
                let unit = self.unit(next - 1);
                if unit.signature().is_near(signature, self.threshold) {
                    // There is no other with the same code: it would have been near this one.
                    let same = unit.code == code;
                    return Some(if same { Repeat::Code } else { Repeat::Near });
                }
                next = unit.older[band] as usize;
            }
        }
        None
    }

    /// Adds a unit.
    pub fn insert(&mut self, code: [u8; 4], signature: &Signature) {
        let len = self.len();
        if len >= LONGEST * self.newest[0].len() {
            self.grow();
        }
        if len.is_multiple_of(PIECE) {
            self.pieces.push(Vec::with_capacity(PIECE));
        }
        let mut unit = NearUnit {
            signature: [[0; 4]; _],
            code,
            older: [0; BANDS],
        };
        unit.signature
            .as_flattened_mut()
            .copy_from_slice(&signature.to_bytes());
        link(&mut self.newest, self.rows, &mut unit, len);
        if let Some(piece) = self.pieces.last_mut() {
            piece.push(unit);
        }
    }

    /// Doubles the tables.
    fn grow(&mut self) {
        let length = 2 * self.newest[0].len();
        for newest in &mut self.newest {
            // The old table first, so that there are never two.
            *newest = Vec::new();
            *newest = vec![0; length];
        }
        let units = self.pieces.iter_mut().flatten();
        for (i, unit) in units.enumerate() {
            link(&mut self.newest, self.rows, unit, i);
        }
    }

    fn unit(&self, i: usize) -> &NearUnit {
        &self.pieces[i / PIECE][i % PIECE]
    }
}

impl NearUnit {
    fn signature(&self) -> Signature {
        let bytes = self.signature.as_flattened().first_chunk();
        Signature::from_bytes(bytes.expect("it has this length"))
    }
}

/// Makes unit `i` the newest of its chains.
fn link(newest: &mut [Vec<u32>; BANDS], rows: usize, unit: &mut NearUnit, i: usize) {
    let number = u32::try_from(i + 1).expect("memory ends before four billion units");
    let bands = unit.signature().bands(rows);
    for ((hash, newest), older) in bands.into_iter().zip(newest).zip(&mut unit.older) {
        let place = place(hash, newest.len());
        *older = std::mem::replace(&mut newest[place], number);
    }
}

/// Returns the chain of a hash.
fn place(hash: u64, chains: usize) -> usize {
    ((u128::from(hash) * chains as u128) >> 64) as usize
}

#[cfg(test)]
mod tests {
    use super::super::signature::{SignatureBuilder, mix};
    use super::*;

    /// Unit `i` of many, which have every third run in common and are otherwise random.
    fn unit(i: u64) -> Signature {
        let mut builder = SignatureBuilder::default();
        (0..60).for_each(|run| {
            builder.add(mix(run + if run % 3 == 0 { 0 } else { i << 8 }));
        });
        builder.build()
    }

    fn code(i: u64) -> [u8; 4] {
        (i as u32).to_le_bytes()
    }

    /// Fills an index, and returns the most memory that a unit took on the way, in bytes. The unused
    /// rest of the last piece does not count: it is always less than 704 kB.
    fn fill(units: u64) -> (NearIndex, f64) {
        let mut index = NearIndex::new(Threshold::DEFAULT);
        let mut most = 0.0f64;
        for i in 0..units {
            let unit = unit(i);
            assert_eq!(index.find(code(i), &unit, 0), None);
            index.insert(code(i), &unit);
            let chains: usize = index.newest.iter().map(Vec::capacity).sum();
            let tables = (chains * size_of::<u32>()) as f64 / (i + 1) as f64;
            if i > PIECE as u64 {
                most = most.max(size_of::<NearUnit>() as f64 + tables);
            }
        }
        (index, most)
    }

    #[test]
    fn a_unit_takes_at_most_200_bytes_and_is_found_again() {
        const UNITS: u64 = 10_000;
        let (index, most) = fill(UNITS);
        assert!(most <= 200.0, "{most}");
        for i in (0..UNITS).step_by(97) {
            assert_eq!(index.find(code(i), &unit(i), 0), Some(Repeat::Code));
            assert_eq!(index.find(code(i + 1), &unit(i), 0), Some(Repeat::Near));
            // Only those that came later are asked.
            assert_eq!(index.find(code(i), &unit(i), i as usize + 1), None);
        }
    }

    #[test]
    #[ignore = "takes a minute without optimization; prints what a million units take"]
    fn a_million_units() {
        let (index, most) = fill(1_000_000);
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let peak = status
            .lines()
            .find(|line| line.starts_with("VmHWM"))
            .unwrap_or_default();
        println!(
            "{} units, at most {most:.1} bytes each; {peak}",
            index.len()
        );
        assert!(most <= 200.0);
    }
}
