//! Bytes with a position and a layout: what it takes to read and write a file. Nothing here knows
//! about Lua.

mod decimal;
mod error;
mod layout;
mod memory;
mod reader;
mod writer;

pub(crate) use decimal::{DIGITS_END, digits};
pub(crate) use error::FieldError;
pub use error::FieldProblem;
pub(crate) use layout::{AsLayout, Layout, Usual};
pub(crate) use memory::{TryPush, try_collect, try_own};
pub(crate) use reader::Reader;
pub(crate) use writer::Writer;

/// Returns the name of the format in which bytes are compressed, judged by how they begin, and the
/// command that decompresses them.
pub(crate) fn compression(start: &[u8]) -> Option<(&'static str, &'static str)> {
    Some(match start {
        [0x1F, 0x8B, ..] => ("gzip", "gzip -d"),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => ("zstd", "zstd -d"),
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => ("bzip2", "bzip2 -d"),
        [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => ("xz", "xz -d"),
        [0x04, 0x22, 0x4D, 0x18, ..] => ("lz4", "lz4 -d"),
        _ => return None,
    })
}
