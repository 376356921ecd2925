//! `--ids bin`: ids end to end, with the index that Megatron reads
//! (`megatron/core/datasets/indexed_dataset.py`).

use std::io::{BufWriter, IntoInnerError, Write};
use std::mem;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::IdsFile;
use crate::command::io::input::starts;
use crate::command::io::output::Output;
use crate::command::io::shown::Shown;
use crate::command::train::dataset::ids::Encoded;
use crate::command::train::dataset::records::record::RecordFacts;
use crate::command::train::tokenizer::put_ids;

/// Writes a part of the set.
pub struct BinFile {
    bin: BufWriter<Output>,
    index: PathBuf,
    wide: bool,
    /// The lengths of the sequences.
    lengths: Vec<u32>,
    pack: Option<Pack>,
}

/// A row that is filled with whole records.
struct Pack {
    row: Vec<u32>,
    length: usize,
    end: u32,
}

/// The first bytes of an index.
const START: &[u8] = b"MMIDIDX\0\0";

/// Returns whether a file is an index.
pub fn is_index(path: &Path) -> bool {
    starts(path, START)
}

/// Refuses to replace a file that is not an index by the index of the file at `path`.
pub fn check(path: &Path) -> Result<()> {
    let index = index(path);
    if index.exists() && !is_index(&index) {
        bail!(
            "{}: --ids bin would replace this file, which is not an index; name another output",
            Shown(&index)
        );
    }
    Ok(())
}

/// Returns the path of a file's index.
pub fn index(path: &Path) -> PathBuf {
    path.with_extension("idx")
}

impl BinFile {
    /// Creates the file at `path`. Its index beside it ends in `.idx`.
    pub fn new(path: &Path, wide: bool, pack: Option<u32>, end: u32) -> Result<BinFile> {
        Ok(BinFile {
            bin: BufWriter::new(Output::file(path)?),
            index: index(path),
            wide,
            lengths: Vec::new(),
            pack: pack.map(|length| Pack {
                row: Vec::new(),
                length: length as usize,
                end,
            }),
        })
    }

    fn sequence(&mut self, ids: &[u32]) -> Result<u64> {
        let mut bytes = Vec::new();
        put_ids(ids, self.wide, &mut bytes);
        self.bin.write_all(&bytes)?;
        self.lengths.push(ids.len() as u32);
        Ok(bytes.len() as u64)
    }

    /// Writes the row that is being packed, filled up with end tokens.
    fn end_row(&mut self) -> Result<u64> {
        let Some(pack) = &mut self.pack else {
            return Ok(0);
        };
        if pack.row.is_empty() {
            return Ok(0);
        }
        pack.row.resize(pack.length, pack.end);
        let row = mem::take(&mut pack.row);
        self.sequence(&row)
    }

    fn index(&self) -> Vec<u8> {
        const VERSION: u64 = 1;
        const INT32: u8 = 4;
        const UINT16: u8 = 8;
        let (code, size) = if self.wide { (INT32, 4) } else { (UINT16, 2) };
        let count = self.lengths.len() as u64;
        let mut index = START.to_vec();
        index.extend(VERSION.to_le_bytes());
        index.push(code);
        index.extend(count.to_le_bytes());
        // The bounds of the documents: each sequence is one.
        index.extend((count + 1).to_le_bytes());
        index.extend(self.lengths.iter().flat_map(|length| length.to_le_bytes()));
        let mut pointer = 0u64;
        for length in &self.lengths {
            index.extend(pointer.to_le_bytes());
            pointer += u64::from(*length) * size;
        }
        index.extend((0..=count).flat_map(u64::to_le_bytes));
        index
    }
}

impl IdsFile for BinFile {
    fn write(&mut self, _: &RecordFacts, encoded: &Encoded) -> Result<u64> {
        let Some(pack) = &self.pack else {
            return self.sequence(&encoded.ids);
        };
        let full = pack.row.len() + encoded.ids.len() > pack.length;
        let written = if full { self.end_row()? } else { 0 };
        let pack = self.pack.as_mut().expect("rows are packed");
        pack.row.extend_from_slice(&encoded.ids);
        Ok(written)
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        self.end_row()?;
        let index = self.index();
        let bin = self.bin.into_inner().map_err(IntoInnerError::into_error)?;
        let mut output = Output::file(&self.index)?;
        output.write_all(&index)?;
        bin.finish()?;
        output.finish()
    }
}
