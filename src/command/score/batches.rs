//! Rows that are judged together.

use anyhow::Result;

use super::remote::{Asked, Item};
use crate::command::io::rows::Rows;

/// Batches of rows: as many as are there already, so that nobody waits for the answer to a row until
/// there is another.
pub struct Batches {
    rows: Rows,
    line: u64,
    failed: Option<anyhow::Error>,
}

/// The most rows of a batch, and the most bytes, where there is more than one: enough for what a batch
/// takes to be of no weight, and few enough for all threads to have some.
const MAX_ROWS: usize = 8;
const MAX_BYTES: usize = 256 << 10;

impl Batches {
    pub fn new(rows: Rows) -> Batches {
        Batches {
            rows,
            line: 0,
            failed: None,
        }
    }

    /// The next row that is not blank.
    fn row(&mut self) -> Option<Result<Asked>> {
        loop {
            self.line += 1;
            match self.rows.next()? {
                Err(error) => return Some(Err(error)),
                Ok(row) if row.trim_ascii().is_empty() => {}
                Ok(row) => {
                    let (line, item) = (self.line, Item::Row(row));
                    return Some(Ok(Asked { line, item }));
                }
            }
        }
    }
}

impl Iterator for Batches {
    type Item = Result<Vec<Asked>>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut batch = Vec::new();
        let mut length = 0;
        while self.failed.is_none() {
            match self.row() {
                None => break,
                Some(Err(error)) => self.failed = Some(error),
                Some(Ok(asked)) => {
                    length += asked.item.len();
                    batch.push(asked);
                }
            }
            if batch.len() == MAX_ROWS || length >= MAX_BYTES || !self.rows.is_next_there() {
                break;
            }
        }
        match self.failed.take_if(|_| batch.is_empty()) {
            Some(error) => Some(Err(error)),
            None => {
                Some(Ok(batch)).filter(|batch| batch.as_ref().is_ok_and(|batch| !batch.is_empty()))
            }
        }
    }
}
