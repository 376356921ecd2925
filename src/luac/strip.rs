//! Chunks without their debug information, in their own layout.

use std::collections::TryReserveError;

use crate::bytes::{FieldProblem, Layout};
use crate::chunk::Chunk;
use crate::version::Version;

use super::{ChunkFormat, ChunkProblem, Field, Header, Observer, Section};

/// Returns the bytes that `luac -s` would have written, as far as the chunk can be read. `chunk` is
/// the part that could be read; the `trailing` bytes after it are kept.
///
/// # Errors
/// Memory runs out.
pub(crate) fn strip(
    format: &ChunkFormat,
    bytes: &[u8],
    chunk: Option<(&Chunk, Layout)>,
    trailing: usize,
) -> Result<Vec<u8>, TryReserveError> {
    // The strings of Lua 5.5 refer to each other, and what is left out changes alignment.
    let is_aligned = format
        .dialect()
        .is_some_and(|dialect| dialect.align.is_some());
    if let Some((chunk, layout)) = chunk
        && (format.version == Version::Lua55 || is_aligned)
    {
        let mut chunk = chunk.clone();
        chunk.strip();
        let header = match format.dialect() {
            None => Header::usual(format.version),
            Some(dialect) => Header {
                format: dialect.formats.first().copied().unwrap_or_default(),
                layout,
            },
        };
        let mut out = format.dump(&chunk, &header)?;
        out.try_reserve_exact(trailing)?;
        out.extend_from_slice(&bytes[bytes.len() - trailing..]);
        return Ok(out);
    }
    let mut strip = Strip {
        out: Vec::new(),
        next: NextField::default(),
        // In Lua 5.4 the last byte of a varint is marked.
        zero: match format.version {
            Version::Lua54 => Some(0x80),
            _ => None,
        },
    };
    strip.out.try_reserve_exact(bytes.len())?;
    let observed = format.observe(bytes, &mut strip);
    match observed.error.map(|error| error.problem) {
        // It could be read before, but there is less memory now. No vector is so long.
        Some(ChunkProblem::Field(FieldProblem::Memory { .. })) => {
            strip.out.try_reserve_exact(usize::MAX).map(|()| strip.out)
        }
        _ => Ok(strip.out),
    }
}

/// Copies every field except debug information. Each list or name of debug information begins with
/// its size: the size becomes 0 and the rest is dropped.
struct Strip {
    out: Vec<u8>,
    next: NextField,
    /// The size 0, if it is one byte whatever the size before was.
    zero: Option<u8>,
}

/// The treatment of the next field.
#[derive(Default)]
enum NextField {
    #[default]
    Copied,
    /// Replaced by zeros: the size of debug information.
    Zeroed,
    /// Left out: debug information.
    Dropped,
}

impl<'a> Observer<'a> for Strip {
    fn section(&mut self, section: Section) {
        self.next = match section {
            Section::Source
            | Section::LineInfo
            | Section::AbsLineInfo
            | Section::LocVars
            | Section::UpvalueNames => NextField::Zeroed,
            _ => NextField::Copied,
        };
    }

    fn field(&mut self, _: usize, bytes: &'a [u8], _: Field<'a>) {
        match self.next {
            NextField::Copied => self.out.extend_from_slice(bytes),
            NextField::Zeroed => {
                match self.zero {
                    Some(zero) => self.out.push(zero),
                    None => self.out.resize(self.out.len() + bytes.len(), 0),
                }
                self.next = NextField::Dropped;
            }
            NextField::Dropped => {}
        }
    }

    fn end_chunk(&mut self, _: usize) {
        self.next = NextField::Copied;
    }
}
