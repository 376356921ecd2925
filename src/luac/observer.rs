//! Observers of a reader. They are notified of every section and field as it is read.

use crate::bytes::Layout;
use crate::chunk::Constant;
use crate::opcodes::Instruction;

/// Follows a reader from field to field.
pub(crate) trait Observer<'a> {
    /// Returns whether the observer wants to be notified of fields.
    #[inline(always)]
    fn listens(&self) -> bool {
        true
    }

    /// A function begins at this offset. The main function is first.
    fn begin_function(&mut self, _offset: usize) {}

    /// A section of the current function begins.
    fn section(&mut self, _section: Section) {}

    /// A field has been read: its offset, its bytes and its meaning. All fields in order make up
    /// the chunk.
    fn field(&mut self, _offset: usize, _bytes: &'a [u8], _field: Field<'a>) {}

    /// The current function has ended before this offset.
    fn end_function(&mut self, _end: usize) {}

    /// The main function has ended at this offset.
    fn end_chunk(&mut self, _offset: usize) {}
}

/// An observer that ignores everything.
pub(crate) struct Silent;

impl Observer<'_> for Silent {
    #[inline(always)]
    fn listens(&self) -> bool {
        false
    }
}

/// Any observer, so that the reader is compiled once for all of them.
pub(super) struct AnyObserver<'o, 'a> {
    observer: &'o mut dyn Observer<'a>,
    listens: bool,
}

impl<'o, 'a> AnyObserver<'o, 'a> {
    pub fn new(observer: &'o mut dyn Observer<'a>) -> AnyObserver<'o, 'a> {
        let listens = observer.listens();
        AnyObserver { observer, listens }
    }

    /// Returns the same observer, which is not notified of fields.
    pub fn of_functions(self) -> FunctionObserver<'o, 'a> {
        FunctionObserver(self.observer)
    }
}

impl<'a> Observer<'a> for AnyObserver<'_, 'a> {
    #[inline(always)]
    fn listens(&self) -> bool {
        self.listens
    }

    fn begin_function(&mut self, offset: usize) {
        self.observer.begin_function(offset);
    }

    fn section(&mut self, section: Section) {
        self.observer.section(section);
    }

    fn field(&mut self, offset: usize, bytes: &'a [u8], field: Field<'a>) {
        self.observer.field(offset, bytes, field);
    }

    fn end_function(&mut self, end: usize) {
        self.observer.end_function(end);
    }

    fn end_chunk(&mut self, offset: usize) {
        self.observer.end_chunk(offset);
    }
}

/// Any observer that does not listen: it only learns where functions begin and end.
pub(super) struct FunctionObserver<'o, 'a>(&'o mut dyn Observer<'a>);

impl<'a> Observer<'a> for FunctionObserver<'_, 'a> {
    #[inline(always)]
    fn listens(&self) -> bool {
        false
    }

    fn begin_function(&mut self, offset: usize) {
        self.0.begin_function(offset);
    }

    fn end_function(&mut self, end: usize) {
        self.0.end_function(end);
    }
}

/// The sections of a function. The dialect decides which of them there are, and their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Source,
    /// The single values: lines, numbers of parameters and registers, and so on.
    Definition,
    Code,
    Constants,
    /// What the upvalues refer to.
    Upvalues,
    Protos,
    LineInfo,
    /// The lines whose distance does not fit into a byte.
    AbsLineInfo,
    LocVars,
    UpvalueNames,
}

/// The meaning of a field. A field without bytes sums up those before it.
#[derive(Clone, Debug)]
pub(crate) enum Field<'a> {
    /// A field of the header, by its description.
    Header(&'static str),
    /// The layout of the chunk's numbers. Without bytes.
    Layout(Layout),
    /// The number of upvalues of the main function's closure.
    ChunkUpvalues(u8),
    /// The byte before a size that does not fit into a byte.
    LongString,
    StringSize(u64),
    /// The number of a string that has been read, counted from 1; 0 for none.
    SavedString(u64),
    /// The bytes of a string, with its NUL if that is stored.
    Text,
    /// Without bytes.
    Source(Option<&'a [u8]>),
    LineDefined(i32),
    LastLineDefined(i32),
    /// The number of upvalues, in versions that store only that and their names.
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
    /// An integer among floats, as in Lua 5.1 with the LNUM patch.
    LnumInteger(i64),
    Upvaldesc {
        instack: u8,
        idx: u8,
        /// `None` in versions that do not have it.
        kind: Option<u8>,
    },
    Line(i32),
    /// The bytes of all lines, packed.
    PackedLines,
    /// The distance from the line before.
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
