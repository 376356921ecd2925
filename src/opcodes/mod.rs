//! The opcodes of each version of Lua, and the fields of an instruction word.
//!
//! Mirrors `lopcodes.h` and the table `luaP_opmodes` of `lopcodes.c`. Everything the rest needs to
//! know about an opcode is a column of its row, so that another version is another table.
//!
//! The build script compiles these files too, to render the constant parts of the token stream, so
//! they refer to nothing outside this folder but `version.rs`.

mod comment;
mod instruction;
mod instruction54;
mod instruction_set;
pub(crate) mod lua51;
pub(crate) mod lua52;
mod lua53;
pub(crate) mod lua54;
pub(crate) mod lua55;
mod row;
mod version;

pub(crate) use comment::Comment;
pub(crate) use instruction::constant_of;
pub use instruction::{BITRK, Instruction, MAXARG_BX, MAXARG_SBX, OPCODE_VALUES};
pub(crate) use instruction_set::{InstructionSet, MAX_OPERANDS};
pub(crate) use instruction54::{Instruction54, OFFSET_SC};
pub use lua53::{NUM_OPCODES, OPCODES, UNKNOWN, is_inline, is_jump, number_of, opcode};
pub use row::{Next, OpArgMask, OpMode, Opcode, Operand};

#[cfg(test)]
mod tests {
    use super::*;

    /// What `lopcodes.c` says of the fields after A, in the words of [`Operand`].
    fn agrees(mask: OpArgMask, mode: OpMode, operand: Operand) -> bool {
        use Operand::{Constant, Function, Label, Number, Register, Rk, Unused, Upvalue};
        match (mode, mask) {
            (_, OpArgMask::N) => operand == Unused,
            (OpMode::iABC, OpArgMask::U) => matches!(operand, Upvalue | Number),
            (OpMode::iABC, OpArgMask::R) => operand == Register,
            (OpMode::iABC, OpArgMask::K) => operand == Rk,
            (OpMode::iABx, OpArgMask::U) => operand == Function,
            (OpMode::iABx, OpArgMask::K) => operand == Constant,
            (OpMode::iAsBx, OpArgMask::R) => operand == Label,
            _ => false,
        }
    }

    fn check(version: &str, table: &[Opcode]) {
        for row in table {
            let name = format!("{} of {version}", row.name);
            let [a, b, c] = row.operands;
            if row.mode == OpMode::iAx {
                assert_eq!(
                    [a, b, c],
                    [Operand::Decimal, Operand::Unused, Operand::Unused]
                );
                continue;
            }
            assert!(!row.a || a == Operand::Register, "A of {name}");
            // Lua 5.1 has a mask for B of TEST, which its VM never looks at.
            let is_exception = version == "5.1" && row.name == "TEST";
            assert!(agrees(row.b, row.mode, b) != is_exception, "B of {name}");
            assert!(agrees(row.c, row.mode, c), "C of {name}");
            // TFORCALL is followed by a TFORLOOP, and yet no test.
            let tests = row.next == Next::Jump && row.name != "TFORCALL";
            assert_eq!(row.t, tests, "T of {name}");
        }
    }

    #[test]
    fn tests_are_followed_by_a_jump_in_later_versions() {
        for row in lua54::OPCODES.iter().chain(&lua55::OPCODES) {
            assert_eq!(row.t, row.next == Next::Jump, "T of {}", row.name);
        }
    }

    #[test]
    fn operands_agree_with_mode_and_masks() {
        check("5.1", &lua51::OPCODES);
        check("5.2", &lua52::OPCODES);
        check("5.3", &OPCODES);
    }
}
