//! A function whose constants, upvalues and functions can be looked up by number.

use std::io;
use std::ops::Deref;

use crate::bytes::try_collect;
use crate::chunk::{Constant, Extension, LuaString, Proto};

use super::print::Print;
use super::value::{Floats, PrintValue, c_string};

/// A function whose constants can be looked up by index.
pub(crate) struct Lookup<'r> {
    p: &'r Proto<'r>,
    k: Vec<Constant<'r>>,
    floats: Floats,
    extension: &'r Extension,
}

impl<'r> Lookup<'r> {
    /// Unpacks the constants of a function.
    ///
    /// # Errors
    /// There is not enough memory for them.
    pub fn of(p: &'r Proto<'r>, floats: Floats, extension: &'r Extension) -> io::Result<Self> {
        let k = try_collect(p.k.iter())?;
        Ok(Lookup {
            p,
            k,
            floats,
            extension,
        })
    }

    /// What a dialect adds to the version.
    #[inline(always)]
    pub fn extension(&self) -> &'r Extension {
        self.extension
    }

    /// The nested function at an index.
    pub fn function(&self, index: usize) -> Option<&'r Proto<'r>> {
        self.p.p.get(index)
    }

    /// Writes the constant at an index, or `?` if there is none.
    pub fn write_constant(&self, out: &mut impl Print, index: usize) {
        match self.k.get(index) {
            Some(constant) => out.constant(self.floats, constant),
            None => out.byte(b'?'),
        }
    }

    /// The string constant at an index, which is the name of a global; `?` if there is none.
    pub fn global(&self, index: usize) -> &[u8] {
        match self.k.get(index) {
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

impl<'r> Deref for Lookup<'r> {
    type Target = Proto<'r>;

    fn deref(&self) -> &Proto<'r> {
        self.p
    }
}

/// A name, or the dash that `luac` prints in place of a missing one.
pub(crate) fn or_dash<'p>(name: Option<&'p LuaString>) -> &'p [u8] {
    name.map_or(b"-", |name| c_string(name))
}
