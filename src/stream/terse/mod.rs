//! The terse stream: each thing written once, in the order of the source.

mod code;
mod constants;
mod dialect;
mod emit;
mod instruction;
mod labels;
mod lines;
mod open_marks;
mod open_proto;
mod operands;
mod outline;
mod parse;
mod scopes;

pub(crate) use dialect::start;
pub(crate) use emit::{PACKED_LINES, emit};
pub use outline::{EnvMarks, Outline, Outlines};
pub(crate) use parse::{Parse, parser};
