//! The differences between versions of Lua in their chunks.

use crate::bytes::{AsLayout, FieldError, Layout, Reader, Writer};
use crate::chunk::{Constant, LuaString};
use crate::version::LuaVersion;

use super::error::Result;
use super::fields::Fields;
use super::observer::{Observer, Section};

/// The dialect of a version: chosen once per chunk and compiled into the reader and the writer.
pub(crate) trait Dialect: LuaVersion {
    /// The strings read or written so far, for versions whose chunks refer back to them.
    type Strings: Default;

    /// The sections of a function, in order (`LoadFunction` of `lundump.c`).
    const SECTIONS: &'static [Section];

    /// True if the definition stores the number of upvalues.
    const HAS_NUPS: bool;

    /// True if chunks in the usual layout store constants and local variables exactly as a packed
    /// list does.
    const IS_PACKED: bool;

    /// True if chunks align words.
    const IS_ALIGNED: bool = false;

    /// Returns the fewest bytes that an `int` takes.
    fn least_int(layout: Layout) -> u64 {
        layout.int.into()
    }

    /// Returns the fewest bytes that an `int` of `abslineinfo` takes.
    fn least_absolute(layout: Layout) -> u64 {
        Self::least_int(layout)
    }

    /// Returns the fewest bytes that a string takes.
    fn least_string(layout: Layout) -> u64;

    /// Returns the fewest bytes that a function takes.
    fn least_function(layout: Layout) -> u64;

    /// Reads what follows the format byte of the header (`checkHeader`).
    fn load_header<'a, O: Observer<'a>>(fields: &mut Fields<'a, '_, O, Layout>) -> Result<Layout>;

    /// Reads an `int` (`LoadInt`).
    #[inline(always)]
    fn load_int<L: AsLayout>(
        reader: &mut Reader<L>,
        what: &'static str,
    ) -> Result<i32, FieldError> {
        reader.int(what)
    }

    /// Reads an `int` of `abslineinfo`.
    fn load_absolute<L: AsLayout>(
        reader: &mut Reader<L>,
        what: &'static str,
    ) -> Result<i32, FieldError> {
        Self::load_int(reader, what)
    }

    /// Reads a string, `None` for NULL (`LoadString`).
    fn load_string<'a, O: Observer<'a>, L: AsLayout>(
        strings: &mut Self::Strings,
        fields: &mut Fields<'a, '_, O, L>,
        what: &'static str,
    ) -> Result<Option<&'a [u8]>>;

    /// Reads a constant (`LoadConstants`).
    fn load_constant<'a, O: Observer<'a>, L: AsLayout>(
        strings: &mut Self::Strings,
        fields: &mut Fields<'a, '_, O, L>,
    ) -> Result<Constant<'a>>;

    /// Writes what follows the format byte of the header (`DumpHeader`).
    fn dump_header(out: &mut Writer);

    /// Writes an `int` (`DumpInt`).
    #[inline(always)]
    fn dump_int(value: i32, out: &mut Writer) {
        out.int(value);
    }

    /// Writes an `int` of `abslineinfo`.
    fn dump_absolute(value: i32, out: &mut Writer) {
        Self::dump_int(value, out);
    }

    /// Writes a string, NULL for `None` (`DumpString`).
    fn dump_string(strings: &mut Self::Strings, string: Option<&LuaString>, out: &mut Writer);

    /// Writes a constant (`DumpConstants`).
    fn dump_constant(strings: &mut Self::Strings, constant: &Constant, out: &mut Writer);
}
