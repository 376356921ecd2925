//! What a function records about its variables.

use super::constant::{LuaString, owned};

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
