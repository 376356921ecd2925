//! What a version's opcodes are to the views.

use super::operand::Operands;
use crate::opcodes::{Comment, OPCODE_VALUES, Opcode};

/// An opcode as the views show it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// The row of the version's own table.
    pub opcode: &'static Opcode,
    /// Its name and a tab, in a listing's columns.
    pub listed_name: [u8; 10],
    /// The operands that are shown.
    pub operands: Operands,
    /// What a listing says after the operands (`PrintCode` of `luac.c`).
    pub listing: Comment,
    /// What a hexdump says there, which is more.
    pub hexdump: Comment,
}

/// The rows of all values that the opcode field can have.
pub(crate) type Rows = [Row; OPCODE_VALUES];

/// The rows of a version.
pub(super) fn rows(opcode: fn(u8) -> &'static Opcode) -> Rows {
    std::array::from_fn(|number| {
        let opcode = opcode(number as u8);
        Row {
            opcode,
            listed_name: listed(opcode.name),
            operands: Operands::of(opcode),
            listing: opcode.listing,
            hexdump: opcode.hexdump,
        }
    })
}

fn listed(name: &str) -> [u8; 10] {
    let mut listed = *b"         \t";
    listed[..name.len()].copy_from_slice(name.as_bytes());
    listed
}
