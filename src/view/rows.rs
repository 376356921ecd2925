//! How the views show each opcode, worked out from its row of the opcode table when it is first shown.
//! At compile time it would be 640 pointers, which the loader would have to adjust, in four pages of
//! memory, at the start of every run.

use std::sync::LazyLock;

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

/// The rows in the heap, so that a start does not touch where they go.
type Lazy = LazyLock<Box<Rows>>;

static LUA51: Lazy = Lazy::new(|| of(&opcodes::lua51::OPCODES, &opcodes::lua51::UNKNOWN));
static LUA52: Lazy = Lazy::new(|| of(&opcodes::lua52::OPCODES, &opcodes::lua52::UNKNOWN));
static LUA53: Lazy = Lazy::new(|| of(&opcodes::OPCODES, &opcodes::UNKNOWN));
static LUA54: Lazy = Lazy::new(|| of(&opcodes::lua54::OPCODES, &opcodes::lua54::UNKNOWN));
static LUA55: Lazy = Lazy::new(|| of(&opcodes::lua55::OPCODES, &opcodes::lua55::UNKNOWN));

fn of(opcodes: &'static [Opcode], unknown: &'static Opcode) -> Box<Rows> {
    let mut rows = Box::new([row(unknown); Instruction54::OPCODE_VALUES]);
    for (row, opcode) in rows.iter_mut().zip(opcodes) {
        *row = self::row(opcode);
    }
    rows
}

fn row(opcode: &'static Opcode) -> Row {
    Row {
        opcode,
        listed_name: listed(opcode.name.as_bytes()),
        operands: Operands::of(opcode),
    }
}

fn listed(name: &[u8]) -> ListedName {
    let mut bytes = *b"         \t ";
    let tab = name.len().max(9);
    bytes[..name.len()].copy_from_slice(name);
    bytes[tab] = b'\t';
    ListedName {
        bytes,
        len: tab as u8 + 1,
    }
}
