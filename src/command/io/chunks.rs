//! The chunks of an input: the one of a chunk file, or those that its streams turn back into.

use std::io::{self, Cursor, Read};

use anyhow::Result;
use luadec_tok::stream::{Chunks, ReadError, is_stream};
use luadec_tok::{LUA_SIGNATURE, try_dump};

use super::input::{EntryKind, Input, Kind};
use crate::command::dialect::file::DialectFile;

/// Returns the kind for which directories stand for the chunks below them.
pub fn chunks(dialect: Option<&DialectFile>) -> Kind<'_> {
    Kind {
        signature: Some(signature(dialect)),
        is_streams: false,
        entries: EntryKind::Chunk,
        extension: Some("luac"),
    }
}

/// Directories stand for the streams below them.
pub const STREAM: Kind = Kind {
    signature: None,
    is_streams: true,
    entries: EntryKind::Stream,
    extension: None,
};

/// Returns the kind for which directories stand for the chunks and the streams below them.
pub fn chunks_or_streams(dialect: Option<&DialectFile>) -> Kind<'_> {
    Kind {
        is_streams: true,
        ..chunks(dialect)
    }
}

/// Returns the first bytes of chunks.
pub fn signature(dialect: Option<&DialectFile>) -> &[u8] {
    dialect.map_or(LUA_SIGNATURE, DialectFile::signature)
}

/// The chunks of an input, one after another, as bytes.
pub enum InputChunks<'d> {
    /// The contents of a file that should be a chunk, until they are taken.
    Chunk(Option<Vec<u8>>),
    /// Streams, and the dialect that their chunks are in.
    Streams(Box<Chunks<Box<dyn Read>>>, Option<&'d DialectFile>),
}

/// How much of a file is read to see what it is.
const HEAD: u64 = 1 << 16;

impl<'d> InputChunks<'d> {
    /// Reads the contents of an input that should be a chunk. Of anything else, only the beginning is
    /// read.
    pub fn of_chunk(
        input: &Input,
        dialect: Option<&'d DialectFile>,
    ) -> io::Result<InputChunks<'d>> {
        let (mut bytes, mut rest) = read_head(input)?;
        if bytes.len() as u64 == HEAD && may_be_chunk(&bytes, signature(dialect)) {
            rest.read_to_end(&mut bytes)?;
        }
        Ok(InputChunks::Chunk(Some(bytes)))
    }

    /// Opens an input that may be a chunk or streams, which its first bytes tell.
    pub fn of_chunk_or_streams(
        input: &Input,
        dialect: Option<&'d DialectFile>,
    ) -> io::Result<InputChunks<'d>> {
        let (mut bytes, mut rest) = read_head(input)?;
        if is_stream(bytes.trim_ascii_start()) {
            let reader: Box<dyn Read> = Box::new(Cursor::new(bytes).chain(rest));
            let mut chunks = Chunks::new(reader);
            if let Some(dialect) = dialect.and_then(DialectFile::dialect) {
                chunks = chunks.in_dialect(dialect);
            }
            return Ok(InputChunks::Streams(Box::new(chunks), dialect));
        }
        if bytes.len() as u64 == HEAD && may_be_chunk(&bytes, signature(dialect)) {
            rest.read_to_end(&mut bytes)?;
        }
        Ok(InputChunks::Chunk(Some(bytes)))
    }
}

impl Iterator for InputChunks<'_> {
    type Item = Result<Vec<u8>>;

    fn next(&mut self) -> Option<Result<Vec<u8>>> {
        match self {
            InputChunks::Chunk(bytes) => bytes.take().map(Ok),
            InputChunks::Streams(chunks, dialect) => Some(match chunks.next()? {
                Ok(chunk) => match dialect {
                    Some(dialect) => dialect.write(chunk, None),
                    None => try_dump(&chunk).map_err(|error| io::Error::from(error).into()),
                },
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
pub fn may_be_chunk(start: &[u8], signature: &[u8]) -> bool {
    let start = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start);
    let chunk = match start {
        [b'#', ..] => start.splitn(2, |byte| *byte == b'\n').nth(1).unwrap_or(b""),
        _ => start,
    };
    chunk.starts_with(signature) || signature.starts_with(chunk)
}
