//! Bytes of a chunk to the tree of its functions (`lundump.c`).

use crate::chunk::PackedList;
use crate::chunk::PackedWords;
use crate::chunk::{Chunk, LuaString, MAX_DEPTH, Proto, Upvaldesc};
use crate::cursor::Cursor;
use crate::error::{ChunkProblem, UndumpError};
use crate::header::check_header;
use crate::load::Load;
use crate::path::Step;

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
pub fn undump(bytes: &[u8]) -> Result<Undumped<'_>> {
    let mut cursor = Cursor::new(bytes);
    let layout = check_header(&mut cursor, bytes)?;
    let nupvalues = cursor.byte("the number of upvalues")?;
    let mut undump = Undump {
        load: Load::new(cursor, layout),
        depth: 0,
    };
    let main = undump.function(None).map_err(UndumpError::within_main)?;
    Ok(Undumped {
        chunk: Chunk { nupvalues, main },
        trailing: undump.load.rest().len(),
    })
}

/// The state of reading.
struct Undump<'a> {
    load: Load<'a>,
    depth: usize,
}

type Result<T, Error = UndumpError> = std::result::Result<T, Error>;

impl<'a> Undump<'a> {
    fn function(&mut self, parent: Option<&LuaString<'a>>) -> Result<Proto<'a>> {
        let load = &mut self.load;
        let source = load
            .string("source")
            .map_err(|error| error.within(Step::Source))?;
        let mut f = Proto {
            source: source.or_else(|| parent.cloned()),
            linedefined: load.int("linedefined")?,
            lastlinedefined: load.int("lastlinedefined")?,
            numparams: load.byte("numparams")?,
            is_vararg: load.byte("is_vararg")?,
            maxstacksize: load.byte("maxstacksize")?,
            ..Proto::default()
        };
        let sizecode = load.count("sizecode", 4)?;
        let code = load.take(sizecode as u64 * 4, "code")?;
        f.code = PackedWords::of_bytes(code, load.layout.big_endian);
        let sizek = load.count("sizek", 1)?;
        f.k = PackedList::load(load, sizek, Step::Constant)?;
        self.upvalues(&mut f)?;
        self.protos(&mut f)?;
        self.lineinfo(&mut f)?;
        let least = 1 + 2 * u64::from(self.load.layout.int);
        let sizelocvars = self.load.count("sizelocvars", least)?;
        f.locvars = PackedList::load(&mut self.load, sizelocvars, Step::Local)?;
        self.upvalue_names(&mut f)?;
        Ok(f)
    }

    fn upvalues(&mut self, f: &mut Proto<'a>) -> Result<()> {
        let sizeupvalues = self.load.count("sizeupvalues", 2)?;
        let pairs = self.load.take(sizeupvalues as u64 * 2, "upvalues")?;
        f.upvalues = self.load.room(sizeupvalues, "sizeupvalues")?;
        f.upvalues
            .extend(pairs.as_chunks().0.iter().map(|&[instack, idx]| Upvaldesc {
                name: None,
                instack,
                idx,
            }));
        Ok(())
    }

    fn protos(&mut self, f: &mut Proto<'a>) -> Result<()> {
        // A function has at least nine ints, three bytes and the size of its source.
        let least = 9 * u64::from(self.load.layout.int) + 4;
        let sizep = self.load.count("sizep", least)?;
        if sizep > 0 && self.depth == MAX_DEPTH {
            return Err(UndumpError::at(self.load.position(), ChunkProblem::Depth));
        }
        self.depth += 1;
        // Grown as they come: 200 levels of claims, reserved all at once, would be too much.
        for i in 0..sizep {
            let function = self.function(f.source.as_ref());
            f.p.push(function.map_err(|error| error.within(Step::Function(i)))?);
        }
        self.depth -= 1;
        Ok(())
    }

    fn lineinfo(&mut self, f: &mut Proto<'a>) -> Result<()> {
        let layout = self.load.layout;
        let sizelineinfo = self.load.count("sizelineinfo", layout.int.into())?;
        if layout.int == 4 {
            let lines = self.load.take(sizelineinfo as u64 * 4, "lineinfo")?;
            f.lineinfo = PackedWords::of_bytes(lines, layout.big_endian);
            return Ok(());
        }
        for i in 0..sizelineinfo {
            let line = self.load.int("a line");
            f.lineinfo
                .push(line.map_err(|error| error.within(Step::Line(i)))?);
        }
        Ok(())
    }

    fn upvalue_names(&mut self, f: &mut Proto<'a>) -> Result<()> {
        let offset = self.load.position();
        let names = self.load.count("the number of upvalue names", 1)?;
        if names > f.upvalues.len() {
            let upvalues = f.upvalues.len();
            let problem = ChunkProblem::UpvalueNames { names, upvalues };
            return Err(UndumpError::at(offset, problem));
        }
        for (i, upvalue) in f.upvalues.iter_mut().take(names).enumerate() {
            let name = self.load.string("an upvalue's name");
            upvalue.name = name.map_err(|error| error.within(Step::Upvalue(i)))?;
        }
        Ok(())
    }
}
