//! The rows of a file: its lines, decompressed if its name says so.

use std::io::{self, BufRead, BufReader, Read};
use std::mem;

use anyhow::{Result, anyhow};

/// The byte order mark in UTF-8.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// A longer line is assumed to have no end.
const MAX_LINE: u64 = 1 << 30;

/// The lines of a file, one after another.
pub struct Rows {
    reader: BufReader<Box<dyn Read + Send>>,
    /// The name of the file in messages.
    name: String,
    max_bytes: u64,
    /// True if the next line is the first.
    is_first: bool,
}

impl Rows {
    /// Opens the file at `path`, or standard input for `-`. Lines longer than `max_bytes` are cut off one
    /// byte after that.
    #[cfg(feature = "score")]
    pub fn open(path: &std::path::Path, max_bytes: u64) -> Result<Rows> {
        let name = super::shown::Shown(path).to_string();
        let reader = super::compressed::decompressed(path)?;
        Ok(Rows::new(reader, name, max_bytes))
    }

    /// Reads the lines of a file that messages call `name`.
    pub fn new(reader: BufReader<Box<dyn Read + Send>>, name: String, max_bytes: u64) -> Rows {
        Rows {
            reader,
            name,
            max_bytes,
            is_first: true,
        }
    }

    /// Returns whether the whole next line can be read without waiting.
    #[cfg(feature = "score")]
    pub fn is_next_there(&self) -> bool {
        memchr::memchr(b'\n', self.reader.buffer()).is_some()
    }

    /// Reads the next line with its end; empty after the last one.
    fn line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        let most = self.max_bytes + 1;
        let mut start = self.reader.by_ref().take(most);
        loop {
            let bytes = match start.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                bytes => bytes?,
            };
            let end = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |end| end + 1);
            line.try_reserve(end)?;
            line.extend_from_slice(&bytes[..end]);
            start.consume(end);
            if end == 0 || line.ends_with(b"\n") {
                break;
            }
        }
        if line.len() as u64 == most && !line.ends_with(b"\n") {
            self.skip_line()?;
        }
        // Editors and spreadsheets put it at the start of a file.
        if mem::take(&mut self.is_first) && line.starts_with(MARK) {
            line.drain(..MARK.len());
        }
        Ok(line)
    }

    /// Skips the rest of a line that is too long.
    fn skip_line(&mut self) -> io::Result<()> {
        let skipped = self.reader.by_ref().take(MAX_LINE).skip_until(b'\n')?;
        if skipped as u64 == MAX_LINE {
            let message = "not rows: a line is longer than 1 GiB";
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Ok(())
    }
}

impl Iterator for Rows {
    type Item = Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.line() {
            Ok(line) if line.is_empty() => None,
            Ok(line) => Some(Ok(line)),
            Err(error) => Some(Err(of_rows(error, &self.name))),
        }
    }
}

/// Names the file in an error that reading it gave.
pub fn of_rows(error: io::Error, name: &str) -> anyhow::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            anyhow!("{name}: unexpected end of the compressed data: the file is cut off")
        }
        _ => anyhow!(error).context(name.to_owned()),
    }
}
