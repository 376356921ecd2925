//! What a version's opcodes are to the views.

use super::comment::Comment;
use super::operand::Operands;
use crate::opcodes::{OPCODE_VALUES, Opcode};

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

/// The rows of a version: its opcodes, and by their names the comments of a listing, and what a
/// hexdump has in their place.
pub(super) fn rows(
    opcode: fn(u8) -> &'static Opcode,
    listing: fn(&str) -> Comment,
    hexdump: fn(&str) -> Option<Comment>,
) -> Rows {
    std::array::from_fn(|number| {
        let opcode = opcode(number as u8);
        let comment = listing(opcode.name);
        Row {
            opcode,
            listed_name: listed(opcode.name),
            operands: Operands::of(opcode),
            listing: comment,
            hexdump: hexdump(opcode.name).unwrap_or(comment),
        }
    })
}

fn listed(name: &str) -> [u8; 10] {
    let mut listed = *b"         \t";
    listed[..name.len()].copy_from_slice(name.as_bytes());
    listed
}
