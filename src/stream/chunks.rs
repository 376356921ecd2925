//! Streams one after another.

use std::io::{self, Read};

use thiserror::Error;

use super::error::ParseError;
use super::parser::Parser;
use super::scan::{LONGEST_TOKEN, START_MAX, is_stream};
use crate::chunk::Chunk;
use crate::dialect::Dialect;

/// Why a chunk could not be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The reader failed. Nothing comes after this.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The stream is wrong. The next stream comes after this.
    #[error(transparent)]
    Parse(#[from] Box<ParseError>),
}

/// The chunks of the streams in a reader, full and terse in any order. A stream begins on a line of
/// its own. After a wrong stream, reading continues at the next line that begins with `<|Proto|>`,
/// or with `<|Lua-` and a version. However long the streams are, only a part of one is in memory.
pub struct Chunks<R> {
    reader: R,
    parser: Parser,
    buffer: Vec<u8>,
    /// The bytes of the buffer that have not been taken yet.
    start: usize,
    end: usize,
    ended: bool,
    /// The length of the unfinished element that the parser was last given, and of the part of it
    /// that has been searched for tokens since.
    offered: usize,
    searched: usize,
    /// True if the rest of a wrong stream is to be skipped.
    wrong: bool,
}

const CAPACITY: usize = 256 << 10;

/// Below this length, an unfinished element is given to the parser whenever there is more of it.
const SHORT: usize = 64 << 10;

impl<R: Read> Chunks<R> {
    /// Reads the chunks of `reader`, which needs no buffer of its own.
    pub fn new(reader: R) -> Self {
        let buffer = vec![0; CAPACITY];
        Chunks {
            reader,
            parser: Parser::default(),
            buffer,
            start: 0,
            end: 0,
            ended: false,
            offered: 0,
            searched: 0,
            wrong: false,
        }
    }

    /// Returns the same chunks as those of a dialect.
    #[must_use]
    pub fn in_dialect(mut self, dialect: &Dialect) -> Self {
        self.parser = self.parser.in_dialect(dialect);
        self
    }

    fn next_chunk(&mut self) -> Result<Option<Chunk<'static>>, ReadError> {
        if self.wrong {
            self.skip_stream()?;
            self.wrong = false;
        }
        loop {
            if self.is_worth_parsing() {
                let mut rest = &self.buffer[self.start..self.end];
                let fed = self.parser.feed(&mut rest, self.ended);
                self.start = self.end - rest.len();
                (self.offered, self.searched) = (rest.len(), rest.len());
                fed?;
                if let Some(chunk) = self.parser.take() {
                    (self.offered, self.searched) = (0, 0);
                    return Ok(Some(chunk));
                }
            }
            if self.ended {
                return Ok(None);
            }
            self.fill()?;
        }
    }

    /// Whether the parser may get further than last time. It reads an element from its start each
    /// time, and a pipe delivers a long one in many pieces. So a long one is given again only after
    /// another token has come, which ends every text, or when its length has doubled.
    fn is_worth_parsing(&mut self) -> bool {
        let rest = &self.buffer[self.start..self.end];
        let unsearched = &rest[self.searched.saturating_sub(LONGEST_TOKEN)..];
        self.searched = rest.len();
        self.ended
            || rest.len() < SHORT
            || rest.len() >= 2 * self.offered
            || memchr::memmem::find(unsearched, b"<|").is_some()
    }

    /// Reads more, after the bytes that have not been taken.
    fn fill(&mut self) -> io::Result<()> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.buffer.len() {
            self.buffer.try_reserve_exact(self.end)?;
            self.buffer.resize(self.end * 2, 0);
        }
        loop {
            match self.reader.read(&mut self.buffer[self.end..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => {
                    let read = read?;
                    self.end += read;
                    self.ended = read == 0;
                    return Ok(());
                }
            }
        }
    }

    /// Skips the rest of a wrong stream, up to a line that begins like a stream.
    fn skip_stream(&mut self) -> io::Result<()> {
        let mut line = self.parser.line();
        while self.skip_line()? {
            line += 1;
            while self.end - self.start < START_MAX && !self.ended {
                self.fill()?;
            }
            if is_stream(&self.buffer[self.start..self.end]) {
                break;
            }
        }
        self.parser = self.parser.at_line(line);
        (self.offered, self.searched) = (0, 0);
        Ok(())
    }

    /// Skips the rest of a line; returns whether it had an end.
    fn skip_line(&mut self) -> io::Result<bool> {
        loop {
            if let Some(end) = memchr::memchr(b'\n', &self.buffer[self.start..self.end]) {
                self.start += end + 1;
                return Ok(true);
            }
            self.start = self.end;
            if self.ended {
                return Ok(false);
            }
            self.fill()?;
        }
    }
}

impl<R: Read> Iterator for Chunks<R> {
    type Item = Result<Chunk<'static>, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.next_chunk();
        match next {
            // Report the error first: the end of a wrong stream may take long to come.
            Err(ReadError::Parse(_)) => self.wrong = true,
            Err(ReadError::Io(_)) => {
                self.ended = true;
                self.wrong = false;
                self.start = self.end;
                self.parser = self.parser.at_line(0);
            }
            Ok(_) => {}
        }
        next.transpose()
    }
}
