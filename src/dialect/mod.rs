//! Dialects: modified versions of Lua, described as data.
//!
//! A dialect is a text file that says how the chunks of a modified Lua differ from plain Lua's: other
//! bytes in the header, other constant tags, other opcodes. An opcode map is such a file with opcode
//! numbers only.
//!
//! ```
//! use luadec_tok::dialect::Dialect;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let dialect = Dialect::parse(".base 5.3 .format 1 .op 46 newarray A:register B:number sets A")?;
//! assert_eq!(dialect.formats, [1]);
//! assert!(Dialect::builtin("xlua").is_some());
//! # Ok(())
//! # }
//! ```

mod builtin;
mod directive;
mod error;
mod opcodes;
mod parse;
mod print;
mod tags;
mod word;

use crate::bytes::Layout;
use crate::version::Version;

pub use builtin::BUILTIN;
pub use error::{DialectError, DialectProblem};
pub use opcodes::{DialectOpcode, DialectOpcodes};
use parse::HEADER_FIELDS;
pub use parse::is_dialect;
pub use word::{FieldPlace, WordField};

/// A modified version of Lua. Whatever a field does not say is as in the base version.
///
/// It displays as the text of its file, which [`parse`](Dialect::parse) reads.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Dialect {
    /// The versions of Lua that it modifies. The version byte of a chunk tells which.
    pub base: Vec<Version>,
    /// The first bytes of a chunk, if they are not Lua's.
    pub signature: Option<Vec<u8>>,
    /// The version bytes that are read. The first is written; if there is none, it is the base
    /// version's.
    pub version_bytes: Vec<u8>,
    /// The format bytes that are read. The first is written; if there is none, it is 0.
    pub formats: Vec<u8>,
    /// The fields that the header lacks.
    pub lacks: Vec<HeaderField>,
    /// The opcodes whose numbers differ, and those that Lua does not have.
    pub opcodes: Vec<DialectOpcode>,
    /// The places of the fields of an instruction word that are elsewhere.
    pub fields: Vec<FieldPlace>,
    /// The constant tags that differ.
    pub tags: Vec<(u8, TagKind)>,
    /// True if an upvalue has a third byte, its kind.
    pub upvalue_kinds: bool,
    /// True if the count of a list may be stored negated.
    pub negative_counts: bool,
    /// True if a constant string may be NULL.
    pub null_constants: bool,
    /// The lists that zeros align.
    pub align: Option<Alignment>,
    /// True if the lines are packed as NodeMCU does.
    pub packed_lines: bool,
    /// The widths that are written, for each type that has others than on x86-64.
    pub sizes: Vec<TypeSizes>,
    /// The byte order that is written.
    pub big_endian: bool,
    /// The type of numbers that is written, in Lua 5.1 and 5.2.
    pub number: Option<NumberType>,
}

/// A field of the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderField {
    /// The format byte.
    Format,
    /// The byte order, in Lua 5.1 and 5.2.
    Endian,
    /// LUAC_DATA, from Lua 5.2 on.
    Data,
    /// The size of a type. In Lua 5.5 it includes the number that shows the byte order.
    Size(SizedType),
    /// The integral flag, in Lua 5.1 and 5.2.
    Integral,
    /// LUAC_INT, in Lua 5.3 and 5.4.
    LuacInt,
    /// LUAC_NUM, in Lua 5.3 and 5.4.
    LuacNum,
}

/// A type whose size a header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SizedType {
    /// `int`
    Int,
    /// `size_t`
    SizeT,
    /// `Instruction`
    Instruction,
    /// `lua_Integer`
    Integer,
    /// `lua_Number`
    Number,
}

impl SizedType {
    /// Returns the width of the type in a layout.
    pub(crate) fn width(self, layout: &mut Layout) -> &mut u8 {
        match self {
            SizedType::Int => &mut layout.int,
            SizedType::SizeT => &mut layout.size_t,
            SizedType::Instruction => &mut layout.instruction,
            SizedType::Integer => &mut layout.integer,
            SizedType::Number => &mut layout.number,
        }
    }
}

/// The sizes of a type.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeSizes {
    /// The type.
    pub of: SizedType,
    /// The sizes. The first is written. If the header lacks the field, all are tried.
    pub sizes: Vec<u8>,
}

/// What a constant tag stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagKind {
    /// `nil`
    Nil,
    /// A boolean, which follows as a byte.
    Boolean,
    /// `false`
    False,
    /// `true`
    True,
    /// A `lua_Integer`
    Integer,
    /// A `lua_Number`
    Float,
    /// A string. From Lua 5.3 on, a short one.
    String,
    /// A long string.
    LongString,
}

/// The lists that zeros align.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alignment {
    /// The number of bytes to a multiple of which is filled up, counted from the start of the file.
    pub to: u8,
    /// True if the code is aligned.
    pub code: bool,
    /// True if the lines are aligned.
    pub lineinfo: bool,
}

/// A type of numbers of Lua 5.1 and 5.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberType {
    /// Any, as the header says. A double is written.
    Header,
    /// A double.
    Double,
    /// A float of 4 bytes.
    Float32,
    /// An integer of 4 bytes.
    Int32,
}

impl HeaderField {
    /// Every field, those that headers lack in the wild first.
    pub(crate) const ALL: [HeaderField; 11] = [
        HeaderField::Size(SizedType::SizeT),
        HeaderField::Format,
        HeaderField::Endian,
        HeaderField::Data,
        HeaderField::Size(SizedType::Int),
        HeaderField::Size(SizedType::Instruction),
        HeaderField::Size(SizedType::Integer),
        HeaderField::Size(SizedType::Number),
        HeaderField::Integral,
        HeaderField::LuacInt,
        HeaderField::LuacNum,
    ];

    /// Returns the name in a dialect file.
    pub(crate) fn name(self) -> &'static str {
        let mut fields = HEADER_FIELDS.iter();
        fields
            .find(|(field, _)| *field == self)
            .map_or("?", |(_, name)| name)
    }
}

impl Dialect {
    /// Returns the dialect that does not differ from a version.
    pub fn of(version: Version) -> Dialect {
        Dialect {
            base: vec![version],
            ..Dialect::default()
        }
    }

    /// Returns the built-in dialect of a name.
    pub fn builtin(name: &str) -> Option<Dialect> {
        let (_, text) = BUILTIN.iter().find(|(builtin, _)| *builtin == name)?;
        Some(Dialect::parse(text).expect("a built-in dialect is right"))
    }

    /// Returns whether chunks are stored in the format of the base version, whatever their opcodes.
    pub fn is_plain_format(&self) -> bool {
        let format = Dialect {
            base: Vec::new(),
            opcodes: Vec::new(),
            fields: Vec::new(),
            sizes: self
                .sizes
                .iter()
                .filter(|sizes| self.lacks.contains(&HeaderField::Size(sizes.of)))
                .cloned()
                .collect(),
            big_endian: false,
            number: None,
            ..self.clone()
        };
        format == Dialect::default()
    }

    /// Returns the byte order and the widths in which chunks of a version are written.
    pub fn layout(&self, version: Version) -> Layout {
        let has_integers = version >= Version::Lua53 || self.has_tag(TagKind::Integer);
        let mut layout = Layout {
            big_endian: self.big_endian,
            integer: if has_integers {
                Layout::USUAL.integer
            } else {
                0
            },
            ..Layout::USUAL
        };
        for TypeSizes { of, sizes } in &self.sizes {
            let width = of.width(&mut layout);
            *width = sizes.first().copied().unwrap_or(*width);
        }
        match self.number {
            Some(NumberType::Int32) => (layout.integer, layout.number) = (4, 0),
            Some(NumberType::Float32) => layout.number = 4,
            Some(NumberType::Header | NumberType::Double) | None => {}
        }
        layout
    }
}
