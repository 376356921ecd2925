//! The rows of a file: lines, decompressed if the file's name says so.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::mem;
use std::path::Path;

use anyhow::{Context, Result};
use flate2::read::MultiGzDecoder;

use super::shown::Shown;

/// The byte order mark in UTF-8.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// The lines of a file, one after another.
pub struct Rows {
    reader: Box<dyn BufRead + Send>,
    /// What messages call the file.
    name: String,
    max_bytes: u64,
    /// Whether the next line is the first.
    is_first: bool,
}

impl Rows {
    /// The lines of the file at `path`, or of standard input for `-`. Of lines longer than
    /// `max_bytes`, only one byte more than that is given.
    pub fn open(path: &Path, max_bytes: u64) -> Result<Rows> {
        Ok(Rows {
            reader: decompressed(path)?,
            name: Shown(path).to_string(),
            max_bytes,
            is_first: true,
        })
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
        // What editors and spreadsheets put at the start of a file.
        if mem::take(&mut self.is_first) && line.starts_with(MARK) {
            line.drain(..MARK.len());
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

/// The contents of the file at `path`, or of standard input for `-`.
pub fn decompressed(path: &Path) -> Result<Box<dyn BufRead + Send>> {
    let named = || Shown(path).to_string();
    let file: Box<dyn Read + Send> = if path.as_os_str() == "-" {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(path).with_context(named)?)
    };
    let ending = path.extension().unwrap_or_default();
    Ok(if ending.eq_ignore_ascii_case("zst") {
        Box::new(BufReader::new(
            zstd::Decoder::new(file).with_context(named)?,
        ))
    } else if ending.eq_ignore_ascii_case("gz") {
        Box::new(BufReader::new(MultiGzDecoder::new(file)))
    } else {
        Box::new(BufReader::with_capacity(1 << 18, file))
    })
}
