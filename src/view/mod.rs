//! What people read: a stream with line breaks, a listing as luac's, and every byte of a chunk with
//! what it means.

mod disassembly;
mod hexdump;
mod listing;
mod page;
mod palette;
mod pretty;
mod reading;
mod strip;
mod value;

pub use page::Page;
pub use reading::{Reading, read};
