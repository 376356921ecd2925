//! What people read: a stream with line breaks, a listing as luac's, and every byte of a chunk with
//! what it means.

mod float;
mod function;
mod hexdump;
mod listing;
mod operands;
mod page;
mod partial;
mod pretty;
mod pretty_terse;
mod print;
mod rows;
mod select;
mod strip;
mod style;
mod terminal;
mod value;

pub use page::Page;
pub use partial::{PartialChunk, read};
pub use select::{BadFunction, Selected, Which};
