//! The opcodes of each version of Lua, and the fields of an instruction word.
//!
//! Mirrors `lopcodes.h` and the table `luaP_opmodes` of `lopcodes.c`. Everything the rest needs to
//! know about an opcode is a column of its row, so that another version is another table. Start with
//! [`Version::opcode_of`](crate::Version::opcode_of).
//!
//! The build script compiles these files too, to render the constant parts of the token stream, so
//! they refer to nothing outside this directory but `version.rs`.

mod instruction_set;
mod lua51;
mod lua52;
mod lua53;
mod lua54;
mod lua55;
mod opcode;
mod version;
mod word;

pub(crate) use instruction_set::InstructionSet;
pub(crate) use opcode::MAX_OPERANDS;
pub use opcode::{NextWord, OpArgMask, OpMode, Opcode, Operand};
pub use word::{BITRK, BitField, Instruction, WordLayout};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::version::Version;

    #[test]
    fn tests_are_followed_by_a_jump() {
        for version in Version::ALL {
            for row in version.opcodes() {
                // TFORCALL is followed by a TFORLOOP, but is not a test.
                let is_exception = row.next == NextWord::Jump && row.name() == "TFORCALL";
                let follows = row.next == NextWord::Jump && !is_exception;
                assert_eq!(row.t, follows, "T of {} of Lua {version}", row.name());
            }
        }
    }

    #[test]
    fn an_opcode_that_sets_a_has_a_register_there() {
        for version in Version::ALL {
            for row in version.opcodes().iter().filter(|row| row.a) {
                let is_exception = row.name() == "VARARGPREP";
                let is_register = row.operands[0] == Operand::Register;
                assert!(
                    is_register || is_exception,
                    "A of {} of Lua {version}",
                    row.name()
                );
            }
        }
    }
}
