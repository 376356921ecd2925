//! The versions of Lua.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::opcodes::{self, Instruction, Instruction54, InstructionSet, Opcode};

/// A version of Lua whose chunks are read. It reads from and shows as `5.3`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// Lua 5.1
    Lua51,
    /// Lua 5.2
    Lua52,
    /// Lua 5.3
    #[default]
    Lua53,
    /// Lua 5.4
    Lua54,
    /// Lua 5.5
    Lua55,
}

/// A version whose chunks are not read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("there are {}", Version::ALL.map(|version| version.to_string()).join(", "))]
pub struct UnknownVersion;

impl Version {
    /// Every version, oldest first.
    pub const ALL: [Version; 5] = [
        Version::Lua51,
        Version::Lua52,
        Version::Lua53,
        Version::Lua54,
        Version::Lua55,
    ];

    /// The name, as `Lua 5.3`.
    pub const fn name(self) -> &'static str {
        match self {
            Version::Lua51 => "Lua 5.1",
            Version::Lua52 => "Lua 5.2",
            Version::Lua53 => "Lua 5.3",
            Version::Lua54 => "Lua 5.4",
            Version::Lua55 => "Lua 5.5",
        }
    }

    /// The version byte of a chunk's header (`LUAC_VERSION`).
    pub const fn byte(self) -> u8 {
        match self {
            Version::Lua51 => 0x51,
            Version::Lua52 => 0x52,
            Version::Lua53 => 0x53,
            Version::Lua54 => 0x54,
            Version::Lua55 => 0x55,
        }
    }

    /// The version whose chunks have this version byte.
    pub fn of_byte(byte: u8) -> Option<Version> {
        Version::ALL
            .into_iter()
            .find(|version| version.byte() == byte)
    }

    /// Whether a chunk says how many upvalues the closure of its main function has.
    pub(crate) const fn has_closure(self) -> bool {
        self.byte() >= 0x53
    }

    /// Whether a function without a source has its parent's, and one with the same is written without.
    /// If not, it can be without one inside a function that has one.
    pub(crate) const fn inherits_source(self) -> bool {
        !matches!(self, Version::Lua52 | Version::Lua55)
    }

    /// Whether upvalues have a kind.
    pub(crate) const fn has_kinds(self) -> bool {
        self.byte() >= 0x54
    }

    /// Whether a chunk stores lines as [`RelativeLines`](super::RelativeLines).
    pub(crate) const fn has_relative_lines(self) -> bool {
        self.byte() >= 0x54
    }

    /// The number of values that the opcode field of an instruction can hold.
    pub const fn opcode_values(self) -> usize {
        if self.byte() < 0x54 { 1 << 6 } else { 1 << 7 }
    }

    /// The row of an opcode number in this version's table; a row named `UNKNOWN` where the version
    /// has no such opcode.
    pub fn opcode(self, number: u8) -> &'static Opcode {
        match self {
            Version::Lua51 => opcodes::lua51::Lua51::row(number),
            Version::Lua52 => opcodes::lua52::Lua52::row(number),
            Version::Lua53 => opcodes::Lua53::row(number),
            Version::Lua54 => opcodes::lua54::Lua54::row(number),
            Version::Lua55 => opcodes::lua55::Lua55::row(number),
        }
    }

    /// The row of an instruction's opcode. From Lua 5.4 on [`Instruction::op`] is not its number: the
    /// field has 7 bits.
    pub fn opcode_of(self, i: Instruction) -> &'static Opcode {
        self.opcode(self.op(i))
    }

    /// The number of an instruction's opcode.
    pub(crate) const fn op(self, i: Instruction) -> u8 {
        match self {
            Version::Lua51 | Version::Lua52 | Version::Lua53 => i.op(),
            Version::Lua54 | Version::Lua55 => Instruction54(i).op(),
        }
    }

    /// The row of an opcode's name without its `OP_`, if this version has it.
    pub(crate) fn opcode_named(self, name: &[u8]) -> Option<&'static Opcode> {
        match self {
            Version::Lua51 => opcodes::lua51::Lua51::named(name),
            Version::Lua52 => opcodes::lua52::Lua52::named(name),
            Version::Lua53 => opcodes::Lua53::named(name),
            Version::Lua54 => opcodes::lua54::Lua54::named(name),
            Version::Lua55 => opcodes::lua55::Lua55::named(name),
        }
    }
}

impl FromStr for Version {
    type Err = UnknownVersion;

    fn from_str(number: &str) -> Result<Self, UnknownVersion> {
        let mut versions = Version::ALL.into_iter();
        versions
            .find(|version| version.to_string() == number)
            .ok_or(UnknownVersion)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let byte = self.byte();
        write!(f, "{}.{}", byte >> 4, byte & 0xF)
    }
}
