//! The tokenizer that `--tokenizer` names.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use luadec_tok::stream::Language;
use luadec_tok::tokenizer::Tokenizer;

use crate::command::io::input::read_file;
use crate::command::io::memory::probe;
use crate::command::io::shown::Shown;

/// Returns the `tokenizer.json` that an argument names: the file itself, or the one in a directory.
pub fn file(path: &Path) -> PathBuf {
    match path.is_dir() {
        true => path.join("tokenizer.json"),
        false => path.to_owned(),
    }
}

/// Returns the `tokenizer_config.json` beside a `tokenizer.json`.
pub fn config(tokenizer: &Path) -> PathBuf {
    tokenizer.with_file_name("tokenizer_config.json")
}

/// The length in bytes above which a file of a tokenizer is refused.
pub const MOST: u64 = 1 << 30;

/// Loads and checks a tokenizer.
pub fn load(path: &Path, language: Language) -> Result<Tokenizer> {
    let path = file(path);
    let named = || Shown(&path).to_string();
    let bytes = read_file(&path, MOST).with_context(named)?;
    // The library would abort if there were not enough memory to read it.
    probe(20 * bytes.len()).with_context(named)?;
    Tokenizer::from_bytes(&bytes, language).with_context(named)
}

/// Appends ids in little-endian order, of four bytes each if they are `wide` and of two otherwise.
pub fn put_ids(ids: &[u32], wide: bool, out: &mut Vec<u8>) {
    match wide {
        true => out.extend(ids.iter().flat_map(|id| id.to_le_bytes())),
        // `wide` is set if an id is larger.
        false => out.extend(ids.iter().flat_map(|id| (*id as u16).to_le_bytes())),
    }
}
