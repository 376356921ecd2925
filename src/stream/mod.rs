//! The token streams of a chunk, `<|Proto|>…<|/Proto|>`, and back.
//!
//! There are two, which say the same: the full stream spells out every field of every instruction,
//! the terse one says each thing once, in the order of the source. Each has a grammar, an emitter
//! and a parser of its own; the rest they share.

mod chunks;
mod error;
mod fragments;
pub(crate) mod full;
mod language;
mod parser;
mod scan;
mod sink;
pub(crate) mod terse;
mod text;
mod value;
mod verify;

pub use chunks::{Chunks, ReadError};
pub use error::{ParseError, StreamProblem};
pub use language::{Language, NoFullStream, emit, vocabulary, vocabulary_of_both};
pub use parser::Parser;
pub use scan::is_stream;
pub use sink::Text;
pub use verify::Verify;

pub(crate) use fragments::Numbered;
pub(crate) use sink::{Sink, TokenWriter};
pub(crate) use text::{ESCAPE_MAX, ESCAPE_SLACK, escape, pieces};
