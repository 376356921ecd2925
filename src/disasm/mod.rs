//! One instruction in words, for every version of Lua: its opcode, its operands, and a remark on what
//! they refer to.
//!
//! The opcode's row says what kind each operand is ([`operands`] looks up what it refers to). From
//! that follow the columns of numbers of a listing and a hexdump (`columns.rs`), the remark beside
//! them (`remark.rs`) and the line of words of a comparison (`words.rs`). Where `luac` prints
//! something else, `format.rs` lists it.

mod columns;
mod debug;
mod float;
mod format;
mod lookup;
mod operands;
mod print;
mod remark;
mod value;
mod words;

pub(crate) use columns::{explain, list};
pub(crate) use format::remarks_of;
pub(crate) use lookup::{Lookup, or_dash};
pub(crate) use operands::{Reference, operands};
pub(crate) use print::{BRIEF, Brief, MAX_PIECE, Print, Style};
pub(crate) use remark::{RemarkWriter, applies, write as write_remark};
pub(crate) use value::{Floats, PrintValue, c_string, style_of};
pub(crate) use words::MOST_SHOWN;
pub use words::{disassemble, disassemble_in};
