//! What people read: the stream with line breaks, a listing like that of `luac -l -l`, and a
//! hexdump that explains every byte of a chunk.

mod float;
mod function;
mod hexdump;
mod listing;
mod metamethod;
mod operands;
mod operands54;
mod page;
mod partial;
mod pretty;
mod pretty_terse;
mod print;
mod remark54;
mod rows;
mod select;
mod strip;
mod style;
mod terminal;
mod value;

pub use page::Page;
pub use partial::{PartialChunk, read};
pub use select::{BadFunction, Selected, Which};
pub use terminal::is_control;
