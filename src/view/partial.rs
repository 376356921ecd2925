//! What there is to view: as much of a chunk as can be read.

use std::io;

use super::value::Floats;
use super::version::Version;
use crate::chunk::{Chunk, LocVar, PackedWords, Proto, Upvaldesc};
use crate::cursor::Cursor;
use crate::error::UndumpError;
use crate::field::{Field, Observer, Part, Word};
use crate::header::{LUA_SIGNATURE, Layout, check_header};
use crate::lua::{self, Lua};
use crate::walk::{Stop, walk};

/// A chunk of any Lua that the views know, as far as it can be read.
pub struct PartialChunk<'a> {
    pub(crate) lua: &'static dyn Lua,
    pub(crate) bytes: &'a [u8],
    /// The functions, where there is a main function.
    pub(crate) chunk: Option<(Chunk<'a>, Place)>,
    pub(crate) floats: Floats,
    trailing: usize,
    error: Option<UndumpError>,
}

/// Where a function stands in the chunk, and where those inside it do.
#[derive(Debug, Default)]
pub(crate) struct Place {
    /// The offset of its definition.
    pub offset: usize,
    pub p: Vec<Place>,
}

/// Reads a chunk, from its ESC on.
///
/// # Errors
/// The bytes are not a chunk of a version that the views know. What is wrong with a chunk of theirs
/// is told by [`PartialChunk::error`].
pub fn read(bytes: &[u8]) -> Result<PartialChunk<'_>, UndumpError> {
    let version_byte = bytes
        .strip_prefix(LUA_SIGNATURE)
        .and_then(|rest| rest.first());
    let Some(lua) = version_byte.and_then(|&byte| lua::of_version_byte(byte)) else {
        let mut cursor = Cursor::new(bytes);
        let checked = check_header(&mut cursor, bytes);
        return Err(checked.expect_err("Lua 5.3 is a version that the views know"));
    };
    let mut tree = Tree::default();
    let error = match walk(lua, bytes, &mut tree) {
        Err(Stop::Chunk(error)) => Some(error),
        // The tree takes all that it is told.
        Err(Stop::Io(_)) | Ok(()) => None,
    };
    Ok(PartialChunk {
        lua,
        bytes,
        floats: Floats::new(lua, tree.layout),
        trailing: tree.trailing,
        chunk: tree.chunk(),
        error,
    })
}

impl<'a> PartialChunk<'a> {
    /// The version of Lua.
    pub fn version(&self) -> Version {
        Version(self.lua)
    }

    /// The functions, or as much of them as could be read; `None` where not even the main function
    /// begins. A chunk of Lua 5.1 says nothing of what its upvalues refer to.
    pub fn chunk(&self) -> Option<&Chunk<'a>> {
        self.chunk.as_ref().map(|(chunk, _)| chunk)
    }

    /// The number of bytes after the main function, which Lua ignores.
    pub fn trailing(&self) -> usize {
        self.trailing
    }

    /// Why the chunk could not be read to its end.
    pub fn error(&self) -> Option<&UndumpError> {
        self.error.as_ref()
    }
}

/// Makes the tree of the fields.
#[derive(Default)]
struct Tree<'a> {
    layout: Layout,
    nupvalues: u8,
    /// The function being read, last, and those around it.
    stack: Vec<Growing<'a>>,
    part: Option<Part>,
    main: Option<(Proto<'a>, Place)>,
    trailing: usize,
}

struct Growing<'a> {
    proto: Proto<'a>,
    place: Place,
    /// The local variable being read.
    locvar: LocVar<'a>,
    /// How many upvalues have been named.
    named: usize,
}

impl<'a> Tree<'a> {
    /// What there is of the chunk.
    fn chunk(mut self) -> Option<(Chunk<'a>, Place)> {
        while !self.stack.is_empty() {
            self.end_function();
        }
        let nupvalues = self.nupvalues;
        self.main
            .map(|(main, place)| (Chunk { nupvalues, main }, place))
    }

    fn begin_function(&mut self, offset: usize) {
        self.stack.push(Growing {
            proto: Proto::default(),
            place: Place {
                offset,
                p: Vec::new(),
            },
            locvar: LocVar::default(),
            named: 0,
        });
    }

    fn end_function(&mut self) {
        let Some(Growing { proto, place, .. }) = self.stack.pop() else {
            return;
        };
        match self.stack.last_mut() {
            Some(parent) => {
                parent.proto.p.push(proto);
                parent.place.p.push(place);
            }
            None => self.main = Some((proto, place)),
        }
    }
}

impl<'a> Observer<'a> for Tree<'a> {
    fn part(&mut self, offset: usize, part: Part) -> io::Result<()> {
        self.part = Some(part);
        match part {
            Part::Function => self.begin_function(offset),
            Part::EndOfFunction => self.end_function(),
            _ => {}
        }
        Ok(())
    }

    fn words(&mut self, _offset: usize, bytes: &'a [u8], word: Word<'a>) -> io::Result<()> {
        let big_endian = word.big_endian;
        match (self.stack.last_mut(), self.part) {
            (Some(this), Some(Part::Code)) => {
                this.proto.code = PackedWords::of_bytes(bytes, big_endian)
            }
            (Some(this), _) => this.proto.lineinfo = PackedWords::of_bytes(bytes, big_endian),
            (None, _) => {}
        }
        Ok(())
    }

    fn field(&mut self, _offset: usize, bytes: &'a [u8], field: Field<'a>) -> io::Result<()> {
        let (this, around) = match self.stack.split_last_mut() {
            Some((this, around)) => (this, around),
            None => {
                match field {
                    Field::Layout(layout) => self.layout = layout,
                    Field::ChunkUpvalues(nupvalues) => self.nupvalues = nupvalues,
                    Field::Trailing => self.trailing = bytes.len(),
                    _ => {}
                }
                return Ok(());
            }
        };
        let f = &mut this.proto;
        match field {
            Field::Source(source) => {
                let parent = around.last().and_then(|parent| parent.proto.source.clone());
                f.source = source.map(Into::into).or(parent);
            }
            Field::LineDefined(line) => f.linedefined = line,
            Field::LastLineDefined(line) => f.lastlinedefined = line,
            Field::Nups(nups) => f.upvalues = vec![Upvaldesc::default(); nups.into()],
            Field::NumParams(numparams) => f.numparams = numparams,
            Field::IsVararg(is_vararg) => f.is_vararg = is_vararg,
            Field::MaxStackSize(maxstacksize) => f.maxstacksize = maxstacksize,
            Field::Instruction(instruction) => f.code.push(instruction),
            Field::Constant(constant) => f.k.push(&constant),
            Field::Upvaldesc { instack, idx } => f.upvalues.push(Upvaldesc {
                name: None,
                instack,
                idx,
            }),
            Field::Line(line) => f.lineinfo.push(line),
            Field::Varname(varname) => this.locvar.varname = varname.map(Into::into),
            Field::StartPc(startpc) => this.locvar.startpc = startpc,
            Field::EndPc(endpc) => {
                this.locvar.endpc = endpc;
                f.locvars.push(&this.locvar);
            }
            Field::UpvalueName(name) => {
                if let Some(upvalue) = f.upvalues.get_mut(this.named) {
                    upvalue.name = name.map(Into::into);
                }
                this.named += 1;
            }
            _ => {}
        }
        Ok(())
    }
}
