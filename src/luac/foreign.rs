//! Identifies files that are not Lua chunks by their first bytes.

use super::error::ChunkProblem;
use crate::bytes::compression;

/// Returns the problem that fits what begins like this.
pub(super) fn foreign(start: &[u8]) -> ChunkProblem {
    if let Some((format, command)) = compression(start) {
        return ChunkProblem::Compressed(format, command);
    }
    match start {
        [0x1B, b'L', b'J', ..] => ChunkProblem::LuaJit,
        [0x7F, b'E', b'L', b'F', ..] => ChunkProblem::Elf,
        [b'P', b'K', 3, 4, ..] => ChunkProblem::Zip,
        _ if is_stream(start) => ChunkProblem::Stream,
        _ if starts_as_base64(start) => ChunkProblem::Base64,
        _ if starts_as_hex(start) => ChunkProblem::HexDigits,
        _ if is_base64(start) || is_dump(start) => not_a_chunk(start),
        _ if looks_like_source(start) => ChunkProblem::Source,
        _ if looks_like_luau(start) => ChunkProblem::Luau,
        _ => not_a_chunk(start),
    }
}

/// Whether this is a text that begins like a stream.
fn is_stream(start: &[u8]) -> bool {
    let start = start.trim_ascii_start();
    start.starts_with(b"<|Proto|>") || start.starts_with(b"<|Lua-")
}

fn not_a_chunk(start: &[u8]) -> ChunkProblem {
    ChunkProblem::NotAChunk(start[..start.len().min(4)].to_vec())
}

/// Whether this is the signature and the version byte of a Lua 5 in base64.
fn starts_as_base64(start: &[u8]) -> bool {
    matches!(
        start.trim_ascii_start(),
        [b'G', b'0', b'x', b'1', b'Y', b'V', b'A'..=b'Z', ..]
    )
}

/// Whether this is the signature in hex digits, possibly with spaces between them and an offset
/// before them.
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

/// Whether this is text of base64's letters only, with `=` only at the end.
fn is_base64(start: &[u8]) -> bool {
    let text = start[..start.len().min(1024)].trim_ascii_end();
    let text = text.strip_suffix(b"=").unwrap_or(text);
    let text = text.strip_suffix(b"=").unwrap_or(text);
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/\r\n".contains(byte);
    text.len() >= 16 && text.iter().all(is_letter)
}

/// Whether the first line is one of a hex dump: an offset of at least seven digits, and two more
/// digits.
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

/// Whether this is text that looks like Lua.
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

/// Whether this looks like Luau's bytecode, which has no signature: its version, from version 4 on
/// the version of its types, the number of its strings, and the first string with its length.
fn looks_like_luau(start: &[u8]) -> bool {
    let rest = match start {
        [3, rest @ ..] | [4..=11, 1..=3, rest @ ..] => rest,
        _ => return false,
    };
    // Counts have seven bits per byte, the low ones first.
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
