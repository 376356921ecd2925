//! The token language: `<|Proto|>…<|/Proto|>`.

mod emit;
mod error;
mod fragments;
mod frame;
mod instruction;
mod json;
mod number;
mod parse;
mod read;
mod scan;
mod sink;
mod text;
mod verify;
mod vocabulary;

pub use emit::emit;
pub use error::{ParseError, StreamProblem};
pub use fragments::Fragment;
pub use json::Json;
pub use parse::Parser;
pub use read::{Chunks, ReadError};
pub use sink::{ROOM, Say, Sink, Text, Window};
pub use verify::Verify;
pub use vocabulary::vocabulary;

pub(crate) use number::{DIGITS_END, Float, digits};
pub(crate) use text::{ESCAPE_MAX, ESCAPE_SLACK, escape, pieces};
