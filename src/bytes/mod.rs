//! Bytes with a position, a layout and errors that say where: what reading and writing a chunk
//! takes, and nothing about what a chunk holds.

mod compression;
mod decimal;
mod error;
mod layout;
mod memory;
mod path;
mod reader;
mod writer;

pub(crate) use compression::compression;
pub(crate) use decimal::{DIGITS_END, digits};
pub use error::{ChunkProblem, UndumpError};
pub(crate) use layout::{AsLayout, Layout, Usual};
pub(crate) use memory::{TryPush, try_collect, try_own};
pub use path::{Step, TreePath};
pub(crate) use reader::Reader;
pub(crate) use writer::Writer;
