//! Sources in the rows of a file: JSON Lines.

use std::borrow::Cow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;

use super::row_fields::{LossyText, RowFields, problem};
use super::{LuaSource, MAX_SOURCE, UnreadSource};
use crate::command::io::rows::Rows;
use crate::command::train::dataset::dropped::{Dropped, Reason};

/// Iterates over the sources in the rows of a file.
pub struct RowSources<'a> {
    rows: Rows,
    keys: SourceKeys<'a>,
    number: u64,
}

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

/// The length in bytes above which a row is dropped: the longest source with some escapes.
const MAX_ROW: u64 = 2 * MAX_SOURCE;

impl<'a> RowSources<'a> {
    /// Opens the file at `path`, or standard input for `-`.
    pub fn open(path: &Path, keys: SourceKeys<'a>) -> Result<RowSources<'a>> {
        Ok(RowSources {
            rows: Rows::open(path, MAX_ROW)?,
            keys,
            number: 0,
        })
    }
}

impl<'a> Iterator for RowSources<'a> {
    type Item = Result<UnreadSource<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = loop {
            self.number += 1;
            match self.rows.next()? {
                Ok(row) if row.trim_ascii().is_empty() => {}
                Ok(row) => break row,
                Err(error) => return Some(Err(error)),
            }
        };
        let (keys, position) = (self.keys, format!("line {}", self.number));
        Some(Ok(UnreadSource {
            name: position.clone(),
            length: row.len() as u64,
            read: Box::new(move || match parsed(&row, keys) {
                Ok(row) => row.source(position, keys),
                Err(reason) => Err(Dropped::new(position, reason)),
            }),
        }))
    }
}

/// The fields of a row that are read.
struct Row {
    content: Result<Vec<u8>, Reason>,
    /// `None` if there is no such field or if it is null.
    path: Result<Option<String>, Reason>,
    /// The other fields, as a JSON object.
    meta: String,
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
        let meta = Some(self.meta);
        let bytes = self.content.and_then(|bytes| match problem {
            Some(problem) => Err(problem),
            None if bytes.len() as u64 > MAX_SOURCE => Err(too_large(bytes.len(), MAX_SOURCE)),
            None if path.contains('\0') => Err(Reason::PathWithNul),
            None => Ok(bytes),
        });
        match bytes {
            Ok(bytes) => Ok(LuaSource {
                path,
                is_named,
                bytes,
                meta,
            }),
            Err(reason) => Err(Dropped {
                meta,
                ..Dropped::new(path, reason)
            }),
        }
    }
}

fn too_large(bytes: usize, most: u64) -> Reason {
    Reason::TooLarge {
        bytes: bytes as u64,
        most,
    }
}

/// Parses a row.
fn parsed(row: &[u8], keys: SourceKeys) -> Result<Row, Reason> {
    if row.len() as u64 > MAX_ROW {
        return Err(too_large(row.len(), MAX_ROW));
    }
    let not_json = |error: serde_json::Error| Reason::RowNotJson(problem(&error));
    let json = as_json(row);
    let mut row: RowFields = serde_json::from_slice(&json).map_err(not_json)?;
    let content = row.remove(keys.content);
    let content = content.ok_or_else(|| Reason::RowWithoutKey(keys.content.to_owned()));
    let content = content.and_then(|content| match serde_json::from_str(content.get()) {
        Ok(content) => Ok(String::into_bytes(content)),
        // RawValue accepts any other string.
        Err(_) if content.get().starts_with('"') => {
            Err(Reason::RowSurrogate(keys.content.to_owned()))
        }
        Err(_) => Err(Reason::RowNotText(keys.content.to_owned())),
    });
    let path = keys.path.and_then(|key| Some((key, row.remove(key)?)));
    let path = match path.filter(|(_, path)| path.get() != "null") {
        Some((key, path)) => {
            let path: Result<LossyText, _> = serde_json::from_str(path.get());
            let path = path.map_err(|_| Reason::RowNotText(key.to_owned()));
            path.map(|path| Some(path.0))
        }
        None => Ok(None),
    };
    let meta = row.compact().map_err(not_json)?;
    Ok(Row {
        content,
        path,
        meta,
    })
}

/// Replaces the numbers that Python's `json` writes but JSON lacks, `NaN`, `Infinity` and
/// `-Infinity`, by `null`.
fn as_json(row: &[u8]) -> Cow<'_, [u8]> {
    const NUMBERS: [&[u8]; 3] = [b"NaN", b"-Infinity", b"Infinity"];
    if NUMBERS
        .iter()
        .all(|number| memchr::memmem::find(row, number).is_none())
    {
        return row.into();
    }
    let mut json = Vec::with_capacity(row.len());
    let mut rest = row;
    while let Some(quote) = memchr::memchr(b'"', rest) {
        outside(&rest[..quote], &mut json);
        let string = string(&rest[quote..]);
        json.extend_from_slice(string);
        rest = &rest[quote + string.len()..];
    }
    outside(rest, &mut json);
    return json.into();

    /// Returns the string at the start of a text, with its quotes.
    fn string(text: &[u8]) -> &[u8] {
        let mut end = 1;
        while let Some(at) = memchr::memchr2(b'"', b'\\', &text[end..]) {
            end += at + 1;
            if text[end - 1] == b'"' {
                return &text[..end];
            }
            end = (end + 1).min(text.len());
        }
        text
    }

    /// Appends a text that contains no strings.
    fn outside(mut text: &[u8], json: &mut Vec<u8>) {
        while let Some(byte) = text.first() {
            let number = NUMBERS.iter().find(|number| text.starts_with(number));
            match number {
                Some(_) => json.extend_from_slice(b"null"),
                None => json.push(*byte),
            }
            text = &text[number.map_or(1, |number| number.len())..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_json_lacks_are_null() {
        let json = |row: &str| String::from_utf8(as_json(row.as_bytes()).into_owned()).unwrap();
        for same in ["", "{}", r#"{"NaN": "NaN\"NaN\\"}"#, "\"NaN", "\"NaN\\"] {
            assert_eq!(json(same), same);
        }
        assert_eq!(
            json(r#"{"a": NaN, "-Infinity": [-Infinity,Infinity, "\\", NaN]}"#),
            r#"{"a": null, "-Infinity": [null,null, "\\", null]}"#
        );
    }
}
