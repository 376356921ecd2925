//! Errors of chunks: one variant per problem.

use std::borrow::Cow;

use thiserror::Error;

use crate::bytes::{FieldError, FieldProblem};
use crate::chunk::{Step, TreePath};
use crate::foreign::FileKind;
use crate::version::Version;

pub(super) type Result<T, Error = UndumpError> = std::result::Result<T, Error>;

/// Why a chunk was refused, and where.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("at {offset:#x}{}: {problem}", .path.as_ref().map(|path| format!(", {path}")).unwrap_or_default())]
#[non_exhaustive]
pub struct UndumpError {
    /// The offset of the field, counted from the chunk's ESC.
    pub offset: usize,
    /// The place in the tree; `None` in the header, which is not part of the tree.
    pub path: Option<TreePath>,
    /// The problem with the field.
    pub problem: ChunkProblem,
}

/// A problem with a chunk.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ChunkProblem {
    /// A field cannot be read.
    #[error(transparent)]
    Field(#[from] FieldProblem),
    /// There are no bytes at all.
    #[error("it is empty; expected a Lua chunk")]
    Empty,
    /// Another kind of file.
    #[error("{0}")]
    Foreign(FileKind),
    /// Anything else, with its first bytes.
    #[error("not a Lua chunk: it starts with {}, not with 1B 4C 75 61 (ESC \"Lua\")", hex(.0))]
    NotAChunk(Vec<u8>),
    /// A version byte that no Lua has.
    #[error("the version byte is {0:#04x}; expected 0x51 to 0x55, for Lua 5.1 to 5.5")]
    Version(u8),
    /// A format byte other than 0.
    #[error("the format is {0}; expected 0, the official format")]
    Format(u8),
    /// Other first bytes than the dialect's.
    #[error(
        "not a chunk of the dialect: it starts with {}, not with {}",
        hex(found),
        hex(expected)
    )]
    Signature {
        /// The bytes.
        found: Vec<u8>,
        /// The dialect's.
        expected: Vec<u8>,
    },
    /// Another byte than those of the dialect.
    #[error(
        "{field} is {found:#04x}; expected {}, as the dialect says",
        bytes(expected)
    )]
    OtherByte {
        /// The byte's name.
        field: &'static str,
        /// Its value.
        found: u8,
        /// The dialect's.
        expected: Vec<u8>,
    },
    /// A header of plain Lua.
    #[error(
        "the header is plain {}'s, which has fields that the dialect's lacks: {}",
        version.name(),
        lacks.join(", ")
    )]
    PlainHeader {
        /// The version.
        version: Version,
        /// The fields.
        lacks: Vec<&'static str>,
    },
    /// A wrong LUAC_DATA.
    #[error("LUAC_DATA is {}, not {}: the chunk is damaged{}", hex(found), hex(expected), if *text_mode {
        "; its CR or LF bytes were changed, as by a transfer in text mode: copy it again in binary mode"
    } else {
        ""
    })]
    Data {
        /// The six bytes found.
        found: Vec<u8>,
        /// The six bytes of every chunk.
        expected: &'static [u8],
        /// True if changed line ends explain the difference.
        text_mode: bool,
    },
    /// An unsupported width in the header.
    #[error("the size of {field} is {found}; expected {}", either(supported))]
    Width {
        /// The C type.
        field: &'static str,
        /// Its size in the header.
        found: u8,
        /// The sizes that can be read.
        supported: &'static [u8],
    },
    /// Too few or too many bytes in the header.
    #[error(
        "there {} before {before}; expected {}: {}",
        counted(found),
        fields.len(),
        fields.join(", ")
    )]
    Fields {
        /// The bytes.
        found: Vec<u8>,
        /// The fields that belong there, of one byte each.
        fields: &'static [&'static str],
        /// The field after them.
        before: &'static str,
    },
    /// A size in the header that is not the one of the number which shows it.
    #[error("the size of {field} is {found}, but {example} has {width} bytes")]
    Size {
        /// The C type.
        field: &'static str,
        /// Its size in the header.
        found: u8,
        /// The number's name.
        example: &'static str,
        /// The number's width in bytes.
        width: usize,
    },
    /// No size in the header.
    #[error("the size of {field} is missing before {example}")]
    MissingSize {
        /// The C type.
        field: &'static str,
        /// The number's name.
        example: &'static str,
    },
    /// A flag in the header that is neither 0 nor 1.
    #[error("{field} is {found}; expected 0 or 1")]
    Flag {
        /// The byte's name.
        field: &'static str,
        /// Its value.
        found: u8,
    },
    /// A number that should show the byte order and does not.
    #[error("{field} is {}; expected {expected} in either byte order", hex(found))]
    Int {
        /// Its name.
        field: &'static str,
        /// Its bytes.
        found: Vec<u8>,
        /// The number in every chunk.
        expected: &'static str,
    },
    /// A wrong LUAC_NUM.
    #[error(
        "LUAC_NUM is {found:?}; expected {expected:?}, an IEEE 754 float in the byte order of LUAC_INT"
    )]
    Num {
        /// Its value.
        found: f64,
        /// The value in every chunk of the version.
        expected: f64,
    },
    /// An unsupported kind of numbers, in Lua 5.1 and 5.2.
    #[error("integral is {0}; expected 0 or 1, or 4 or 8 if Lua is patched with LNUM")]
    Integral(u8),
    /// An instruction of 8 bytes whose upper half is not zero.
    #[error("the instruction is {0:#x}; expected zeros in the upper four bytes")]
    WideInstruction(u64),
    /// A reference to a string that has not been read yet.
    #[error("{what} is string {index} of the chunk, but so far there are {saved}")]
    SavedString {
        /// The string's name.
        what: &'static str,
        /// Its number, counted from 1.
        index: u64,
        /// The number of strings so far.
        saved: usize,
    },
    /// References to strings that would make the tree too large for memory.
    #[error("repeated strings add up to more than {limit} bytes, far more than a compiler writes")]
    RepeatedStrings {
        /// The largest size of all of them, in bytes.
        limit: u64,
    },
    /// An unknown constant tag.
    #[error("unknown constant tag {found:#04x}; expected {expected}")]
    ConstantTag {
        /// The tag.
        found: u8,
        /// The tags of the version, or of the dialect.
        expected: Cow<'static, str>,
    },
    /// An integer in a chunk of Lua 5.1 or 5.2 that a double cannot hold.
    #[error(
        "the number is {0}, which a double cannot hold; numbers of Lua 5.1 and 5.2 are read as doubles"
    )]
    LargeNumber(i64),
    /// A string constant that is NULL.
    #[error("the constant string is NULL; only names and sources can be NULL")]
    NullConstant,
    /// More names than upvalues.
    #[error("there are {names} upvalue names for {upvalues} upvalues")]
    UpvalueNames {
        /// The number of names.
        names: usize,
        /// The number of upvalues.
        upvalues: usize,
    },
    /// Functions nested too deeply.
    #[error("functions are nested deeper than {limit}, the limit of Lua")]
    Depth {
        /// The deepest nesting.
        limit: usize,
    },
}

fn either(sizes: &[u8]) -> String {
    let sizes: Vec<String> = sizes.iter().map(u8::to_string).collect();
    sizes.join(" or ")
}

fn bytes(bytes: &[u8]) -> String {
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:#04x}")).collect();
    bytes.join(" or ")
}

fn counted(bytes: &[u8]) -> String {
    match bytes.len() {
        0 => "is no byte".to_owned(),
        1 => format!("is 1 byte, {},", hex(bytes)),
        count => format!("are {count} bytes, {},", hex(bytes)),
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    digits.join(" ")
}

impl From<FieldError> for UndumpError {
    #[cold]
    fn from(FieldError { offset, problem }: FieldError) -> Self {
        UndumpError::at(offset, problem.into())
    }
}

impl UndumpError {
    #[cold]
    pub(super) fn at(offset: usize, problem: ChunkProblem) -> Self {
        UndumpError {
            offset,
            path: None,
            problem,
        }
    }

    /// Returns the error as one in the main function or below.
    #[cold]
    pub(super) fn within_main(mut self) -> Self {
        self.path.get_or_insert_default();
        self
    }

    /// Returns the error as one below `step`.
    #[cold]
    pub(super) fn within(mut self, step: Step) -> Self {
        self.path.get_or_insert_default().0.insert(0, step);
        self
    }
}
