//! A chunk's fields, one after another, each with its bytes: what the views and their tree are made
//! from. It reads what `undump.rs` reads, and stops at the same places with the same errors, but
//! tells its observer all that comes before.

use std::io;

use byteorder::{BE, ByteOrder, LE};

use crate::cursor::Cursor;
use crate::error::{Problem, UndumpError};
use crate::header::Layout;
use crate::lua::Lua;
use crate::opcodes::Instruction;
use crate::path::Step;
use crate::proto::{Constant, MAX_DEPTH};

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
    field: fn(u32) -> Field<'a>,
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

/// Why a walk ends early.
pub(crate) enum Stop {
    /// The chunk cannot be read any further.
    Chunk(UndumpError),
    /// The observer failed.
    Io(io::Error),
}

pub(crate) type Result<T, Error = Stop> = std::result::Result<T, Error>;

impl From<UndumpError> for Stop {
    fn from(error: UndumpError) -> Self {
        Stop::Chunk(error)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Stop::Io(error)
    }
}

impl Stop {
    /// Says that the error lies in the main function or below.
    pub fn within_main(self) -> Self {
        match self {
            Stop::Chunk(error) => Stop::Chunk(error.within_main()),
            io => io,
        }
    }

    fn within(self, step: Step) -> Self {
        match self {
            Stop::Chunk(error) => Stop::Chunk(error.within(step)),
            io => io,
        }
    }
}

/// Tells `observer` the fields of a chunk of `lua`.
pub(crate) fn walk<'a>(
    lua: &'static dyn Lua,
    bytes: &'a [u8],
    observer: &mut dyn Observer<'a>,
) -> Result<()> {
    let mut walk = Walk {
        lua,
        cursor: Cursor::new(bytes),
        bytes,
        layout: Layout::default(),
        depth: 0,
        observer,
    };
    lua.chunk(&mut walk)?;
    walk.part(Part::EndOfChunk)?;
    let offset = walk.cursor.position();
    match &bytes[offset..] {
        [] => Ok(()),
        trailing => Ok(observer.field(offset, trailing, Field::Trailing)?),
    }
}

/// The state of a walk (`LoadState`), and what the versions have in common.
pub(crate) struct Walk<'a, 'o> {
    lua: &'static dyn Lua,
    cursor: Cursor<'a>,
    bytes: &'a [u8],
    layout: Layout,
    depth: usize,
    observer: &'o mut dyn Observer<'a>,
}

impl<'a> Walk<'a, '_> {
    /// All bytes of the chunk.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// What the header says of the numbers; known after it.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// The offset of the next field.
    pub fn position(&self) -> usize {
        self.cursor.position()
    }

    fn part(&mut self, part: Part) -> Result<()> {
        Ok(self.observer.part(self.cursor.position(), part)?)
    }

    /// Tells of the field that began at `offset` and ends here.
    fn tell(&mut self, offset: usize, field: Field<'a>) -> Result<()> {
        let bytes = &self.bytes[offset..self.cursor.position()];
        Ok(self.observer.field(offset, bytes, field)?)
    }

    /// Tells of a field without bytes.
    fn sum_up(&mut self, field: Field<'a>) -> Result<()> {
        self.tell(self.cursor.position(), field)
    }

    /// Stops at the field at `offset`.
    pub fn problem<T>(&self, offset: usize, problem: Problem) -> Result<T> {
        Err(UndumpError::at(offset, problem).into())
    }

    /// Tells of the fields of a header, by width and description, as far as it is right.
    pub fn header(
        &mut self,
        checked: Result<Layout, UndumpError>,
        fields: &[(u8, &'static str)],
    ) -> Result<()> {
        let end = checked
            .as_ref()
            .map_or_else(|error| error.offset, |_| self.bytes.len());
        for &(width, description) in fields {
            let offset = self.cursor.position();
            if offset + usize::from(width) > end {
                break;
            }
            self.cursor.take(width.into(), description)?;
            self.tell(offset, Field::Header(description))?;
        }
        self.layout = checked?;
        self.sum_up(Field::Layout(self.layout))
    }

    pub fn byte(&mut self, what: &'static str, field: fn(u8) -> Field<'a>) -> Result<u8> {
        let offset = self.cursor.position();
        let byte = self.cursor.byte(what)?;
        self.tell(offset, field(byte))?;
        Ok(byte)
    }

    pub fn pair(&mut self, what: &'static str, field: fn(u8, u8) -> Field<'a>) -> Result<()> {
        let offset = self.cursor.position();
        let pair = self.cursor.take(2, what)?;
        self.tell(offset, field(pair[0], pair[1]))
    }

    pub fn int(&mut self, what: &'static str, field: fn(i32) -> Field<'a>) -> Result<()> {
        let offset = self.cursor.position();
        let value = self.load_int(what)?;
        self.tell(offset, field(value))
    }

    /// The size of a string.
    pub fn size_t(&mut self, what: &'static str) -> Result<u64> {
        let offset = self.cursor.position();
        let Layout {
            big_endian, size_t, ..
        } = self.layout;
        let size = self.cursor.uint(big_endian, size_t, what)?;
        self.tell(offset, Field::StringSize(size))?;
        Ok(size)
    }

    /// The bytes of a string.
    pub fn text(&mut self, length: u64, what: &'static str) -> Result<&'a [u8]> {
        let offset = self.cursor.position();
        let text = self.cursor.take(length, what)?;
        self.tell(offset, Field::Text)?;
        Ok(text)
    }

    pub fn string(&mut self, what: &'static str) -> Result<Option<&'a [u8]>> {
        self.lua.string(self, what)
    }

    /// A function begins, with its source.
    pub fn source(&mut self) -> Result<()> {
        self.part(Part::Function)?;
        self.part(Part::Source)?;
        let source = self
            .string("source")
            .map_err(|stop| stop.within(Step::Source))?;
        self.sum_up(Field::Source(source))?;
        self.part(Part::Definition)
    }

    pub fn code(&mut self) -> Result<()> {
        let sizecode = self.count(Part::Code, "sizecode", 4)?;
        self.words(sizecode, "code", |word| {
            Field::Instruction(Instruction(word))
        })
    }

    pub fn constants(&mut self, constant: fn(&mut Self) -> Result<()>) -> Result<()> {
        let sizek = self.count(Part::Constants, "sizek", 1)?;
        self.elements(sizek, Step::Constant, constant)
    }

    /// A constant whose bytes have been told of, or that has none.
    pub fn constant(&mut self, constant: Constant<'a>) -> Result<()> {
        self.sum_up(Field::Constant(constant))
    }

    pub fn boolean(&mut self, what: &'static str) -> Result<()> {
        self.byte(what, |byte| Field::Constant(Constant::Boolean(byte != 0)))?;
        Ok(())
    }

    /// A float of `width` bytes, 4 or 8.
    pub fn float(&mut self, width: u8, what: &'static str) -> Result<()> {
        let offset = self.cursor.position();
        let value = self.cursor.number(self.layout.big_endian, width, what)?;
        self.tell(offset, Field::Constant(Constant::Float(value)))
    }

    /// An integer of `width` bytes, 1 to 8.
    pub fn integer(&mut self, width: u8, what: &'static str) -> Result<()> {
        let offset = self.cursor.position();
        let value = self.load_integer(width, what)?;
        self.tell(offset, Field::Constant(Constant::Integer(value)))
    }

    /// The functions inside, of at least `least` bytes each.
    pub fn functions(&mut self, least: u64, function: fn(&mut Self) -> Result<()>) -> Result<()> {
        let sizep = self.count(Part::Functions, "sizep", least)?;
        if sizep > 0 && self.depth == MAX_DEPTH {
            return self.problem(self.cursor.position(), Problem::Depth);
        }
        self.depth += 1;
        self.elements(sizep, Step::Function, function)?;
        self.depth -= 1;
        Ok(())
    }

    pub fn lines(&mut self) -> Result<()> {
        let sizelineinfo = self.count(Part::Lines, "sizelineinfo", self.layout.int.into())?;
        if self.layout.int == 4 {
            return self.words(sizelineinfo, "lineinfo", |word| Field::Line(word as i32));
        }
        self.elements(sizelineinfo, Step::Line, |walk| {
            walk.int("a line", Field::Line)
        })
    }

    fn words(
        &mut self,
        count: usize,
        what: &'static str,
        field: fn(u32) -> Field<'a>,
    ) -> Result<()> {
        let offset = self.cursor.position();
        let bytes = self.cursor.take(count as u64 * 4, what)?;
        let big_endian = self.layout.big_endian;
        Ok(self
            .observer
            .words(offset, bytes, Word { big_endian, field })?)
    }

    /// The local variables, whose names take at least `least` bytes each.
    pub fn locals(&mut self, least: u64) -> Result<()> {
        let least = least + 2 * u64::from(self.layout.int);
        let sizelocvars = self.count(Part::Locals, "sizelocvars", least)?;
        self.elements(sizelocvars, Step::Local, |walk| {
            let varname = walk.string("varname")?;
            walk.sum_up(Field::Varname(varname))?;
            walk.int("startpc", Field::StartPc)?;
            walk.int("endpc", Field::EndPc)
        })
    }

    /// The names of the `upvalues` upvalues, or none, which take at least `least` bytes each; and
    /// the function ends.
    pub fn upvalue_names(&mut self, least: u64, upvalues: usize) -> Result<()> {
        let offset = self.cursor.position();
        let names = self.count(Part::UpvalueNames, "the number of upvalue names", least)?;
        if names > upvalues {
            return self.problem(offset, Problem::UpvalueNames { names, upvalues });
        }
        self.elements(names, Step::Upvalue, |walk| {
            let name = walk.string("an upvalue's name")?;
            walk.sum_up(Field::UpvalueName(name))
        })?;
        self.part(Part::EndOfFunction)
    }

    /// A list begins: gives its number of elements that take at least `each` bytes.
    pub fn count(&mut self, part: Part, what: &'static str, each: u64) -> Result<usize> {
        self.part(part)?;
        let offset = self.cursor.position();
        let count = self.load_int(what)?;
        let count = self.cursor.checked_count(offset, what, count, each)?;
        self.tell(offset, Field::Count(count))?;
        Ok(count)
    }

    fn elements(
        &mut self,
        count: usize,
        step: fn(usize) -> Step,
        element: impl Fn(&mut Self) -> Result<()>,
    ) -> Result<()> {
        (0..count).try_for_each(|i| element(self).map_err(|stop| stop.within(step(i))))
    }

    fn load_int(&mut self, what: &'static str) -> Result<i32> {
        let offset = self.cursor.position();
        let value = self.load_integer(self.layout.int, what)?;
        match value.try_into() {
            Ok(value) => Ok(value),
            Err(_) => self.problem(offset, Problem::LargeInt { what, value }),
        }
    }

    fn load_integer(&mut self, width: u8, what: &'static str) -> Result<i64> {
        Ok(self.cursor.int(self.layout.big_endian, width, what)?)
    }
}
