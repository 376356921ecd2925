//! Lua bytecode as the token streams that language models read, and back.
//!
//! A chunk's bytes become a tree of functions, and the tree becomes a stream; a stream becomes the
//! same tree, and the tree the same bytes:
//!
//! ```
//! use luadec_tok::Chunk;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let bytes = include_bytes!("../fixtures/demo.luac");
//! let chunk = Chunk::read(bytes)?;
//! let stream = chunk.to_terse();
//! assert!(stream.starts_with("<|Proto|><|Proto-source|>@demo.lua<|N0|><|N1|><|N2|>"));
//! assert_eq!(Chunk::parse(&stream)?.to_bytes(), bytes);
//! # Ok(())
//! # }
//! ```
//!
//! [`Chunk::to_tokens`] returns the full stream, which spells out every field, of a chunk of Lua 5.3.
//!
//! The tree is named as in Lua's `lobject.h`. [`Chunk::functions`] visits every function with its place
//! in the tree:
//!
//! ```
//! use luadec_tok::Chunk;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let chunk = Chunk::read(include_bytes!("../fixtures/demo.luac"))?;
//! for function in chunk.functions() {
//!     println!("{}: {} constants", function.path, function.proto.k.len());
//!     for instruction in function.instructions() {
//!         println!("  {} {instruction}", instruction.pc());
//!     }
//! }
//! # let main = chunk.functions().next().expect("there is a main function");
//! # let code: Vec<String> = main.instructions().map(|i| i.to_string()).collect();
//! # assert_eq!(code, ["SETTABUP U0(_ENV) \"a\" 1", "RETURN R0 1"]);
//! # Ok(())
//! # }
//! ```
//!
//! What does not fit into memory is read and written piece by piece: see [`stream`] for streams, and
//! [`view`] for what people read.
#![deny(missing_docs)]

mod bytes;
pub mod chunk;
pub mod compare;
mod conversions;
pub mod dialect;
mod disasm;
mod float;
mod foreign;
pub mod infer;
mod luac;
pub mod opcodes;
pub mod opmap;
pub mod source;
pub mod stream;
#[cfg(feature = "tokenizer")]
pub mod tokenizer;
mod version;
pub mod view;

pub use bytes::{FieldProblem, Layout};
pub use chunk::{Chunk, Step, TreePath};
pub use foreign::FileKind;
pub use luac::{
    ChunkProblem, Detected, DumpError, Header, LUA_SIGNATURE, Misfit, UndumpError, Undumped,
    detect, dump_in, skip_comment, try_dump, try_dump_like, undump, undump_in,
};
pub use version::{UnknownVersion, Version};

/// The program in the README, which the tests run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
