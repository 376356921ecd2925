//! Compares trees of functions: whether they are the same program, and if not, where and how much
//! they differ.
//!
//! [`compare`](compare()) compares a function of a chunk, including the functions inside it, with
//! an answer. Two functions are the same if they run the same code: constants count by value and
//! not by index, upvalues by what they capture, inner functions by position. Line numbers, names
//! and sources do not count.
//!
//! If they are not the same, [`Comparison::similarity`] tells how much of the code is. For this,
//! inner functions are matched in order by what they share, and registers count up to a consistent
//! renaming: an instruction is the same if it does the same with values that the same instructions
//! wrote. [`diff`](diff()) pairs two trees in the same way and returns the instructions of both
//! sides.
//!
//! ```
//! use luadec_tok::chunk::Proto;
//! use luadec_tok::opcodes::Instruction;
//! use luadec_tok::compare::compare;
//! use luadec_tok::Version;
//!
//! // `return nil`, and `return` alone.
//! let asked = Proto {
//!     code: [0x0000_0004, 0x0100_0026, 0x0080_0026].map(Instruction).into_iter().collect(),
//!     ..Proto::default()
//! };
//! let answer = Proto {
//!     code: [Instruction(0x0080_0026)].into_iter().collect(),
//!     ..Proto::default()
//! };
//! let comparison = compare(Version::Lua53, &asked, &answer);
//! assert_eq!(comparison.edit_distance, 2);
//! let first = &comparison.differences[0];
//! assert_eq!(
//!     (first.kind.to_string(), first.asked.as_str(), first.answer.as_str()),
//!     ("instruction 0".to_owned(), "LOADNIL R0 0", "RETURN R0 1"),
//! );
//! ```

mod align;
mod captures;
mod code;
mod comparison;
mod diff;
mod difference;
mod exact;
mod function;
mod mentions;
mod outside;
mod pair_functions;
mod pair_instructions;
mod pairing;
mod registers;
mod strings;

pub use crate::disasm::{disassemble, disassemble_in};
pub use captures::{Capture, captured as captures, closures};
pub use comparison::{Comparison, compare};
pub use diff::{DetailChange, FoundFunction, FunctionDiff, InstructionChange, diff};
pub use difference::{Difference, DifferenceKind};
pub use mentions::{Mention, mentions};
pub use outside::{OutsideVariable, exchanged_variables, outside_variables};
pub use strings::string_uses;
