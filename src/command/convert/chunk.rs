//! The chunk in an input.

use anyhow::Result;
use luadec_tok::chunk::Chunk;
use luadec_tok::opmap::OpcodeMap;
use luadec_tok::stream::Language;
use luadec_tok::view::FunctionSpec;
use luadec_tok::{LUA_SIGNATURE, Version, undump};

use crate::command::io::input::{self, Input, Kind};
use crate::command::io::messages::Messages;
use crate::command::opmap::file::OpmapFile;

pub const CHUNK: Kind = Kind {
    starts: |start| start.starts_with(LUA_SIGNATURE),
    name: "Lua chunk",
    ending: Some("luac"),
};

/// What is done to a chunk before it is converted.
pub struct Changes {
    /// Whether a chunk is refused that its stream cannot be turned back into.
    pub verify: bool,
    /// The one function to convert.
    pub function: Option<FunctionSpec>,
    /// Whether its debug information is cleared.
    pub strip: bool,
    /// The opcodes that its numbers stand for, if not Lua's own.
    pub opmap: Option<OpmapFile>,
}

impl Changes {
    /// The opcode map for a chunk of this version, if there is one; or says why there is none.
    pub fn opmap(
        &self,
        input: &Input,
        version: Version,
        messages: &mut Messages,
    ) -> Result<Option<&OpcodeMap>, Refused> {
        let Some(file) = &self.opmap else {
            return Ok(None);
        };
        file.map(version).map(Some).map_err(|error| {
            messages.error(format_args!("{input}: {error}"));
            Refused
        })
    }
}

impl Changes {
    /// The chunk as it is converted; or says why there is none.
    pub fn make<'a>(
        &self,
        input: &Input,
        mut chunk: Chunk<'a>,
        messages: &mut Messages,
    ) -> Result<Chunk<'a>, Refused> {
        if let Some(map) = self.opmap(input, chunk.version, messages)?
            && let Err(error) = map.to_own(&mut chunk)
        {
            messages.error(format_args!("{input}: {error}"));
            return Err(Refused);
        }
        if self.strip {
            chunk.strip();
        }
        match &self.function {
            None => Ok(chunk),
            Some(which) => which
                .chunk(&chunk)
                .ok_or_else(|| no_function(input, messages)),
        }
    }
}

/// Says that the function that is wanted is not there.
pub fn no_function(input: &Input, messages: &mut Messages) -> Refused {
    messages.error(format_args!(
        "{input}: there is no such function in it; -f listing shows the path of each"
    ));
    Refused
}

/// The input gives nothing, and why has been said.
pub struct Refused;

/// Hands the chunk of an input, changed as wanted, to `write`, and gives what that gives; or says why
/// there is none, or none that has a stream in this language, and gives false.
pub fn with_chunk(
    input: &Input,
    changes: &Changes,
    language: Language,
    messages: &mut Messages,
    write: impl FnOnce(&Chunk, &mut Messages) -> Result<bool>,
) -> Result<bool> {
    let Some(bytes) = bytes_of(input, messages) else {
        return Ok(false);
    };
    let undumped = match undump(&bytes) {
        Ok(undumped) => undumped,
        Err(error) => {
            messages.error(format_args!("{input}: {error}"));
            return Ok(false);
        }
    };
    if let Err(problem) = language.check(undumped.chunk.version) {
        messages.error(format_args!("{input}: {problem}"));
        return Ok(false);
    }
    warn_of_trailing(input, undumped.trailing, messages);
    if let Some(path) = undumped
        .lost_names
        .filter(|_| changes.verify && !changes.strip)
    {
        messages.error(format_args!(
            "{input}: {path}: upvalue names are left out or kept where luac would not, and no stream says so"
        ));
        return Ok(false);
    }
    let Ok(chunk) = changes.make(input, undumped.chunk, messages) else {
        return Ok(false);
    };
    write(&chunk, messages)
}

/// The bytes of an input that may be a chunk; or says why there are none.
pub fn bytes_of(input: &Input, messages: &mut Messages) -> Option<Vec<u8>> {
    match input::read(input, may_be_chunk) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            messages.error(format_args!("{input}: {error}"));
            None
        }
    }
}

pub fn warn_of_trailing(input: &Input, trailing: usize, messages: &mut Messages) {
    if trailing > 0 {
        let s = if trailing == 1 { "" } else { "s" };
        let message = format_args!("warning: {trailing} byte{s} after the main function ignored");
        messages.warning(format_args!("{input}: {message}"));
    }
}

/// Whether a file that starts with these bytes may hold a chunk. Its comment line may be longer
/// than they are, or end where they do.
fn may_be_chunk(start: &[u8]) -> bool {
    let start = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start);
    let chunk = match start {
        [b'#', ..] => start.splitn(2, |byte| *byte == b'\n').nth(1).unwrap_or(b""),
        _ => start,
    };
    chunk.starts_with(LUA_SIGNATURE) || LUA_SIGNATURE.starts_with(chunk)
}
