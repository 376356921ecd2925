//! The token language: `<|Proto|>…<|/Proto|>`.

mod error;
mod fragments;
mod full;
mod number;
mod read;
mod scan;
mod sink;
mod text;
mod verify;
mod vocabulary;

pub use error::{ParseError, StreamProblem};
pub use fragments::Fragment;
pub use full::{Parser, emit};
pub use read::{Chunks, ReadError};
pub use sink::{MAX_ELEMENT_BYTES, Sink, Text, TokenWriter, Window};
pub use verify::Verify;
pub use vocabulary::vocabulary;

pub(crate) use number::{DIGITS_END, Float, digits};
pub(crate) use text::{ESCAPE_MAX, ESCAPE_SLACK, escape, pieces};
