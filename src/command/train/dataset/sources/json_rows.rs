//! Sources in rows of JSON Lines.

use std::borrow::Cow;

use anyhow::Result;

use super::UnreadSource;
use super::row::{MAX_ROW, Row, SourceKeys, too_large, unread};
use super::row_fields::{LossyText, RowFields, problem};
use crate::command::io::rows::Rows;
use crate::command::train::dataset::dropped::Reason;

/// Iterates over the sources in rows.
pub struct JsonRows<'a> {
    rows: Rows,
    keys: SourceKeys<'a>,
    number: u64,
}

impl<'a> JsonRows<'a> {
    pub fn new(rows: Rows, keys: SourceKeys<'a>) -> JsonRows<'a> {
        JsonRows {
            rows,
            keys,
            number: 0,
        }
    }
}

impl<'a> Iterator for JsonRows<'a> {
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
        let (keys, length) = (self.keys, row.len() as u64);
        let position = format!("line {}", self.number);
        Some(Ok(unread(position, length, keys, move || {
            parsed(&row, keys)
        })))
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
