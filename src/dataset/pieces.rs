//! The memory that records are handed over in.

use std::sync::{Mutex, PoisonError};

/// How much of a record is handed over at once, in bytes.
pub(super) const PIECE: usize = 64 << 10;

/// The pieces that were written and can be filled again: to get fresh memory takes longer than to
/// write into it.
#[derive(Debug, Default)]
pub struct Pieces(Mutex<Vec<Vec<u8>>>);

impl Pieces {
    /// An empty one.
    pub(super) fn take(&self) -> Vec<u8> {
        let mut pieces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pieces.pop().unwrap_or_else(|| Vec::with_capacity(PIECE))
    }

    /// Takes back the bytes of an event, if they are a piece.
    pub fn give_back(&self, mut bytes: Vec<u8>) {
        if bytes.capacity() == PIECE {
            bytes.clear();
            let mut pieces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            pieces.push(bytes);
        }
    }
}
