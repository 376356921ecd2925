//! What people read: a stream with line breaks, a listing as luac's, and every byte of a chunk with
//! what it means.

mod disassembly;
mod function;
mod hexdump;
mod listing;
mod page;
mod partial;
mod pretty;
mod print;
mod strip;
mod style;
mod terminal;
mod value;
mod version;

pub use page::Page;
pub use partial::{PartialChunk, read};
pub use version::{UnknownVersion, Version};
