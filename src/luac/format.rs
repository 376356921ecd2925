//! The differences between versions of Lua, and between dialects, in their chunks.

use crate::bytes::{AsLayout, FieldError, Layout, Reader, Writer};
use crate::chunk::{Constant, LuaString};
use crate::version::Version;

use super::error::Result;
use super::fields::Fields;
use super::header::LUA_SIGNATURE;
use super::observer::{Observer, Section};

/// The format of chunks: that of a version, compiled into the reader and the writer, or
/// [`AnyFormat`](super::dialect::AnyFormat).
pub(crate) trait Format: Copy {
    /// The strings read or written so far, for versions whose chunks refer back to them.
    type Strings: Default;

    /// The version of Lua.
    fn version(self) -> Version;

    /// The sections of a function, in order (`LoadFunction` of `lundump.c`).
    fn sections(self) -> &'static [Section];

    /// Returns whether the definition stores the number of upvalues.
    fn has_nups(self) -> bool;

    /// Returns whether chunks in the usual layout store constants and local variables exactly as a
    /// packed list does.
    fn is_packed(self) -> bool;

    /// Returns the number of bytes to a multiple of which a list is aligned, if it is.
    fn alignment(self, _: Aligned, _: Layout) -> Option<u8> {
        None
    }

    /// Returns whether upvalues have a kind.
    fn has_kinds(self) -> bool {
        self.version().has_kinds()
    }

    /// Returns whether lines are stored as NodeMCU does.
    fn has_packed_lines(self) -> bool {
        false
    }

    /// Returns the fewest bytes that an `int` takes.
    fn least_int(self, layout: Layout) -> u64 {
        layout.int.into()
    }

    /// Returns the fewest bytes that an `int` of `abslineinfo` takes.
    fn least_absolute(self, layout: Layout) -> u64 {
        self.least_int(layout)
    }

    /// Returns the fewest bytes that a string takes.
    fn least_string(self, layout: Layout) -> u64;

    /// Returns the fewest bytes that a function takes.
    fn least_function(self, layout: Layout) -> u64;

    /// Reads what follows the format byte of the header (`checkHeader`).
    fn load_header<'a, O: Observer<'a>>(
        self,
        fields: &mut Fields<'a, '_, O, Layout>,
    ) -> Result<Layout>;

    /// Reads an `int` (`LoadInt`).
    #[inline(always)]
    fn load_int<L: AsLayout>(
        self,
        reader: &mut Reader<L>,
        what: &'static str,
    ) -> Result<i32, FieldError> {
        reader.int(what)
    }

    /// Reads the count of a list.
    #[inline(always)]
    fn load_count<L: AsLayout>(
        self,
        reader: &mut Reader<L>,
        what: &'static str,
    ) -> Result<i32, FieldError> {
        self.load_int(reader, what)
    }

    /// Reads an `int` of `abslineinfo`.
    fn load_absolute<L: AsLayout>(
        self,
        reader: &mut Reader<L>,
        what: &'static str,
    ) -> Result<i32, FieldError> {
        self.load_int(reader, what)
    }

    /// Reads a string, `None` for NULL (`LoadString`).
    fn load_string<'a, O: Observer<'a>, L: AsLayout>(
        self,
        strings: &mut Self::Strings,
        fields: &mut Fields<'a, '_, O, L>,
        what: &'static str,
    ) -> Result<Option<&'a [u8]>>;

    /// Reads a constant (`LoadConstants`).
    fn load_constant<'a, O: Observer<'a>, L: AsLayout>(
        self,
        strings: &mut Self::Strings,
        fields: &mut Fields<'a, '_, O, L>,
    ) -> Result<Constant<'a>>;

    /// Writes the header up to the format byte.
    fn dump_start(self, format: u8, out: &mut Writer) {
        out.bytes(LUA_SIGNATURE);
        out.byte(self.version().byte());
        out.byte(format);
    }

    /// Writes what follows the format byte of the header (`DumpHeader`).
    fn dump_header(self, out: &mut Writer);

    /// Writes an `int` (`DumpInt`).
    #[inline(always)]
    fn dump_int(self, value: i32, out: &mut Writer) {
        out.int(value);
    }

    /// Writes an `int` of `abslineinfo`.
    fn dump_absolute(self, value: i32, out: &mut Writer) {
        self.dump_int(value, out);
    }

    /// Writes a string, NULL for `None` (`DumpString`).
    fn dump_string(self, strings: &mut Self::Strings, string: Option<&LuaString>, out: &mut Writer);

    /// Writes a constant (`DumpConstants`).
    fn dump_constant(self, strings: &mut Self::Strings, constant: &Constant, out: &mut Writer);
}

/// A list that may be aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aligned {
    Code,
    LineInfo,
    AbsLineInfo,
}
