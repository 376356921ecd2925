//! Recognition of files that are neither chunks nor token streams, or not the expected one of the two,
//! by their first bytes.

use std::fmt;

/// A kind of file that was given instead of a chunk or a token stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileKind {
    /// A Lua chunk, where a token stream was expected.
    Chunk,
    /// A token stream, where a chunk was expected.
    Stream,
    /// Text that looks like Lua source.
    Source,
    /// A listing, as `luac -l` prints it.
    Listing,
    /// A chunk in base64.
    Base64,
    /// The hex digits of a chunk, or a hex dump of it.
    HexDigits,
    /// Luau bytecode, which has no signature.
    Luau,
    /// Bytes without any pattern.
    Encrypted,
    /// Text that begins with a byte order mark.
    ByteOrderMark,
    /// Text with two bytes per character.
    Utf16,
    /// A format with a signature.
    Signed(&'static SignedFormat),
}

/// A format that is known by its first bytes and that is neither a chunk nor a stream.
#[derive(Debug, PartialEq, Eq)]
pub struct SignedFormat {
    /// The offset of the signature.
    offset: usize,
    /// Its bytes.
    signature: &'static [u8],
    /// What the file is.
    what: &'static str,
    /// What to do with it.
    advice: &'static str,
}

/// A row of the table.
const fn signed(
    offset: usize,
    signature: &'static [u8],
    what: &'static str,
    advice: &'static str,
) -> SignedFormat {
    SignedFormat {
        offset,
        signature,
        what,
        advice,
    }
}

const COMPILE: &str = "expected Lua 5.1 to 5.5: compile its source with luac5.3";

/// The formats with a signature. Version bytes are those of each version's `lundump.h`.
#[rustfmt::skip]
static FORMATS: [SignedFormat; 21] = [
    signed(0, b"\x1bLua\x23", "a Lua 2.4 chunk", COMPILE),
    signed(0, b"\x1bLua\x25", "a Lua 2.5 or 3.0 chunk", COMPILE),
    signed(0, b"\x1bLua\x31", "a Lua 3.1 chunk", COMPILE),
    signed(0, b"\x1bLua\x32", "a Lua 3.2 chunk", COMPILE),
    signed(0, b"\x1bLua\x40", "a Lua 4.0 chunk", COMPILE),
    signed(0, b"\x1bLua\x50", "a Lua 5.0 chunk", COMPILE),
    // The betas dumped LUA_VERSION_NUM, 504, as a varint.
    signed(0, b"\x1bLua\x03\xF8", "a chunk of a beta of Lua 5.4, as Playdate's SDK wrote before 1.8",
        "its opcodes are not those of Lua 5.4: compile its source with luac5.4"),
    signed(0, b"\x1bLJ", "LuaJIT bytecode, which has nothing in common with Lua's",
        "compile its source with luac, or list it with `luajit -bl`"),
    signed(0, b"\x1bFate/Z\x1b", "a chunk of Xiaomi's Lua 5.1, whose fields have another order and whose strings are enciphered",
        "decompile it with unluac_miwifi"),
    signed(0, b"\x1cMvb", "a chunk of which each byte was increased by one, as for Multi Theft Auto",
        "decrease them first: LC_ALL=C tr '\\001-\\377\\000' '\\000-\\377'"),
    signed(0, b"XXTEA", "a file encrypted with XXTEA, as cocos2d-x does, after its sign XXTEA",
        "decrypt what follows the sign first, with the key that the game passes to setXXTEAKeyAndSign"),
    signed(0, b"FXAP", "a file encrypted by Cfx.re's asset escrow, for FiveM or RedM",
        "only its author has what can be converted"),
    signed(0, b"Playdate PDZ", "an archive of a Playdate game", "unpack the chunks in it first"),
    signed(0, b"\x1F\x8B", "compressed with gzip", "decompress it first: gzip -d"),
    signed(0, b"\x28\xB5\x2F\xFD", "compressed with zstd", "decompress it first: zstd -d"),
    signed(4, b"1AY&SY", "compressed with bzip2", "decompress it first: bzip2 -d"),
    signed(0, b"\xFD7zXZ\0", "compressed with xz", "decompress it first: xz -d"),
    signed(0, b"\x04\x22\x4D\x18", "compressed with lz4", "decompress it first: lz4 -d"),
    signed(0, b"PK\x03\x04", "a zip archive", "unpack it first (unzip) and convert the chunks in it"),
    signed(0, b"7z\xBC\xAF\x27\x1C", "a 7z archive", "unpack it first (7z x) and convert the chunks in it"),
    signed(0, b"\x7FELF", "an ELF file, a program or a library",
        "cut out the chunk in it, which begins with 1B 4C 75 61 (ESC \"Lua\"): bytes after the chunk are ignored"),
];

impl FileKind {
    /// Recognizes a file that is not a chunk.
    pub(crate) fn not_chunk(start: &[u8]) -> Option<FileKind> {
        if let Some(kind) = FileKind::signed(start) {
            return Some(kind);
        }
        match start {
            _ if is_stream(start) => Some(FileKind::Stream),
            _ if starts_as_base64(start) => Some(FileKind::Base64),
            _ if starts_as_hex(start) => Some(FileKind::HexDigits),
            _ if is_base64(start) || is_dump(start) => None,
            _ if is_listing(start) => Some(FileKind::Listing),
            _ if looks_like_source(start) => Some(FileKind::Source),
            _ if looks_like_luau(start) => Some(FileKind::Luau),
            _ if looks_encrypted(start) => Some(FileKind::Encrypted),
            _ => None,
        }
    }

    /// Recognizes a file that is not a token stream by its first bytes. At least [`MAGIC_MAX`] of them
    /// decide.
    pub(crate) fn not_stream(start: &[u8]) -> Option<FileKind> {
        let kind = match start {
            [0xEF, 0xBB, 0xBF, ..] => FileKind::ByteOrderMark,
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [b'<', 0, ..] | [0, b'<', ..] => FileKind::Utf16,
            _ => match FileKind::signed(start) {
                None if start.first() == Some(&0x1B) => FileKind::Chunk,
                kind => return kind,
            },
        };
        Some(kind)
    }

    /// Recognizes a file by its signature.
    pub(crate) fn signed(start: &[u8]) -> Option<FileKind> {
        let mut formats = FORMATS.iter();
        let is_at = |format: &&SignedFormat| {
            let rest = start.get(format.offset..);
            let after = rest.and_then(|rest| rest.strip_prefix(format.signature));
            // A text may begin with letters that are a signature.
            let may_be_text = format.offset == 0 && is_text(format.signature);
            after.is_some_and(|after| !may_be_text || !is_text(after))
        };
        formats.find(is_at).map(FileKind::Signed)
    }
}

/// The number of bytes that decide about [`FileKind::not_stream`].
pub(crate) const MAGIC_MAX: usize = {
    let mut most = 0;
    let mut row = 0;
    while row < FORMATS.len() {
        let end = FORMATS[row].offset + FORMATS[row].signature.len();
        if end > most {
            most = end;
        }
        row += 1;
    }
    most
};

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            FileKind::Signed(SignedFormat { what, advice, .. }) => {
                return write!(f, "this is {what}; {advice}");
            }
            FileKind::Chunk => {
                "this is a Lua chunk, not a token stream; convert it with `luadec-tok` without `decode`"
            }
            FileKind::Stream => {
                "this is a token stream, not a chunk; convert it with `luadec-tok decode`"
            }
            FileKind::Source => {
                "this looks like Lua source; compile it first: luac5.3 -o out.luac in.lua"
            }
            FileKind::Listing => {
                "this is a listing, which cannot be converted; use the chunk that it lists"
            }
            FileKind::Base64 => "this is a chunk in base64; decode it first: base64 -d",
            FileKind::HexDigits => {
                "this is a chunk in hex digits; convert it to bytes first: xxd -r -p, or xxd -r if \
                 lines start with offsets"
            }
            FileKind::Luau => {
                "this looks like Luau bytecode, which has nothing in common with Lua's; compile its \
                 source with luac, if it is plain Lua"
            }
            FileKind::Encrypted => {
                "this looks encrypted or compressed, as its bytes have no pattern; decrypt it first, as \
                 the program that loads it does"
            }
            FileKind::ByteOrderMark => {
                "this begins with a byte order mark, which is not part of a stream; remove its three \
                 bytes: tail -c +4"
            }
            FileKind::Utf16 => {
                "this is text in UTF-16; convert it first: iconv -f UTF-16 -t ASCII"
            }
        })
    }
}

/// Returns whether this is a text that begins like a stream.
fn is_stream(start: &[u8]) -> bool {
    let start = start.trim_ascii_start();
    start.starts_with(b"<|Proto|>") || start.starts_with(b"<|Lua-")
}

/// Returns whether this is a text that begins like a listing.
fn is_listing(start: &[u8]) -> bool {
    let start = start.trim_ascii_start();
    let line = first_line(start);
    let is_heading = line.starts_with(b"main <") || line.starts_with(b"function <");
    is_heading && memchr::memmem::find(line, b"> (").is_some()
}

/// Returns whether this is the signature and the version byte of a Lua 5 in base64.
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

/// Returns whether this is text of base64's letters only, with `=` only at the end.
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

/// Returns whether the first bytes are text.
fn is_text(start: &[u8]) -> bool {
    let is_text =
        |byte: &u8| !byte.is_ascii_control() && byte.is_ascii() || byte.is_ascii_whitespace();
    start.iter().take(64).all(is_text)
}

/// Returns whether this is text that looks like Lua.
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

/// Whether each byte value is about as frequent as any other, as in a file that is encrypted or
/// compressed. Of random bytes, one file in 10^9 fails; no text and no chunk passes.
fn looks_encrypted(start: &[u8]) -> bool {
    let start = &start[..start.len().min(4096)];
    let mut counts = [0usize; 256];
    start
        .iter()
        .for_each(|byte| counts[usize::from(*byte)] += 1);
    // Pearson's test: 255 is the mean and 22.6 the standard deviation.
    let squares: usize = counts.iter().map(|count| count * count).sum();
    start.len() >= 128 && squares * 256 / start.len() < start.len() + 400
}
