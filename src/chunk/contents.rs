//! The contents of a function: constants, strings, upvalues and local variables, named as in
//! `lobject.h`.

use std::borrow::Cow;

/// A Lua string: bytes in no particular encoding. It borrows from the chunk or stream that it was
/// read from if its bytes appear there unchanged.
pub type LuaString<'a> = Cow<'a, [u8]>;

/// Returns the string as one that borrows nothing.
pub(super) fn owned(string: LuaString) -> LuaString<'static> {
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
    /// A string that is NULL, which only chunks of some dialects have.
    Null,
}

/// Two constants are equal if a stream does not distinguish them: `-0.0` differs from `0.0`, and
/// all NaNs are equal.
impl PartialEq for Constant<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Constant::Nil, Constant::Nil) | (Constant::Null, Constant::Null) => true,
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
    /// The name.
    pub name: Option<LuaString<'a>>,
    /// Whether it is a register of the enclosing function (1) or one of its upvalues (0).
    pub instack: u8,
    /// The index of that register or upvalue.
    pub idx: u8,
    /// The kind of the variable (`VDKREG` and so on in `lparser.h`, numbered differently in Lua 5.4
    /// and 5.5); 0 in earlier versions, which do not have it.
    pub kind: u8,
}

impl Upvaldesc<'_> {
    /// Returns the upvalue as one that borrows from this one.
    pub(crate) fn borrowed(&self) -> Upvaldesc<'_> {
        Upvaldesc {
            name: self.name.as_deref().map(Cow::Borrowed),
            ..*self
        }
    }

    /// Returns the upvalue as one that borrows nothing.
    pub fn into_owned(self) -> Upvaldesc<'static> {
        Upvaldesc {
            name: self.name.map(owned),
            instack: self.instack,
            idx: self.idx,
            kind: self.kind,
        }
    }
}

/// A local variable (`struct LocVar`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LocVar<'a> {
    /// The name.
    pub varname: Option<LuaString<'a>>,
    /// The first instruction where it is active.
    pub startpc: i32,
    /// The first instruction where it is no longer active.
    pub endpc: i32,
}
