//! Chunks of Lua 5.5. Each string is stored once, and its number where it is repeated.

use std::collections::HashMap;
use std::ops::Range;

use crate::bytes::{AsLayout, FieldError, Layout, Reader, Writer};
use crate::chunk::{Constant, LuaString};
use crate::dialect::SizedType;
use crate::version::{Lua55, Version};

use super::error::{ChunkProblem, Result, UndumpError};
use super::fields::Fields;
use super::format::{Aligned, Format};
use super::header::{LUAC_DATA, byte_order, check_number, load_data, width};
use super::lua54::{dump_constant, load_constant};
use super::observer::{Field, Observer, Section};

/// A number that shows the byte order.
struct Example {
    number: i64,
    name: &'static str,
    description: &'static str,
    /// The number as an error spells it.
    text: &'static str,
}

const LUAC_INT: Example = Example {
    number: -0x5678,
    name: "LUAC_INT",
    description: "LUAC_INT (-0x5678 shows the byte order)",
    text: "-0x5678",
};
/// The example for instructions.
const LUAC_INST: Example = Example {
    number: 0x1234_5678,
    name: "LUAC_INST",
    description: "LUAC_INST (0x12345678 shows the byte order)",
    text: "0x12345678",
};
/// The float that shows the number format (`LUAC_NUM`).
const LUAC_NUM: f64 = -370.5;

/// The top bit of the last byte of a varint.
const LAST: bool = false;

/// The most bytes that repeated strings may add up to, whatever the size of the chunk. A few bytes
/// can refer to a string of any length, and the tree has a copy for each constant.
const REPEATED: u64 = 16 << 20;
/// The additional bytes allowed for each byte of the chunk.
const REPEATED_A_BYTE: u64 = 32;

/// The strings read or written so far (`h` of `LoadState` and `DumpState`).
#[derive(Default)]
pub(crate) struct SharedStrings {
    /// The places in the chunk of the strings that were read.
    read: Vec<Range<usize>>,
    /// The total length of repeated strings.
    repeated: u64,
    /// The numbers of the strings that were written.
    written: HashMap<Vec<u8>, u64>,
}

impl Format for Lua55 {
    type Strings = SharedStrings;

    #[inline(always)]
    fn version(self) -> Version {
        Version::Lua55
    }

    #[inline(always)]
    fn sections(self) -> &'static [Section] {
        &[
            Section::Definition,
            Section::Code,
            Section::Constants,
            Section::Upvalues,
            Section::Protos,
            Section::Source,
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

    /// Code and `abslineinfo` are aligned to their words.
    fn alignment(self, list: Aligned, layout: Layout) -> Option<u8> {
        match list {
            Aligned::Code => Some(layout.instruction),
            Aligned::LineInfo => None,
            Aligned::AbsLineInfo => Some(layout.int),
        }
    }

    fn least_int(self, _: Layout) -> u64 {
        1
    }

    fn least_absolute(self, layout: Layout) -> u64 {
        layout.int.into()
    }

    fn least_string(self, _: Layout) -> u64 {
        2
    }

    /// Ten ints, three bytes and the source.
    fn least_function(self, _: Layout) -> u64 {
        15
    }

    fn load_header<'a, O: Observer<'a>>(
        self,
        fields: &mut Fields<'a, '_, O, Layout>,
    ) -> Result<Layout> {
        load_data(fields)?;
        let int = width(fields, "int", "size of int (bytes)", &[4, 8])?;
        let big_endian = load_order(fields, int, &LUAC_INT, None)?;
        let instruction = width(fields, "Instruction", "size of Instruction (bytes)", &[4])?;
        load_order(fields, instruction, &LUAC_INST, Some(big_endian))?;
        let what = "lua_Integer";
        let integer = width(fields, what, "size of lua_Integer (bytes)", &[4, 8])?;
        load_order(fields, integer, &LUAC_INT, Some(big_endian))?;
        let number = width(fields, "lua_Number", "size of lua_Number (bytes)", &[4, 8])?;
        let layout = Layout {
            big_endian,
            int,
            integer,
            number,
            ..Layout::USUAL
        };
        fields.header(
            number,
            "LUAC_NUM",
            "LUAC_NUM (-370.5 shows the number format)",
            |bytes| check_number(layout, bytes, LUAC_NUM),
        )?;
        Ok(layout)
    }

    #[inline(always)]
    fn load_int<L: AsLayout>(
        self,
        reader: &mut Reader<L>,
        what: &'static str,
    ) -> Result<i32, FieldError> {
        reader.varint_int(LAST, what)
    }

    fn load_absolute<L: AsLayout>(
        self,
        reader: &mut Reader<L>,
        what: &'static str,
    ) -> Result<i32, FieldError> {
        reader.int(what)
    }

    /// The size counts a final NUL that is stored. A size of 0 is followed by the number of a
    /// string that has been read, or by 0 for NULL.
    fn load_string<'a, O: Observer<'a>, L: AsLayout>(
        self,
        strings: &mut Self::Strings,
        fields: &mut Fields<'a, '_, O, L>,
        what: &'static str,
    ) -> Result<Option<&'a [u8]>> {
        let size = fields.varint_size(LAST, what)?;
        if size == 0 {
            return strings.load_saved(fields, what);
        }
        let text = fields.text(size, what)?;
        let end = fields.reader.position();
        strings.read.push(end - text.len()..end - 1);
        Ok(text.split_last().map(|(_, text)| text))
    }

    fn load_constant<'a, O: Observer<'a>, L: AsLayout>(
        self,
        strings: &mut Self::Strings,
        fields: &mut Fields<'a, '_, O, L>,
    ) -> Result<Constant<'a>> {
        load_constant(self, strings, fields, load_integer)
    }

    fn dump_header(self, out: &mut Writer) {
        out.bytes(LUAC_DATA);
        for of in EXAMPLES {
            dump_example(of, out);
        }
    }

    fn dump_int(self, value: i32, out: &mut Writer) {
        out.varint(LAST, u64::from(value as u32));
    }

    fn dump_absolute(self, value: i32, out: &mut Writer) {
        out.int(value);
    }

    fn dump_string(
        self,
        strings: &mut Self::Strings,
        string: Option<&LuaString>,
        out: &mut Writer,
    ) {
        let saved = match string {
            None => Some(&0),
            Some(string) => strings.written.get(&**string),
        };
        if let Some(saved) = saved {
            out.varint(LAST, 0);
            return out.varint(LAST, *saved);
        }
        let string = string.map_or(&[][..], |string| string);
        out.varint(LAST, string.len() as u64 + 1);
        out.bytes(string);
        out.byte(0);
        let number = strings.written.len() as u64 + 1;
        strings.written.insert(string.to_vec(), number);
    }

    fn dump_constant(self, strings: &mut Self::Strings, constant: &Constant, out: &mut Writer) {
        dump_constant(self, strings, constant, out, dump_integer);
    }
}

/// The types whose sizes and examples the header has, in order.
const EXAMPLES: [SizedType; 4] = [
    SizedType::Int,
    SizedType::Instruction,
    SizedType::Integer,
    SizedType::Number,
];

/// Reads an integer constant.
pub(super) fn load_integer<'a, O: Observer<'a>, L: AsLayout>(
    fields: &mut Fields<'a, '_, O, L>,
) -> Result<Constant<'a>> {
    let offset = fields.reader.position();
    let folded = fields.reader.varint(LAST, "an integer")?;
    let value = (folded >> 1) as i64 ^ -((folded & 1) as i64);
    fields.report(offset, Field::Constant(Constant::Integer(value)));
    Ok(Constant::Integer(value))
}

/// Writes an integer constant.
pub(super) fn dump_integer(value: i64, out: &mut Writer) {
    out.varint(LAST, (value << 1 ^ value >> 63) as u64);
}

/// Reads the example of a type, whose size has been read, in a header that lacks some of its fields.
pub(super) fn load_example<'a, O: Observer<'a>>(
    fields: &mut Fields<'a, '_, O, Layout>,
    of: SizedType,
    layout: &mut Layout,
) -> Result<()> {
    let width = *of.width(layout);
    let example = match of {
        SizedType::Instruction => LUAC_INST,
        SizedType::Number => {
            let description = "LUAC_NUM (-370.5 shows the number format)";
            let layout = *layout;
            return fields.header(width, "LUAC_NUM", description, |bytes| {
                check_number(layout, bytes, LUAC_NUM)
            });
        }
        _ => LUAC_INT,
    };
    layout.big_endian = load_order(fields, width, &example, None)?;
    Ok(())
}

/// Writes the size of a type and its example.
pub(super) fn dump_example(of: SizedType, out: &mut Writer) {
    out.byte(*of.width(&mut out.layout()));
    match of {
        SizedType::Int => out.int(LUAC_INT.number as i32),
        SizedType::Instruction => out.instruction(LUAC_INST.number as u32),
        SizedType::Number => out.number(LUAC_NUM),
        SizedType::Integer | SizedType::SizeT => out.integer(LUAC_INT.number),
    }
}

/// Reads an example and returns its byte order, which must be that of the examples before it.
fn load_order<'a, O: Observer<'a>>(
    fields: &mut Fields<'a, '_, O, Layout>,
    width: u8,
    example: &Example,
    before: Option<bool>,
) -> Result<bool> {
    let Example { name, text, .. } = *example;
    fields.header(width, name, example.description, |bytes| {
        let found = byte_order(bytes, name, example.number, text)?;
        match before.is_none_or(|before| found == before) {
            true => Ok(found),
            false => Err(ChunkProblem::Int {
                field: name,
                found: bytes.to_vec(),
                expected: text,
            }),
        }
    })
}

impl SharedStrings {
    /// Reads the number of a string that has been read, and returns that string.
    fn load_saved<'a, O: Observer<'a>, L: AsLayout>(
        &mut self,
        fields: &mut Fields<'a, '_, O, L>,
        what: &'static str,
    ) -> Result<Option<&'a [u8]>> {
        let offset = fields.reader.position();
        let index = fields.reader.varint(LAST, what)?;
        fields.report(offset, Field::SavedString(index));
        let Some(before) = index.checked_sub(1) else {
            return Ok(None);
        };
        let saved = usize::try_from(before)
            .ok()
            .and_then(|before| self.read.get(before));
        let Some(range) = saved else {
            let saved = self.read.len();
            let problem = ChunkProblem::SavedString { what, index, saved };
            return Err(UndumpError::at(offset, problem));
        };
        let string = fields.reader.bytes_of(range.clone());
        self.repeated += string.len() as u64;
        let end = fields.reader.position() + fields.reader.rest().len();
        let limit = REPEATED + REPEATED_A_BYTE * end as u64;
        if self.repeated > limit {
            let problem = ChunkProblem::RepeatedStrings { limit };
            return Err(UndumpError::at(offset, problem));
        }
        Ok(Some(string))
    }
}
