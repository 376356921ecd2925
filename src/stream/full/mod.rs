//! The full stream: every field of every instruction spelled out.

mod emit;
mod instruction;
mod links;
mod open_proto;
mod parse;

pub(crate) use emit::emit;
pub(crate) use parse::FullParser;
