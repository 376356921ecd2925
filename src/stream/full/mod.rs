//! The full stream: every field of every instruction spelled out.

mod emit;
mod frame;
mod instruction;
mod parse;

pub use emit::emit;
pub use parse::Parser;
