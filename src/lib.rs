//! Lua 5.3 bytecode as the token stream that language models read, and back.
//!
//! Bytes to the tree of functions to its stream, and all the way back:
//!
//! ```
//! use luadec_tok::stream::{Chunks, Text, emit};
//! use luadec_tok::{dump, undump};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let bytes = include_bytes!("../fixtures/demo.luac");
//! let chunk = undump(bytes)?.chunk;
//!
//! let mut text = Text::new(Vec::new(), 64 << 10);
//! emit(&chunk, &mut text)?;
//! let stream = text.finish()?;
//! assert!(stream.starts_with(b"<|Proto|><|Proto-nupvalues=1|>"));
//!
//! let parsed = Chunks::new(stream.as_slice()).next().expect("there is one stream")?;
//! assert_eq!(parsed, chunk);
//! assert_eq!(dump(&parsed), bytes);
//! # Ok(())
//! # }
//! ```
//!
//! The tree is that of `lobject.h`. This prints the constants of every function:
//!
//! ```
//! use luadec_tok::chunk::Proto;
//!
//! fn print_constants(p: &Proto, depth: usize) -> usize {
//!     for constant in p.k.iter() {
//!         println!("{:depth$}{constant:?}", "");
//!     }
//!     let inside = p.p.iter().map(|function| print_constants(function, depth + 2));
//!     p.k.len() + inside.sum::<usize>()
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let chunk = luadec_tok::undump(include_bytes!("../fixtures/functions.luac"))?.chunk;
//! assert_eq!(print_constants(&chunk.main, 0), 6);
//! # Ok(())
//! # }
//! ```
#![deny(missing_docs)]

mod bytes;
pub mod chunk;
pub mod compare;
mod luac;
pub mod opcodes;
pub mod opmap;
pub mod source;
pub mod stream;
#[cfg(feature = "tokenizer")]
pub mod tokenizer;
mod version;
pub mod view;

pub use bytes::{ChunkProblem, Step, TreePath, UndumpError};
pub use chunk::Chunk;
pub use luac::{LUA_SIGNATURE, Undumped, dump, skip_comment, try_dump, undump};
pub use version::{UnknownVersion, Version};
