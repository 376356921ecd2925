//! The rows of a file: lines, decompressed if the file's name says so.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, Result};
use flate2::read::MultiGzDecoder;

use super::shown::Shown;

/// The lines of a file, one after another.
pub struct Rows {
    reader: BufReader<Box<dyn Read + Send>>,
    /// What messages call the file.
    name: String,
    max_bytes: u64,
}

impl Rows {
    /// The lines of the file at `path`, or of standard input for `-`. Of lines longer than
    /// `max_bytes`, only one byte more than that is given.
    pub fn open(path: &Path, max_bytes: u64) -> Result<Rows> {
        let name = Shown(path).to_string();
        let named = || name.clone();
        let file: Box<dyn Read + Send> = if path.as_os_str() == "-" {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(path).with_context(named)?)
        };
        let reader: Box<dyn Read + Send> = match path.extension() {
            Some(ending) if ending == "zst" => {
                Box::new(zstd::Decoder::new(file).with_context(named)?)
            }
            Some(ending) if ending == "gz" => Box::new(MultiGzDecoder::new(file)),
            _ => file,
        };
        Ok(Rows {
            reader: BufReader::with_capacity(1 << 18, reader),
            name,
            max_bytes,
        })
    }

    /// Whether the next line is there, all of it, without waiting for it.
    pub fn is_next_there(&self) -> bool {
        memchr::memchr(b'\n', self.reader.buffer()).is_some()
    }

    /// The next line with its end, empty after the last one.
    fn line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        let most = self.max_bytes + 1;
        self.reader
            .by_ref()
            .take(most)
            .read_until(b'\n', &mut line)?;
        if line.len() as u64 == most && !line.ends_with(b"\n") {
            self.reader.skip_until(b'\n')?;
        }
        Ok(line)
    }
}

impl Iterator for Rows {
    type Item = Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.line() {
            Ok(line) if line.is_empty() => None,
            Ok(line) => Some(Ok(line)),
            Err(error) => Some(Err(error).context(self.name.clone())),
        }
    }
}
