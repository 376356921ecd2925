//! The terse stream: each thing written once, in the order of the source.

mod code;
mod constants;
mod dialect;
mod emit;
mod instruction;
mod labels;
mod lines;
mod open_proto;
mod operands;
mod parse;
mod scopes;

pub(crate) use dialect::{start, vocabulary};
pub(crate) use emit::emit;
pub(crate) use parse::{Parse, parser};
