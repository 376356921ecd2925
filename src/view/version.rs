//! The versions of Lua, by their names.

use std::fmt;
use std::io;
use std::str::FromStr;

use thiserror::Error;

use super::listing::instruction;
use super::page::Page;
use crate::lua::{Lua, VERSIONS};
use crate::opcodes::Instruction;

/// A version of Lua that the views know. It reads from and shows as `5.3`.
#[derive(Clone, Copy)]
pub struct Version(pub(crate) &'static dyn Lua);

/// A version that the views do not know.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("there is {}", all())]
pub struct UnknownVersion;

impl FromStr for Version {
    type Err = UnknownVersion;

    fn from_str(number: &str) -> Result<Self, UnknownVersion> {
        let versions = VERSIONS.into_iter().map(Version);
        let mut same = versions.filter(|version| version.to_string() == number);
        same.next().ok_or(UnknownVersion)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.0.name().trim_start_matches("Lua "))
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

fn all() -> String {
    VERSIONS.map(|lua| Version(lua).to_string()).join(" and ")
}

impl Page<'_> {
    /// Writes a line with the opcode and the operands of an instruction, as a listing shows them.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn insn(&mut self, version: Version, word: u32) -> io::Result<()> {
        let i = Instruction(word);
        instruction(self, &version.0.rows()[usize::from(i.op())], i);
        self.end_line()
    }
}
