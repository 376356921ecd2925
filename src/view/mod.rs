//! What people read: a stream with line breaks, a listing as luac's, and every byte of a chunk with
//! what it means.

mod disassembly;
mod function;
mod hexdump;
mod listing;
mod page;
mod palette;
mod pen;
mod pretty;
mod reading;
mod strip;
mod value;
mod version;

pub use page::Page;
pub use reading::{Reading, read};
pub use version::{UnknownVersion, Version};
