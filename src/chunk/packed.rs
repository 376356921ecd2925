//! The packed form of constants and local variables: as `ldump.c` of Lua 5.3 writes them on x86-64.

use crate::bytes::Writer;

use super::contents::{Constant, LocVar, LuaString};

/// The tags of constants (`LUA_TNIL` and so on, with the variant bits of `lobject.h`).
pub(crate) mod tag {
    pub const NIL: u8 = 0x00;
    pub const BOOLEAN: u8 = 0x01;
    pub const FLOAT: u8 = 0x03;
    pub const INTEGER: u8 = 0x13;
    pub const SHORT_STRING: u8 = 0x04;
    pub const LONG_STRING: u8 = 0x14;
}

/// The length of the longest string that Lua keeps as a short one (`LUAI_MAXSHORTLEN`).
pub(crate) const MAX_SHORT_LENGTH: usize = 40;

/// A type that can be packed. The trait is sealed: it cannot be named outside the crate.
pub trait Packed {
    /// The element, with texts that live for `'b`.
    type Of<'b>: PartialEq + std::fmt::Debug;

    /// The name of a list's count.
    const COUNT: &'static str;

    /// Appends a packed element.
    fn pack(element: &Self::Of<'_>, out: &mut Writer);

    /// Takes the first packed element; there must be one.
    fn unpack<'b>(bytes: &mut &'b [u8]) -> Self::Of<'b>;
}

impl Packed for Constant<'_> {
    type Of<'b> = Constant<'b>;

    const COUNT: &'static str = "sizek";

    #[inline(always)]
    fn pack(element: &Constant, out: &mut Writer) {
        match element {
            Constant::Nil => out.byte(tag::NIL),
            Constant::Boolean(value) => out.bytes(&[tag::BOOLEAN, u8::from(*value)]),
            Constant::Float(value) => {
                out.byte(tag::FLOAT);
                out.number(*value);
            }
            Constant::Integer(value) => {
                out.byte(tag::INTEGER);
                out.integer(*value);
            }
            Constant::String(string) => {
                let short = string.len() <= MAX_SHORT_LENGTH;
                out.byte(if short {
                    tag::SHORT_STRING
                } else {
                    tag::LONG_STRING
                });
                pack_string(Some(string), out);
            }
            Constant::Null => {
                out.byte(tag::SHORT_STRING);
                pack_string(None, out);
            }
        }
    }

    #[inline(always)]
    fn unpack<'b>(bytes: &mut &'b [u8]) -> Constant<'b> {
        match byte(bytes) {
            tag::NIL => Constant::Nil,
            tag::BOOLEAN => Constant::Boolean(byte(bytes) != 0),
            tag::FLOAT => Constant::Float(f64::from_le_bytes(*array(bytes))),
            tag::INTEGER => Constant::Integer(i64::from_le_bytes(*array(bytes))),
            _ => unpack_string(bytes).map_or(Constant::Null, Constant::String),
        }
    }
}

impl Packed for LocVar<'_> {
    type Of<'b> = LocVar<'b>;

    const COUNT: &'static str = "sizelocvars";

    #[inline(always)]
    fn pack(element: &LocVar, out: &mut Writer) {
        pack_string(element.varname.as_ref(), out);
        out.int(element.startpc);
        out.int(element.endpc);
    }

    #[inline(always)]
    fn unpack<'b>(bytes: &mut &'b [u8]) -> LocVar<'b> {
        LocVar {
            varname: unpack_string(bytes),
            startpc: i32::from_le_bytes(*array(bytes)),
            endpc: i32::from_le_bytes(*array(bytes)),
        }
    }
}

/// Packs a string; `None` is NULL. The size counts a final NUL that is not stored.
#[inline(always)]
pub(crate) fn pack_string(string: Option<&LuaString>, out: &mut Writer) {
    let Some(string) = string else {
        return out.byte(0);
    };
    let size = string.len() as u64 + 1;
    match u8::try_from(size) {
        Ok(size) if size < 0xFF => out.byte(size),
        _ => {
            out.byte(0xFF);
            out.size_t(size);
        }
    }
    out.bytes(string);
}

#[inline(always)]
fn unpack_string<'b>(bytes: &mut &'b [u8]) -> Option<LuaString<'b>> {
    let size = match byte(bytes) {
        0xFF => u64::from_le_bytes(*array(bytes)) as usize,
        size => size.into(),
    };
    let text;
    (text, *bytes) = bytes.split_at(size.checked_sub(1)?);
    Some(text.into())
}

/// Takes the first packed constant if it is a short string with enough bytes after it.
#[inline(always)]
pub(super) fn unpack_padded<'b>(bytes: &mut &'b [u8]) -> Option<PaddedText<'b>> {
    const VARIANT: u8 = tag::SHORT_STRING ^ tag::LONG_STRING;
    let (&[tag, size], rest) = bytes.split_first_chunk()?;
    // NULL, whose size is 0, and a size of more bytes both become too long.
    let text = PaddedText::new(rest.first_chunk()?, usize::from(size).wrapping_sub(1))?;
    if tag & !VARIANT != tag::SHORT_STRING {
        return None;
    }
    *bytes = &rest[text.len()..];
    Some(text)
}

#[inline(always)]
fn byte(bytes: &mut &[u8]) -> u8 {
    array::<1>(bytes)[0]
}

#[inline(always)]
fn array<'b, const N: usize>(bytes: &mut &'b [u8]) -> &'b [u8; N] {
    let array;
    (array, *bytes) = bytes
        .split_first_chunk()
        .expect("packed elements are whole");
    array
}

/// The length of the array, and of the longest string that is copied with it.
pub(crate) const PADDED: usize = 32;

/// A short text with the bytes after it. Copying all of them takes no longer than asking for the
/// text's length.
#[derive(Clone, Copy)]
pub(crate) struct PaddedText<'l> {
    padded: &'l [u8; PADDED],
    len: usize,
}

impl<'l> PaddedText<'l> {
    /// Returns the text in the first `len` bytes, if it is short enough.
    #[inline(always)]
    pub fn new(padded: &'l [u8; PADDED], len: usize) -> Option<Self> {
        (len <= PADDED).then_some(PaddedText { padded, len })
    }

    /// Returns the text and its padding.
    #[inline(always)]
    pub fn padded(self) -> &'l [u8; PADDED] {
        self.padded
    }

    /// Returns the text's length.
    #[inline(always)]
    pub fn len(self) -> usize {
        self.len
    }

    /// Returns the text.
    #[inline(always)]
    pub fn text(self) -> &'l [u8] {
        &self.padded[..self.len]
    }
}
