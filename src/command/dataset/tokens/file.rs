//! A file or folder of records as ids.

use std::path::Path;

use anyhow::{Result, bail};

use super::arrow::ArrowFolder;
use super::bin::BinFile;
use super::npy::NpyFile;
use crate::command::dataset::arguments::{IdsForm, TokenArgs};

/// A record as ids, with what its part of the set says of it.
#[derive(Debug)]
pub struct IdRecord {
    pub id: String,
    pub path: String,
    pub ids: Vec<u32>,
    /// How many of the ids are the prompt.
    pub prompt: usize,
}

/// Takes the records of a part.
pub trait IdsFile {
    /// Takes the next record, and gives how many bytes its ids take.
    fn write(&mut self, record: &IdRecord) -> Result<u64>;

    /// Moves what was written to its final path.
    fn finish(self: Box<Self>) -> Result<()>;
}

/// The file or folder of a part. `end` fills up packed rows.
pub fn open(
    args: &TokenArgs,
    path: &Path,
    part: Option<&str>,
    wide: bool,
    end: u32,
) -> Result<Box<dyn IdsFile>> {
    Ok(match args.ids {
        Some(IdsForm::Arrow) => Box::new(ArrowFolder::new(path, part)?),
        Some(IdsForm::Bin) => Box::new(BinFile::new(path, wide, args.pack, end)?),
        Some(IdsForm::Npy) => Box::new(NpyFile::new(path, wide)?),
        Some(IdsForm::Jsonl) | None => bail!("lines of JSON are written as text"),
    })
}

/// Ids as bytes, the low one first: four each, or two.
pub fn bytes(ids: &[u32], wide: bool) -> Vec<u8> {
    match wide {
        true => ids.iter().flat_map(|id| id.to_le_bytes()).collect(),
        // No id is larger: that is what `wide` says.
        false => ids
            .iter()
            .flat_map(|id| (*id as u16).to_le_bytes())
            .collect(),
    }
}
