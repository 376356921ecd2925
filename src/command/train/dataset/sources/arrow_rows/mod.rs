//! Sources in rows of an Arrow IPC stream.

mod batches;
mod values;

use std::io::BufRead;
use std::sync::Arc;

use anyhow::{Result, bail};
use arrow_array::RecordBatch;
use arrow_schema::Schema;

use super::UnreadSource;
use super::row::{MAX_ROW, Row, SourceKeys, too_large, unread};
use crate::command::train::dataset::dropped::Reason;
use batches::Batches;
use values::{bytes, is_binary, is_json, is_text, write_object};

/// Iterates over the sources in the rows of a stream.
pub struct ArrowRows<'a, R> {
    batches: Batches<R>,
    keys: SourceKeys<'a>,
    columns: Columns,
    /// The batch whose rows are being taken, and the next of them.
    batch: Option<(Arc<RecordBatch>, usize)>,
    /// How many rows have been read.
    taken: u64,
    /// One of so many rows becomes a source.
    step: usize,
}

/// Where the keys are that are read.
#[derive(Clone, Copy)]
struct Columns {
    content: usize,
    path: Option<usize>,
}

impl<'a, R: BufRead> ArrowRows<'a, R> {
    /// Reads the schema of a stream, which messages call `name`.
    ///
    /// # Errors
    /// This is not a stream, or it lacks a column or has one of a type that cannot be read.
    pub fn new(input: R, name: String, keys: SourceKeys<'a>, step: usize) -> Result<Self> {
        let batches = Batches::new(input, name)?;
        let columns = Columns::new(batches.schema(), keys, batches.name())?;
        Ok(ArrowRows {
            batches,
            keys,
            columns,
            batch: None,
            taken: 0,
            step,
        })
    }
}

impl Columns {
    fn new(schema: &Schema, keys: SourceKeys, name: &str) -> Result<Columns> {
        let find = |key: &str, option: &str| match schema.index_of(key) {
            Ok(column) => Ok(column),
            Err(_) => {
                let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
                bail!(
                    "{name}: there is no column {key:?} ({option}); the columns are {}",
                    names.join(", ")
                )
            }
        };
        let content = find(keys.content, "--content-key")?;
        let path = keys.path.map(|key| find(key, "--path-key")).transpose()?;
        for (column, field) in schema.fields().iter().enumerate() {
            let kind = field.data_type();
            let (is_right, wanted) = match column {
                _ if column == content => (is_text(kind) || is_binary(kind), "strings"),
                _ if Some(column) == path => (is_text(kind), "strings"),
                _ => (
                    is_json(kind),
                    "values that can be read as JSON; leave it out, or make it strings",
                ),
            };
            if !is_right {
                bail!(
                    "{name}: the column {:?} has the type {kind}, but should have {wanted}",
                    field.name()
                );
            }
        }
        Ok(Columns { content, path })
    }

    /// Reads a row. If its other columns are too large, it has none of them.
    fn row(self, batch: &RecordBatch, i: usize, keys: SourceKeys) -> Row {
        let content = match bytes(batch.column(self.content), i) {
            Some(bytes) if bytes.len() as u64 > MAX_ROW => Err(too_large(bytes.len(), MAX_ROW)),
            Some(bytes) => Ok(bytes.to_vec()),
            None => Err(Reason::RowNotText(keys.content.to_owned())),
        };
        let path = self.path.and_then(|path| bytes(batch.column(path), i));
        let path = path.map(|path| String::from_utf8_lossy(path).into_owned());
        let schema = batch.schema_ref();
        let columns = schema.fields().iter().zip(batch.columns()).enumerate();
        let others =
            columns.filter(|(column, _)| *column != self.content && Some(*column) != self.path);
        let others = others.map(|(_, (field, values))| (field.name().as_str(), values));
        let mut meta = String::new();
        let content = match write_object(others, i, &mut meta) {
            Ok(()) => content,
            Err(reason) => {
                meta = "{}".to_owned();
                Err(reason)
            }
        };
        Row {
            content,
            path: Ok(path),
            meta,
        }
    }
}

impl<'a, R: BufRead> Iterator for ArrowRows<'a, R> {
    type Item = Result<UnreadSource<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        let (batch, i) = loop {
            match self.batch.take() {
                Some((batch, i)) if i < batch.num_rows() => break (batch, i),
                _ => match self.batches.next()? {
                    Ok(batch) => self.batch = Some((Arc::new(batch), 0)),
                    Err(error) => return Some(Err(error)),
                },
            }
        };
        self.taken += 1;
        let left = batch.num_rows() - i - 1;
        if left > 0 {
            self.batch = Some((Arc::clone(&batch), i + 1));
        }
        let (keys, columns) = (self.keys, self.columns);
        let length = bytes(batch.column(columns.content), i).map_or(0, <[u8]>::len);
        let read = move || Ok(columns.row(&batch, i, keys));
        let position = format!("row {}", self.taken);
        Some(Ok(UnreadSource {
            ends_batch: left < self.step,
            ..unread(position, length as u64, keys, read)
        }))
    }
}
