//! A function with what its instructions refer to at hand.

use std::ops::Deref;

use crate::chunk::{Constant, LuaString, Proto};
use crate::opcodes::Instruction;

use super::page::Page;
use super::print::Print;
use super::value::{Floats, c_string};

/// A function whose constants can be looked up.
pub(super) struct Function<'r> {
    p: &'r Proto<'r>,
    k: Vec<Constant<'r>>,
}

impl<'r> Function<'r> {
    pub fn new(p: &'r Proto<'r>) -> Self {
        let k = p.k.iter().collect();
        Function { p, k }
    }

    /// The function inside that has this index.
    pub fn inside(&self, index: usize) -> Option<&'r Proto<'r>> {
        self.p.p.get(index)
    }

    /// Writes the constant that has this index, `?` where there is none.
    pub fn constant(&self, page: &mut Page, floats: Floats, index: usize) {
        match self.k.get(index) {
            Some(constant) => page.constant(floats, constant),
            None => page.byte(b'?'),
        }
    }

    /// The name of the global that Bx says.
    pub fn global(&self, i: Instruction) -> &[u8] {
        match self.k.get(i.bx() as usize) {
            Some(Constant::String(name)) => c_string(name),
            _ => b"?",
        }
    }

    /// The name of an upvalue.
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

/// A name, or what `luac` prints for none.
pub(super) fn or_dash<'p>(name: Option<&'p LuaString>) -> &'p [u8] {
    name.map_or(b"-", |name| c_string(name))
}
