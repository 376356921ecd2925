//! Bytes with a position, a layout and an error that says where: what reading and writing a chunk
//! needs, and nothing of what a chunk holds.

mod decimal;
mod error;
mod layout;
mod path;
mod reader;
mod writer;

pub(crate) use decimal::{DIGITS_END, digits};
pub use error::{ChunkProblem, UndumpError};
pub(crate) use layout::{AsLayout, Layout, Usual};
pub use path::{Step, TreePath};
pub(crate) use reader::Reader;
pub(crate) use writer::Writer;
