//! The number of tokens of a stream, counted without its text.

use std::io;

use super::fragments::Numbered;
use super::language::{Language, NoFullStream};
use super::sink::{Sink, TokenWriter};
use crate::chunk::Chunk;

impl Language {
    /// Counts the tokens of the stream of `chunk`: each special token is one, and so is each value
    /// between two of them, however long it is.
    ///
    /// # Errors
    /// As for [`check`](Self::check).
    pub fn count_tokens(self, chunk: &Chunk) -> Result<u64, NoFullStream> {
        self.check(chunk.version)?;
        let mut count = Count(0);
        self.emit_to(chunk, &mut count)
            .expect("counting does not fail");
        Ok(count.0)
    }
}

/// Counts what the emitter writes.
struct Count(u64);

impl Sink for Count {
    type Out<'a> = Count;

    fn write(&mut self, write: impl FnOnce(&mut Count)) -> io::Result<()> {
        write(self);
        Ok(())
    }

    fn text(&mut self, text: &[u8], quoted: bool) -> io::Result<()> {
        self.0 += u64::from(quoted || !text.is_empty());
        Ok(())
    }
}

impl TokenWriter for Count {
    fn fragment<const N: usize>(&mut self, fragment: Numbered<N>) {
        let begins = fragment.tokens().iter().filter(|byte| **byte == b'<');
        self.0 += begins.count() as u64;
    }

    fn integer(&mut self, _: i64) {
        self.0 += 1;
    }

    fn float(&mut self, _: f64) {
        self.0 += 1;
    }

    fn word(&mut self, word: &'static str) {
        // The quotes belong to the text between them.
        self.0 += u64::from(word != "\"");
    }

    fn token(&mut self, _: &str) {
        self.0 += 1;
    }
}
