//! Finds the field of a header that is at fault. A field that is missing, one too many or wider than its
//! size says shifts those after it, so the first that cannot be read need not be the wrong one.

use byteorder::{BE, ByteOrder, LE};

use crate::bytes::Layout;
use crate::version::Version;

use super::error::{ChunkProblem, UndumpError};
use super::header::{LUA_SIGNATURE, LUAC_DATA};

/// Fields of one byte that are followed by bytes which are the same in every chunk.
struct Group {
    fields: &'static [&'static str],
    /// What follows.
    before: &'static str,
}

const FORMAT: Group = Group {
    fields: &["the format"],
    before: "LUAC_DATA",
};
const SIZES_52: Group = Group {
    fields: &[
        "endianness",
        "the sizes of int",
        "size_t",
        "Instruction",
        "lua_Number",
        "integral",
    ],
    before: "LUAC_DATA",
};
const SIZES_53: Group = Group {
    fields: &[
        "the sizes of int",
        "size_t",
        "Instruction",
        "lua_Integer",
        "lua_Number",
    ],
    before: "LUAC_INT",
};
const SIZES_54: Group = Group {
    fields: &["the sizes of Instruction", "lua_Integer", "lua_Number"],
    before: "LUAC_INT",
};

/// The offset of the format byte, after the signature and the version.
const FORMAT_AT: usize = LUA_SIGNATURE.len() + 1;

/// The most bytes that a group is looked for.
const MOST: usize = 12;

/// Returns the error of the field at fault, or the error with which reading the header ended.
#[cold]
pub(super) fn find(version: Version, bytes: &[u8], error: UndumpError) -> UndumpError {
    let data_at = FORMAT_AT + 1;
    let sizes_at = data_at + LUAC_DATA.len();
    let is_data = |bytes: &[u8]| bytes.starts_with(LUAC_DATA);
    let found = match version {
        Version::Lua51 => None,
        Version::Lua52 => shifted(bytes, data_at, &SIZES_52, is_data),
        _ => shifted(bytes, FORMAT_AT, &FORMAT, is_data).or_else(|| match version {
            Version::Lua53 => sizes(bytes, sizes_at, &SIZES_53),
            Version::Lua54 => sizes(bytes, sizes_at, &SIZES_54),
            _ => sizes_55(bytes, sizes_at),
        }),
    };
    found
        .filter(|found| found.offset <= error.offset)
        .unwrap_or(error)
}

/// Returns an error if the group that begins at `offset` has another length.
fn shifted(
    bytes: &[u8],
    offset: usize,
    group: &Group,
    follows: impl Fn(&[u8]) -> bool,
) -> Option<UndumpError> {
    let rest = bytes.get(offset..)?;
    let length = (0..=MOST.min(rest.len())).find(|length| follows(&rest[*length..]))?;
    (length != group.fields.len()).then(|| {
        let problem = ChunkProblem::Fields {
            found: rest[..length].to_vec(),
            fields: group.fields,
            before: group.before,
        };
        UndumpError::at(offset, problem)
    })
}

/// Returns an error if the sizes of Lua 5.3 or 5.4 are too few, too many, or not those of the two numbers
/// after them.
fn sizes(bytes: &[u8], offset: usize, group: &Group) -> Option<UndumpError> {
    let examples = |bytes: &[u8]| integer(bytes, 0x5678, |rest| number(rest, 370.5).is_some());
    let shifted = shifted(bytes, offset, group, |bytes| examples(bytes).is_some());
    shifted.or_else(|| {
        let count = group.fields.len();
        let (sizes, rest) = bytes.get(offset..)?.split_at_checked(count)?;
        let integer = examples(rest)?;
        let number = number(&rest[integer..], 370.5)?;
        let wrong = |back: usize, field, example, found: usize| {
            let at = count - back;
            (usize::from(sizes[at]) != found)
                .then(|| size(offset + at, field, sizes[at], example, found))
        };
        let of_integer = wrong(2, "lua_Integer", "LUAC_INT", integer);
        of_integer.or_else(|| wrong(1, "lua_Number", "LUAC_NUM", number))
    })
}

/// Returns an error if a size of Lua 5.5 is not that of the number after it, or missing.
fn sizes_55(bytes: &[u8], mut offset: usize) -> Option<UndumpError> {
    let any = |_: &[u8]| true;
    type Width = fn(&[u8], &dyn Fn(&[u8]) -> bool) -> Option<usize>;
    let fields: [(&str, &str, Width); 4] = [
        ("int", "LUAC_INT", |bytes, next| {
            integer(bytes, -0x5678, next)
        }),
        ("Instruction", "LUAC_INST", |bytes, next| {
            integer(bytes, 0x1234_5678, next)
        }),
        ("lua_Integer", "LUAC_INT", |bytes, next| {
            integer(bytes, -0x5678, next)
        }),
        ("lua_Number", "LUAC_NUM", |bytes, _| number(bytes, -370.5)),
    ];
    for (field, example, width) in fields {
        let rest = bytes.get(offset..)?;
        let found = *rest.first()?;
        if width(rest, &any).is_some() {
            let problem = ChunkProblem::MissingSize { field, example };
            return Some(UndumpError::at(offset, problem));
        }
        let width = width(&rest[1..], &any)?;
        if usize::from(found) != width {
            return Some(size(offset, field, found, example, width));
        }
        offset += 1 + width;
    }
    None
}

fn size(
    offset: usize,
    field: &'static str,
    found: u8,
    example: &'static str,
    width: usize,
) -> UndumpError {
    let problem = ChunkProblem::Size {
        field,
        found,
        example,
        width,
    };
    UndumpError::at(offset, problem)
}

/// Returns the width of an integer that is stored in either byte order before what `follows`.
fn integer(bytes: &[u8], value: i64, follows: impl Fn(&[u8]) -> bool) -> Option<usize> {
    [8, 4].into_iter().find(|width| {
        let is_value = |(int, rest): (&[u8], &[u8])| {
            (LE::read_int(int, *width) == value || BE::read_int(int, *width) == value)
                && follows(rest)
        };
        bytes.split_at_checked(*width).is_some_and(is_value)
    })
}

/// Returns the width of a float that is stored in either byte order.
fn number(bytes: &[u8], value: f64) -> Option<usize> {
    [8, 4].into_iter().find(|width| {
        let is_value = |float: &[u8]| {
            [false, true].into_iter().any(|big_endian| {
                let layout = Layout {
                    big_endian,
                    ..Layout::default()
                };
                layout.float(float) == value
            })
        };
        bytes.get(..*width).is_some_and(is_value)
    })
}
