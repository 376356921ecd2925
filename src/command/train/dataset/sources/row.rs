//! What is read of a row, whatever its form.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{LuaSource, MAX_SOURCE, UnreadSource};
use crate::command::train::dataset::dropped::{Dropped, Reason};

/// The length in bytes above which a row is dropped: the longest source with some escapes.
pub const MAX_ROW: u64 = 2 * MAX_SOURCE;

/// The keys of a row that are read.
#[derive(Clone, Copy)]
pub struct SourceKeys<'a> {
    pub content: &'a str,
    pub path: Option<&'a str>,
    pub paths: &'a PathsFound,
}

/// Remembers whether rows had a path.
#[derive(Default)]
pub struct PathsFound {
    some: AtomicBool,
    not_all: AtomicBool,
}

impl PathsFound {
    /// Returns whether there were rows, but none with a path.
    pub fn none(&self) -> bool {
        self.not_all.load(Ordering::Relaxed) && !self.some.load(Ordering::Relaxed)
    }
}

/// The fields of a row that are read.
pub struct Row {
    pub content: Result<Vec<u8>, Reason>,
    /// `None` if there is no such field or if it is null.
    pub path: Result<Option<String>, Reason>,
    /// The other fields, as a JSON object.
    pub meta: String,
}

impl Row {
    /// Returns the source in the row. `position` is its path if the row has none.
    fn source(self, position: String, keys: SourceKeys) -> Result<LuaSource, Dropped> {
        let (path, problem) = match self.path {
            Ok(path) => (path, None),
            Err(reason) => (None, Some(reason)),
        };
        let found = match (&path, &problem) {
            (None, None) => &keys.paths.not_all,
            _ => &keys.paths.some,
        };
        found.store(true, Ordering::Relaxed);
        let is_named = path.is_some();
        let path = path.unwrap_or(position);
        let bytes = self.content.and_then(|bytes| match problem {
            Some(problem) => Err(problem),
            None if bytes.len() as u64 > MAX_SOURCE => Err(too_large(bytes.len(), MAX_SOURCE)),
            None if path.contains('\0') => Err(Reason::PathWithNul),
            None => Ok(bytes),
        });
        match bytes {
            Ok(bytes) => Ok(LuaSource {
                path: path.into(),
                is_named,
                bytes,
                original: None,
                meta: Some(self.meta.into()),
            }),
            Err(reason) => Err(Dropped {
                meta: Some(self.meta),
                ..Dropped::new(path, reason)
            }),
        }
    }
}

pub fn too_large(bytes: usize, most: u64) -> Reason {
    Reason::TooLarge {
        bytes: bytes as u64,
        most,
    }
}

/// Returns the source in a row that is read later. `position` says which row it is.
pub fn unread<'a>(
    position: String,
    length: u64,
    keys: SourceKeys<'a>,
    read: impl FnOnce() -> Result<Row, Reason> + Send + 'a,
) -> UnreadSource<'a> {
    UnreadSource {
        name: position.clone(),
        length,
        ends_batch: false,
        read: Box::new(move || match read() {
            Ok(row) => row.source(position, keys),
            Err(reason) => Err(Dropped::new(position, reason)),
        }),
    }
}
