//! A function, and lookups for what its instructions refer to.

use std::io;
use std::ops::Deref;

use crate::bytes::try_collect;
use crate::chunk::{Constant, LuaString, Proto};
use crate::opcodes::Instruction;

use super::page::Page;
use super::print::Print;
use super::value::{Floats, c_string};

/// A function whose constants can be looked up by index.
pub(super) struct Function<'r> {
    p: &'r Proto<'r>,
    k: Vec<Constant<'r>>,
}

impl<'r> Function<'r> {
    pub fn new(p: &'r Proto<'r>) -> io::Result<Self> {
        let k = try_collect(p.k.iter())?;
        Ok(Function { p, k })
    }

    /// The nested function at an index.
    pub fn inside(&self, index: usize) -> Option<&'r Proto<'r>> {
        self.p.p.get(index)
    }

    /// Writes the constant at an index, or `?` if there is none.
    pub fn constant(&self, page: &mut Page, floats: Floats, index: usize) {
        match self.k.get(index) {
            Some(constant) => page.constant(floats, constant),
            None => page.byte(b'?'),
        }
    }

    /// The name of the global that Bx refers to.
    pub fn global(&self, i: Instruction) -> &[u8] {
        match self.k.get(i.bx() as usize) {
            Some(Constant::String(name)) => c_string(name),
            _ => b"?",
        }
    }

    /// The name of the upvalue at an index, or `?` if there is none.
    pub fn upvalue(&self, index: usize) -> &[u8] {
        match self.upvalues.get(index) {
            Some(upvalue) => or_dash(upvalue.name.as_ref()),
            None => b"?",
        }
    }
}

impl<'r> Deref for Function<'r> {
    type Target = Proto<'r>;

    fn deref(&self) -> &Proto<'r> {
        self.p
    }
}

/// A name, or the dash that `luac` prints in place of a missing one.
pub(super) fn or_dash<'p>(name: Option<&'p LuaString>) -> &'p [u8] {
    name.map_or(b"-", |name| c_string(name))
}
