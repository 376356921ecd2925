//! What people read: the stream with line breaks, a listing like that of `luac -l -l`, and a
//! hexdump that explains every byte of a chunk.

mod diff;
mod hexdump;
mod listing;
mod page;
mod partial;
mod pretty;
mod select;

pub use diff::{DiffMark, ListedFunction};
pub use page::{Page, is_control};
pub use partial::{PartialChunk, read};
pub use select::{FunctionSpec, FunctionSpecError, Selected};
