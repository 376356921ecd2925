//! Chunks of Lua 5.1.

use crate::bytes::{AsLayout, Layout, Writer};
use crate::chunk::{Constant, LuaString};
use crate::version::{Lua51, Version};

use super::error::{ChunkProblem, Result, UndumpError};
use super::fields::Fields;
use super::format::Format;
use super::header::{one, width};
use super::observer::{Field, Observer, Section};

/// The tags of constants (`LUA_TNIL` and so on in `lua.h`).
pub(crate) mod tag {
    pub const NIL: u8 = 0;
    pub const BOOLEAN: u8 = 1;
    pub const NUMBER: u8 = 3;
    pub const STRING: u8 = 4;
    /// An integer of LNUM, a patch in OpenWrt's Lua (`LUA_TINT`).
    pub const LNUM_INTEGER: u8 = 9;
}

/// The tags for error messages.
const TAGS: &str =
    "0x00 (nil), 0x01 (boolean), 0x03 (number), 0x04 (string) or 0x09 (integer of LNUM)";

/// The width of LNUM's integers if the header does not give it.
const LNUM_INTEGER: u8 = 4;

impl Format for Lua51 {
    type Strings = ();

    #[inline(always)]
    fn version(self) -> Version {
        Version::Lua51
    }

    #[inline(always)]
    fn sections(self) -> &'static [Section] {
        &[
            Section::Source,
            Section::Definition,
            Section::Code,
            Section::Constants,
            Section::Protos,
            Section::LineInfo,
            Section::LocVars,
            Section::UpvalueNames,
        ]
    }

    #[inline(always)]
    fn has_nups(self) -> bool {
        true
    }

    #[inline(always)]
    fn is_packed(self) -> bool {
        false
    }

    fn least_string(self, layout: Layout) -> u64 {
        layout.size_t.into()
    }

    /// The size of the source, eight ints and four bytes.
    fn least_function(self, layout: Layout) -> u64 {
        u64::from(layout.size_t) + 8 * u64::from(layout.int) + 4
    }

    fn load_header<'a, O: Observer<'a>>(
        self,
        fields: &mut Fields<'a, '_, O, Layout>,
    ) -> Result<Layout> {
        load_sizes(fields)
    }

    /// The size counts a final NUL that is stored.
    fn load_string<'a, O: Observer<'a>, L: AsLayout>(
        self,
        _: &mut Self::Strings,
        fields: &mut Fields<'a, '_, O, L>,
        what: &'static str,
    ) -> Result<Option<&'a [u8]>> {
        let size = fields.string_size(what)?;
        if size == 0 {
            return Ok(None);
        }
        let text = fields.text(size, what)?;
        Ok(text.split_last().map(|(_, text)| text))
    }

    fn load_constant<'a, O: Observer<'a>, L: AsLayout>(
        self,
        strings: &mut Self::Strings,
        fields: &mut Fields<'a, '_, O, L>,
    ) -> Result<Constant<'a>> {
        let offset = fields.reader.position();
        let layout = fields.reader.layout().layout();
        let is_integral = layout.number == 0;
        match fields.byte("a constant's tag", Field::Tag)? {
            tag::NIL => Ok(fields.constant(Constant::Nil)),
            tag::BOOLEAN => fields.boolean("a boolean"),
            tag::NUMBER if is_integral => self.load_number(fields),
            tag::NUMBER => fields.float("a number"),
            tag::LNUM_INTEGER => as_double(fields, lnum_width(layout), Field::LnumInteger),
            tag::STRING => match self.load_string(strings, fields, "a string")? {
                Some(string) => Ok(fields.constant(Constant::String(string.into()))),
                None => Err(UndumpError::at(offset, ChunkProblem::NullConstant)),
            },
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
        dump_sizes(out);
    }

    fn dump_string(self, _: &mut Self::Strings, string: Option<&LuaString>, out: &mut Writer) {
        let Some(string) = string else {
            return out.size_t(0);
        };
        out.size_t(string.len() as u64 + 1);
        out.bytes(string);
        out.byte(0);
    }

    fn dump_constant(self, strings: &mut Self::Strings, constant: &Constant, out: &mut Writer) {
        let mut number = |value| dump_number(value, out);
        match constant {
            Constant::Integer(value) => number(*value as f64),
            Constant::Float(value) => number(*value),
            Constant::Nil => out.byte(tag::NIL),
            Constant::Null => {
                out.byte(tag::STRING);
                self.dump_string(strings, None, out);
            }
            Constant::Boolean(value) => out.bytes(&[tag::BOOLEAN, u8::from(*value)]),
            Constant::String(string) => {
                out.byte(tag::STRING);
                self.dump_string(strings, Some(string), out);
            }
        }
    }
}

impl Lua51 {
    /// Reads a number in a chunk whose numbers are integers.
    pub(super) fn load_number<'a, O: Observer<'a>, L: AsLayout>(
        self,
        fields: &mut Fields<'a, '_, O, L>,
    ) -> Result<Constant<'a>> {
        let width = fields.reader.layout().layout().integer;
        as_double(fields, width, |value| {
            Field::Constant(Constant::Integer(value))
        })
    }
}

/// Returns the width of LNUM's integers.
pub(super) fn lnum_width(layout: Layout) -> u8 {
    match layout.integer {
        0 => LNUM_INTEGER,
        width => width,
    }
}

/// Reads an integer of LNUM as one.
pub(super) fn load_integer<'a, O: Observer<'a>, L: AsLayout>(
    fields: &mut Fields<'a, '_, O, L>,
    layout: Layout,
) -> Result<Constant<'a>> {
    let offset = fields.reader.position();
    let bytes = fields
        .reader
        .take(lnum_width(layout).into(), "an integer")?;
    let value = layout.signed(bytes);
    fields.report(offset, Field::Constant(Constant::Integer(value)));
    Ok(Constant::Integer(value))
}

/// Reads the sizes and flags of the header.
pub(super) fn load_sizes<'a, O: Observer<'a>>(
    fields: &mut Fields<'a, '_, O, Layout>,
) -> Result<Layout> {
    let little_endian = flag(fields, "endianness", "endianness (1=little endian)")?;
    let int = width(fields, "int", "size of int (bytes)", &[4, 8])?;
    let size_t = width(fields, "size_t", "size of size_t (bytes)", &[4, 8])?;
    let instruction = width(fields, "Instruction", "size of Instruction (bytes)", &[4])?;
    let number = width(fields, "lua_Number", "size of number (bytes)", &[4, 8])?;
    let (integer, number) = load_integral(fields, number)?;
    Ok(Layout {
        big_endian: !little_endian,
        int,
        size_t,
        instruction,
        integer,
        number,
    })
}

/// Reads the integral flag. Returns the widths of integers and numbers; `number` is the size that the
/// header says.
pub(super) fn load_integral<'a, O: Observer<'a>>(
    fields: &mut Fields<'a, '_, O, Layout>,
    number: u8,
) -> Result<(u8, u8)> {
    let lnum = fields.reader.rest().first().is_some_and(|byte| *byte > 1);
    let description = match lnum {
        false => "integral (1=integral)",
        true => "size of an integer of LNUM (bytes)",
    };
    let integral = one(fields, "integral", description, |found| match found {
        0 | 1 | 4 | 8 => Ok(found),
        _ => Err(ChunkProblem::Integral(found)),
    })?;
    // Without LNUM there is one kind of number; the other has no width.
    Ok(match integral {
        0 => (0, number),
        1 => (number, 0),
        lnum => (lnum, number),
    })
}

/// Reads an integer as the double with the same value.
fn as_double<'a, O: Observer<'a>, L: AsLayout>(
    fields: &mut Fields<'a, '_, O, L>,
    width: u8,
    field: fn(i64) -> Field<'a>,
) -> Result<Constant<'a>> {
    let offset = fields.reader.position();
    let bytes = fields.reader.take(width.into(), "a number")?;
    let value = fields.reader.layout().layout().signed(bytes);
    let double = value as f64;
    // The largest integer is not a double, but the nearest double converts back to it.
    if double as i64 != value || value == i64::MAX {
        return Err(UndumpError::at(offset, ChunkProblem::LargeNumber(value)));
    }
    fields.report(offset, field(value));
    Ok(Constant::Float(double))
}

/// Writes the sizes and flags of the header.
pub(super) fn dump_sizes(out: &mut Writer) {
    let layout = out.layout();
    let (number, integral) = number_sizes(layout);
    out.byte(u8::from(!layout.big_endian));
    out.bytes(&[
        layout.int,
        layout.size_t,
        layout.instruction,
        number,
        integral,
    ]);
}

/// Returns the size of numbers and the integral flag. Without LNUM there is one kind of number; the other
/// has no width.
pub(super) fn number_sizes(layout: Layout) -> (u8, u8) {
    match (layout.number, layout.integer) {
        (number, 0) => (number, 0),
        (0, integer) => (integer, 1),
        (number, integer) => (number, integer),
    }
}

/// Writes a number as a constant of the type that numbers like it have in the layout.
fn dump_number(value: f64, out: &mut Writer) {
    let layout = out.layout();
    if layout.number == 0 {
        out.byte(tag::NUMBER);
        out.integer(value as i64);
    } else if let Some(integer) = as_integer(value, layout.integer) {
        out.byte(tag::LNUM_INTEGER);
        out.integer(integer);
    } else {
        out.byte(tag::NUMBER);
        out.number(value);
    }
}

/// Returns the number as an integer, if it is one and fits into this many bytes.
pub(super) fn as_integer(value: f64, width: u8) -> Option<i64> {
    let integer = value as i64;
    let fits = match width {
        0 => false,
        4 => i32::try_from(integer).is_ok(),
        // The largest integer is not a double, but the nearest double converts back to it.
        _ => integer != i64::MAX,
    };
    // Zero has a sign only as a float.
    (fits && (integer as f64).to_bits() == value.to_bits()).then_some(integer)
}

pub(super) fn flag<'a, O: Observer<'a>>(
    fields: &mut Fields<'a, '_, O, Layout>,
    field: &'static str,
    description: &'static str,
) -> Result<bool> {
    one(fields, field, description, |found| match found {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(ChunkProblem::Flag { field, found }),
    })
}
