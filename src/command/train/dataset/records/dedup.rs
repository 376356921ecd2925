//! `--dedup`: recognizes units with the same code, whatever their layout and comments, and units with
//! nearly the same code.

use std::collections::HashSet;
use std::io::{self, Read};
use std::sync::{PoisonError, RwLock};

use luadec_tok::chunk::Proto;
use luadec_tok::stream::Language;
use sha2::{Digest, Sha256};

use super::near;
use super::near::index::NearIndex;
pub use super::near::index::Repeat;
use super::near::signature::Signature;
use super::units::Asked;
use crate::command::train::dataset::arguments::Dedup;
use crate::command::train::hash::{self, Fingerprint};

/// Identifies the code of a unit.
#[derive(Clone, Copy, Debug)]
pub struct UnitCode {
    /// A hash of the chunk or outline without its debug information and line numbers.
    pub fingerprint: Fingerprint,
    /// Says how similar it is to others, if that is asked for.
    pub signature: Option<Signature>,
}

impl UnitCode {
    /// Identifies the code of a unit, with its signature if `signature` is true.
    ///
    /// # Errors
    /// There is not enough memory.
    pub fn of(asked: &Asked, signature: bool) -> io::Result<UnitCode> {
        let hash = Sha256::new();
        let (hash, signature) = match asked {
            Asked::Chunk(chunk) => {
                let mut chunk = chunk.clone();
                chunk.strip();
                clear_lines(&mut chunk.main);
                let signature =
                    signature.then(|| near::signature(|text| Language::Terse.emit(&chunk, text)));
                (hash.chain_update(chunk.to_bytes()), signature)
            }
            Asked::Outline(outlines, _) => {
                let mut stripped = outlines[1].clone();
                clear_lines(&mut stripped.function);
                let signature = signature.then(|| near::signature(|text| stripped.emit(text)));
                (hash.chain_update(stripped.to_terse()), signature)
            }
        };
        Ok(UnitCode {
            fingerprint: hash::start(hash),
            signature: signature.transpose()?,
        })
    }
}

fn clear_lines(p: &mut Proto) {
    p.linedefined = 0;
    p.lastlinedefined = 0;
    p.p.iter_mut().for_each(clear_lines);
}

/// The units that have a record. They are added in the order of the units, so whichever thread asks,
/// a unit that is found is an earlier one.
pub struct Seen(RwLock<Units>);

enum Units {
    Codes(HashSet<Fingerprint>),
    /// Equal codes have equal signatures, so this needs no fingerprints.
    Near(Box<NearIndex>),
}

/// How many units there were when one was looked up.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known(usize);

impl Seen {
    /// Creates an empty set.
    pub fn new(dedup: Dedup) -> Seen {
        Seen(RwLock::new(match dedup {
            Dedup::Near(threshold) => Units::Near(Box::new(NearIndex::new(threshold))),
            Dedup::Code | Dedup::None => Units::Codes(HashSet::new()),
        }))
    }

    /// Looks up an earlier unit with the same or nearly the same code, among those that were not known
    /// before. Returns how many are known now if there is none.
    pub fn find(&self, unit: &UnitCode, known: Known) -> Result<Known, Repeat> {
        let units = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (found, known) = match (&*units, &unit.signature) {
            (Units::Near(index), Some(signature)) => {
                let found = index.find(start(unit), signature, known.0);
                (found, index.len())
            }
            (Units::Codes(codes), _) => {
                let found = codes.contains(&unit.fingerprint);
                (found.then_some(Repeat::Code), codes.len())
            }
            (Units::Near(_), None) => (None, 0),
        };
        found.map_or(Ok(Known(known)), Err)
    }

    /// Adds a unit.
    pub fn insert(&self, unit: &UnitCode) {
        let mut units = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match (&mut *units, &unit.signature) {
            (Units::Codes(codes), _) => {
                codes.insert(unit.fingerprint);
            }
            (Units::Near(index), Some(signature)) => index.insert(start(unit), signature),
            (Units::Near(_), None) => {}
        }
    }

    /// Returns a unit as bytes, for [`read`](Self::read).
    pub fn log(&self, unit: &UnitCode) -> Vec<u8> {
        let signature = unit.signature.filter(|_| self.is_near());
        let bytes = signature.map(Signature::to_bytes);
        [
            &unit.fingerprint[..],
            bytes.as_ref().map_or(&[], |bytes| bytes),
        ]
        .concat()
    }

    /// Adds the units of an earlier run, whose bytes have this length.
    pub fn read(&self, mut log: impl Read, length: u64) -> io::Result<()> {
        let is_near = self.is_near();
        let one = size_of::<Fingerprint>() + if is_near { Signature::BYTES } else { 0 };
        for _ in 0..length / one as u64 {
            let mut fingerprint = Fingerprint::default();
            log.read_exact(&mut fingerprint)?;
            let mut signature = None;
            if is_near {
                let mut bytes = [0; Signature::BYTES];
                log.read_exact(&mut bytes)?;
                signature = Some(Signature::from_bytes(&bytes));
            }
            self.insert(&UnitCode {
                fingerprint,
                signature,
            });
        }
        Ok(())
    }

    fn is_near(&self) -> bool {
        let units = self.0.read().unwrap_or_else(PoisonError::into_inner);
        matches!(&*units, Units::Near(_))
    }
}

/// Returns the start of the fingerprint, which suffices beside the signature.
fn start(unit: &UnitCode) -> [u8; 4] {
    let [a, b, c, d, ..] = unit.fingerprint;
    [a, b, c, d]
}
