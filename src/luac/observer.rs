//! Who is told what a reader reads: the sections of a chunk, and its fields with what they say.

use crate::bytes::Layout;
use crate::chunk::Constant;
use crate::opcodes::Instruction;

/// Follows a reader from field to field.
pub(crate) trait Observer<'a> {
    /// Whether anything is told at all. What is only read in order to be told is left out where
    /// nobody listens.
    const LISTENS: bool = true;

    /// A function begins at this offset, the main function first.
    fn begin_function(&mut self, _offset: usize) {}

    /// A section of that function begins.
    fn section(&mut self, _section: Section) {}

    /// The field at this offset has these bytes. Together, those of all fields are all bytes of the
    /// chunk, in order.
    fn field(&mut self, _offset: usize, _bytes: &'a [u8], _field: Field<'a>) {}

    /// The function that began last has ended.
    fn end_function(&mut self) {}

    /// The main function has ended at this offset.
    fn end_chunk(&mut self, _offset: usize) {}
}

/// Nobody: whatever it is told compiles to nothing.
pub(crate) struct Silent;

impl Observer<'_> for Silent {
    const LISTENS: bool = false;
}

/// The sections of a function. Which of them there are, and in which order, is the dialect's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Source,
    /// The lines, the parameters and what else stands alone.
    Definition,
    Code,
    Constants,
    /// What the upvalues refer to.
    Upvalues,
    Protos,
    LineInfo,
    LocVars,
    UpvalueNames,
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
    /// The mark of a size that does not fit into a byte.
    LongString,
    StringSize(u64),
    /// The bytes of a string, with its NUL where one is stored.
    Text,
    /// Without bytes.
    Source(Option<&'a [u8]>),
    LineDefined(i32),
    LastLineDefined(i32),
    /// The number of upvalues, where they are only counted and named.
    Nups(u8),
    NumParams(u8),
    IsVararg(u8),
    MaxStackSize(u8),
    /// How many elements the list has that this section is.
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
