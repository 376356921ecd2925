//! `--dedup code`: recognizes units with the same code, whatever their layout and comments.

use std::collections::HashSet;
use std::sync::{PoisonError, RwLock};

use luadec_tok::chunk::Proto;
use sha2::{Digest, Sha256};

use super::units::Asked;
use crate::command::train::dataset::hash::{self, Fingerprint};

/// Hashes what a unit asks about, without its debug information and line numbers.
pub fn fingerprint(asked: &Asked) -> Fingerprint {
    let hash = Sha256::new();
    hash::start(match asked {
        Asked::Chunk(chunk) => {
            let mut chunk = chunk.clone();
            chunk.strip();
            clear_lines(&mut chunk.main);
            hash.chain_update(chunk.to_bytes())
        }
        Asked::Outline(outlines, _) => {
            let mut stripped = outlines[1].clone();
            clear_lines(&mut stripped.function);
            hash.chain_update(stripped.to_terse())
        }
    })
}

fn clear_lines(p: &mut Proto) {
    p.linedefined = 0;
    p.lastlinedefined = 0;
    p.p.iter_mut().for_each(clear_lines);
}

/// The fingerprints of the units that have a record. They are added in the order of the units, so
/// whichever thread asks, a fingerprint that is found belongs to an earlier unit.
#[derive(Debug, Default)]
pub struct Seen(RwLock<HashSet<Fingerprint>>);

impl Seen {
    /// Returns whether an earlier unit has this fingerprint.
    pub fn contains(&self, fingerprint: &Fingerprint) -> bool {
        let seen = self.0.read().unwrap_or_else(PoisonError::into_inner);
        seen.contains(fingerprint)
    }

    /// Adds a fingerprint and returns whether it is new.
    pub fn insert(&self, fingerprint: Fingerprint) -> bool {
        let mut seen = self.0.write().unwrap_or_else(PoisonError::into_inner);
        seen.insert(fingerprint)
    }
}
