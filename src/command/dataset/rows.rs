//! Sources as rows: JSON lines.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use flate2::read::MultiGzDecoder;
use luadec_tok::dataset::{Dropped, MOST_SOURCE, Reason, Source, cost};
use serde_json::{Map, Value};

use super::sources::Item;

/// The rows of a file, one after another.
pub struct Rows<'a> {
    reader: Box<dyn BufRead + Send>,
    /// The file's name, for messages.
    name: String,
    keys: Keys<'a>,
    number: u64,
    failed: &'a Mutex<Option<anyhow::Error>>,
}

/// Which keys of a row say what.
#[derive(Clone, Copy)]
pub struct Keys<'a> {
    pub content: &'a str,
    pub path: Option<&'a str>,
}

/// The longest row that is read, in bytes: the longest source, with some escapes.
const MOST_ROW: u64 = 2 * MOST_SOURCE;

impl<'a> Rows<'a> {
    /// The rows of the file at `path`, `-` for standard input, decompressed as its name says. Where
    /// reading fails the rows end, and why stands in `failed`.
    pub fn open(
        path: &Path,
        keys: Keys<'a>,
        failed: &'a Mutex<Option<anyhow::Error>>,
    ) -> Result<Rows<'a>> {
        let name = path.display().to_string();
        let named = || name.clone();
        let file: Box<dyn Read + Send> = if path.as_os_str() == "-" {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(path).with_context(named)?)
        };
        let reader: Box<dyn BufRead + Send> = match path.extension() {
            Some(ending) if ending == "zst" => Box::new(BufReader::new(
                zstd::Decoder::new(file).with_context(named)?,
            )),
            Some(ending) if ending == "gz" => Box::new(BufReader::new(MultiGzDecoder::new(file))),
            _ => Box::new(BufReader::with_capacity(1 << 18, file)),
        };
        Ok(Rows {
            reader,
            name,
            keys,
            number: 0,
            failed,
        })
    }

    /// The next line, or `None` at the end; only the start of one that is too long.
    fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        self.reader
            .by_ref()
            .take(MOST_ROW + 1)
            .read_until(b'\n', &mut line)?;
        if line.len() as u64 > MOST_ROW && !line.ends_with(b"\n") {
            self.reader.skip_until(b'\n')?;
        }
        Ok((!line.is_empty()).then_some(line))
    }
}

impl<'a> Iterator for Rows<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = match self.line() {
            Ok(line) => line?,
            Err(error) => {
                *self.failed.lock().unwrap_or_else(PoisonError::into_inner) =
                    Some(anyhow::Error::new(error).context(self.name.clone()));
                return None;
            }
        };
        self.number += 1;
        let (keys, number) = (self.keys, self.number);
        Some(Item {
            cost: cost(line.len() as u64),
            read: Box::new(move || {
                source(&line, keys, number)
                    .map_err(|reason| Dropped::new(format!("line {number}"), reason))
            }),
        })
    }
}

/// The source of a row.
fn source(line: &[u8], keys: Keys, number: u64) -> Result<Source, Reason> {
    let too_large = |bytes: usize, most| Reason::TooLarge {
        bytes: bytes as u64,
        most,
    };
    if line.len() as u64 > MOST_ROW {
        return Err(too_large(line.len(), MOST_ROW));
    }
    let row = serde_json::from_slice(line);
    let mut row: Map<String, Value> = row.map_err(|error| Reason::RowNotJson(error.to_string()))?;
    let mut text = |key: &str| match row.shift_remove(key) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(Reason::RowNotText(key.to_owned())),
        None => Err(Reason::RowWithoutKey(key.to_owned())),
    };
    let bytes = text(keys.content)?.into_bytes();
    let path = keys
        .path
        .map_or_else(|| Ok(format!("line {number}")), text)?;
    if bytes.len() as u64 > MOST_SOURCE {
        return Err(too_large(bytes.len(), MOST_SOURCE));
    }
    let meta = Some(Value::Object(row).to_string());
    Ok(Source { path, bytes, meta })
}
