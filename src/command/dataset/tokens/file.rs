//! The file or folder that an option asks for.

use std::path::Path;

use anyhow::{Result, bail};

use super::arrow::ArrowFolder;
use super::bin::BinFile;
use super::id_record::IdsFile;
use super::npy::NpyFile;
use crate::command::dataset::arguments::{IdsForm, TokenArgs};

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
