//! The rows of a file: lines, decompressed if the file's name says so.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use flate2::read::MultiGzDecoder;

use super::shown::Shown;

/// The lines of a file, one after another.
pub struct Rows {
    reader: Box<dyn BufRead + Send>,
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
        let ending = path.extension().and_then(OsStr::to_str);
        let mut file = BufReader::with_capacity(1 << 18, file);
        if let Some(ending @ ("zst" | "gz")) = ending
            && file.fill_buf().with_context(named)?.is_empty()
        {
            bail!("{name}: the file is empty, and no .{ending} file is: compress the rows again");
        }
        let reader: Box<dyn BufRead + Send> = match ending {
            Some("zst") => {
                let decoder = zstd::Decoder::with_buffer(file).with_context(named)?;
                Box::new(BufReader::new(decoder))
            }
            Some("gz") => Box::new(BufReader::new(MultiGzDecoder::new(file))),
            _ => Box::new(file),
        };
        Ok(Rows {
            reader,
            name,
            max_bytes,
        })
    }

    /// The next line with its end, empty after the last one.
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
        Ok(line)
    }

    /// Passes over the rest of a line that is too long.
    fn skip_line(&mut self) -> io::Result<()> {
        let skipped = self.reader.by_ref().take(MAX_LINE).skip_until(b'\n')?;
        if skipped as u64 == MAX_LINE {
            let message = "a line is longer than 1 GiB: these are not rows";
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Ok(())
    }
}

/// A line that goes on for so many bytes has no end.
const MAX_LINE: u64 = 1 << 30;

impl Iterator for Rows {
    type Item = Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.line() {
            Ok(line) if line.is_empty() => None,
            Ok(line) => Some(Ok(line)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Some(Err(anyhow!(
                "{}: the compressed data ends early: the file is cut off",
                self.name
            ))),
            Err(error) => Some(Err(error).context(self.name.clone())),
        }
    }
}
