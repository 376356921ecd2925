//! Chunks of Lua 5.3.

use crate::bytes::{AsLayout, Layout, Writer};
use crate::chunk::{Constant, LuaString, Packed, pack_string, tag};
use crate::version::{Lua53, Version};

use super::error::{ChunkProblem, Result, UndumpError};
use super::fields::Fields;
use super::format::Format;
use super::header::{LUAC_DATA, byte_order, check_number, load_data, width};
use super::observer::{Field, Observer, Section};

/// The integer that shows the byte order (`LUAC_INT`).
const LUAC_INT: i64 = 0x5678;
/// The float that shows the number format (`LUAC_NUM`).
const LUAC_NUM: f64 = 370.5;

/// The tags for error messages.
const TAGS: &str =
    "0x00 (nil), 0x01 (boolean), 0x03 (float), 0x13 (integer), 0x04 or 0x14 (string)";

impl Format for Lua53 {
    type Strings = ();

    #[inline(always)]
    fn version(self) -> Version {
        Version::Lua53
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
        true
    }

    fn least_string(self, _: Layout) -> u64 {
        1
    }

    /// Nine ints, three bytes and the size of the source.
    fn least_function(self, layout: Layout) -> u64 {
        9 * u64::from(layout.int) + 4
    }

    fn load_header<'a, O: Observer<'a>>(
        self,
        fields: &mut Fields<'a, '_, O, Layout>,
    ) -> Result<Layout> {
        load_data(fields)?;
        let int = width(fields, "int", "size of int (bytes)", &[4, 8])?;
        let size_t = width(fields, "size_t", "size of size_t (bytes)", &[4, 8])?;
        let instruction = width(
            fields,
            "Instruction",
            "size of Instruction (bytes)",
            &[4, 8],
        )?;
        let integer = width(
            fields,
            "lua_Integer",
            "size of lua_Integer (bytes)",
            &[4, 8],
        )?;
        let number = width(fields, "lua_Number", "size of lua_Number (bytes)", &[4, 8])?;
        let layout = Layout {
            big_endian: false,
            int,
            size_t,
            instruction,
            integer,
            number,
        };
        load_examples(fields, layout)
    }

    /// The size counts a final NUL that is not stored. A large size follows a byte 0xFF.
    #[inline(always)]
    fn load_string<'a, O: Observer<'a>, L: AsLayout>(
        self,
        _: &mut Self::Strings,
        fields: &mut Fields<'a, '_, O, L>,
        what: &'static str,
    ) -> Result<Option<&'a [u8]>> {
        let size = fields.byte(what, |byte| match byte {
            0xFF => Field::LongString,
            size => Field::StringSize(size.into()),
        })?;
        let size = match size {
            0xFF => fields.string_size("the size of a long string")?,
            size => size.into(),
        };
        match size.checked_sub(1) {
            None => Ok(None),
            Some(length) => fields.text(length, what).map(Some),
        }
    }

    #[inline(always)]
    fn load_constant<'a, O: Observer<'a>, L: AsLayout>(
        self,
        strings: &mut Self::Strings,
        fields: &mut Fields<'a, '_, O, L>,
    ) -> Result<Constant<'a>> {
        let offset = fields.reader.position();
        match fields.byte("a constant's tag", Field::Tag)? {
            tag::NIL => Ok(fields.constant(Constant::Nil)),
            tag::BOOLEAN => fields.boolean("a boolean"),
            tag::FLOAT => fields.float("a float"),
            tag::INTEGER => fields.integer("an integer"),
            tag::SHORT_STRING | tag::LONG_STRING => {
                match self.load_string(strings, fields, "a string")? {
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

    fn dump_header(self, out: &mut Writer) {
        out.bytes(LUAC_DATA);
        let layout = out.layout();
        out.bytes(&[
            layout.int,
            layout.size_t,
            layout.instruction,
            layout.integer,
            layout.number,
        ]);
        dump_examples(out);
    }

    #[inline(always)]
    fn dump_string(self, _: &mut Self::Strings, string: Option<&LuaString>, out: &mut Writer) {
        pack_string(string, out);
    }

    #[inline(always)]
    fn dump_constant(self, _: &mut Self::Strings, constant: &Constant, out: &mut Writer) {
        Constant::pack(constant, out);
    }
}

/// Reads `LUAC_INT` and `LUAC_NUM`, which show the byte order.
pub(super) fn load_examples<'a, O: Observer<'a>>(
    fields: &mut Fields<'a, '_, O, Layout>,
    layout: Layout,
) -> Result<Layout> {
    let big_endian = fields.header(
        layout.integer,
        "LUAC_INT",
        "LUAC_INT (0x5678 shows the byte order)",
        |bytes| byte_order(bytes, "LUAC_INT", LUAC_INT, "0x5678"),
    )?;
    let layout = Layout {
        big_endian,
        ..layout
    };
    fields.header(
        layout.number,
        "LUAC_NUM",
        "LUAC_NUM (370.5 shows the number format)",
        |bytes| check_number(layout, bytes, LUAC_NUM),
    )?;
    Ok(layout)
}

/// Writes `LUAC_INT` and `LUAC_NUM`.
pub(super) fn dump_examples(out: &mut Writer) {
    out.integer(LUAC_INT);
    out.number(LUAC_NUM);
}
