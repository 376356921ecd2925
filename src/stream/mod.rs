//! Token streams of chunks, `<|Proto|>…<|/Proto|>`, in both directions.
//!
//! There are two streams with the same content. The full stream spells out every field of every
//! instruction; the terse stream has each thing once, in the order of the source. Each has its own
//! grammar, emitter and parser; everything else is shared.
//!
//! [`Outline`]s are a form of the terse stream: each function by itself, with holes for the functions
//! inside it.

mod chunks;
mod count;
mod error;
mod fragments;
pub(crate) mod full;
mod language;
mod parser;
mod scan;
mod sink;
pub(crate) mod terse;
mod text;
#[allow(dead_code, reason = "the build script uses the rest")]
mod tokens;
mod value;
mod verify;

pub use chunks::{Chunks, ReadError};
pub use error::{ParseError, StreamProblem};
pub use language::{
    Language, NoFullStream, is_special, vocabulary_of_both, vocabulary_of_outlines,
};
pub use parser::Parser;
pub use scan::is_stream;
pub use sink::Text;
pub use terse::{EnvMarks, Outline, Outlines};
pub use verify::Verify;

pub(crate) use fragments::Numbered;
pub(crate) use sink::{Sink, TokenWriter};
pub(crate) use text::{ESCAPE_MAX, ESCAPE_SLACK, escape, pieces};
