//! The format of chunks that is known at run time: that of a version with what a dialect changes.

use std::borrow::Cow;

use crate::bytes::{AsLayout, FieldError, FieldProblem, Layout, Reader, Writer};
use crate::chunk::{Constant, LuaString, MAX_SHORT_LENGTH};
use crate::dialect::{Dialect, HeaderField, SizedType, TagKind};
use crate::version::{Lua51, Lua52, Lua53, Lua54, Lua55, Version, with_version};

use super::error::{ChunkProblem, Result, UndumpError};
use super::fault;
use super::fields::Fields;
use super::format::{Aligned, Format};
use super::header::{
    LUA_SIGNATURE, LUAC_DATA, byte_order, check_number, load_data, load_start, load_version, one,
    width,
};
use super::lua51::{as_integer, flag, lnum_width, load_integer, load_integral};
use super::lua55::SharedStrings;
use super::observer::{Field, Observer, Section, Silent};

/// The format of a chunk whose reader is not compiled for it: that of its version, with what its dialect
/// changes.
#[derive(Clone, Copy)]
pub(crate) struct AnyFormat<'f> {
    pub version: Version,
    /// `None` for plain Lua.
    pub dialect: Option<&'f DialectFormat<'f>>,
}

/// What a dialect changes in the format of a version.
pub(crate) struct DialectFormat<'d> {
    pub dialect: Cow<'d, Dialect>,
    /// The constant tags.
    pub tags: Vec<(u8, TagKind)>,
    /// Which of the sizes of fields that the header lacks is tried.
    pub attempt: usize,
}

impl<'d> DialectFormat<'d> {
    pub fn new(dialect: Cow<'d, Dialect>, version: Version) -> DialectFormat<'d> {
        let tags = dialect.tags_of(version);
        DialectFormat {
            dialect,
            tags,
            attempt: 0,
        }
    }

    /// Returns the layout of fields that the header lacks.
    fn assumed(&self, version: Version) -> Layout {
        let mut layout = self.dialect.layout(version);
        let mut attempt = self.attempt;
        for sizes in &self.dialect.sizes {
            if self.dialect.lacks.contains(&HeaderField::Size(sizes.of)) {
                let choices = sizes.sizes.len();
                *sizes.of.width(&mut layout) = sizes.sizes[attempt % choices];
                attempt /= choices;
            }
        }
        layout
    }

    /// Returns the tag that a kind of constants is written with.
    fn tag(&self, kind: TagKind) -> Option<u8> {
        let mut tags = self.tags.iter();
        tags.find(|(_, of)| *of == kind).map(|(tag, _)| *tag)
    }
}

/// Evaluates an expression in which a name stands for the format of the version, and another for the
/// strings, which only Lua 5.5 keeps.
macro_rules! with_strings {
    ($self:expr, $strings:expr, $format:ident, $base_strings:ident => $expression:expr) => {
        match $self.version {
            Version::Lua51 => {
                let ($format, $base_strings) = (Lua51, &mut ());
                $expression
            }
            Version::Lua52 => {
                let ($format, $base_strings) = (Lua52, &mut ());
                $expression
            }
            Version::Lua53 => {
                let ($format, $base_strings) = (Lua53, &mut ());
                $expression
            }
            Version::Lua54 => {
                let ($format, $base_strings) = (Lua54, &mut ());
                $expression
            }
            Version::Lua55 => {
                let ($format, $base_strings) = (Lua55, $strings);
                $expression
            }
        }
    };
}

impl<'f> AnyFormat<'f> {
    /// Returns the format of a version of plain Lua.
    pub fn plain(version: Version) -> AnyFormat<'f> {
        let dialect = None;
        AnyFormat { version, dialect }
    }

    fn dialect(self) -> Option<&'f Dialect> {
        self.dialect.map(|format| &*format.dialect)
    }

    fn signature(self) -> &'f [u8] {
        let signature = self
            .dialect()
            .and_then(|dialect| dialect.signature.as_deref());
        signature.unwrap_or(LUA_SIGNATURE)
    }

    fn lacks(self, field: HeaderField) -> bool {
        self.dialect()
            .is_some_and(|dialect| dialect.lacks.contains(&field))
    }

    /// Returns the error of the header's field at fault, given the error with which reading ended. What the
    /// fields of a dialect would mean is not known.
    pub fn header_fault(self, bytes: &[u8], error: UndumpError) -> UndumpError {
        match self.dialect {
            None => fault::find(self.version, bytes, error),
            Some(format) if format.dialect.lacks.is_empty() => error,
            Some(format) => {
                let mut fields = Fields {
                    reader: Reader::new(bytes, Layout::default()),
                    observer: &mut Silent,
                };
                let plain = AnyFormat::plain(self.version);
                let start = plain.load_start(&mut fields);
                match start.and_then(|_| plain.load_header(&mut fields)) {
                    Ok(_) => UndumpError::at(
                        error.offset,
                        ChunkProblem::PlainHeader {
                            version: self.version,
                            lacks: format
                                .dialect
                                .lacks
                                .iter()
                                .map(|field| field.name())
                                .collect(),
                        },
                    ),
                    Err(_) => error,
                }
            }
        }
    }

    /// Reads the header up to the format byte, and returns that.
    pub fn load_start<'a, O: Observer<'a>>(
        self,
        fields: &mut Fields<'a, '_, O, Layout>,
    ) -> Result<u8> {
        let Some(dialect) = self.dialect() else {
            return load_start(fields);
        };
        let signature = self.signature();
        fields.header(
            signature.len() as u8,
            "the signature",
            "header signature",
            |found| match found == signature {
                true => Ok(()),
                false => Err(ChunkProblem::Signature {
                    found: found.to_vec(),
                    expected: signature.to_vec(),
                }),
            },
        )?;
        load_version(fields)?;
        if self.lacks(HeaderField::Format) {
            return Ok(0);
        }
        one(fields, "the format", "format (0=official)", |found| {
            let expected = match dialect.formats.as_slice() {
                [] => &[0],
                formats => formats,
            };
            match expected.contains(&found) {
                true => Ok(found),
                false => Err(ChunkProblem::OtherByte {
                    field: "the format",
                    found,
                    expected: expected.to_vec(),
                }),
            }
        })
    }

    /// Reads the sizes of types in a header that lacks some of its fields.
    fn load_sizes<'a, O: Observer<'a>>(
        self,
        fields: &mut Fields<'a, '_, O, Layout>,
        types: &[(SizedType, &'static str, &'static str, &'static [u8])],
        layout: &mut Layout,
    ) -> Result<()> {
        for (of, name, description, supported) in types {
            if !self.lacks(HeaderField::Size(*of)) {
                *of.width(layout) = width(fields, name, description, supported)?;
            }
        }
        Ok(())
    }
}

const INT: (SizedType, &str, &str, &[u8]) = (SizedType::Int, "int", "size of int (bytes)", &[4, 8]);
const SIZE_T: (SizedType, &str, &str, &[u8]) = (
    SizedType::SizeT,
    "size_t",
    "size of size_t (bytes)",
    &[4, 8],
);
const INSTRUCTION: (SizedType, &str, &str, &[u8]) = (
    SizedType::Instruction,
    "Instruction",
    "size of Instruction (bytes)",
    &[4],
);
const WIDE_INSTRUCTION: (SizedType, &str, &str, &[u8]) = (
    SizedType::Instruction,
    "Instruction",
    "size of Instruction (bytes)",
    &[4, 8],
);
const INTEGER: (SizedType, &str, &str, &[u8]) = (
    SizedType::Integer,
    "lua_Integer",
    "size of lua_Integer (bytes)",
    &[4, 8],
);
const NUMBER: (SizedType, &str, &str, &[u8]) = (
    SizedType::Number,
    "lua_Number",
    "size of lua_Number (bytes)",
    &[4, 8],
);

impl Format for AnyFormat<'_> {
    type Strings = SharedStrings;

    fn version(self) -> Version {
        self.version
    }

    fn sections(self) -> &'static [Section] {
        with_version!(self.version, V => V::default().sections())
    }

    fn has_nups(self) -> bool {
        with_version!(self.version, V => V::default().has_nups())
    }

    fn is_packed(self) -> bool {
        false
    }

    fn alignment(self, list: Aligned, layout: Layout) -> Option<u8> {
        match (self.dialect().and_then(|dialect| dialect.align), list) {
            (Some(align), Aligned::Code) if align.code => Some(align.to),
            (Some(align), Aligned::LineInfo) if align.lineinfo => Some(align.to),
            _ => with_version!(self.version, V => V::default().alignment(list, layout)),
        }
    }

    fn has_kinds(self) -> bool {
        self.version.has_kinds() || self.dialect().is_some_and(|dialect| dialect.upvalue_kinds)
    }

    fn has_packed_lines(self) -> bool {
        self.dialect().is_some_and(|dialect| dialect.packed_lines)
    }

    fn least_int(self, layout: Layout) -> u64 {
        with_version!(self.version, V => V::default().least_int(layout))
    }

    fn least_absolute(self, layout: Layout) -> u64 {
        with_version!(self.version, V => V::default().least_absolute(layout))
    }

    fn least_string(self, layout: Layout) -> u64 {
        with_version!(self.version, V => V::default().least_string(layout))
    }

    fn least_function(self, layout: Layout) -> u64 {
        with_version!(self.version, V => V::default().least_function(layout))
    }

    fn load_header<'a, O: Observer<'a>>(
        self,
        fields: &mut Fields<'a, '_, O, Layout>,
    ) -> Result<Layout> {
        let only_format = |format: &&DialectFormat| {
            let mut lacks = format.dialect.lacks.iter();
            lacks.all(|field| *field == HeaderField::Format)
        };
        let Some(format) = self.dialect.filter(|format| !only_format(format)) else {
            return with_version!(self.version, V => V::default().load_header(fields));
        };
        let mut layout = format.assumed(self.version);
        if self.version < Version::Lua53 {
            if !self.lacks(HeaderField::Endian) {
                layout.big_endian = !flag(fields, "endianness", "endianness (1=little endian)")?;
            }
            self.load_sizes(fields, &[INT, SIZE_T, INSTRUCTION, NUMBER], &mut layout)?;
            if !self.lacks(HeaderField::Integral) {
                (layout.integer, layout.number) = load_integral(fields, layout.number)?;
            }
            if self.version == Version::Lua52 && !self.lacks(HeaderField::Data) {
                load_data(fields)?;
            }
            return Ok(layout);
        }
        if !self.lacks(HeaderField::Data) {
            load_data(fields)?;
        }
        match self.version {
            Version::Lua55 => {
                for size in [INT, INSTRUCTION, INTEGER, NUMBER] {
                    self.load_sizes(fields, &[size], &mut layout)?;
                    if !self.lacks(HeaderField::Size(size.0)) {
                        super::lua55::load_example(fields, size.0, &mut layout)?;
                    }
                }
                return Ok(layout);
            }
            Version::Lua54 => {
                self.load_sizes(fields, &[INSTRUCTION, INTEGER, NUMBER], &mut layout)?;
            }
            _ => {
                let types = [INT, SIZE_T, WIDE_INSTRUCTION, INTEGER, NUMBER];
                self.load_sizes(fields, &types, &mut layout)?;
            }
        }
        if !self.lacks(HeaderField::LuacInt) {
            let description = "LUAC_INT (0x5678 shows the byte order)";
            layout.big_endian =
                fields.header(layout.integer, "LUAC_INT", description, |bytes| {
                    byte_order(bytes, "LUAC_INT", 0x5678, "0x5678")
                })?;
        }
        if !self.lacks(HeaderField::LuacNum) {
            let description = "LUAC_NUM (370.5 shows the number format)";
            fields.header(layout.number, "LUAC_NUM", description, |bytes| {
                check_number(layout, bytes, 370.5)
            })?;
        }
        Ok(layout)
    }

    fn load_int<L: AsLayout>(
        self,
        reader: &mut Reader<L>,
        what: &'static str,
    ) -> Result<i32, FieldError> {
        with_version!(self.version, V => V::default().load_int(reader, what))
    }

    fn load_count<L: AsLayout>(
        self,
        reader: &mut Reader<L>,
        what: &'static str,
    ) -> Result<i32, FieldError> {
        let offset = reader.position();
        let count = self.load_int(reader, what)?;
        match self
            .dialect()
            .is_some_and(|dialect| dialect.negative_counts)
        {
            true => count.checked_abs().ok_or(FieldError {
                offset,
                problem: FieldProblem::NegativeCount {
                    what,
                    count: count.into(),
                },
            }),
            false => Ok(count),
        }
    }

    fn load_absolute<L: AsLayout>(
        self,
        reader: &mut Reader<L>,
        what: &'static str,
    ) -> Result<i32, FieldError> {
        with_version!(self.version, V => V::default().load_absolute(reader, what))
    }

    fn load_string<'a, O: Observer<'a>, L: AsLayout>(
        self,
        strings: &mut SharedStrings,
        fields: &mut Fields<'a, '_, O, L>,
        what: &'static str,
    ) -> Result<Option<&'a [u8]>> {
        with_strings!(self, strings, base, strings => base.load_string(strings, fields, what))
    }

    fn load_constant<'a, O: Observer<'a>, L: AsLayout>(
        self,
        strings: &mut SharedStrings,
        fields: &mut Fields<'a, '_, O, L>,
    ) -> Result<Constant<'a>> {
        let Some(format) = self.dialect else {
            return with_strings!(self, strings, base, strings => base.load_constant(strings, fields));
        };
        let offset = fields.reader.position();
        let layout = fields.reader.layout().layout();
        let found = fields.byte("a constant's tag", Field::Tag)?;
        let kind = format.tags.iter().find(|(tag, _)| *tag == found);
        let Some((_, kind)) = kind else {
            let tags = format.tags.iter();
            let tags = tags.map(|(tag, kind)| format!("{tag:#04x} ({})", kind.name()));
            let mut tags: Vec<String> = tags.collect();
            tags.sort_unstable();
            let expected = tags.join(" or ").into();
            return Err(UndumpError::at(
                offset,
                ChunkProblem::ConstantTag { found, expected },
            ));
        };
        match kind {
            TagKind::Nil => Ok(fields.constant(Constant::Nil)),
            TagKind::Boolean => fields.boolean("a boolean"),
            TagKind::False => Ok(fields.constant(Constant::Boolean(false))),
            TagKind::True => Ok(fields.constant(Constant::Boolean(true))),
            TagKind::Integer => match self.version {
                Version::Lua55 => super::lua55::load_integer(fields),
                Version::Lua53 | Version::Lua54 => fields.integer("an integer"),
                _ => load_integer(fields, layout),
            },
            TagKind::Float if layout.number == 0 => Lua51.load_number(fields),
            TagKind::Float => fields.float("a number"),
            TagKind::String | TagKind::LongString => {
                match self.load_string(strings, fields, "a string")? {
                    Some(string) => Ok(fields.constant(Constant::String(string.into()))),
                    None if format.dialect.null_constants => Ok(fields.constant(Constant::Null)),
                    None => Err(UndumpError::at(offset, ChunkProblem::NullConstant)),
                }
            }
        }
    }

    fn dump_start(self, format: u8, out: &mut Writer) {
        out.bytes(self.signature());
        let version_byte = self
            .dialect()
            .and_then(|dialect| dialect.version_bytes.first());
        out.byte(version_byte.copied().unwrap_or(self.version.byte()));
        if !self.lacks(HeaderField::Format) {
            out.byte(format);
        }
    }

    fn dump_header(self, out: &mut Writer) {
        let layout = out.layout();
        let size = |of: SizedType| (HeaderField::Size(of), *of.width(&mut layout.clone()));
        let sizes = |out: &mut Writer, types: &[SizedType]| {
            for (field, size) in types.iter().map(|of| size(*of)) {
                if !self.lacks(field) {
                    out.byte(size);
                }
            }
        };
        let data = |out: &mut Writer| {
            if !self.lacks(HeaderField::Data) {
                out.bytes(LUAC_DATA);
            }
        };
        match self.version {
            Version::Lua51 | Version::Lua52 => {
                // Without LNUM there is one kind of number; the other has no width.
                let (number, integral) = super::lua51::number_sizes(layout);
                for (field, byte) in [
                    (HeaderField::Endian, u8::from(!layout.big_endian)),
                    size(SizedType::Int),
                    size(SizedType::SizeT),
                    size(SizedType::Instruction),
                    (HeaderField::Size(SizedType::Number), number),
                    (HeaderField::Integral, integral),
                ] {
                    if !self.lacks(field) {
                        out.byte(byte);
                    }
                }
                if self.version == Version::Lua52 {
                    data(out);
                }
            }
            Version::Lua53 | Version::Lua54 => {
                data(out);
                if self.version == Version::Lua53 {
                    sizes(out, &[SizedType::Int, SizedType::SizeT]);
                }
                sizes(
                    out,
                    &[
                        SizedType::Instruction,
                        SizedType::Integer,
                        SizedType::Number,
                    ],
                );
                if !self.lacks(HeaderField::LuacInt) {
                    out.integer(0x5678);
                }
                if !self.lacks(HeaderField::LuacNum) {
                    out.number(370.5);
                }
            }
            Version::Lua55 => {
                data(out);
                for of in [
                    SizedType::Int,
                    SizedType::Instruction,
                    SizedType::Integer,
                    SizedType::Number,
                ] {
                    if !self.lacks(HeaderField::Size(of)) {
                        super::lua55::dump_example(of, out);
                    }
                }
            }
        }
    }

    fn dump_int(self, value: i32, out: &mut Writer) {
        with_version!(self.version, V => V::default().dump_int(value, out));
    }

    fn dump_absolute(self, value: i32, out: &mut Writer) {
        with_version!(self.version, V => V::default().dump_absolute(value, out));
    }

    fn dump_string(
        self,
        strings: &mut SharedStrings,
        string: Option<&LuaString>,
        out: &mut Writer,
    ) {
        with_strings!(self, strings, base, strings => base.dump_string(strings, string, out));
    }

    fn dump_constant(self, strings: &mut SharedStrings, constant: &Constant, out: &mut Writer) {
        let Some(format) = self.dialect else {
            return with_strings!(self, strings, base, strings => base.dump_constant(strings, constant, out));
        };
        let byte = |kind, out: &mut Writer| out.byte(format.tag(kind).unwrap_or_default());
        match constant {
            Constant::Nil => byte(TagKind::Nil, out),
            Constant::Boolean(value) => {
                let alone = if *value {
                    TagKind::True
                } else {
                    TagKind::False
                };
                let mut tags = format.tags.iter();
                match tags.find(|(_, kind)| *kind == TagKind::Boolean || *kind == alone) {
                    Some((tag, TagKind::Boolean)) => out.bytes(&[*tag, u8::from(*value)]),
                    _ => byte(alone, out),
                }
            }
            Constant::Integer(value) => format.dump_integer(self.version, *value, out),
            Constant::Float(value) => format.dump_float(*value, out),
            Constant::String(string) => {
                let long = format.tag(TagKind::LongString);
                match long.filter(|_| string.len() > MAX_SHORT_LENGTH) {
                    Some(tag) => out.byte(tag),
                    None => byte(TagKind::String, out),
                }
                self.dump_string(strings, Some(string), out);
            }
            Constant::Null => {
                byte(TagKind::String, out);
                self.dump_string(strings, None, out);
            }
        }
    }
}

impl DialectFormat<'_> {
    /// Writes an integer. In a version without integers, one that the dialect's integers cannot hold is
    /// a float.
    fn dump_integer(&self, version: Version, value: i64, out: &mut Writer) {
        let width = lnum_width(out.layout());
        match self.tag(TagKind::Integer) {
            Some(tag) if version >= Version::Lua53 => {
                out.byte(tag);
                match version {
                    Version::Lua55 => super::lua55::dump_integer(value, out),
                    _ => out.integer(value),
                }
            }
            Some(tag) if width == 8 || i32::try_from(value).is_ok() => {
                out.byte(tag);
                out.signed(value, width);
            }
            _ => self.dump_float(value as f64, out),
        }
    }

    fn dump_float(&self, value: f64, out: &mut Writer) {
        let layout = out.layout();
        out.byte(self.tag(TagKind::Float).unwrap_or_default());
        match layout.number {
            0 => out.integer(as_integer(value, layout.integer).unwrap_or(value as i64)),
            _ => out.number(value),
        }
    }
}
