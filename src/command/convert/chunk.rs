//! The chunk to convert: read from the bytes of a file, then changed as the options say.

use anyhow::{Result, anyhow, bail};
use luadec_tok::chunk::Chunk;
use luadec_tok::opmap::OpcodeMap;
use luadec_tok::stream::Language;
use luadec_tok::view::Which;
use luadec_tok::{Version, undump};

use super::form::Remark;
use crate::command::opmap::file::OpmapFile;

/// What is done to a chunk before it is converted.
pub struct Changes {
    /// Whether a chunk is refused that its stream cannot be turned back into.
    pub verify: bool,
    /// The one function to convert.
    pub function: Option<Which>,
    /// Whether its debug information is cleared.
    pub strip: bool,
    /// The opcodes that its numbers stand for, if not Lua's own.
    pub opmap: Option<OpmapFile>,
}

impl Changes {
    /// Returns the opcode map for a chunk of this version, if there is one.
    pub fn opmap(&self, version: Version) -> Result<Option<&OpcodeMap>> {
        self.opmap
            .as_ref()
            .map(|file| file.map(version))
            .transpose()
    }

    /// Returns the chunk as it is converted.
    pub fn apply<'a>(&self, mut chunk: Chunk<'a>) -> Result<Chunk<'a>> {
        if let Some(map) = self.opmap(chunk.version)? {
            map.to_own(&mut chunk)?;
        }
        if self.strip {
            chunk.strip();
        }
        match &self.function {
            None => Ok(chunk),
            Some(which) => which.chunk(&chunk).ok_or_else(no_function),
        }
    }
}

/// The function that is asked for is not there.
pub fn no_function() -> anyhow::Error {
    anyhow!("there is no such function in it; -f listing shows the path of each")
}

/// A chunk as it is converted, and how many bytes came after it.
pub struct ChangedChunk<'a> {
    pub chunk: Chunk<'a>,
    pub trailing: usize,
}

/// Reads the chunk that a file holds, and changes it.
///
/// # Errors
/// It holds none, or none that has a stream in this language.
pub fn read_chunk<'a>(
    bytes: &'a [u8],
    changes: &Changes,
    language: Language,
) -> Result<ChangedChunk<'a>> {
    let undumped = undump(bytes)?;
    language.check(undumped.chunk.version)?;
    if changes.verify
        && !changes.strip
        && let Some(path) = undumped.lost_names
    {
        bail!(
            "{path}: upvalue names are left out or kept where luac would not, and no stream says so"
        );
    }
    Ok(ChangedChunk {
        chunk: changes.apply(undumped.chunk)?,
        trailing: undumped.trailing,
    })
}

/// The warning about bytes after the main function, if there are any.
pub fn trailing_bytes(trailing: usize) -> Option<Remark> {
    let s = if trailing == 1 { "" } else { "s" };
    let warning = || format!("warning: {trailing} byte{s} after the main function ignored");
    (trailing > 0).then(|| Remark::Warning(warning()))
}
