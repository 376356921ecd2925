//! Lua 5.3 bytecode as the token stream that language models read, and back.
#![deny(missing_docs)]

mod compare;
mod cursor;
#[cfg(feature = "dataset")]
pub mod dataset;
mod dump;
mod element;
mod error;
mod field;
mod header;
mod list;
mod load;
mod lua;
pub mod opcodes;
mod path;
pub mod proto;
pub mod stream;
mod undump;
pub mod view;
mod walk;
mod words;

pub use dump::dump;
pub use error::{Problem, UndumpError};
pub use header::{LUA_SIGNATURE, skip_comment};
pub use path::{Path, Step};
pub use undump::{Undumped, undump};
