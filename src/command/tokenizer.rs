//! The tokenizer that `--tokenizer` names.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use luadec_tok::stream::Language;
use luadec_tok::tokenizer::Tokenizer;

use super::io::shown::Shown;

/// The `tokenizer.json` that an argument names: the file itself, or the one in a folder.
pub fn file(path: &Path) -> PathBuf {
    match path.is_dir() {
        true => path.join("tokenizer.json"),
        false => path.to_owned(),
    }
}

/// The `tokenizer_config.json` beside a `tokenizer.json`.
#[cfg(feature = "dataset")]
pub fn config(tokenizer: &Path) -> PathBuf {
    tokenizer.with_file_name("tokenizer_config.json")
}

/// Loads and checks a tokenizer.
pub fn load(path: &Path, language: Language) -> Result<Tokenizer> {
    let path = file(path);
    let named = || Shown(&path).to_string();
    let bytes = fs::read(&path).with_context(named)?;
    Tokenizer::from_bytes(&bytes, language).with_context(named)
}
