//! `--ids`: the formats of token ids.

pub mod arrow;
pub mod arrow_stream;
pub mod bin;
pub mod npy;

use anyhow::Result;

use crate::command::train::dataset::ids::Encoded;
use crate::command::train::dataset::records::record::RecordFacts;

/// The file or directory that a part of the set is written to as ids.
pub trait IdsFile {
    /// Writes the next record and returns the number of bytes of its ids.
    fn write(&mut self, facts: &RecordFacts, encoded: &Encoded) -> Result<u64>;

    /// Moves the file to its final path.
    fn finish(self: Box<Self>) -> Result<()>;
}
