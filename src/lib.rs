//! Lua 5.3 bytecode as the token stream that language models read, and back.
#![deny(missing_docs)]

pub mod chunk;
mod cursor;
#[cfg(feature = "dataset")]
pub mod dataset;
mod dump;
mod error;
mod field;
mod header;
mod load;
mod lua;
pub mod opcodes;
mod path;
pub mod score;
pub mod stream;
mod undump;
pub mod view;
mod walk;

pub use dump::dump;
pub use error::{ChunkProblem, UndumpError};
pub use header::{LUA_SIGNATURE, skip_comment};
pub use path::{Step, TreePath};
pub use undump::{Undumped, undump};
