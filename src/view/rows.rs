//! How the views show each opcode, worked out at compile time from its row of the opcode table.

use crate::chunk::Version;
use crate::opcodes::{self, Instruction54, Opcode};

use super::operands::Operands;
use super::print::Print;

/// An opcode as the views show it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub opcode: &'static Opcode,
    /// Its name and a tab, in a listing's columns.
    pub listed_name: ListedName,
    /// The operands that are shown.
    pub operands: Operands,
}

/// A name of up to ten bytes and a tab.
#[derive(Clone, Copy, Debug)]
pub(super) struct ListedName {
    bytes: [u8; 11],
    len: u8,
}

impl ListedName {
    #[inline(always)]
    pub fn print(&self, out: &mut impl Print) {
        out.fill(self.bytes.len(), |room| {
            room.copy_from_slice(&self.bytes);
            self.len.into()
        });
    }
}

/// A row for every value that the opcode field can hold, in whatever version.
pub(super) type Rows = [Row; Instruction54::OPCODE_VALUES];

/// The rows of a version.
pub(super) fn rows(version: Version) -> &'static Rows {
    match version {
        Version::Lua51 => &LUA51,
        Version::Lua52 => &LUA52,
        Version::Lua53 => &LUA53,
        Version::Lua54 => &LUA54,
        Version::Lua55 => &LUA55,
    }
}

static LUA51: Rows = of(&opcodes::lua51::OPCODES, &opcodes::lua51::UNKNOWN);
static LUA52: Rows = of(&opcodes::lua52::OPCODES, &opcodes::lua52::UNKNOWN);
static LUA53: Rows = of(&opcodes::OPCODES, &opcodes::UNKNOWN);

static LUA54: Rows = of(&opcodes::lua54::OPCODES, &opcodes::lua54::UNKNOWN);
static LUA55: Rows = of(&opcodes::lua55::OPCODES, &opcodes::lua55::UNKNOWN);

const fn of(opcodes: &'static [Opcode], unknown: &'static Opcode) -> Rows {
    let mut rows = [row(unknown); Instruction54::OPCODE_VALUES];
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

const fn listed(name: &[u8]) -> ListedName {
    let mut bytes = *b"         \t ";
    let mut i = 0;
    while i < name.len() {
        bytes[i] = name[i];
        i += 1;
    }
    if i > 9 {
        bytes[i] = b'\t';
    } else {
        i = 9;
    }
    ListedName {
        bytes,
        len: i as u8 + 1,
    }
}
