//! Why a chunk was refused: one variant a failure, each with its numbers.

use thiserror::Error;

use crate::bytes::{FieldError, FieldProblem};
use crate::chunk::{Step, TreePath};

pub(super) type Result<T, Error = UndumpError> = std::result::Result<T, Error>;

/// Why a chunk was refused, and where.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("at {offset:#x}{}: {problem}", .path.as_ref().map(|path| format!(", {path}")).unwrap_or_default())]
#[non_exhaustive]
pub struct UndumpError {
    /// The offset in the chunk, from its ESC, of the field at fault.
    pub offset: usize,
    /// The place in the tree; `None` in the header, which is no part of the tree.
    pub path: Option<TreePath>,
    /// What is wrong with the field.
    pub problem: ChunkProblem,
}

/// What can be wrong with a chunk.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ChunkProblem {
    /// A field cannot be read.
    #[error(transparent)]
    Field(#[from] FieldProblem),
    /// There are no bytes at all.
    #[error("it is empty; a Lua 5.3 chunk was expected")]
    Empty,
    /// The bytes are text that looks like Lua.
    #[error(
        "this is Lua source, by the look of it, not a chunk; compile it first: luac5.3 -o out.luac in.lua"
    )]
    Source,
    /// The bytes are a token stream.
    #[error("this is a token stream, not a chunk; `luadec-tok decode` turns it back into one")]
    Stream,
    /// The bytes are a chunk in base64.
    #[error("this is a chunk in base64; decode it first: base64 -d")]
    Base64,
    /// The bytes are the hex digits of a chunk, or a dump of it.
    #[error(
        "this is a chunk in hex digits; turn it into bytes first: xxd -r -p, or xxd -r where lines start with offsets"
    )]
    HexDigits,
    /// LuaJIT's bytecode.
    #[error(
        "this is LuaJIT bytecode, which has nothing in common with Lua's; `luajit -bl` lists it, and \
         what can be converted is the source, compiled with luac"
    )]
    LuaJit,
    /// Luau's bytecode.
    #[error(
        "this is Luau bytecode, by the look of it, which has nothing in common with Lua's; what can be \
         converted is the source, compiled with luac, if it keeps to Lua"
    )]
    Luau,
    /// The bytes are compressed: the format, and the command that undoes it.
    #[error("this is compressed with {0}; decompress it first: {1}")]
    Compressed(&'static str, &'static str),
    /// The bytes are a zip archive.
    #[error("this is a zip archive; unpack it first (unzip) and give the chunks in it")]
    Zip,
    /// The bytes are a program or a library.
    #[error(
        "this is an ELF file, a program or a library; a chunk inside it begins with 1B 4C 75 61 \
         (ESC \"Lua\"): cut it out from there on, what follows it is ignored"
    )]
    Elf,
    /// The bytes are something else.
    #[error("not a Lua chunk: it starts with {}, a chunk with 1B 4C 75 61 (ESC \"Lua\")", hex(.0))]
    NotAChunk(Vec<u8>),
    /// A chunk of another Lua.
    #[error(
        "this is a {0} chunk; chunks of Lua 5.1 to 5.5 are read: compile the source with luac5.3"
    )]
    OtherLua(&'static str),
    /// A version byte of no Lua.
    #[error("the version byte is {0:#04x}, which no Lua has; Lua 5.3 has 0x53")]
    Version(u8),
    /// A format byte other than 0.
    #[error("the format is {0}; only the official format, 0, is read")]
    Format(u8),
    /// LUAC_DATA is not as it should be.
    #[error("LUAC_DATA is {}, not {}: the chunk is damaged{}", hex(found), hex(expected), if *text_mode {
        "; its CR or LF bytes were changed, as a transfer in text mode does: copy it again in binary mode"
    } else {
        ""
    })]
    Data {
        /// The six bytes found.
        found: Vec<u8>,
        /// The six bytes that every chunk has there.
        expected: &'static [u8],
        /// Whether changed line ends explain the difference.
        text_mode: bool,
    },
    /// A width in the header that is not read.
    #[error("the size of {field} is {found}; supported: {}", either(supported))]
    Width {
        /// The C type.
        field: &'static str,
        /// Its size in the header.
        found: u8,
        /// The sizes that are read.
        supported: &'static [u8],
    },
    /// A flag in the header that is neither 0 nor 1.
    #[error("{field} is {found}; it can be 0 or 1")]
    Flag {
        /// The byte's name.
        field: &'static str,
        /// Its value.
        found: u8,
    },
    /// A number that shows the byte order shows none.
    #[error("{field} is {}, which is {expected} in no byte order", hex(found))]
    Int {
        /// Its name.
        field: &'static str,
        /// Its bytes.
        found: Vec<u8>,
        /// The number that it is in every chunk.
        expected: &'static str,
    },
    /// LUAC_NUM is another number.
    #[error(
        "LUAC_NUM is {found:?}, not {expected:?}: the floats are not IEEE 754 in the byte order of LUAC_INT"
    )]
    Num {
        /// What it is.
        found: f64,
        /// What it is in every chunk of the version.
        expected: f64,
    },
    /// The flag of a chunk whose numbers are neither floats nor integers nor those of LNUM.
    #[error("integral is {0}; it can be 0 or 1, or 4 or 8 where Lua is patched with LNUM")]
    Integral(u8),
    /// An instruction of 8 bytes that are more than an instruction.
    #[error("the instruction is {0:#x}, of which the upper four bytes must be zero")]
    WideInstruction(u64),
    /// A reference to a string that has not been read.
    #[error("{what} is string {index} of the chunk; so far there are {saved}")]
    SavedString {
        /// What the string is.
        what: &'static str,
        /// Its number, counted from 1.
        index: u64,
        /// How many strings there are.
        saved: usize,
    },
    /// Strings that are referred to so often that the tree would not fit into memory.
    #[error(
        "the strings that are used again come to more than {limit} bytes in all, far more than a compiler writes"
    )]
    RepeatedStrings {
        /// How many bytes they may come to.
        limit: u64,
    },
    /// A constant of no type.
    #[error("unknown constant tag {found:#04x}; expected {expected}")]
    ConstantTag {
        /// The tag.
        found: u8,
        /// The tags that the version has.
        expected: &'static str,
    },
    /// An integer that a chunk of Lua 5.1 or 5.2 has for a number, and that no double is.
    #[error(
        "the number is {0}, which no double is; numbers of Lua 5.1 and 5.2 are read as doubles"
    )]
    LargeNumber(i64),
    /// A string constant that is NULL.
    #[error("the constant string is NULL; only names and sources can be")]
    NullConstant,
    /// More names than there are upvalues.
    #[error("there are {names} upvalue names for {upvalues} upvalues")]
    UpvalueNames {
        /// The number of names.
        names: usize,
        /// The number of upvalues.
        upvalues: usize,
    },
    /// Functions nested too deeply.
    #[error("functions are nested deeper than {limit}, Lua's own limit")]
    Depth {
        /// How deep they may be nested.
        limit: usize,
    },
}

fn either(sizes: &[u8]) -> String {
    let sizes: Vec<String> = sizes.iter().map(u8::to_string).collect();
    sizes.join(" or ")
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

    /// The same error, known to lie in the main function or below.
    #[cold]
    pub(super) fn within_main(mut self) -> Self {
        self.path.get_or_insert_default();
        self
    }

    /// The same error, known to lie below `step`.
    #[cold]
    pub(super) fn within(mut self, step: Step) -> Self {
        self.path.get_or_insert_default().0.insert(0, step);
        self
    }
}
