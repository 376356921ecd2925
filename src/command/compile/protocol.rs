//! What the process that compiles is asked, and what it answers.

use std::io::{self, Read, Write};

/// What compiling a source may take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Memory, in bytes.
    pub memory: usize,
    /// Processor time, in seconds.
    pub seconds: u64,
}

/// Why a source has no chunk.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum CompileError {
    /// Lua refuses it; the message is Lua's own.
    #[error("{0}")]
    Syntax(String),
    /// It takes more memory than this, in bytes.
    #[error("to compile it takes more than {} MiB of memory", .0 >> 20)]
    Memory(usize),
    /// It takes more processor time than this, in seconds.
    #[error("to compile it takes more than {0} s of processor time")]
    Time(u64),
    /// It takes longer than this, in seconds.
    #[error("to compile it takes more than {0} s")]
    LongTime(u64),
    /// The compiler writes more than this, in bytes.
    #[error("what the compiler makes of it takes more than {} MiB", .0 >> 20)]
    LongChunk(usize),
    /// The process that compiled it died.
    #[error("the process that compiled it died: {0}")]
    Died(String),
    /// There is no process to compile it.
    #[error("no process to compile it can be started: {0}")]
    NoProcess(String),
}

/// A source to compile.
#[derive(Debug, PartialEq)]
pub struct Request {
    pub source: Vec<u8>,
    pub name: String,
    pub limits: Limits,
}

pub fn write_request(
    out: &mut impl Write,
    source: &[u8],
    name: &str,
    limits: Limits,
) -> io::Result<()> {
    write_number(out, limits.memory as u64)?;
    write_number(out, limits.seconds)?;
    write_bytes(out, name.as_bytes())?;
    write_bytes(out, source)?;
    out.flush()
}

/// The next request, or `None` if there are no more.
pub fn read_request(from: &mut impl Read) -> io::Result<Option<Request>> {
    let memory = match read_number(from) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        memory => memory? as usize,
    };
    let seconds = read_number(from)?;
    let name = read_text(from)?;
    Ok(Some(Request {
        source: read_bytes(from)?,
        name,
        limits: Limits { memory, seconds },
    }))
}

pub type Answer = Result<Vec<u8>, CompileError>;

const CHUNK: u64 = 0;
const SYNTAX: u64 = 1;
const MEMORY: u64 = 2;

pub fn write_answer(out: &mut impl Write, answer: &Answer) -> io::Result<()> {
    match answer {
        Ok(chunk) => {
            write_number(out, CHUNK)?;
            write_bytes(out, chunk)?;
        }
        Err(CompileError::Memory(most)) => {
            write_number(out, MEMORY)?;
            write_number(out, *most as u64)?;
        }
        Err(error) => {
            write_number(out, SYNTAX)?;
            write_bytes(out, error.to_string().as_bytes())?;
        }
    }
    out.flush()
}

pub fn read_answer(from: &mut impl Read) -> io::Result<Answer> {
    Ok(match read_number(from)? {
        CHUNK => Ok(read_bytes(from)?),
        SYNTAX => Err(CompileError::Syntax(read_text(from)?)),
        MEMORY => Err(CompileError::Memory(read_number(from)? as usize)),
        _ => return Err(io::ErrorKind::InvalidData.into()),
    })
}

fn write_number(out: &mut impl Write, number: u64) -> io::Result<()> {
    out.write_all(&number.to_le_bytes())
}

fn read_number(from: &mut impl Read) -> io::Result<u64> {
    let mut number = [0; 8];
    from.read_exact(&mut number)?;
    Ok(u64::from_le_bytes(number))
}

fn write_bytes(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    write_number(out, bytes.len() as u64)?;
    out.write_all(bytes)
}

fn read_bytes(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let length = read_number(from)?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(usize::try_from(length).unwrap_or(usize::MAX))?;
    from.take(length).read_to_end(&mut bytes)?;
    match bytes.len() as u64 == length {
        true => Ok(bytes),
        false => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

fn read_text(from: &mut impl Read) -> io::Result<String> {
    let text = String::from_utf8(read_bytes(from)?);
    text.map_err(|_| io::ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let limits = Limits {
            memory: 5,
            seconds: 7,
        };
        let mut bytes = Vec::new();
        write_request(&mut bytes, b"return 1", "é.lua", limits).unwrap();
        let request = Request {
            source: b"return 1".to_vec(),
            name: "é.lua".to_owned(),
            limits,
        };
        let mut from = bytes.as_slice();
        assert_eq!(read_request(&mut from).unwrap(), Some(request));
        assert_eq!(read_request(&mut from).unwrap(), None);
        assert!(read_request(&mut &bytes[..30]).is_err());
        for answer in [
            Ok(b"\x1bLua".to_vec()),
            Err(CompileError::Syntax("x:1: no".to_owned())),
            Err(CompileError::Memory(1 << 30)),
        ] {
            let mut bytes = Vec::new();
            write_answer(&mut bytes, &answer).unwrap();
            assert_eq!(read_answer(&mut bytes.as_slice()).unwrap(), answer);
            assert!(read_answer(&mut &bytes[..bytes.len() - 1]).is_err());
        }
    }
}
