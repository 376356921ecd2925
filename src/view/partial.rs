//! As much of a chunk as can be read, which is what the views show.

use std::borrow::Cow;
use std::collections::TryReserveError;

use crate::bytes::Layout;
use crate::chunk::{Chunk, Extension};
use crate::dialect::Dialect;
use crate::disasm::Floats;
use crate::luac::{ChunkFormat, Observer, UndumpError, strip};
use crate::opmap::OpcodeMap;
use crate::version::Version;

/// A chunk of any version, as far as it can be read.
pub struct PartialChunk<'a> {
    pub(super) version: Version,
    pub(super) format: ChunkFormat<'static>,
    layout: Layout,
    pub(super) bytes: &'a [u8],
    /// The functions and their offsets, unless the header is damaged.
    pub(super) functions: Option<(Chunk<'a>, Address)>,
    pub(super) floats: Floats,
    trailing: usize,
    error: Option<UndumpError>,
}

/// The offset of a function in the chunk, and the offsets of the functions inside it.
#[derive(Debug, Default)]
pub(super) struct Address {
    /// The offset of its definition.
    pub offset: usize,
    /// The offset of the first byte after it.
    pub end: usize,
    pub p: Vec<Address>,
}

/// Reads a chunk. A first line that starts with `#` is skipped, and offsets are counted from the chunk's
/// ESC.
///
/// # Errors
/// The bytes are not a chunk, or a chunk of an unknown version. [`PartialChunk::error`] reports damage
/// after the version byte.
pub fn read(bytes: &[u8]) -> Result<PartialChunk<'_>, UndumpError> {
    let (bytes, format) = ChunkFormat::plain(bytes)?;
    Ok(read_as(bytes, format))
}

/// Reads a chunk as a dialect stores it, as [`read`] does.
///
/// # Errors
/// The bytes are not a chunk of the dialect.
pub fn read_in<'a>(bytes: &'a [u8], dialect: &Dialect) -> Result<PartialChunk<'a>, UndumpError> {
    let (bytes, format) = ChunkFormat::of_dialect(bytes, Cow::Owned(dialect.clone()))?;
    let mut partial = read_as(bytes, format);
    if let Some((chunk, _)) = &mut partial.functions {
        let opcodes = dialect.opcodes_of(partial.version);
        chunk.extend(&opcodes.extension);
        if let Some(map) = &opcodes.map {
            map.show(chunk);
        }
    }
    Ok(partial)
}

fn read_as<'a>(bytes: &'a [u8], format: ChunkFormat<'static>) -> PartialChunk<'a> {
    let version = format.version;
    let mut addresses = Addresses::default();
    let observed = format.observe(bytes, &mut addresses);
    let end = observed
        .error
        .as_ref()
        .map_or(bytes.len(), |error| error.offset);
    PartialChunk {
        version,
        layout: observed.layout,
        bytes,
        floats: Floats::new(version, observed.layout),
        functions: observed.chunk.zip(addresses.main(end)),
        trailing: observed.trailing,
        error: observed.error,
        format,
    }
}

impl<'a> PartialChunk<'a> {
    /// The version of Lua.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The functions, as far as they could be read; `None` if the main function does not begin. A chunk
    /// of Lua 5.1 does not store what its upvalues capture.
    pub fn chunk(&self) -> Option<&Chunk<'a>> {
        self.functions.as_ref().map(|(chunk, _)| chunk)
    }

    /// What a dialect adds to the version.
    pub(super) fn extension(&self) -> &Extension {
        self.chunk()
            .map_or(Extension::NONE, |chunk| chunk.extension())
    }

    /// Replaces the opcode numbers of a foreign VM by Lua's own in the code that is shown. The bytes of a
    /// hexdump stay as they are. A number that the map does not name shows as an unknown opcode.
    pub fn name_opcodes(&mut self, map: &OpcodeMap) {
        if let Some((chunk, _)) = &mut self.functions {
            map.show(chunk);
        }
    }

    /// The number of bytes after the main function, which Lua ignores.
    pub fn trailing(&self) -> usize {
        self.trailing
    }

    /// Returns the bytes that `luac -s` would have written, as far as the chunk can be read. Trailing
    /// bytes are kept.
    ///
    /// A chunk of Lua 5.5 is written anew from its functions, because its strings refer to each other by
    /// number.
    ///
    /// # Errors
    /// There is not enough memory.
    pub fn stripped(&self) -> Result<Vec<u8>, TryReserveError> {
        let chunk = self.chunk().map(|chunk| (chunk, self.layout));
        strip(&self.format, self.bytes, chunk, self.trailing)
    }

    /// Why the chunk could not be read to its end.
    pub fn error(&self) -> Option<&UndumpError> {
        self.error.as_ref()
    }
}

/// Records where functions begin and end.
#[derive(Default)]
struct Addresses {
    /// The function that is being read, after the functions that enclose it.
    stack: Vec<Address>,
    main: Option<Address>,
}

impl Addresses {
    /// Returns the address of the main function, including functions that have begun but not ended before
    /// this offset.
    fn main(mut self, end: usize) -> Option<Address> {
        while !self.stack.is_empty() {
            self.end_function(end);
        }
        self.main
    }
}

impl Observer<'_> for Addresses {
    fn listens(&self) -> bool {
        false
    }

    fn begin_function(&mut self, offset: usize) {
        self.stack.push(Address {
            offset,
            ..Address::default()
        });
    }

    fn end_function(&mut self, end: usize) {
        let ended = self.stack.pop().map(|ended| Address { end, ..ended });
        match self.stack.last_mut() {
            Some(parent) => parent.p.extend(ended),
            None => self.main = ended,
        }
    }
}
