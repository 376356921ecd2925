//! Verification: a stream is parsed while it is written.

use std::io::{self, Write};

use super::error::StreamProblem;
use super::parser::Parser;
use super::terse::Outline;
use crate::chunk::Chunk;

/// A writer that parses a stream of either language and passes on only what it has parsed. It does
/// not take incomplete elements.
pub struct Verify<W> {
    out: W,
    /// `None` to pass on everything unparsed.
    parser: Option<Parser>,
}

impl<W: Write> Verify<W> {
    /// Makes a writer to `out`, which parses if `verify` is true.
    pub fn new(out: W, verify: bool) -> Self {
        Verify {
            out,
            parser: verify.then(Parser::default),
        }
    }

    /// Makes a writer to `out` for an outline, which may be of a dialect's chunk.
    pub fn of_outline(out: W, outline: &Outline) -> Self {
        let mut parser = Parser::of_outline();
        parser.extend(outline.version, outline.extension.clone());
        Verify {
            out,
            parser: Some(parser),
        }
    }

    /// Returns whether the stream is parsed.
    pub fn is_on(&self) -> bool {
        self.parser.is_some()
    }

    /// Returns the chunk parsed from the stream, once it is complete.
    pub fn take(&mut self) -> Option<Chunk<'static>> {
        self.parser.as_mut()?.take()
    }

    /// Prepares for the stream of a chunk, which may be a dialect's.
    pub fn begin(&mut self, chunk: &Chunk) {
        if let Some(parser) = &mut self.parser {
            parser.extend(chunk.version, chunk.extension.clone());
        }
    }

    /// Returns the outline that was parsed, once it is complete.
    pub fn take_outline(&mut self) -> Option<Outline<'static>> {
        self.parser.as_mut()?.take_outline()
    }

    /// Returns the inner writer, for output that is not part of a stream.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.out
    }

    /// Returns the inner writer.
    pub fn into_inner(self) -> W {
        self.out
    }
}

impl<W: Write> Write for Verify<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(parser) = &mut self.parser else {
            return self.out.write(bytes);
        };
        let mut rest = bytes;
        let fed = parser.feed(&mut rest, false);
        fed.map_err(|error| match error.problem {
            StreamProblem::Memory => io::Error::new(io::ErrorKind::OutOfMemory, error),
            _ => io::Error::other(error),
        })?;
        let parsed = bytes.len() - rest.len();
        self.out.write_all(&bytes[..parsed])?;
        Ok(parsed)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
