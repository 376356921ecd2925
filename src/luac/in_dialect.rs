//! Chunks of dialects: reading and writing them, and finding out which dialect a chunk has.

use std::borrow::Cow;
use std::collections::TryReserveError;

use crate::chunk::Chunk;
use crate::dialect::{BUILTIN, Dialect, HeaderField};
use crate::version::Version;

use super::dialect::{AnyFormat, DialectFormat};
use super::dump::dump_as;
use super::error::Result;
use super::fit::{DumpError, check};
use super::header::{Header, skip_comment, skip_comment_before, version_in, version_of};
use super::observer::Observer;
use super::read::{Observed, Undumped, observe_as, undump_as};

/// Reads a chunk as a dialect stores it. Its code keeps the dialect's opcode numbers:
/// [`DialectOpcodes::to_own`](crate::dialect::DialectOpcodes::to_own) converts them.
///
/// # Errors
/// As for [`undump`](super::undump).
pub fn undump_in<'a>(bytes: &'a [u8], dialect: &Dialect) -> Result<Undumped<'a>> {
    let (bytes, format) = ChunkFormat::of_dialect(bytes, Cow::Borrowed(dialect))?;
    format.undump(bytes)
}

impl Header {
    /// Returns the header that a dialect's chunks of a version are written with: its first format byte,
    /// and its first sizes.
    pub fn of_dialect(dialect: &Dialect, version: Version) -> Header {
        Header {
            format: dialect.formats.first().copied().unwrap_or_default(),
            layout: dialect.layout(version),
        }
    }
}

/// Writes a chunk as a dialect stores it, with this header. Its code has the dialect's opcode numbers.
///
/// # Errors
/// The first value that does not fit, or memory runs out.
pub fn dump_in(chunk: &Chunk, dialect: &Dialect, header: &Header) -> Result<Vec<u8>, DumpError> {
    check(chunk, header.layout)?;
    let format = DialectFormat::new(Cow::Borrowed(dialect), chunk.version);
    let (version, dialect) = (chunk.version, Some(&format));
    Ok(dump_as(AnyFormat { version, dialect }, chunk, header)?)
}

/// The format of a chunk: that of its version, or a dialect's.
pub(crate) struct ChunkFormat<'d> {
    pub version: Version,
    dialect: Option<DialectFormat<'d>>,
}

impl<'d> ChunkFormat<'d> {
    /// Returns the bytes of a chunk of plain Lua without what comes before it, and its format.
    pub fn plain(bytes: &[u8]) -> Result<(&[u8], ChunkFormat<'static>)> {
        let bytes = skip_comment(bytes);
        let version = version_of(bytes)?;
        let dialect = None;
        Ok((bytes, ChunkFormat { version, dialect }))
    }

    /// Returns the bytes of a dialect's chunk without what comes before it, and its format.
    pub fn of_dialect<'a>(
        bytes: &'a [u8],
        dialect: Cow<'d, Dialect>,
    ) -> Result<(&'a [u8], ChunkFormat<'d>)> {
        let bytes = match &dialect.signature {
            Some(signature) => skip_comment_before(bytes, signature),
            None => skip_comment(bytes),
        };
        let version = version_in(bytes, &dialect)?;
        let lacking = dialect.sizes.iter();
        let lacking = lacking.filter(|sizes| dialect.lacks.contains(&HeaderField::Size(sizes.of)));
        let attempts: usize = lacking.map(|sizes| sizes.sizes.len()).product();
        let mut format = ChunkFormat {
            version,
            dialect: Some(DialectFormat::new(dialect, version)),
        };
        // Of the sizes that the header does not say, the first that fit are right.
        if attempts > 1 {
            let fits = |attempt: &usize| {
                format.set_attempt(*attempt);
                format
                    .undump(bytes)
                    .is_ok_and(|undumped| undumped.trailing == 0)
            };
            let attempt = (0..attempts).find(fits).unwrap_or(0);
            format.set_attempt(attempt);
        }
        Ok((bytes, format))
    }

    fn set_attempt(&mut self, attempt: usize) {
        if let Some(dialect) = &mut self.dialect {
            dialect.attempt = attempt;
        }
    }

    /// Returns the dialect.
    pub fn dialect(&self) -> Option<&Dialect> {
        self.dialect.as_ref().map(|format| &*format.dialect)
    }

    fn any(&self) -> AnyFormat<'_> {
        let (version, dialect) = (self.version, self.dialect.as_ref());
        AnyFormat { version, dialect }
    }

    /// Reads a chunk.
    pub fn undump<'a>(&self, bytes: &'a [u8]) -> Result<Undumped<'a>> {
        undump_as(self.any(), bytes)
    }

    /// Reads as much of a chunk as possible, and notifies `observer`.
    pub fn observe<'a>(&self, bytes: &'a [u8], observer: &mut dyn Observer<'a>) -> Observed<'a> {
        observe_as(self.any(), bytes, observer)
    }

    /// Writes a chunk in this format.
    pub fn dump(&self, chunk: &Chunk, header: &Header) -> Result<Vec<u8>, TryReserveError> {
        dump_as(self.any(), chunk, header)
    }
}

/// What [`detect`] found out about a chunk that is none of plain Lua's.
#[derive(Debug)]
pub enum Detected {
    /// The only built-in dialect that reads the chunk to its last byte, and its name.
    One(&'static str, Box<Dialect>),
    /// The names of the built-in dialects that read further than plain Lua, if any, furthest.
    Furthest(Vec<&'static str>),
}

/// Finds out which built-in dialect a chunk has that cannot be read as its own version, or leaves bytes
/// over when it is. `reached` is how far it could be read: the offset of the error, or of the bytes that
/// are left over.
pub fn detect(bytes: &[u8], reached: usize) -> Detected {
    let mut whole = Vec::new();
    let (mut furthest, mut names) = (reached, Vec::new());
    for (name, _) in BUILTIN {
        let Some(dialect) = Dialect::builtin(name).filter(|dialect| !dialect.is_plain_format())
        else {
            continue;
        };
        let end = match ChunkFormat::of_dialect(bytes, Cow::Borrowed(&dialect)) {
            Err(_) => continue,
            Ok((bytes, format)) => reached_by(&format, bytes),
        };
        match end {
            Reached::Whole => whole.push((name, dialect)),
            Reached::Part(end) if end > furthest => (furthest, names) = (end, vec![name]),
            Reached::Part(end) if end == furthest && end > reached => names.push(name),
            Reached::Part(_) => {}
        }
    }
    match whole.len() {
        0 => Detected::Furthest(names),
        1 => {
            let (name, dialect) = whole.remove(0);
            Detected::One(name, Box::new(dialect))
        }
        _ => Detected::Furthest(whole.into_iter().map(|(name, _)| name).collect()),
    }
}

/// How far a chunk can be read.
enum Reached {
    /// To its last byte.
    Whole,
    /// To this offset.
    Part(usize),
}

fn reached_by(format: &ChunkFormat, bytes: &[u8]) -> Reached {
    match format.undump(bytes) {
        Ok(undumped) if undumped.trailing == 0 => Reached::Whole,
        Ok(undumped) => Reached::Part(bytes.len() - undumped.trailing),
        Err(error) => Reached::Part(error.offset),
    }
}
