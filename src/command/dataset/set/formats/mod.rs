//! The forms that ids are written in.

pub mod arrow;
pub mod bin;
pub mod npy;

use anyhow::Result;

use crate::command::dataset::ids::IdRecord;

/// The file or directory that a part of the set is written to as ids.
pub trait IdsFile {
    /// Takes the next record, and gives how many bytes its ids take.
    fn write(&mut self, record: &IdRecord) -> Result<u64>;

    /// Moves what was written to its final path.
    fn finish(self: Box<Self>) -> Result<()>;
}
