//! The tree of functions that a chunk holds, named as in `lobject.h`.

use std::borrow::Cow;

use crate::opcodes::Instruction;

mod compare;
mod element;
mod packed_list;
mod packed_words;

pub use element::Element;
pub use packed_list::PackedList;
pub use packed_words::{PackedWord, PackedWords};

/// A Lua string: bytes, in no particular encoding. It borrows from the chunk or stream it was read
/// from where its bytes stand there as they are.
pub type LuaString<'a> = Cow<'a, [u8]>;

/// How deep functions may be nested below the main function (`LUAI_MAXCCALLS`).
pub const MAX_DEPTH: usize = 200;

/// A chunk: the main function and the number of its upvalues.
#[derive(Clone, Debug, PartialEq)]
pub struct Chunk<'a> {
    /// The upvalue byte in front of the main function (`sizeupvalues` of the closure that
    /// `luaU_undump` makes). `luac` writes the main function's number of upvalues here.
    pub nupvalues: u8,
    /// The main function.
    pub main: Proto<'a>,
}

/// A function prototype (`struct Proto`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Proto<'a> {
    /// The source's name. A function that the chunk gives no source has its parent's, as
    /// `lundump.c` does; `None` means that no enclosing function has one either.
    pub source: Option<LuaString<'a>>,
    /// The line of `function`; 0 for a main function.
    pub linedefined: i32,
    /// The line of `end`; 0 for a main function.
    pub lastlinedefined: i32,
    /// The number of fixed parameters.
    pub numparams: u8,
    /// Whether the function takes `...`: 0 or 1 from a real compiler.
    pub is_vararg: u8,
    /// The number of registers.
    pub maxstacksize: u8,
    /// The instructions.
    pub code: PackedWords<'a, Instruction>,
    /// The constants.
    pub k: PackedList<'a, Constant<'a>>,
    /// The upvalues.
    pub upvalues: Vec<Upvaldesc<'a>>,
    /// The functions defined inside.
    pub p: Vec<Proto<'a>>,
    /// The line of each instruction; empty when stripped.
    pub lineinfo: PackedWords<'a, i32>,
    /// The local variables; empty when stripped.
    pub locvars: PackedList<'a, LocVar<'a>>,
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

/// The tags of constants in a chunk (`LUA_TNIL` and so on, with the variant bits of `lobject.h`).
pub(crate) mod tag {
    pub const NIL: u8 = 0x00;
    pub const BOOLEAN: u8 = 0x01;
    pub const FLOAT: u8 = 0x03;
    pub const INTEGER: u8 = 0x13;
    pub const SHORT_STRING: u8 = 0x04;
    pub const LONG_STRING: u8 = 0x14;
}

/// Constants are equal when a stream cannot tell them apart: `-0.0` is not `0.0`, and any NaN is
/// equal to any other.
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

impl Chunk<'_> {
    /// Clears the debug information that `luac -s` does not write (see [`Proto::strip`]).
    pub fn strip(&mut self) {
        self.main.strip();
    }
}

impl Proto<'_> {
    /// Clears line tables, local variables, upvalue names and sources, here and in every function
    /// inside, as `ldump.c` does under `strip`. The lines where functions begin and end stay.
    pub fn strip(&mut self) {
        self.source = None;
        self.lineinfo = PackedWords::default();
        self.locvars = PackedList::default();
        for upvalue in &mut self.upvalues {
            upvalue.name = None;
        }
        for function in &mut self.p {
            function.strip();
        }
    }

    /// Whether there is anything that [`strip`](Self::strip) clears, in this function itself.
    pub fn has_debug(&self) -> bool {
        self.source.is_some()
            || !self.lineinfo.is_empty()
            || !self.locvars.is_empty()
            || self.upvalues.iter().any(|upvalue| upvalue.name.is_some())
    }
}
