//! How the views show each opcode, worked out at compile time from its row of the opcode table.

use crate::chunk::Version;
use crate::opcodes::{self, OPCODE_VALUES, Opcode};

use super::operands::Operands;

/// An opcode as the views show it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub opcode: &'static Opcode,
    /// Its name and a tab, in a listing's columns.
    pub listed_name: [u8; 10],
    /// The operands that are shown.
    pub operands: Operands,
}

/// A row for every value that the opcode field can hold.
pub(super) type Rows = [Row; OPCODE_VALUES];

/// The rows of a version.
pub(super) fn rows(version: Version) -> &'static Rows {
    match version {
        Version::Lua51 => &LUA51,
        Version::Lua52 => &LUA52,
        Version::Lua53 => &LUA53,
    }
}

static LUA51: Rows = of(&opcodes::lua51::OPCODES, &opcodes::lua51::UNKNOWN);
static LUA52: Rows = of(&opcodes::lua52::OPCODES, &opcodes::lua52::UNKNOWN);
static LUA53: Rows = of(&opcodes::OPCODES, &opcodes::UNKNOWN);

const fn of(opcodes: &'static [Opcode], unknown: &'static Opcode) -> Rows {
    let mut rows = [row(unknown); OPCODE_VALUES];
    let mut number = 0;
    while number < opcodes.len() {
        rows[number] = row(&opcodes[number]);
        number += 1;
    }
    rows
}

const fn row(opcode: &'static Opcode) -> Row {
    Row {
        opcode,
        listed_name: listed(opcode.name.as_bytes()),
        operands: Operands::of(opcode),
    }
}

const fn listed(name: &[u8]) -> [u8; 10] {
    let mut listed = *b"         \t";
    let mut i = 0;
    while i < name.len() {
        listed[i] = name[i];
        i += 1;
    }
    listed
}
