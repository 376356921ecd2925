//! A source and how it is read.

use sha2::{Digest, Sha256};

use crate::command::dataset::drop::Dropped;
use crate::command::dataset::make::seen::Fingerprint;

/// A source as it was found.
#[derive(Debug)]
pub struct Source {
    /// Its name in records and chunks: a path with `/`.
    pub path: String,
    pub bytes: Vec<u8>,
    /// What else its row says of it, as a JSON object.
    pub meta: Option<String>,
}

/// A source that is still to be read.
pub struct Item<'a> {
    /// What messages call it.
    pub name: String,
    /// The length of the source, in bytes, as far as it is known.
    pub length: u64,
    /// Reads it.
    pub read: Box<dyn FnOnce() -> Result<Source, Dropped> + Send + 'a>,
}

/// The longest source that is read, in bytes.
pub const MAX_SOURCE: u64 = 12 << 20;

/// A hash of all that is known of a source.
pub fn fingerprint(source: &Result<Source, Dropped>) -> Fingerprint {
    let (path, meta, rest) = match source {
        Ok(source) => (
            &source.path,
            source.meta.as_deref(),
            source.bytes.as_slice(),
        ),
        Err(dropped) => (&dropped.path, None, dropped.reason.name().as_bytes()),
    };
    let meta = meta.unwrap_or_default();
    let hash = Sha256::new()
        .chain_update([u8::from(source.is_ok())])
        .chain_update((path.len() as u64).to_le_bytes())
        .chain_update(path)
        .chain_update((meta.len() as u64).to_le_bytes())
        .chain_update(meta)
        .chain_update(rest)
        .finalize();
    let (fingerprint, _) = hash.split_first_chunk().expect("the hash has 32 bytes");
    *fingerprint
}
