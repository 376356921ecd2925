//! Chunks of Lua 5.4.

use crate::bytes::{AsLayout, FieldError, Layout, Reader, Writer};
use crate::chunk::{Constant, LuaString, MAX_SHORT_LENGTH};
use crate::version::{Lua54, Version};

use super::error::{ChunkProblem, Result, UndumpError};
use super::fields::Fields;
use super::format::Format;
use super::header::{LUAC_DATA, load_data, width};
use super::lua53::{dump_examples, load_examples};
use super::observer::{Field, Observer, Section};

/// The tags of constants (`LUA_VNIL` and so on in `lobject.h`). The tags of numbers are swapped in
/// Lua 5.3.
mod tag {
    pub const NIL: u8 = 0x00;
    pub const FALSE: u8 = 0x01;
    pub const TRUE: u8 = 0x11;
    pub const INTEGER: u8 = 0x03;
    pub const FLOAT: u8 = 0x13;
    pub const SHORT_STRING: u8 = 0x04;
    pub const LONG_STRING: u8 = 0x14;
}

/// The tags for error messages.
const TAGS: &str = "0x00 (nil), 0x01 (false), 0x11 (true), 0x03 (integer), 0x13 (float), 0x04 or \
                    0x14 (string)";

/// The top bit of the last byte of a varint.
const LAST: bool = true;

impl Format for Lua54 {
    type Strings = ();

    #[inline(always)]
    fn version(self) -> Version {
        Version::Lua54
    }

    #[inline(always)]
    fn sections(self) -> &'static [Section] {
        &[
            Section::Source,
            Section::Definition,
            Section::Code,
            Section::Constants,
            Section::Upvalues,
            Section::Protos,
            Section::LineInfo,
            Section::LocVars,
            Section::UpvalueNames,
        ]
    }

    #[inline(always)]
    fn has_nups(self) -> bool {
        false
    }

    #[inline(always)]
    fn is_packed(self) -> bool {
        false
    }

    fn least_int(self, _: Layout) -> u64 {
        1
    }

    fn least_string(self, _: Layout) -> u64 {
        1
    }

    /// The size of the source, ten ints and three bytes.
    fn least_function(self, _: Layout) -> u64 {
        14
    }

    fn load_header<'a, O: Observer<'a>>(
        self,
        fields: &mut Fields<'a, '_, O, Layout>,
    ) -> Result<Layout> {
        load_data(fields)?;
        width(fields, "Instruction", "size of Instruction (bytes)", &[4])?;
        let what = "lua_Integer";
        let integer = width(fields, what, "size of lua_Integer (bytes)", &[4, 8])?;
        let number = width(fields, "lua_Number", "size of lua_Number (bytes)", &[4, 8])?;
        let layout = Layout {
            integer,
            number,
            ..Layout::USUAL
        };
        load_examples(fields, layout)
    }

    #[inline(always)]
    fn load_int<L: AsLayout>(
        self,
        reader: &mut Reader<L>,
        what: &'static str,
    ) -> Result<i32, FieldError> {
        reader.varint_int(LAST, what)
    }

    /// The size counts a final NUL that is not stored.
    #[inline(always)]
    fn load_string<'a, O: Observer<'a>, L: AsLayout>(
        self,
        _: &mut Self::Strings,
        fields: &mut Fields<'a, '_, O, L>,
        what: &'static str,
    ) -> Result<Option<&'a [u8]>> {
        match fields.varint_size(LAST, what)?.checked_sub(1) {
            None => Ok(None),
            Some(length) => fields.text(length, what).map(Some),
        }
    }

    fn load_constant<'a, O: Observer<'a>, L: AsLayout>(
        self,
        strings: &mut Self::Strings,
        fields: &mut Fields<'a, '_, O, L>,
    ) -> Result<Constant<'a>> {
        load_constant(self, strings, fields, |fields| fields.integer("an integer"))
    }

    fn dump_header(self, out: &mut Writer) {
        out.bytes(LUAC_DATA);
        let layout = out.layout();
        out.bytes(&[layout.instruction, layout.integer, layout.number]);
        dump_examples(out);
    }

    fn dump_int(self, value: i32, out: &mut Writer) {
        out.varint(LAST, value as u64);
    }

    fn dump_string(self, _: &mut Self::Strings, string: Option<&LuaString>, out: &mut Writer) {
        out.varint(LAST, string.map_or(0, |string| string.len() as u64 + 1));
        out.bytes(string.map_or(&[], |string| string));
    }

    fn dump_constant(self, strings: &mut Self::Strings, constant: &Constant, out: &mut Writer) {
        dump_constant(self, strings, constant, out, |value, out| {
            out.integer(value)
        });
    }
}

/// Reads a constant; `integer` reads an integer, which Lua 5.5 stores differently.
#[inline(always)]
pub(super) fn load_constant<'a, F: Format, O: Observer<'a>, L: AsLayout>(
    format: F,
    strings: &mut F::Strings,
    fields: &mut Fields<'a, '_, O, L>,
    integer: impl FnOnce(&mut Fields<'a, '_, O, L>) -> Result<Constant<'a>>,
) -> Result<Constant<'a>> {
    let offset = fields.reader.position();
    match fields.byte("a constant's tag", Field::Tag)? {
        tag::NIL => Ok(fields.constant(Constant::Nil)),
        tag::FALSE => Ok(fields.constant(Constant::Boolean(false))),
        tag::TRUE => Ok(fields.constant(Constant::Boolean(true))),
        tag::INTEGER => integer(fields),
        tag::FLOAT => fields.float("a float"),
        tag::SHORT_STRING | tag::LONG_STRING => {
            match format.load_string(strings, fields, "a string")? {
                Some(string) => Ok(fields.constant(Constant::String(string.into()))),
                None => Err(UndumpError::at(offset, ChunkProblem::NullConstant)),
            }
        }
        found => Err(UndumpError::at(
            offset,
            ChunkProblem::ConstantTag {
                found,
                expected: TAGS.into(),
            },
        )),
    }
}

/// Writes a constant; `integer` writes an integer, which Lua 5.5 stores differently.
pub(super) fn dump_constant<F: Format>(
    format: F,
    strings: &mut F::Strings,
    constant: &Constant,
    out: &mut Writer,
    integer: impl FnOnce(i64, &mut Writer),
) {
    match constant {
        Constant::Nil => out.byte(tag::NIL),
        Constant::Null => {
            out.byte(tag::SHORT_STRING);
            format.dump_string(strings, None, out);
        }
        Constant::Boolean(false) => out.byte(tag::FALSE),
        Constant::Boolean(true) => out.byte(tag::TRUE),
        Constant::Integer(value) => {
            out.byte(tag::INTEGER);
            integer(*value, out);
        }
        Constant::Float(value) => {
            out.byte(tag::FLOAT);
            out.number(*value);
        }
        Constant::String(string) => {
            out.byte(match string.len() {
                ..=MAX_SHORT_LENGTH => tag::SHORT_STRING,
                _ => tag::LONG_STRING,
            });
            format.dump_string(strings, Some(string), out);
        }
    }
}
