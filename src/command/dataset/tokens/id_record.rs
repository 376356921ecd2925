//! Records as ids, and what a file of any form does with them.

use std::ops::Range;

use anyhow::Result;

/// A record as ids, with what its part of the set says of it.
#[derive(Debug)]
pub struct IdRecord {
    pub id: String,
    /// The hash of its code.
    pub code: String,
    pub stripped: bool,
    pub path: String,
    pub ids: Vec<u32>,
    /// The ids that the loss is on.
    pub learned: Range<usize>,
}

/// Takes the records of a part.
pub trait IdsFile {
    /// Takes the next record, and gives how many bytes its ids take.
    fn write(&mut self, record: &IdRecord) -> Result<u64>;

    /// Moves what was written to its final path.
    fn finish(self: Box<Self>) -> Result<()>;
}
