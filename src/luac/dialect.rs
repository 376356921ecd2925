//! What is particular to a version of Lua in its chunks.

use crate::bytes::{AsLayout, Layout, Writer};
use crate::chunk::{Constant, LuaString};

use super::fields::{Fields, Result};
use super::observer::{Observer, Section};

/// The dialect of a version: chosen once a chunk, and compiled into the reader and the writer.
pub(crate) trait Dialect {
    /// The sections of a function, in order (`LoadFunction` of `lundump.c`).
    const SECTIONS: &'static [Section];

    /// Whether a byte before the main function says how many upvalues its closure has.
    const HAS_CLOSURE: bool;

    /// Whether the definition says how many upvalues there are.
    const HAS_NUPS: bool;

    /// Whether a function without a source has its parent's, and one with the same is written without.
    const INHERITS_SOURCE: bool;

    /// Whether chunks in the usual layout store constants and local variables just as a packed list
    /// does.
    const IS_PACKED: bool;

    /// The fewest bytes that a string takes.
    fn least_string(layout: Layout) -> u64;

    /// The fewest bytes that a function takes.
    fn least_function(layout: Layout) -> u64;

    /// Reads what follows the format byte of the header (`checkHeader`).
    fn load_header<'a, O: Observer<'a>>(fields: &mut Fields<'a, '_, O, Layout>) -> Result<Layout>;

    /// Reads a string, `None` for NULL (`LoadString`).
    fn load_string<'a, O: Observer<'a>, L: AsLayout>(
        fields: &mut Fields<'a, '_, O, L>,
        what: &'static str,
    ) -> Result<Option<&'a [u8]>>;

    /// Reads a constant (`LoadConstants`).
    fn load_constant<'a, O: Observer<'a>, L: AsLayout>(
        fields: &mut Fields<'a, '_, O, L>,
    ) -> Result<Constant<'a>>;

    /// Writes what follows the format byte of the header, for the usual layout (`DumpHeader`).
    fn dump_header(out: &mut Writer);

    /// Writes a string, NULL for `None` (`DumpString`).
    fn dump_string(string: Option<&LuaString>, out: &mut Writer);

    /// Writes a constant (`DumpConstants`).
    fn dump_constant(constant: &Constant, out: &mut Writer);
}
