//! Where sources come from: files and directories, or the rows of a set.

mod arrow_rows;
pub mod encoding;
pub mod files;
mod json_rows;
pub mod row;
mod row_fields;
pub mod rows;
pub mod shard;

use std::borrow::Cow;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::dropped::Dropped;
use crate::command::train::hash::{self, Fingerprint, hex};

/// A source that was read.
#[derive(Debug)]
pub struct LuaSource {
    /// Its name in records and chunks: a path with `/` as the separator.
    pub path: Arc<str>,
    /// True if its path names it; false if it only counts the rows.
    pub is_named: bool,
    /// Its text, in UTF-8 if it could be read.
    pub bytes: Vec<u8>,
    /// The SHA-256 of its bytes before they were transcoded, in hexadecimal.
    original: Option<String>,
    /// The other keys of its row, as a JSON object.
    pub meta: Option<Arc<str>>,
}

impl LuaSource {
    /// Returns the SHA-256 of its bytes in the file or the row, in hexadecimal.
    pub fn sha256(&self) -> String {
        let original = self.original.clone();
        original.unwrap_or_else(|| hex(&Sha256::digest(&self.bytes)))
    }

    /// Returns what its group is named after: its path, or, so that a row without one does not depend on
    /// the rows before it, a hash of its text.
    pub fn place(&self) -> Cow<'_, str> {
        match self.is_named {
            true => (&*self.path).into(),
            false => hex(&Sha256::digest(&self.bytes)).into(),
        }
    }
}

/// A source that was found but not yet read.
pub struct UnreadSource<'a> {
    /// What messages call it.
    pub name: String,
    /// Its length in bytes, or an estimate.
    pub length: u64,
    /// True if it is the last of the rows that came together. Whoever sent them may wait for their
    /// records.
    pub ends_batch: bool,
    /// Reads it.
    pub read: Box<dyn FnOnce() -> Result<LuaSource, Dropped> + Send + 'a>,
}

/// The length in bytes above which a source is dropped.
pub const MAX_SOURCE: u64 = 12 << 20;

/// Hashes everything that is known about a source.
pub fn fingerprint(source: &Result<LuaSource, Dropped>) -> Fingerprint {
    let (path, meta, rest) = match source {
        Ok(source) => (
            &*source.path,
            source.meta.as_deref(),
            source.bytes.as_slice(),
        ),
        Err(dropped) => (&*dropped.path, None, dropped.reason.name().as_bytes()),
    };
    let meta = meta.unwrap_or_default();
    hash::start(
        Sha256::new()
            .chain_update([u8::from(source.is_ok())])
            .chain_update((path.len() as u64).to_le_bytes())
            .chain_update(path)
            .chain_update((meta.len() as u64).to_le_bytes())
            .chain_update(meta)
            .chain_update(rest),
    )
}
