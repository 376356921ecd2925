//! Chooses the dialect of a chunk's version and reads the chunk.

use crate::bytes::{Layout, TreePath, UndumpError, Usual};
use crate::chunk::Chunk;
use crate::version::{Version, with_version};

use super::dialect::Dialect;
use super::fields::Result;
use super::header::{skip_comment, version_of};
use super::observer::{Observer, Silent};
use super::read::{Loaded, load_header, load_main};

/// What [`undump`] reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Undumped<'a> {
    /// The tree of functions.
    pub chunk: Chunk<'a>,
    /// The number of bytes after the main function, which Lua ignores.
    pub trailing: usize,
    /// The first function that has upvalue names where `luac` writes none, or the other way round.
    /// Neither the tree nor a stream says so, and [`dump`](super::dump) writes what `luac` does.
    pub lost_names: Option<TreePath>,
}

/// Reads a chunk of any version in [`Version::ALL`], of any byte order and of any widths that Lua is
/// built with (`luaU_undump`). A first line that starts with `#` is passed over, as `luaL_loadfile` does.
///
/// # Errors
/// The first field that no chunk of its version can hold, or that the bytes end in. Memory stays within
/// the length of `bytes` times a small factor, whatever the bytes claim.
pub fn undump(bytes: &[u8]) -> Result<Undumped<'_>> {
    let bytes = skip_comment(bytes);
    let version = version_of(bytes)?;
    with_version!(version, V => undump_as::<V>(bytes))
}

fn undump_as<D: Dialect>(bytes: &[u8]) -> Result<Undumped<'_>> {
    let mut silent = Silent;
    let (mut chunk, fields) = load_header::<D, _>(bytes, &mut silent)?;
    let Loaded {
        trailing,
        lost_names,
    } = match fields.reader.layout() {
        Layout::USUAL => load_main::<D, _, _>(fields.with_layout(Usual), &mut chunk.main),
        _ => load_main::<D, _, _>(fields, &mut chunk.main),
    }?;
    Ok(Undumped {
        chunk,
        trailing,
        lost_names,
    })
}

/// What [`observe`] reads.
#[derive(Default)]
pub(crate) struct Observed<'a> {
    pub layout: Layout,
    /// The tree as far as it can be read; `None` if the main function does not even begin.
    pub chunk: Option<Chunk<'a>>,
    /// The number of bytes after the main function.
    pub trailing: usize,
    /// Why the chunk cannot be read to its end.
    pub error: Option<UndumpError>,
}

/// Reads a chunk of a known version as far as possible, and tells `observer` of everything read.
pub(crate) fn observe<'a>(
    version: Version,
    bytes: &'a [u8],
    observer: &mut impl Observer<'a>,
) -> Observed<'a> {
    with_version!(version, V => observe_as::<V, _>(bytes, observer))
}

fn observe_as<'a, D: Dialect, O: Observer<'a>>(bytes: &'a [u8], observer: &mut O) -> Observed<'a> {
    let (mut chunk, fields) = match load_header::<D, _>(bytes, observer) {
        Ok(begun) => begun,
        Err(error) => {
            return Observed {
                error: Some(error),
                ..Observed::default()
            };
        }
    };
    let layout = fields.reader.layout();
    let main = load_main::<D, _, _>(fields, &mut chunk.main);
    Observed {
        layout,
        chunk: Some(chunk),
        trailing: main.as_ref().map_or(0, |main| main.trailing),
        error: main.err(),
    }
}
