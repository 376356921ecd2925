//! The tree of functions that a chunk holds, named as in `lobject.h`.

mod contents;
mod difference;
mod extension;
mod functions;
mod impossible;
mod packed;
mod packed_lines;
mod packed_list;
mod packed_words;
mod path;
mod proto;
mod relative_lines;

pub use contents::{Constant, LocVar, LuaString, Upvaldesc};
pub use extension::{Extension, ExtraOpcode};
pub use functions::{FunctionAt, Functions, InstructionAt};
pub use impossible::{Impossible, ImpossibleCode};
pub(crate) use packed::{MAX_SHORT_LENGTH, PADDED, Packed, PaddedText, pack_string, tag};
pub(crate) use packed_lines::{pack_lines, unpack_lines};
pub use packed_list::{Elements, PackedList};
pub(crate) use packed_words::PackedWord;
pub use packed_words::PackedWords;
pub use path::{Step, TreePath};
pub use proto::{Chunk, MAX_DEPTH, Proto};
pub use relative_lines::{AbsLineInfo, RelativeLines};
