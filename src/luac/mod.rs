//! Chunks as `luac` writes them: bytes to a tree of functions and back. `read.rs` and `dump.rs`
//! mirror each other as `lundump.c` and `ldump.c` do. A format has what differs between
//! versions in both.

mod dialect;
mod dump;
mod error;
mod fault;
mod fields;
mod fit;
mod format;
mod header;
mod in_dialect;
mod lists;
mod lua51;
mod lua52;
mod lua53;
mod lua54;
mod lua55;
mod observer;
mod read;
mod strip;

pub use dump::{try_dump, try_dump_like};
pub use error::{ChunkProblem, UndumpError};
pub use fit::{DumpError, Misfit};
pub(crate) use header::LUAC_DATA;
pub use header::{Header, LUA_SIGNATURE, skip_comment};
pub(crate) use in_dialect::ChunkFormat;
pub use in_dialect::{Detected, detect, dump_in, undump_in};
pub(crate) use lua51::tag::LNUM_INTEGER;
pub(crate) use observer::{Field, Observer, Section};
pub use read::{Undumped, undump};
pub(crate) use strip::strip;
