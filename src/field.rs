//! What there is in a chunk: its parts, and its fields with what they say.

use std::io;

use byteorder::{BE, ByteOrder, LE};

use crate::chunk::Constant;
use crate::header::Layout;
use crate::opcodes::Instruction;

/// The parts of a chunk. Each begins where the one before it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// A function, the main function first.
    Function,
    Source,
    /// The lines, the parameters and what else stands alone.
    Definition,
    Code,
    Constants,
    Upvalues,
    Functions,
    Lines,
    Locals,
    UpvalueNames,
    EndOfFunction,
    EndOfChunk,
}

/// What a field says. Those without bytes sum up what the fields before them say.
#[derive(Clone, Debug)]
pub(crate) enum Field<'a> {
    /// A field of the header, by its description.
    Header(&'static str),
    /// Without bytes: what the header says of the numbers.
    Layout(Layout),
    /// The upvalues of the main function's closure.
    ChunkUpvalues(u8),
    /// The mark of a size in eight bytes.
    LongString,
    StringSize(u64),
    /// The bytes of a string, with its NUL where one is stored.
    Text,
    /// Without bytes.
    Source(Option<&'a [u8]>),
    LineDefined(i32),
    LastLineDefined(i32),
    /// The number of upvalues, before they are named.
    Nups(u8),
    NumParams(u8),
    IsVararg(u8),
    MaxStackSize(u8),
    /// How many elements the list has that this part is.
    Count(usize),
    Instruction(Instruction),
    Tag(u8),
    /// Without bytes for nil and for a string.
    Constant(Constant<'a>),
    Upvaldesc {
        instack: u8,
        idx: u8,
    },
    Line(i32),
    /// Without bytes.
    Varname(Option<&'a [u8]>),
    StartPc(i32),
    EndPc(i32),
    /// Without bytes.
    UpvalueName(Option<&'a [u8]>),
    /// All bytes after the main function.
    Trailing,
}

/// Who is told of the fields.
pub(crate) trait Observer<'a> {
    /// A part begins at this offset.
    fn part(&mut self, offset: usize, part: Part) -> io::Result<()>;
    /// A field at this offset has these bytes. Together they are all bytes of the chunk, in order.
    fn field(&mut self, offset: usize, bytes: &'a [u8], field: Field<'a>) -> io::Result<()>;
    /// So many fields of four bytes each: the code, or the lines.
    fn words(&mut self, offset: usize, bytes: &'a [u8], word: Word<'a>) -> io::Result<()> {
        let mut words = bytes.chunks_exact(4).enumerate();
        words.try_for_each(|(i, bytes)| {
            self.field(offset + 4 * i, bytes, (word.field)(word.read(bytes)))
        })
    }
}

/// How four bytes are read, and what they say.
#[derive(Clone, Copy)]
pub(crate) struct Word<'a> {
    pub big_endian: bool,
    pub field: fn(u32) -> Field<'a>,
}

impl Word<'_> {
    #[inline(always)]
    pub fn read(self, bytes: &[u8]) -> u32 {
        match self.big_endian {
            true => BE::read_u32(bytes),
            false => LE::read_u32(bytes),
        }
    }
}
