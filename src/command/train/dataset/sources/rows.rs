//! Sources in the rows of a file: JSON Lines, or an Arrow IPC stream.

use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;

use anyhow::{Result, bail};

use super::UnreadSource;
use super::arrow_rows::ArrowRows;
use super::json_rows::JsonRows;
use super::row::{MAX_ROW, SourceKeys};
use crate::command::io::compressed::decompressed;
use crate::command::io::rows::{Rows, of_rows};
use crate::command::io::shown::Shown;

/// The sources in the rows of a file.
pub type RowSources<'a> = Box<dyn Iterator<Item = Result<UnreadSource<'a>>> + Send + 'a>;

/// How the forms begin. No row of JSON begins with the first byte of any.
const ARROW: &[u8] = &[0xFF; 4];
const ARROW_FILE: &[u8] = b"ARROW1\0\0";
const PARQUET: &[u8] = b"PAR1";

/// Opens the file at `path`, or standard input for `-`, and recognizes its form by its first bytes. One of
/// `step` sources in a row is taken.
pub fn open<'a>(path: &Path, keys: SourceKeys<'a>, step: usize) -> Result<RowSources<'a>> {
    let name = Shown(path).to_string();
    let (start, input) = start(decompressed(path)?).map_err(|error| of_rows(error, &name))?;
    if start.starts_with(PARQUET) {
        bail!(
            "{name}: cannot read Parquet; the Python client luadec_tok does, with pyarrow: see docs/CLUSTERS.md"
        );
    }
    let is_file = start == ARROW_FILE;
    let (capacity, bytes) = (input.capacity(), if is_file { &[] } else { &*start });
    let input = Cursor::new(bytes.to_vec()).chain(input);
    let mut input = BufReader::with_capacity(capacity, Box::new(input) as Box<dyn Read + Send>);
    if is_file {
        // A stream follows after some padding, and then an index, which is not needed.
        skip_padding(&mut input).map_err(|error| of_rows(error, &name))?;
    }
    match is_file || start.starts_with(ARROW) {
        true => Ok(Box::new(ArrowRows::new(input, name, keys, step)?)),
        false => Ok(Box::new(JsonRows::new(
            Rows::new(input, name, MAX_ROW),
            keys,
        ))),
    }
}

/// Skips words of zeros.
fn skip_padding(input: &mut impl BufRead) -> io::Result<()> {
    while input.fill_buf()?.starts_with(&[0; 8]) {
        input.consume(8);
    }
    Ok(())
}

/// Takes the first bytes of a file that may not be JSON Lines. Does not wait for those of one that is.
fn start<R: Read>(mut input: BufReader<R>) -> io::Result<(Vec<u8>, BufReader<R>)> {
    let mut start = Vec::new();
    let first = input.by_ref().take(1).read_to_end(&mut start);
    if first? == 1 && [ARROW[0], ARROW_FILE[0], PARQUET[0]].contains(&start[0]) {
        let rest = ARROW_FILE.len() as u64 - 1;
        input.by_ref().take(rest).read_to_end(&mut start)?;
    }
    Ok((start, input))
}
