//! The start of the header, which all versions share (`checkHeader` of `lundump.c`), and guesses at
//! what a file is that is no chunk.

use byteorder::{BE, ByteOrder, LE};

use crate::bytes::{ChunkProblem, Layout, Reader, UndumpError};
use crate::chunk::Version;

use super::fields::{Fields, Result};
use super::observer::Observer;

/// What every chunk starts with (`LUA_SIGNATURE`).
pub const LUA_SIGNATURE: &[u8; 4] = b"\x1bLua";

/// The official format (`LUAC_FORMAT`).
pub(super) const LUAC_FORMAT: u8 = 0;

/// Bytes that a transfer in text mode would change (`LUAC_DATA`, `LUAC_TAIL` in Lua 5.2).
pub(super) const LUAC_DATA: &[u8] = b"\x19\x93\r\n\x1a\n";

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

/// The version of a chunk.
///
/// # Errors
/// The bytes are not a chunk, or one of a version that is not read.
pub(crate) fn version_of(bytes: &[u8]) -> Result<Version> {
    check_signature(bytes)?;
    let mut reader = Reader::new(bytes, Layout::default());
    reader.take(LUA_SIGNATURE.len() as u64, "the signature")?;
    let offset = reader.position();
    let byte = reader.byte("the version")?;
    let other = || UndumpError::at(offset, other_lua(byte));
    Version::of_byte(byte).ok_or_else(other)
}

fn check_signature(start: &[u8]) -> Result<()> {
    let signature = LUA_SIGNATURE.as_slice();
    let problem = match start {
        [] => ChunkProblem::Empty,
        _ if start.starts_with(signature) => return Ok(()),
        _ if signature.starts_with(start) => ChunkProblem::End {
            what: "the signature",
            wanted: signature.len() as u64,
            left: start.len(),
        },
        [0x1B, b'L', b'J', ..] => ChunkProblem::LuaJit,
        [0x7F, b'E', b'L', b'F', ..] => ChunkProblem::Elf,
        [0x1F, 0x8B, ..] => ChunkProblem::Compressed("gzip", "gzip -d"),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => ChunkProblem::Compressed("zstd", "zstd -d"),
        [b'P', b'K', 3, 4, ..] => ChunkProblem::Zip,
        _ if is_stream(start) => ChunkProblem::Stream,
        _ if starts_as_base64(start) => ChunkProblem::Base64,
        _ if starts_as_hex(start) => ChunkProblem::HexDigits,
        _ if is_base64(start) || is_dump(start) => not_a_chunk(start),
        _ if looks_like_source(start) => ChunkProblem::Source,
        _ if looks_like_luau(start) => ChunkProblem::Luau,
        _ => not_a_chunk(start),
    };
    Err(UndumpError::at(0, problem))
}

/// Whether this is text that starts as a stream does.
fn is_stream(start: &[u8]) -> bool {
    let start = start.trim_ascii_start();
    start.starts_with(b"<|Proto|>") || start.starts_with(b"<|Lua-")
}

fn not_a_chunk(start: &[u8]) -> ChunkProblem {
    ChunkProblem::NotAChunk(start[..start.len().min(4)].to_vec())
}

/// The signature and the version byte of some Lua 5 in base64.
fn starts_as_base64(start: &[u8]) -> bool {
    matches!(
        start.trim_ascii_start(),
        [b'G', b'0', b'x', b'1', b'Y', b'V', b'A'..=b'Z', ..]
    )
}

/// The signature in hex digits, perhaps with blanks between them, after an offset if there is one.
fn starts_as_hex(start: &[u8]) -> bool {
    const SIGNATURE: &[u8] = b"1b4c7561";
    let line = first_line(start).to_ascii_lowercase();
    let digits = |bytes: &[u8]| -> Vec<u8> {
        let digits = bytes
            .iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace());
        digits.take(SIGNATURE.len()).collect()
    };
    let offset = line.iter().take_while(|byte| **byte == b'0').count();
    let after = line[offset..].trim_ascii_start();
    digits(&line) == SIGNATURE
        || offset > 0 && digits(after.strip_prefix(b":").unwrap_or(after)) == SIGNATURE
}

/// Whether this is text of the letters of base64 alone, with `=` at its end alone.
fn is_base64(start: &[u8]) -> bool {
    let text = start[..start.len().min(1024)].trim_ascii_end();
    let text = text.strip_suffix(b"=").unwrap_or(text);
    let text = text.strip_suffix(b"=").unwrap_or(text);
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/\r\n".contains(byte);
    text.len() >= 16 && text.iter().all(is_letter)
}

/// Whether the first line is that of a hex dump: an offset of seven digits or more, and two more.
fn is_dump(start: &[u8]) -> bool {
    let line = first_line(start);
    let offset = line
        .iter()
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    let after = &line[offset..];
    let after = after.strip_prefix(b":").unwrap_or(after);
    let digits = after.trim_ascii_start();
    offset >= 7
        && digits.len() < after.len()
        && digits
            .iter()
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count()
            >= 2
}

fn first_line(start: &[u8]) -> &[u8] {
    let end = memchr::memchr2(b'\n', b'\r', start).unwrap_or(start.len());
    &start[..end.min(100)]
}

/// Whether the first bytes are text that looks like Lua.
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

/// Whether the first bytes are those of Luau's bytecode, which has no signature: its version, since
/// version 4 that of its types, the number of its strings, and the first string behind its length.
fn looks_like_luau(start: &[u8]) -> bool {
    let rest = match start {
        [3, rest @ ..] | [4..=11, 1..=3, rest @ ..] => rest,
        _ => return false,
    };
    // Counts of seven bits a byte, the low ones first.
    let count = |bytes: &[u8]| {
        let length = bytes.iter().take(4).position(|byte| *byte < 0x80)? + 1;
        let bits = bytes[..length].iter().rev();
        let count = bits.fold(0, |count, byte| count << 7 | usize::from(byte & 0x7F));
        Some((count, length))
    };
    let string = || {
        let (strings, length) = count(rest)?;
        let rest = rest.get(length..)?;
        let (size, length) = count(rest)?;
        let string = rest.get(length..)?.get(..size)?;
        (strings > 0 && size > 0).then_some(string)
    };
    string().is_some_and(|string| string.iter().all(|byte| (b' '..0x7F).contains(byte)))
}

fn other_lua(version_byte: u8) -> ChunkProblem {
    match version_byte {
        0x40 => ChunkProblem::OtherLua("Lua 4.0"),
        0x50 => ChunkProblem::OtherLua("Lua 5.0"),
        _ => ChunkProblem::Version(version_byte),
    }
}

/// Reads the signature, the version and the format. The first two have been checked.
pub(super) fn load_start<'a, O: Observer<'a>>(
    fields: &mut Fields<'a, '_, O, Layout>,
) -> Result<()> {
    fields.header(
        LUA_SIGNATURE.len() as u8,
        "the signature",
        "header signature: \"\\27Lua\"",
        |_| Ok(()),
    )?;
    one(
        fields,
        "the version",
        "version (major:minor hex digits)",
        |_| Ok(()),
    )?;
    one(
        fields,
        "the format",
        "format (0=official)",
        |format| match format {
            LUAC_FORMAT => Ok(()),
            _ => Err(ChunkProblem::Format(format)),
        },
    )
}

/// A field of one byte.
pub(super) fn one<'a, O: Observer<'a>, T>(
    fields: &mut Fields<'a, '_, O, Layout>,
    what: &'static str,
    description: &'static str,
    check: impl FnOnce(u8) -> Result<T, ChunkProblem>,
) -> Result<T> {
    fields.header(1, what, description, |bytes| check(bytes[0]))
}

/// The width of a C type, which must be a supported one.
pub(super) fn width<'a, O: Observer<'a>>(
    fields: &mut Fields<'a, '_, O, Layout>,
    field: &'static str,
    description: &'static str,
    supported: &'static [u8],
) -> Result<u8> {
    one(fields, field, description, |found| {
        if supported.contains(&found) {
            Ok(found)
        } else {
            Err(ChunkProblem::Width {
                field,
                found,
                supported,
            })
        }
    })
}

/// The byte order in which a field is the number that it is in every chunk: true for big-endian.
/// `expected` is how an error writes that number.
pub(super) fn byte_order(
    bytes: &[u8],
    field: &'static str,
    number: i64,
    expected: &'static str,
) -> Result<bool, ChunkProblem> {
    if LE::read_int(bytes, bytes.len()) == number {
        Ok(false)
    } else if BE::read_int(bytes, bytes.len()) == number {
        Ok(true)
    } else {
        Err(ChunkProblem::Int {
            field,
            found: bytes.to_vec(),
            expected,
        })
    }
}

/// Checks that a float is the one that it is in every chunk.
pub(super) fn check_number(
    layout: Layout,
    bytes: &[u8],
    expected: f64,
) -> Result<(), ChunkProblem> {
    let found = layout.float(bytes);
    match found == expected {
        true => Ok(()),
        false => Err(ChunkProblem::Num { found, expected }),
    }
}

/// Reads `LUAC_DATA`.
pub(super) fn load_data<'a, O: Observer<'a>>(fields: &mut Fields<'a, '_, O, Layout>) -> Result<()> {
    fields.header(
        LUAC_DATA.len() as u8,
        "LUAC_DATA",
        "LUAC_DATA (shows a transfer in text mode)",
        check_data,
    )
}

fn check_data(found: &[u8]) -> Result<(), ChunkProblem> {
    if found == LUAC_DATA {
        return Ok(());
    }
    let not_line_ends = |bytes: &[u8]| -> Vec<u8> {
        let bytes = bytes.iter().copied();
        bytes.filter(|byte| !b"\r\n".contains(byte)).collect()
    };
    // A lost or added line end shifts what follows, so the rest need only begin alike.
    let text_mode = not_line_ends(found).starts_with(&not_line_ends(LUAC_DATA));
    Err(ChunkProblem::Data {
        found: found.to_vec(),
        expected: LUAC_DATA,
        text_mode,
    })
}
