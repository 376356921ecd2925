//! The start of the header, which all versions share (`checkHeader` in `lundump.c`).

use std::marker::PhantomData;

use byteorder::{BE, ByteOrder, LE};

use crate::bytes::{AsLayout, FieldProblem, Layout, Reader};
use crate::dialect::Dialect;
use crate::foreign::FileKind;
use crate::version::{LuaVersion, Version};

use super::error::{ChunkProblem, Result, UndumpError};
use super::fields::Fields;
use super::observer::Observer;

/// The first bytes of every chunk (`LUA_SIGNATURE`).
pub const LUA_SIGNATURE: &[u8; 4] = b"\x1bLua";

/// The official format (`LUAC_FORMAT`).
const LUAC_FORMAT: u8 = 0;

/// Bytes that a transfer in text mode would change (`LUAC_DATA`; `LUAC_TAIL` in Lua 5.2).
pub(crate) const LUAC_DATA: &[u8] = b"\x19\x93\r\n\x1a\n";

/// What the header of a chunk says, apart from its version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The format byte; 0 is the official format.
    pub format: u8,
    /// The byte order and the widths of numbers. What the version does not store is as on x86-64.
    pub layout: Layout,
}

impl Header {
    /// Returns the header that `luac` of a version writes on x86-64.
    #[inline(always)]
    pub fn usual(version: Version) -> Header {
        let integer = match version {
            Version::Lua51 | Version::Lua52 => 0,
            _ => Layout::USUAL.integer,
        };
        Header {
            format: LUAC_FORMAT,
            layout: Layout {
                integer,
                ..Layout::USUAL
            },
        }
    }
}

/// The layout of [`Header::usual`].
#[derive(Clone, Copy, Default)]
pub(super) struct Usual<V>(PhantomData<V>);

impl<V: LuaVersion + Copy> AsLayout for Usual<V> {
    #[inline(always)]
    fn layout(self) -> Layout {
        Header::usual(V::VERSION).layout
    }
}

/// Returns the bytes from the chunk's ESC on if a byte order mark or a first line that starts with
/// `#` comes before it (`skipcomment` in `lauxlib.c`), otherwise all bytes.
pub fn skip_comment(bytes: &[u8]) -> &[u8] {
    skip_comment_before(bytes, LUA_SIGNATURE)
}

/// Does what [`skip_comment`] does for chunks with another signature.
pub(super) fn skip_comment_before<'a>(bytes: &'a [u8], signature: &[u8]) -> &'a [u8] {
    let rest = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let rest = match rest {
        [b'#', ..] => memchr::memchr(b'\n', rest).map_or(rest, |end| &rest[end + 1..]),
        _ => rest,
    };
    if rest.first() == signature.first() {
        rest
    } else {
        bytes
    }
}

/// Returns the version of a chunk.
///
/// # Errors
/// The bytes are not a chunk, or one of a version that cannot be read.
pub(crate) fn version_of(bytes: &[u8]) -> Result<Version> {
    check_signature(bytes)?;
    let mut reader = Reader::new(bytes, Layout::default());
    reader.take(LUA_SIGNATURE.len() as u64, "the signature")?;
    let offset = reader.position();
    let byte = reader.byte("the version")?;
    let other = || {
        let problem = match FileKind::signed(bytes) {
            Some(kind) => ChunkProblem::Foreign(kind),
            None => ChunkProblem::Version(byte),
        };
        UndumpError::at(offset, problem)
    };
    Version::of_byte(byte).ok_or_else(other)
}

/// Returns the version of a dialect's chunk.
///
/// # Errors
/// The bytes are not a chunk of the dialect.
pub(super) fn version_in(bytes: &[u8], dialect: &Dialect) -> Result<Version> {
    let signature = dialect.signature.as_deref().unwrap_or(LUA_SIGNATURE);
    match bytes.starts_with(signature) {
        true => {}
        false if dialect.signature.is_none() => check_signature(bytes)?,
        false => {
            let (found, expected) = (&bytes[..bytes.len().min(signature.len())], signature);
            let (found, expected) = (found.to_vec(), expected.to_vec());
            return Err(UndumpError::at(
                0,
                ChunkProblem::Signature { found, expected },
            ));
        }
    }
    let mut reader = Reader::new(bytes, Layout::default());
    reader.take(signature.len() as u64, "the signature")?;
    let offset = reader.position();
    let found = reader.byte("the version")?;
    let base = dialect.base.iter();
    let (version, expected) = match dialect.version_bytes.as_slice() {
        [] => (
            base.clone().find(|version| version.byte() == found),
            base.clone().map(|version| version.byte()).collect(),
        ),
        bytes => (
            base.clone().next().filter(|_| bytes.contains(&found)),
            bytes.to_vec(),
        ),
    };
    version.copied().ok_or_else(|| {
        let field = "the version byte";
        UndumpError::at(
            offset,
            ChunkProblem::OtherByte {
                field,
                found,
                expected,
            },
        )
    })
}

fn check_signature(start: &[u8]) -> Result<()> {
    let signature = LUA_SIGNATURE.as_slice();
    let problem = match start {
        [] => ChunkProblem::Empty,
        _ if start.starts_with(signature) => return Ok(()),
        _ if signature.starts_with(start) => FieldProblem::End {
            what: "the signature",
            wanted: signature.len() as u64,
            left: start.len(),
        }
        .into(),
        _ => match FileKind::not_chunk(start) {
            Some(kind) => ChunkProblem::Foreign(kind),
            None => ChunkProblem::NotAChunk(start[..start.len().min(4)].to_vec()),
        },
    };
    Err(UndumpError::at(0, problem))
}

/// Reads the signature, the version and the format. The first two have been checked before. Returns the
/// format.
pub(super) fn load_start<'a, O: Observer<'a>>(
    fields: &mut Fields<'a, '_, O, Layout>,
) -> Result<u8> {
    fields.header(
        LUA_SIGNATURE.len() as u8,
        "the signature",
        "header signature: \"\\27Lua\"",
        |_| Ok(()),
    )?;
    load_version(fields)?;
    one(
        fields,
        "the format",
        "format (0=official)",
        |format| match format {
            LUAC_FORMAT => Ok(format),
            _ => Err(ChunkProblem::Format(format)),
        },
    )
}

/// Reads the version, which is known from [`version_of`].
pub(super) fn load_version<'a, O: Observer<'a>>(
    fields: &mut Fields<'a, '_, O, Layout>,
) -> Result<()> {
    one(
        fields,
        "the version",
        "version (major:minor hex digits)",
        |_| Ok(()),
    )
}

/// Reads a field of one byte.
pub(super) fn one<'a, O: Observer<'a>, T>(
    fields: &mut Fields<'a, '_, O, Layout>,
    what: &'static str,
    description: &'static str,
    check: impl FnOnce(u8) -> Result<T, ChunkProblem>,
) -> Result<T> {
    fields.header(1, what, description, |bytes| check(bytes[0]))
}

/// Reads the width of a C type, which must be a supported one.
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

/// Finds the byte order in which a field is the number that it is in every chunk; true for
/// big-endian. `expected` is that number as an error spells it.
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

/// Checks a float that is the same in every chunk.
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
    // A lost or added line end shifts what follows, so only the beginnings need to match.
    let text_mode = not_line_ends(found).starts_with(&not_line_ends(LUAC_DATA));
    Err(ChunkProblem::Data {
        found: found.to_vec(),
        expected: LUAC_DATA,
        text_mode,
    })
}
