//! `--ids`: the formats of token ids.

pub mod arrow;
pub mod bin;
pub mod npy;

use anyhow::Result;

use crate::command::train::dataset::ids::IdRecord;

/// The file or directory that a part of the set is written to as ids.
pub trait IdsFile {
    /// Writes the next record and returns the number of bytes of its ids.
    fn write(&mut self, record: &IdRecord) -> Result<u64>;

    /// Moves the file to its final path.
    fn finish(self: Box<Self>) -> Result<()>;
}
