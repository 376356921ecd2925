//! The tree of functions that a chunk holds, named as in `lobject.h`.

mod compare;
mod constant;
mod packed;
mod packed_list;
mod packed_words;
mod padded;
mod proto;
mod relative_lines;
mod strip;
mod variables;

pub use crate::version::{UnknownVersion, Version};
pub use constant::{Constant, LuaString};
pub(crate) use packed::{MAX_SHORT_LENGTH, Packed, pack_string, tag};
pub use packed_list::{Elements, PackedList};
pub(crate) use packed_words::PackedWord;
pub use packed_words::PackedWords;
pub(crate) use padded::{PADDED, PaddedText};
pub use proto::{Chunk, MAX_DEPTH, Proto};
pub use relative_lines::{AbsLineInfo, RelativeLines};
pub use variables::{LocVar, Upvaldesc};
