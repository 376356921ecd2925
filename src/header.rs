//! The header of a chunk (`checkHeader` of `lundump.c`) and what bytes that are no chunk look like.

use byteorder::{BE, ByteOrder, LE};

use crate::cursor::Cursor;
use crate::error::{ChunkProblem, UndumpError};
use crate::lua;

/// What every chunk starts with (`LUA_SIGNATURE`).
pub const LUA_SIGNATURE: &[u8; 4] = b"\x1bLua";
/// The version byte of Lua 5.3 (`LUAC_VERSION`).
pub(crate) const LUAC_VERSION: u8 = 0x53;
/// The official format (`LUAC_FORMAT`).
pub(crate) const LUAC_FORMAT: u8 = 0;
/// The bytes that show a damaged transfer (`LUAC_DATA`).
pub(crate) const LUAC_DATA: [u8; 6] = *b"\x19\x93\r\n\x1a\n";
/// The integer that shows the byte order (`LUAC_INT`).
pub(crate) const LUAC_INT: i64 = 0x5678;
/// The float that shows the number format (`LUAC_NUM`).
pub(crate) const LUAC_NUM: f64 = 370.5;

/// What the header says of the chunk's numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    pub big_endian: bool,
    /// Bytes of an `int`.
    pub int: u8,
    /// Bytes of a `size_t`.
    pub size_t: u8,
    /// Bytes of a `lua_Integer`.
    pub integer: u8,
    /// Bytes of a `lua_Number`.
    pub number: u8,
}

impl Layout {
    /// That of Lua on today's machines, x86-64 and 64-bit ARM.
    pub const USUAL: Layout = Layout {
        big_endian: false,
        int: 4,
        size_t: 8,
        integer: 8,
        number: 8,
    };
}

/// The bytes from the chunk's ESC on, where a byte order mark or a first line starting with `#`
/// stands before it (`skipcomment` of `lauxlib.c`); else the bytes as they are.
pub fn skip_comment(bytes: &[u8]) -> &[u8] {
    let rest = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let rest = match rest {
        [b'#', ..] => memchr::memchr(b'\n', rest).map_or(rest, |end| &rest[end + 1..]),
        _ => rest,
    };
    if rest.first() == LUA_SIGNATURE.first() {
        rest
    } else {
        bytes
    }
}

/// Reads the header of a chunk whose first bytes are `start`.
pub(crate) fn check_header(cursor: &mut Cursor, start: &[u8]) -> Result<Layout, UndumpError> {
    check_signature(start)?;
    cursor.take(LUA_SIGNATURE.len() as u64, "the signature")?;
    check_byte(cursor, "the version", check_version)?;
    check_byte(cursor, "the format", check_format)?;
    check_data(cursor)?;
    let int = check_size(cursor, "int", &[4, 8])?;
    let size_t = check_size(cursor, "size_t", &[4, 8])?;
    check_size(cursor, "Instruction", &[4])?;
    let integer = check_size(cursor, "lua_Integer", &[4, 8])?;
    let number = check_size(cursor, "lua_Number", &[4, 8])?;
    let big_endian = check_int(cursor, integer)?;
    let layout = Layout {
        big_endian,
        int,
        size_t,
        integer,
        number,
    };
    check_num(cursor, layout)?;
    Ok(layout)
}

fn check_signature(start: &[u8]) -> Result<(), UndumpError> {
    let signature = LUA_SIGNATURE.as_slice();
    let problem = match start {
        [] => ChunkProblem::Empty,
        _ if start.starts_with(signature) => return Ok(()),
        _ if signature.starts_with(start) => ChunkProblem::End {
            what: "the signature",
            wanted: signature.len() as u64,
            left: start.len(),
        },
        [0x1B, b'L', b'J', ..] => ChunkProblem::OtherLua("LuaJIT"),
        _ if start.trim_ascii_start().starts_with(b"<|Proto|>") => ChunkProblem::Stream,
        _ if looks_like_source(start) => ChunkProblem::Source,
        _ => ChunkProblem::NotAChunk(start[..start.len().min(4)].to_vec()),
    };
    Err(UndumpError::at(0, problem))
}

/// Whether the first bytes are text with something of Lua in it.
fn looks_like_source(start: &[u8]) -> bool {
    const SIGNS: [&[u8]; 10] = [
        b"--",
        b"=",
        b"(",
        b"local ",
        b"function ",
        b"return",
        b"require",
        b"end",
        b"goto ",
        b"::",
    ];
    let start = &start[..start.len().min(1024)];
    let is_text = |byte: &u8| !byte.is_ascii_control() || byte.is_ascii_whitespace();
    start.iter().all(is_text)
        && SIGNS
            .iter()
            .any(|sign| memchr::memmem::find(start, sign).is_some())
}

/// Reads one byte and has it checked; an error carries the byte's offset.
pub(crate) fn check_byte(
    cursor: &mut Cursor,
    what: &'static str,
    check: impl FnOnce(u8) -> Result<(), ChunkProblem>,
) -> Result<u8, UndumpError> {
    let offset = cursor.position();
    let byte = cursor.byte(what)?;
    check(byte).map_err(|problem| UndumpError::at(offset, problem))?;
    Ok(byte)
}

fn check_version(version: u8) -> Result<(), ChunkProblem> {
    if version == LUAC_VERSION {
        return Ok(());
    }
    if let Some(lua) = lua::of_version_byte(version) {
        return Err(ChunkProblem::OnlyViewed(lua.name()));
    }
    Err(match version {
        0x40 => ChunkProblem::OtherLua("Lua 4.0"),
        0x50 => ChunkProblem::OtherLua("Lua 5.0"),
        0x52 => ChunkProblem::OtherLua("Lua 5.2"),
        0x54 => ChunkProblem::OtherLua("Lua 5.4"),
        0x55 => ChunkProblem::OtherLua("Lua 5.5"),
        _ => ChunkProblem::Version(version),
    })
}

pub(crate) fn check_format(format: u8) -> Result<(), ChunkProblem> {
    match format {
        LUAC_FORMAT => Ok(()),
        _ => Err(ChunkProblem::Format(format)),
    }
}

fn check_data(cursor: &mut Cursor) -> Result<(), UndumpError> {
    let offset = cursor.position();
    let found = cursor.take(LUAC_DATA.len() as u64, "LUAC_DATA")?;
    if found == LUAC_DATA {
        return Ok(());
    }
    let not_line_ends = |bytes: &[u8]| -> Vec<u8> {
        bytes
            .iter()
            .copied()
            .filter(|byte| !b"\r\n".contains(byte))
            .collect()
    };
    // A line end lost or gained moves what follows, so what is left need only start alike.
    let text_mode = not_line_ends(found).starts_with(&not_line_ends(&LUAC_DATA));
    let found = found.to_vec();
    Err(UndumpError::at(
        offset,
        ChunkProblem::Data { found, text_mode },
    ))
}

pub(crate) fn check_size(
    cursor: &mut Cursor,
    field: &'static str,
    supported: &'static [u8],
) -> Result<u8, UndumpError> {
    check_byte(cursor, field, |found| match supported.contains(&found) {
        true => Ok(()),
        false => Err(ChunkProblem::Width {
            field,
            found,
            supported,
        }),
    })
}

/// Finds the byte order: true for big-endian.
fn check_int(cursor: &mut Cursor, width: u8) -> Result<bool, UndumpError> {
    let offset = cursor.position();
    let bytes = cursor.take(width.into(), "LUAC_INT")?;
    if LE::read_int(bytes, width.into()) == LUAC_INT {
        Ok(false)
    } else if BE::read_int(bytes, width.into()) == LUAC_INT {
        Ok(true)
    } else {
        Err(UndumpError::at(offset, ChunkProblem::Int(bytes.to_vec())))
    }
}

fn check_num(cursor: &mut Cursor, layout: Layout) -> Result<(), UndumpError> {
    let offset = cursor.position();
    let found = cursor.number(layout.big_endian, layout.number, "LUAC_NUM")?;
    if found == LUAC_NUM {
        Ok(())
    } else {
        Err(UndumpError::at(offset, ChunkProblem::Num(found)))
    }
}
