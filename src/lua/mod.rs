//! The versions of Lua that the views read, and what each brings: the layout of its chunks, its
//! opcodes, and how its own `luac` shows them. A further version is a file here and a line in
//! [`VERSIONS`].

mod comment;
mod lua51;
mod lua53;
mod operand;
mod row;

pub(crate) use comment::Comment;
pub(crate) use operand::{Columns, Operands, constant_of};
pub(crate) use row::{Row, Rows};

use crate::chunk::Proto;
use crate::walk::{Result, Walk};

/// Every version, in the order of their version bytes.
pub(crate) static VERSIONS: [&dyn Lua; 2] = [&lua51::Lua51, &lua53::Lua53];

/// The version whose chunks have this version byte.
pub(crate) fn of_version_byte(byte: u8) -> Option<&'static dyn Lua> {
    VERSIONS.into_iter().find(|lua| lua.version_byte() == byte)
}

/// A version of Lua.
pub(crate) trait Lua: Sync {
    /// The name, as `Lua 5.3`.
    fn name(&self) -> &'static str;

    /// The version byte of a chunk's header (`LUAC_VERSION`).
    fn version_byte(&self) -> u8;

    /// Reads a chunk, header and main function (`luaU_undump` of `lundump.c`).
    fn chunk(&self, walk: &mut Walk) -> Result<()>;

    /// Reads a string, `None` for NULL (`LoadString` of `lundump.c`).
    fn string<'a>(&self, walk: &mut Walk<'a, '_>, what: &'static str) -> Result<Option<&'a [u8]>>;

    /// What the views know of each opcode, by its number.
    fn rows(&self) -> &'static Rows;

    /// Whether the word after a SETLIST whose C is 0 is that C and nothing else. Where it is not, it
    /// is an EXTRAARG.
    fn extra_argument_is_bare(&self) -> bool;

    /// Whether there are integers besides floats, so that a float is never shown as one.
    fn has_integers(&self) -> bool;

    /// Whether a listing says the size of a function's code in bytes.
    fn lists_code_size(&self) -> bool;

    /// How many upvalues a listing counts in the list of them.
    fn listed_upvalues(&self, p: &Proto) -> usize;

    /// Whether that list says what the upvalues refer to.
    fn lists_captures(&self) -> bool;
}
