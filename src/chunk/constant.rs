//! Constants and strings.

use std::borrow::Cow;

/// A Lua string: bytes, in no particular encoding. It borrows from the chunk or stream that it was
/// read from if its bytes appear there unchanged.
pub type LuaString<'a> = Cow<'a, [u8]>;

/// The string as one that borrows nothing.
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
