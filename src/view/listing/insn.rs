//! An instruction alone.

use std::io;

use super::code::instruction;
use super::code54::instruction54;
use crate::chunk::Version;
use crate::opcodes::{Instruction, Instruction54};
use crate::view::page::Page;
use crate::view::rows::rows;

impl Page<'_> {
    /// Writes a line with the opcode and the operands of an instruction, as a listing shows them.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn insn(&mut self, version: Version, word: u32) -> io::Result<()> {
        let i = Instruction(word);
        let rows = rows(version);
        match version < Version::Lua54 {
            true => instruction(self, &rows[usize::from(i.op())], i),
            false => instruction54(self, &rows[usize::from(Instruction54(i).op())], i),
        }
        self.end_line()
    }
}
