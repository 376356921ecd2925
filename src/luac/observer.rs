//! Observers of a reader: they are told of every section and field as it is read.

use crate::bytes::Layout;
use crate::chunk::Constant;
use crate::opcodes::Instruction;

/// Follows a reader from field to field.
pub(crate) trait Observer<'a> {
    /// Whether the observer wants to be told. If not, all work that only serves to tell it is
    /// compiled away.
    const LISTENS: bool = true;

    /// A function begins at this offset, the main function first.
    fn begin_function(&mut self, _offset: usize) {}

    /// A section of that function begins.
    fn section(&mut self, _section: Section) {}

    /// A field has been read: its offset, its bytes and its meaning. The bytes of all fields
    /// together are the chunk, in order.
    fn field(&mut self, _offset: usize, _bytes: &'a [u8], _field: Field<'a>) {}

    /// The function that began last has ended.
    fn end_function(&mut self) {}

    /// The main function has ended at this offset.
    fn end_chunk(&mut self, _offset: usize) {}
}

/// Ignores everything: telling it compiles to nothing.
pub(crate) struct Silent;

impl Observer<'_> for Silent {
    const LISTENS: bool = false;
}

/// The sections of a function. The dialect decides which there are, and in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Source,
    /// The single values: lines, parameters and so on.
    Definition,
    Code,
    Constants,
    /// What the upvalues refer to.
    Upvalues,
    Protos,
    LineInfo,
    /// The lines that a byte is too small for.
    AbsLineInfo,
    LocVars,
    UpvalueNames,
}

/// What a field means. A field without bytes sums up those before it.
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
    /// The number of a string that has been read, counted from 1; 0 for none.
    SavedString(u64),
    /// The bytes of a string, with its NUL where one is stored.
    Text,
    /// Without bytes.
    Source(Option<&'a [u8]>),
    LineDefined(i32),
    LastLineDefined(i32),
    /// The number of upvalues, in versions that only count and name them.
    Nups(u8),
    NumParams(u8),
    IsVararg(u8),
    MaxStackSize(u8),
    /// The number of elements in the section's list.
    Count(usize),
    Instruction(Instruction),
    Tag(u8),
    /// Without bytes for nil and for a string.
    Constant(Constant<'a>),
    /// An integer among floats, as the LNUM patch of Lua 5.1 has them.
    LnumInteger(i64),
    Upvaldesc {
        instack: u8,
        idx: u8,
        /// In versions that have one.
        kind: Option<u8>,
    },
    Line(i32),
    /// The distance of a line from the one before.
    LineDistance(i8),
    AbsLinePc(i32),
    AbsLine(i32),
    /// Bytes that align what follows.
    Padding,
    /// Without bytes.
    Varname(Option<&'a [u8]>),
    StartPc(i32),
    EndPc(i32),
    /// Without bytes.
    UpvalueName(Option<&'a [u8]>),
    /// All bytes after the main function.
    Trailing,
}
