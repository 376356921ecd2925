//! The opcodes of a version that is known only at run time.

use super::instruction::Instruction;
use super::instruction_set::InstructionSet;
use super::row::Opcode;
use crate::version::{Version, with_version};

impl Version {
    /// The number of values that the opcode field of an instruction can hold.
    pub const fn opcode_values(self) -> usize {
        if self.byte() < 0x54 { 1 << 6 } else { 1 << 7 }
    }

    /// The row of an opcode number in this version's table; a row named `UNKNOWN` where the version
    /// has no such opcode.
    pub fn opcode(self, number: u8) -> &'static Opcode {
        with_version!(self, V => V::row(number))
    }

    /// The row of an instruction's opcode.
    pub fn opcode_of(self, i: Instruction) -> &'static Opcode {
        self.opcode(self.op(i))
    }

    /// The number of an instruction's opcode.
    pub(crate) fn op(self, i: Instruction) -> u8 {
        with_version!(self, V => V::op(i))
    }

    /// The row of an opcode's name without its `OP_`, if this version has it.
    pub(crate) fn opcode_named(self, name: &[u8]) -> Option<&'static Opcode> {
        with_version!(self, V => V::named(name))
    }
}
