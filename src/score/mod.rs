//! Whether two trees of functions are the same program, and if not, where and how far they differ.
//!
//! [`compare`] matches the functions of a chunk and of an answer by their places in the tree and
//! holds each pair against each other. Two functions are the same if they run the same code:
//! constants count by their values and not by their numbers, upvalues by what they capture,
//! functions inside by their places. Lines, names and sources do not count.
//!
//! ```
//! use luadec_tok::chunk::Proto;
//! use luadec_tok::opcodes::Instruction;
//! use luadec_tok::score::compare;
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
//!     (first.what.to_string(), first.asked.as_str(), first.answer.as_str()),
//!     ("instruction 0".to_owned(), "LOADNIL R0 0", "RETURN R0 1"),
//! );
//! ```

mod compare;
mod disassemble;
mod distance;
mod global;
mod meaning;
mod places;
mod upvalues;

pub use compare::{Comparison, Difference, What, compare};
pub use disassemble::disassemble;
pub use distance::{Distance, distance};
pub use global::global;
pub use upvalues::{Captures, Origin};
