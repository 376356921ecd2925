//! Bytes of a chunk to the tree of its functions (`lundump.c`).

use std::borrow::Cow;
use std::marker::PhantomData;

use byteorder::{BE, ByteOrder, LE};

use crate::cursor::Cursor;
use crate::error::{Problem, UndumpError};
use crate::header::{Layout, check_header};
use crate::opcodes::Instruction;
use crate::path::Step;
use crate::proto::{Chunk, Constant, LocVar, LuaString, MAX_DEPTH, Proto, Upvaldesc, tag};

/// What [`undump`] reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Undumped<'a> {
    /// The tree of functions.
    pub chunk: Chunk<'a>,
    /// The number of bytes after the main function, which Lua ignores.
    pub trailing: usize,
}

/// Reads a chunk of any byte order and of any widths that Lua 5.3 is built with (`luaU_undump`).
///
/// # Errors
/// The first field that no Lua 5.3 chunk can hold, or that the bytes end in. Memory stays within
/// the length of `bytes` times a small factor, whatever the bytes claim.
pub fn undump(bytes: &[u8]) -> Result<Undumped<'_>, UndumpError> {
    let mut cursor = Cursor::new(bytes);
    let layout = check_header(&mut cursor, bytes)?;
    if layout.big_endian {
        Undump::<BE>::new(cursor, layout).load_chunk()
    } else {
        Undump::<LE>::new(cursor, layout).load_chunk()
    }
}

/// The state of reading (`LoadState`).
struct Undump<'a, E> {
    cursor: Cursor<'a>,
    layout: Layout,
    depth: usize,
    order: PhantomData<E>,
}

type Result<T, Error = UndumpError> = std::result::Result<T, Error>;

impl<'a, E: ByteOrder> Undump<'a, E> {
    fn new(cursor: Cursor<'a>, layout: Layout) -> Self {
        Undump {
            cursor,
            layout,
            depth: 0,
            order: PhantomData,
        }
    }

    fn load_chunk(mut self) -> Result<Undumped<'a>> {
        let nupvalues = self.cursor.byte("the number of upvalues")?;
        let main = self.load_function(None).map_err(UndumpError::within_main)?;
        Ok(Undumped {
            chunk: Chunk { nupvalues, main },
            trailing: self.cursor.remaining(),
        })
    }

    fn load_function(&mut self, parent: Option<&LuaString<'a>>) -> Result<Proto<'a>> {
        let source = self
            .load_string("source")
            .map_err(|error| error.within(Step::Source))?;
        let mut f = Proto {
            source: source.or_else(|| parent.cloned()),
            linedefined: self.load_int("linedefined")?,
            lastlinedefined: self.load_int("lastlinedefined")?,
            numparams: self.cursor.byte("numparams")?,
            is_vararg: self.cursor.byte("is_vararg")?,
            maxstacksize: self.cursor.byte("maxstacksize")?,
            ..Proto::default()
        };
        self.load_code(&mut f)?;
        self.load_constants(&mut f)?;
        self.load_upvalues(&mut f)?;
        self.load_protos(&mut f)?;
        self.load_debug(&mut f)?;
        Ok(f)
    }

    fn load_code(&mut self, f: &mut Proto<'a>) -> Result<()> {
        let sizecode = self.load_count("sizecode", 4)?;
        let words = self
            .cursor
            .take(sizecode as u64 * 4, "code")?
            .chunks_exact(4);
        f.code = list("sizecode", sizecode, self.cursor.position())?;
        f.code
            .extend(words.map(|word| Instruction(E::read_u32(word))));
        Ok(())
    }

    fn load_constants(&mut self, f: &mut Proto<'a>) -> Result<()> {
        let sizek = self.load_count("sizek", 1)?;
        f.k = list("sizek", sizek, self.cursor.position())?;
        for i in 0..sizek {
            f.k.push(
                self.load_constant()
                    .map_err(|error| error.within(Step::Constant(i)))?,
            );
        }
        Ok(())
    }

    fn load_constant(&mut self) -> Result<Constant<'a>> {
        let offset = self.cursor.position();
        Ok(match self.cursor.byte("a constant's tag")? {
            tag::NIL => Constant::Nil,
            tag::BOOLEAN => Constant::Boolean(self.cursor.byte("a boolean")? != 0),
            tag::FLOAT => Constant::Float(self.cursor.number::<E>(self.layout.number, "a float")?),
            tag::INTEGER => {
                Constant::Integer(self.cursor.int::<E>(self.layout.integer, "an integer")?)
            }
            tag::SHORT_STRING | tag::LONG_STRING => match self.load_string("a string")? {
                Some(string) => Constant::String(string),
                None => return Err(UndumpError::at(offset, Problem::NullConstant)),
            },
            tag => return Err(UndumpError::at(offset, Problem::ConstantTag(tag))),
        })
    }

    fn load_upvalues(&mut self, f: &mut Proto<'a>) -> Result<()> {
        let sizeupvalues = self.load_count("sizeupvalues", 2)?;
        let pairs = self
            .cursor
            .take(sizeupvalues as u64 * 2, "upvalues")?
            .chunks_exact(2);
        f.upvalues = list("sizeupvalues", sizeupvalues, self.cursor.position())?;
        f.upvalues.extend(pairs.map(|pair| Upvaldesc {
            name: None,
            instack: pair[0],
            idx: pair[1],
        }));
        Ok(())
    }

    fn load_protos(&mut self, f: &mut Proto<'a>) -> Result<()> {
        // A function has at least nine ints, three bytes and the size of its source.
        let sizep = self.load_count("sizep", 9 * u64::from(self.layout.int) + 4)?;
        if sizep > 0 && self.depth == MAX_DEPTH {
            return Err(UndumpError::at(self.cursor.position(), Problem::Depth));
        }
        self.depth += 1;
        // Grown as they come: 200 levels of claims, reserved all at once, would be too much.
        for i in 0..sizep {
            let function = self.load_function(f.source.as_ref());
            f.p.push(function.map_err(|error| error.within(Step::Function(i)))?);
        }
        self.depth -= 1;
        Ok(())
    }

    fn load_debug(&mut self, f: &mut Proto<'a>) -> Result<()> {
        let sizelineinfo = self.load_count("sizelineinfo", self.layout.int.into())?;
        f.lineinfo = list("sizelineinfo", sizelineinfo, self.cursor.position())?;
        if self.layout.int == 4 {
            let lines = self
                .cursor
                .take(sizelineinfo as u64 * 4, "lineinfo")?
                .chunks_exact(4);
            f.lineinfo.extend(lines.map(E::read_i32));
        } else {
            for i in 0..sizelineinfo {
                f.lineinfo.push(
                    self.load_int("a line")
                        .map_err(|error| error.within(Step::Line(i)))?,
                );
            }
        }

        let sizelocvars = self.load_count("sizelocvars", 1 + 2 * u64::from(self.layout.int))?;
        f.locvars = list("sizelocvars", sizelocvars, self.cursor.position())?;
        for i in 0..sizelocvars {
            f.locvars.push(
                self.load_locvar()
                    .map_err(|error| error.within(Step::Local(i)))?,
            );
        }

        let offset = self.cursor.position();
        let names = self.load_count("the number of upvalue names", 1)?;
        if names > f.upvalues.len() {
            let upvalues = f.upvalues.len();
            return Err(UndumpError::at(
                offset,
                Problem::UpvalueNames { names, upvalues },
            ));
        }
        for (i, upvalue) in f.upvalues.iter_mut().take(names).enumerate() {
            let name = self.load_string("an upvalue's name");
            upvalue.name = name.map_err(|error| error.within(Step::Upvalue(i)))?;
        }
        Ok(())
    }

    fn load_locvar(&mut self) -> Result<LocVar<'a>> {
        Ok(LocVar {
            varname: self.load_string("varname")?,
            startpc: self.load_int("startpc")?,
            endpc: self.load_int("endpc")?,
        })
    }

    /// A string, `None` for NULL. Its size counts a final NUL that is not stored.
    fn load_string(&mut self, what: &'static str) -> Result<Option<LuaString<'a>>> {
        let size = match self.cursor.byte(what)? {
            0xFF => self
                .cursor
                .uint::<E>(self.layout.size_t, "the size of a long string")?,
            size => size.into(),
        };
        match size.checked_sub(1) {
            None => Ok(None),
            Some(length) => Ok(Some(Cow::Borrowed(self.cursor.take(length, what)?))),
        }
    }

    fn load_int(&mut self, what: &'static str) -> Result<i32> {
        let offset = self.cursor.position();
        let value = self.cursor.int::<E>(self.layout.int, what)?;
        value
            .try_into()
            .map_err(|_| UndumpError::at(offset, Problem::LargeInt { what, value }))
    }

    /// A number of elements that take at least `each` bytes.
    fn load_count(&mut self, what: &'static str, each: u64) -> Result<usize> {
        let offset = self.cursor.position();
        let count = self.load_int(what)?;
        self.cursor.checked_count(offset, what, count, each)
    }
}

/// An empty list with room for `count` elements and no more.
fn list<T>(what: &'static str, count: usize, offset: usize) -> Result<Vec<T>> {
    let mut list = Vec::new();
    match list.try_reserve_exact(count) {
        Ok(()) => Ok(list),
        Err(_) => Err(UndumpError::at(offset, Problem::Memory { what, count })),
    }
}
