//! The proof of a record before it is written.

use std::io::{self, Write};

use super::Reason;
use crate::proto::Chunk;
use crate::stream::{Text, Verify, emit};

/// How much of the stream is parsed at once: what stays in the cache.
const CAPACITY: usize = 64 << 10;

/// Emits the stream of a chunk to nowhere and parses it back, so that nothing of it need be held.
///
/// # Errors
/// [`Reason::TooLong`] if it is longer than `most` bytes; [`Reason::Unverified`] if what it parses
/// to is not the chunk.
pub fn verify(chunk: &Chunk, most: Option<u64>) -> Result<(), Reason> {
    let most = most.unwrap_or(u64::MAX);
    let mut length = Length { bytes: 0, most };
    let mut text = Text::new(Verify::new(&mut length, true), CAPACITY);
    let emitted = emit(chunk, &mut text).and_then(|()| text.flush());
    let parsed = text.get_mut().take();
    match (emitted, parsed) {
        (Ok(()), Some(parsed)) => match chunk.difference(&parsed) {
            None => Ok(()),
            Some(path) => Err(Reason::Unverified(format!("{path} differs"))),
        },
        (Ok(()), None) => Err(Reason::Unverified("it has no end".to_owned())),
        (Err(_), _) if length.bytes > most => Err(Reason::TooLong(most)),
        (Err(error), _) => Err(Reason::Unverified(error.to_string())),
    }
}

/// A writer to nowhere that fails behind a length.
struct Length {
    bytes: u64,
    most: u64,
}

impl Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes += bytes.len() as u64;
        if self.bytes > self.most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
