//! A chunk's fields, one after another, each with its bytes: what the views and their tree are made
//! from. It reads what `undump.rs` reads, and stops at the same places with the same errors, but
//! tells its observer all that comes before.

use std::io;

use crate::chunk::{Constant, MAX_DEPTH};
use crate::cursor::Cursor;
use crate::error::{ChunkProblem, UndumpError};
use crate::field::{Field, Observer, Part, Word};
use crate::header::Layout;
use crate::load::Load;
use crate::lua::Lua;
use crate::opcodes::Instruction;
use crate::path::Step;

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
        load: Load::new(Cursor::new(bytes), Layout::default()),
        bytes,
        depth: 0,
        observer,
    };
    lua.chunk(&mut walk)?;
    walk.part(Part::EndOfChunk)?;
    let offset = walk.load.position();
    match &bytes[offset..] {
        [] => Ok(()),
        trailing => Ok(observer.field(offset, trailing, Field::Trailing)?),
    }
}

/// The state of a walk (`LoadState`), and what the versions have in common.
pub(crate) struct Walk<'a, 'o> {
    lua: &'static dyn Lua,
    load: Load<'a>,
    bytes: &'a [u8],
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
        self.load.layout
    }

    /// The offset of the next field.
    pub fn position(&self) -> usize {
        self.load.position()
    }

    fn part(&mut self, part: Part) -> Result<()> {
        Ok(self.observer.part(self.load.position(), part)?)
    }

    /// Tells of the field that began at `offset` and ends here.
    fn tell(&mut self, offset: usize, field: Field<'a>) -> Result<()> {
        let bytes = &self.bytes[offset..self.load.position()];
        Ok(self.observer.field(offset, bytes, field)?)
    }

    /// Tells of a field without bytes.
    fn sum_up(&mut self, field: Field<'a>) -> Result<()> {
        self.tell(self.load.position(), field)
    }

    /// Stops at the field at `offset`.
    pub fn problem<T>(&self, offset: usize, problem: ChunkProblem) -> Result<T> {
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
            let offset = self.load.position();
            if offset + usize::from(width) > end {
                break;
            }
            self.load.take(width.into(), description)?;
            self.tell(offset, Field::Header(description))?;
        }
        self.load.layout = checked?;
        self.sum_up(Field::Layout(self.load.layout))
    }

    pub fn byte(&mut self, what: &'static str, field: fn(u8) -> Field<'a>) -> Result<u8> {
        let offset = self.load.position();
        let byte = self.load.byte(what)?;
        self.tell(offset, field(byte))?;
        Ok(byte)
    }

    pub fn pair(&mut self, what: &'static str, field: fn(u8, u8) -> Field<'a>) -> Result<()> {
        let offset = self.load.position();
        let pair = self.load.take(2, what)?;
        self.tell(offset, field(pair[0], pair[1]))
    }

    pub fn int(&mut self, what: &'static str, field: fn(i32) -> Field<'a>) -> Result<()> {
        let offset = self.load.position();
        let value = self.load.int(what)?;
        self.tell(offset, field(value))
    }

    /// The size of a string.
    pub fn size_t(&mut self, what: &'static str) -> Result<u64> {
        let offset = self.load.position();
        let size = self.load.size_t(what)?;
        self.tell(offset, Field::StringSize(size))?;
        Ok(size)
    }

    /// The bytes of a string.
    pub fn text(&mut self, length: u64, what: &'static str) -> Result<&'a [u8]> {
        let offset = self.load.position();
        let text = self.load.take(length, what)?;
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

    pub fn float(&mut self, what: &'static str) -> Result<()> {
        let offset = self.load.position();
        let value = self.load.number(what)?;
        self.tell(offset, Field::Constant(Constant::Float(value)))
    }

    pub fn integer(&mut self, what: &'static str) -> Result<()> {
        let offset = self.load.position();
        let value = self.load.integer(what)?;
        self.tell(offset, Field::Constant(Constant::Integer(value)))
    }

    /// The functions inside, of at least `least` bytes each.
    pub fn functions(&mut self, least: u64, function: fn(&mut Self) -> Result<()>) -> Result<()> {
        let sizep = self.count(Part::Functions, "sizep", least)?;
        if sizep > 0 && self.depth == MAX_DEPTH {
            return self.problem(self.load.position(), ChunkProblem::Depth);
        }
        self.depth += 1;
        self.elements(sizep, Step::Function, function)?;
        self.depth -= 1;
        Ok(())
    }

    pub fn lines(&mut self) -> Result<()> {
        let sizelineinfo = self.count(Part::Lines, "sizelineinfo", self.load.layout.int.into())?;
        if self.load.layout.int == 4 {
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
        let offset = self.load.position();
        let bytes = self.load.take(count as u64 * 4, what)?;
        let big_endian = self.load.layout.big_endian;
        Ok(self
            .observer
            .words(offset, bytes, Word { big_endian, field })?)
    }

    /// The local variables, whose names take at least `least` bytes each.
    pub fn locals(&mut self, least: u64) -> Result<()> {
        let least = least + 2 * u64::from(self.load.layout.int);
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
        let offset = self.load.position();
        let names = self.count(Part::UpvalueNames, "the number of upvalue names", least)?;
        if names > upvalues {
            return self.problem(offset, ChunkProblem::UpvalueNames { names, upvalues });
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
        let offset = self.load.position();
        let count = self.load.count(what, each)?;
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
}
