//! A source and how it is read.

use crate::command::dataset::drop::Dropped;

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
    /// The length of the source, in bytes, as far as it is known.
    pub length: u64,
    /// Reads it.
    pub read: Box<dyn FnOnce() -> Result<Source, Dropped> + Send + 'a>,
}

/// The longest source that is read, in bytes.
pub const MAX_SOURCE: u64 = 12 << 20;
