//! A chunk without its debug information, in its own layout.

use std::collections::TryReserveError;

use crate::chunk::Version;
use crate::luac::{Field, Observer, Section, observe, try_dump};

use super::partial::PartialChunk;

impl PartialChunk<'_> {
    /// The bytes that `luac -s` would have written, as far as the chunk can be read. Trailing bytes
    /// are kept.
    ///
    /// A chunk of Lua 5.5 is written anew, as [`dump`](crate::dump) does: its strings are numbered, so that not one
    /// can be left out where it stands.
    ///
    /// # Errors
    /// There is no memory for them.
    pub fn stripped(&self) -> Result<Vec<u8>, TryReserveError> {
        if let (Version::Lua55, Some(chunk)) = (self.version, self.chunk()) {
            let mut chunk = chunk.clone();
            chunk.strip();
            let mut out = try_dump(&chunk)?;
            out.try_reserve_exact(self.trailing())?;
            out.extend_from_slice(&self.bytes[self.bytes.len() - self.trailing()..]);
            return Ok(out);
        }
        let mut strip = Strip {
            out: Vec::new(),
            next: Next::default(),
            // A varint of Lua 5.4 has a mark on its last byte.
            zero: match self.version {
                Version::Lua54 => Some(0x80),
                _ => None,
            },
        };
        strip.out.try_reserve_exact(self.bytes.len())?;
        observe(self.version, self.bytes, &mut strip);
        Ok(strip.out)
    }
}

/// Copies every field except debug information. Each list or name of that begins with its size: the
/// size becomes 0 and the rest is dropped.
struct Strip {
    out: Vec<u8>,
    next: Next,
    /// The size 0, if it is one byte whatever the size before.
    zero: Option<u8>,
}

/// What happens to the next field.
#[derive(Default)]
enum Next {
    #[default]
    Copied,
    /// Replaced by zeros: it is the size of debug information.
    Zeroed,
    /// Left out: it is debug information.
    Dropped,
}

impl<'a> Observer<'a> for Strip {
    fn section(&mut self, section: Section) {
        self.next = match section {
            Section::Source
            | Section::LineInfo
            | Section::AbsLineInfo
            | Section::LocVars
            | Section::UpvalueNames => Next::Zeroed,
            _ => Next::Copied,
        };
    }

    fn field(&mut self, _: usize, bytes: &'a [u8], _: Field<'a>) {
        match self.next {
            Next::Copied => self.out.extend_from_slice(bytes),
            Next::Zeroed => {
                match self.zero {
                    Some(zero) => self.out.push(zero),
                    None => self.out.resize(self.out.len() + bytes.len(), 0),
                }
                self.next = Next::Dropped;
            }
            Next::Dropped => {}
        }
    }

    fn end_chunk(&mut self, _: usize) {
        self.next = Next::Copied;
    }
}
