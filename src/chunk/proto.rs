//! A chunk, its functions, and what is in them, named as in `lobject.h`.

use std::borrow::Cow;

use crate::opcodes::Instruction;
use crate::version::Version;

use super::packed_list::PackedList;
use super::packed_words::PackedWords;
use super::relative_lines::RelativeLines;

/// How deep functions may be nested below the main function (`LUAI_MAXCCALLS`).
pub const MAX_DEPTH: usize = 200;

/// A chunk: the main function, and what belongs to the chunk as a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chunk<'a> {
    /// The version of Lua that it is for. The numbers of opcodes are that version's.
    pub version: Version,
    /// The upvalue byte in front of the main function (`sizeupvalues` of the closure that
    /// `luaU_undump` makes). `luac` writes the main function's number of upvalues here. Chunks of
    /// Lua 5.1 have no such byte; it is 0 then.
    pub nupvalues: u8,
    /// The main function.
    pub main: Proto<'a>,
}

impl<'a> Chunk<'a> {
    /// A function as a chunk of its own, whose main function it is.
    pub fn of_function(version: Version, main: Proto<'a>) -> Self {
        let nupvalues = match version.has_closure() {
            true => main.upvalues.len() as u8,
            false => 0,
        };
        Chunk {
            version,
            nupvalues,
            main,
        }
    }

    /// The chunk as one that borrows nothing, and so outlives the bytes or the stream that it was read
    /// from.
    pub fn into_owned(self) -> Chunk<'static> {
        Chunk {
            version: self.version,
            nupvalues: self.nupvalues,
            main: self.main.into_owned(),
        }
    }

    /// Clears the debug information that `luac -s` does not write (see [`Proto::strip`]).
    pub fn strip(&mut self) {
        self.main.strip();
    }
}

/// A function prototype (`struct Proto`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Proto<'a> {
    /// The name of the source. A function without one in the chunk takes its parent's, as in
    /// `lundump.c`; `None` means that no enclosing function has one either.
    pub source: Option<LuaString<'a>>,
    /// The line of `function`; 0 for a main function.
    pub linedefined: i32,
    /// The line of `end`; 0 for a main function.
    pub lastlinedefined: i32,
    /// The number of fixed parameters.
    pub numparams: u8,
    /// Whether the function takes `...`: 0 or 1 from a real compiler, and flags in Lua 5.1 and 5.5
    /// (`PF_VAHID`, `PF_VATAB`).
    pub is_vararg: u8,
    /// The number of registers.
    pub maxstacksize: u8,
    /// The instructions.
    pub code: PackedWords<'a, Instruction>,
    /// The constants.
    pub k: PackedList<'a, Constant<'a>>,
    /// The upvalues. Chunks of Lua 5.1 do not say what they refer to.
    pub upvalues: Vec<Upvaldesc<'a>>,
    /// The functions defined inside.
    pub p: Vec<Proto<'a>>,
    /// The line of each instruction; empty when stripped.
    pub lineinfo: PackedWords<'a, i32>,
    /// The local variables; empty when stripped.
    pub locvars: PackedList<'a, LocVar<'a>>,
    /// How a chunk of Lua 5.4 or 5.5 stores the lines, where it does not store them as `luac` does.
    pub stored_lines: Option<Box<RelativeLines>>,
}

impl Proto<'_> {
    /// The function as one that borrows nothing.
    pub fn into_owned(self) -> Proto<'static> {
        Proto {
            source: self.source.map(owned),
            linedefined: self.linedefined,
            lastlinedefined: self.lastlinedefined,
            numparams: self.numparams,
            is_vararg: self.is_vararg,
            maxstacksize: self.maxstacksize,
            code: self.code.into_owned(),
            k: self.k.into_owned(),
            upvalues: self.upvalues.into_iter().map(|u| u.into_owned()).collect(),
            p: self.p.into_iter().map(Proto::into_owned).collect(),
            lineinfo: self.lineinfo.into_owned(),
            locvars: self.locvars.into_owned(),
            stored_lines: self.stored_lines,
        }
    }

    /// Clears line tables, local variables, upvalue names and sources, here and in every function
    /// inside, as `ldump.c` does under `strip`. The lines where functions begin and end stay.
    pub fn strip(&mut self) {
        self.source = None;
        self.lineinfo = PackedWords::default();
        self.stored_lines = None;
        self.locvars = PackedList::default();
        for upvalue in &mut self.upvalues {
            upvalue.name = None;
        }
        for function in &mut self.p {
            function.strip();
        }
    }

    /// Whether this function itself has anything that [`strip`](Self::strip) clears.
    pub fn has_debug(&self) -> bool {
        self.source.is_some()
            || !self.lineinfo.is_empty()
            || self.stored_lines.is_some()
            || !self.locvars.is_empty()
            || self.upvalues.iter().any(|upvalue| upvalue.name.is_some())
    }
}

/// A Lua string: bytes, in no particular encoding. It borrows from the chunk or stream that it was
/// read from if its bytes appear there unchanged.
pub type LuaString<'a> = Cow<'a, [u8]>;

/// The string as one that borrows nothing.
fn owned(string: LuaString) -> LuaString<'static> {
    Cow::Owned(string.into_owned())
}

/// A constant (`TValue` of `Proto.k`).
#[derive(Clone, Debug)]
pub enum Constant<'a> {
    /// `nil`
    Nil,
    /// `false` or `true`
    Boolean(bool),
    /// A `lua_Integer`.
    Integer(i64),
    /// A `lua_Number`.
    Float(f64),
    /// A string, short or long.
    String(LuaString<'a>),
}

/// Constants are equal if a stream cannot tell them apart: `-0.0` differs from `0.0`, and all NaNs
/// are equal.
impl PartialEq for Constant<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Constant::Nil, Constant::Nil) => true,
            (Constant::Boolean(a), Constant::Boolean(b)) => a == b,
            (Constant::Integer(a), Constant::Integer(b)) => a == b,
            (Constant::Float(a), Constant::Float(b)) => {
                a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
            }
            (Constant::String(a), Constant::String(b)) => a == b,
            _ => false,
        }
    }
}

/// An upvalue (`struct Upvaldesc`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Upvaldesc<'a> {
    /// Its name, for debugging.
    pub name: Option<LuaString<'a>>,
    /// Whether it is a register of the enclosing function (1) or an upvalue of it (0).
    pub instack: u8,
    /// The index of that register or upvalue.
    pub idx: u8,
    /// The kind of the variable that it is (`VDKREG` and so on of `lparser.h`, numbered differently in
    /// Lua 5.4 and 5.5); 0 in earlier versions, which do not have it.
    pub kind: u8,
}

impl Upvaldesc<'_> {
    /// The upvalue as one that borrows nothing.
    pub fn into_owned(self) -> Upvaldesc<'static> {
        Upvaldesc {
            name: self.name.map(owned),
            instack: self.instack,
            idx: self.idx,
            kind: self.kind,
        }
    }
}

/// A local variable, for debugging (`struct LocVar`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LocVar<'a> {
    /// Its name.
    pub varname: Option<LuaString<'a>>,
    /// The first instruction where it is active.
    pub startpc: i32,
    /// The first instruction where it is dead.
    pub endpc: i32,
}
