//! Sources from rows: JSON lines.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::Result;

use super::item::{Item, MAX_SOURCE, Source};
use super::meta::Fields;
use crate::command::dataset::drop::Dropped;
use crate::command::dataset::reason::Reason;
use crate::command::io::rows::Rows;

/// The sources in the rows of a file, one after another.
pub struct RowSources<'a> {
    rows: Rows,
    keys: Keys<'a>,
    number: u64,
    failed: &'a Mutex<Option<anyhow::Error>>,
}

/// Which keys of a row say what.
#[derive(Clone, Copy)]
pub struct Keys<'a> {
    pub content: &'a str,
    pub path: Option<&'a str>,
}

/// The longest row that is read, in bytes: the longest source with some escapes.
const MAX_ROW: u64 = 2 * MAX_SOURCE;

impl<'a> RowSources<'a> {
    /// The rows of the file at `path`, or of standard input for `-`. When reading fails the rows
    /// end, and `failed` says why.
    pub fn open(
        path: &Path,
        keys: Keys<'a>,
        failed: &'a Mutex<Option<anyhow::Error>>,
    ) -> Result<RowSources<'a>> {
        Ok(RowSources {
            rows: Rows::open(path, MAX_ROW)?,
            keys,
            number: 0,
            failed,
        })
    }
}

impl<'a> Iterator for RowSources<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = match self.rows.next()? {
            Ok(row) => row,
            Err(error) => {
                *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                return None;
            }
        };
        self.number += 1;
        let (keys, number) = (self.keys, self.number);
        Some(Item {
            name: format!("line {number}"),
            length: row.len() as u64,
            read: Box::new(move || {
                source(&row, keys, number)
                    .map_err(|reason| Dropped::new(format!("line {number}"), reason))
            }),
        })
    }
}

/// The source of a row.
fn source(row: &[u8], keys: Keys, number: u64) -> Result<Source, Reason> {
    let too_large = |bytes: usize, most| Reason::TooLarge {
        bytes: bytes as u64,
        most,
    };
    if row.len() as u64 > MAX_ROW {
        return Err(too_large(row.len(), MAX_ROW));
    }
    let not_json = |error: serde_json::Error| Reason::RowNotJson(error.to_string());
    let mut row: Fields = serde_json::from_slice(row).map_err(not_json)?;
    let mut text = |key: &str| match row.remove(key) {
        Some(value) => {
            serde_json::from_str(value.get()).map_err(|_| Reason::RowNotText(key.to_owned()))
        }
        None => Err(Reason::RowWithoutKey(key.to_owned())),
    };
    let bytes = String::into_bytes(text(keys.content)?);
    let path = keys
        .path
        .map_or_else(|| Ok(format!("line {number}")), text)?;
    if bytes.len() as u64 > MAX_SOURCE {
        return Err(too_large(bytes.len(), MAX_SOURCE));
    }
    if path.contains('\0') {
        return Err(Reason::PathWithNul);
    }
    let meta = Some(row.compact().map_err(not_json)?);
    Ok(Source { path, bytes, meta })
}
