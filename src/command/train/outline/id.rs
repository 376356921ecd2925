//! What identifies an outline: in a data set, in the questions of `ask`, and in the answers.

use std::io;

use luadec_tok::stream::{Outline, Text};
use sha2::{Digest, Sha256};

use crate::command::train::hash::{hex, start};

/// Returns a hash of an outline's text, in hexadecimal. Equal functions have equal outlines.
pub fn id(outline: &Outline) -> String {
    let mut text = Text::new(Hash::default(), 0);
    let emitted = outline.emit(&mut text).and_then(|()| text.finish());
    let Hash(hash) = emitted.expect("a hash takes everything");
    hex(&start::<16>(hash))
}

/// Hashes what is written to it.
#[derive(Default)]
struct Hash(Sha256);

impl io::Write for Hash {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
