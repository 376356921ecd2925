//! Buffers to hand records over in.

use std::sync::{Mutex, PoisonError};

/// How much of a record is handed over at once, in bytes.
pub const PIECE: usize = 64 << 10;

/// Buffers that can be filled again: allocating fresh memory takes longer than filling it.
#[derive(Debug, Default)]
pub struct Pieces(Mutex<Vec<Vec<u8>>>);

impl Pieces {
    /// An empty buffer.
    pub fn take(&self) -> Vec<u8> {
        let mut pieces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pieces.pop().unwrap_or_else(|| Vec::with_capacity(PIECE))
    }

    /// Takes back the bytes of an event if they are such a buffer.
    pub fn give_back(&self, mut bytes: Vec<u8>) {
        if bytes.capacity() == PIECE {
            bytes.clear();
            let mut pieces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            pieces.push(bytes);
        }
    }
}
