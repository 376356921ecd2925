//! What the chunks of a dialect hold beyond those of its version.

use crate::opcodes::{Instruction, InstructionSet, Opcode};
use crate::version::Version;

/// What a dialect adds to the trees of a version of Lua. A chunk of plain Lua has none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extension {
    /// The opcodes that Lua does not have.
    pub opcodes: Vec<ExtraOpcode>,
    /// True if upvalues have a kind although the version's do not.
    pub has_kinds: bool,
    /// True if integers and floats differ although the version's numbers are all floats.
    pub has_integers: bool,
    /// True if a string constant may be NULL.
    pub has_null: bool,
    /// True if the lines of a function are stored packed, as NodeMCU does.
    pub has_packed_lines: bool,
}

/// An opcode that Lua does not have.
#[derive(Clone, Debug, PartialEq)]
pub struct ExtraOpcode {
    /// Its number in the trees of the version, which no opcode of Lua has.
    pub number: u8,
    /// Its row, as in the table of a version.
    pub row: Opcode,
}

impl Extension {
    /// The extension that adds nothing.
    pub const NONE: &'static Extension = &Extension {
        opcodes: Vec::new(),
        has_kinds: false,
        has_integers: false,
        has_null: false,
        has_packed_lines: false,
    };

    /// Returns whether this adds nothing.
    pub fn is_empty(&self) -> bool {
        self == Extension::NONE
    }

    /// Returns the row of an opcode number that Lua does not have.
    pub fn row(&self, number: u8) -> Option<&Opcode> {
        let mut opcodes = self.opcodes.iter();
        let found = opcodes.find(|opcode| opcode.number == number)?;
        Some(&found.row)
    }

    /// Returns the number of the added opcode with this name, without its `OP_`.
    pub fn number(&self, name: &[u8]) -> Option<u8> {
        let mut opcodes = self.opcodes.iter();
        let found = opcodes.find(|opcode| opcode.row.name().as_bytes() == name)?;
        Some(found.number)
    }

    /// Returns the row of an opcode of a version, Lua's own or an added one.
    #[inline(always)]
    pub(crate) fn row_of<I: InstructionSet>(&self, op: u8) -> &Opcode {
        match I::OPCODES.get(usize::from(op)) {
            Some(row) => row,
            None => self.added_row(op),
        }
    }

    #[cold]
    fn added_row(&self, op: u8) -> &Opcode {
        self.row(op).unwrap_or(&Opcode::UNKNOWN)
    }

    /// Returns whether an instruction has a label.
    #[inline(always)]
    pub(crate) fn is_jump<I: InstructionSet>(&self, i: Instruction) -> bool {
        I::is_jump(i) || !self.opcodes.is_empty() && self.row_of::<I>(I::op(i)).is_jump()
    }

    /// Returns the row of an instruction's opcode, Lua's own or an added one.
    pub fn opcode_of(&self, version: Version, i: Instruction) -> &Opcode {
        let own = version.opcode_of(i);
        match own.is_unknown() {
            true => self.row(version.op(i)).unwrap_or(own),
            false => own,
        }
    }
}
