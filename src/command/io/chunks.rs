//! The chunks of an input: the one of a chunk file, or those that its streams turn back into.

use std::io::{self, Cursor, Read};

use anyhow::Result;
use luadec_tok::stream::{Chunks, ReadError, is_stream};
use luadec_tok::{LUA_SIGNATURE, try_dump};

use super::input::{EntryKind, Input, Kind};

/// Directories stand for the chunks below them.
pub const CHUNK: Kind = Kind {
    starts: is_chunk,
    entries: EntryKind::Chunk,
    extension: Some("luac"),
};

/// Directories stand for the streams below them.
pub const STREAM: Kind = Kind {
    starts: is_stream,
    entries: EntryKind::Stream,
    extension: None,
};

/// Directories stand for the chunks and the streams below them.
pub const CHUNK_OR_STREAM: Kind = Kind {
    starts: |start| is_chunk(start) || is_stream(start),
    entries: EntryKind::Chunk,
    extension: Some("luac"),
};

fn is_chunk(start: &[u8]) -> bool {
    start.starts_with(LUA_SIGNATURE)
}

/// The chunks of an input, one after another, as bytes.
pub enum InputChunks {
    /// The contents of a file that should be a chunk, until they are taken.
    Chunk(Option<Vec<u8>>),
    Streams(Box<Chunks<Box<dyn Read>>>),
}

/// How much of a file is read to see what it is.
const HEAD: u64 = 1 << 16;

impl InputChunks {
    /// Reads the contents of an input that should be a chunk. Of anything else, only the beginning is
    /// read.
    pub fn of_chunk(input: &Input) -> io::Result<InputChunks> {
        let (mut bytes, mut rest) = read_head(input)?;
        if bytes.len() as u64 == HEAD && may_be_chunk(&bytes) {
            rest.read_to_end(&mut bytes)?;
        }
        Ok(InputChunks::Chunk(Some(bytes)))
    }

    /// Opens an input that may be a chunk or streams, which its first bytes tell.
    pub fn of_chunk_or_streams(input: &Input) -> io::Result<InputChunks> {
        let (mut bytes, mut rest) = read_head(input)?;
        if is_stream(bytes.trim_ascii_start()) {
            let reader = Cursor::new(bytes).chain(rest);
            return Ok(InputChunks::Streams(Box::new(Chunks::new(Box::new(
                reader,
            )))));
        }
        if bytes.len() as u64 == HEAD && may_be_chunk(&bytes) {
            rest.read_to_end(&mut bytes)?;
        }
        Ok(InputChunks::Chunk(Some(bytes)))
    }
}

impl Iterator for InputChunks {
    type Item = Result<Vec<u8>>;

    fn next(&mut self) -> Option<Result<Vec<u8>>> {
        match self {
            InputChunks::Chunk(bytes) => bytes.take().map(Ok),
            InputChunks::Streams(chunks) => Some(match chunks.next()? {
                Ok(chunk) => try_dump(&chunk).map_err(|error| io::Error::from(error).into()),
                Err(ReadError::Io(error)) => Err(error.into()),
                Err(ReadError::Parse(error)) => Err(error.into()),
            }),
        }
    }
}

/// Returns the beginning of an input, with space for all of it, and a reader of the rest.
fn read_head(input: &Input) -> io::Result<(Vec<u8>, Box<dyn Read>)> {
    let (mut reader, length) = input.open()?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length.try_into().unwrap_or(usize::MAX))?;
    reader.by_ref().take(HEAD).read_to_end(&mut bytes)?;
    Ok((bytes, reader))
}

/// Whether a file that starts with these bytes may be a chunk. Its comment line may be longer than
/// they are, or end where they do.
fn may_be_chunk(start: &[u8]) -> bool {
    let start = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start);
    let chunk = match start {
        [b'#', ..] => start.splitn(2, |byte| *byte == b'\n').nth(1).unwrap_or(b""),
        _ => start,
    };
    chunk.starts_with(LUA_SIGNATURE) || LUA_SIGNATURE.starts_with(chunk)
}
