//! Bytes with a position and a layout: what it takes to read and write a file. Nothing here knows
//! about Lua.

mod decimal;
mod error;
mod layout;
mod memory;
mod reader;
mod writer;

pub(crate) use decimal::{DIGITS_END, digits};
pub(crate) use error::FieldError;
pub use error::FieldProblem;
pub(crate) use layout::AsLayout;
pub use layout::Layout;
pub(crate) use memory::{TryPush, try_collect, try_own};
pub(crate) use reader::Reader;
pub(crate) use writer::Writer;
