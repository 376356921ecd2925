//! The opcodes of each version of Lua, and the fields of an instruction word.
//!
//! Mirrors `lopcodes.h` and the table `luaP_opmodes` of `lopcodes.c`. All that the rest needs to
//! know of an opcode is a column of its row, so that a further version is a further table.
//!
//! The build script reads these same files to render the constant parts of the token stream, so
//! they refer to nothing outside this folder.

mod instruction;
pub(crate) mod lua51;
mod lua53;
mod row;

pub(crate) use instruction::constant_of;
pub use instruction::{BITRK, Instruction, MAXARG_BX, MAXARG_SBX, OPCODE_VALUES};
pub use lua53::{NUM_OPCODES, OPCODES, UNKNOWN, is_inline, is_jump, number_of, opcode};
pub(crate) use row::Comment;
pub use row::{Next, OpArgMask, OpMode, Opcode, Operand};
