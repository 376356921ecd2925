//! The opcodes of a version that is known only at run time.

use super::instruction_set::InstructionSet;
use super::opcode::{MAX_OPERANDS, Opcode};
use super::word::{Instruction, WordLayout};
use crate::version::{Version, with_version};

impl Version {
    /// The rows of all opcodes, by their numbers.
    pub fn opcodes(self) -> &'static [Opcode] {
        with_version!(self, V => V::OPCODES)
    }

    /// The row of an opcode number; a row named `UNKNOWN` where the version has no such opcode.
    pub fn opcode(self, number: u8) -> &'static Opcode {
        with_version!(self, V => V::row(number))
    }

    /// The row of an instruction's opcode.
    pub fn opcode_of(self, i: Instruction) -> &'static Opcode {
        self.opcode(self.op(i))
    }

    /// The number of an instruction's opcode.
    pub fn op(self, i: Instruction) -> u8 {
        with_version!(self, V => V::op(i))
    }

    /// The number of values that the opcode field of an instruction can hold.
    pub fn opcode_values(self) -> usize {
        self.layout().op.max() as usize + 1
    }

    /// Where the fields of an instruction word are.
    pub fn layout(self) -> WordLayout {
        with_version!(self, V => V::LAYOUT)
    }

    /// The instruction with an opcode and its operands A, B, C and k, or A and Bx, or Ax. Where an
    /// operand is a register or a constant, [`BITRK`](super::BITRK) makes it a constant.
    ///
    /// ```
    /// use luadec_tok::Version;
    ///
    /// // ADD R0 R1 K[0]
    /// let add = Version::Lua53.instruction(13, [0, 1, 256, 0]);
    /// assert_eq!(Version::Lua53.opcode_of(add).name(), "ADD");
    /// assert_eq!(Version::Lua53.layout().c.get(add), 256);
    /// ```
    pub fn instruction(self, op: u8, operands: [u32; MAX_OPERANDS]) -> Instruction {
        with_version!(self, V => V::word(op, operands))
    }

    /// The number of the opcode with this name, without its `OP_`, if this version has it.
    pub fn opcode_number(self, name: &str) -> Option<u8> {
        let mut numbers = (0..).zip(self.opcodes());
        let found = numbers.find(|(_, row)| row.name() == name);
        found.map(|(number, _)| number)
    }

    /// The row of an opcode's name without its `OP_`, if this version has it.
    pub(crate) fn opcode_named(self, name: &[u8]) -> Option<&'static Opcode> {
        with_version!(self, V => V::named(name))
    }
}
