//! Lua 5.3 bytecode as the token stream that language models read, and back.
#![deny(missing_docs)]

mod bytes;
pub mod chunk;
mod luac;
pub mod opcodes;
pub mod stream;
#[cfg(feature = "tokenizer")]
pub mod tokenizer;
pub mod view;

pub use bytes::{ChunkProblem, Step, TreePath, UndumpError};
pub use luac::{LUA_SIGNATURE, Undumped, dump, skip_comment, undump};
