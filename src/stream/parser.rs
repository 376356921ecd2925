//! The parser of both streams.
//!
//! It is fed with bytes: it takes what is complete and waits for more, so a stream never has to be in
//! memory as a whole.

use std::sync::Arc;

use super::error::{ParseError, StreamProblem};
use super::fragments::{full as full_tokens, is_of_outlines, terse as terse_tokens};
use super::scan::{Halt, LONGEST_TOKEN, LUA, Position, Scan, Scanned, show};
use super::terse::Outline;
use super::{full, terse};
use crate::chunk::{Chunk, Extension, TreePath};
use crate::dialect::Dialect;
use crate::foreign::{FileKind, MAGIC_MAX};
use crate::version::Version;

/// Parses the bytes of streams, as they come, into chunks. The second token tells a full stream
/// from a terse one. A [parser of outlines](Self::of_outline) parses them into outlines instead.
#[derive(Default)]
pub struct Parser {
    stream: Option<Stream>,
    /// What a dialect adds to versions.
    extensions: Vec<(Version, Arc<Extension>)>,
    done: Option<Chunk<'static>>,
    /// True if this parses outlines.
    is_outline: bool,
    outline: Option<Outline<'static>>,
    /// The line, counted from 0, and the number of its bytes that have been taken.
    line: usize,
    column: usize,
}

/// The stream being read.
enum Stream {
    Full(Box<full::FullParser>),
    Terse(Box<dyn terse::Parse>),
}

impl Parser {
    /// Takes the complete part of `bytes`, up to the end of a chunk, and leaves the rest. Pass the
    /// rest again, with more after it, unless these bytes are the `last`.
    ///
    /// # Errors
    /// The first place where the stream differs from what an emitter writes, except for white space
    /// between tokens. The parser cannot continue after it.
    pub fn feed(&mut self, bytes: &mut &[u8], last: bool) -> Result<(), Box<ParseError>> {
        let mut scan = Scan::new(bytes, self.line, self.column, last);
        let mut taken = scan.position();
        let halted = self.run(&mut scan, &mut taken);
        self.line = taken.line;
        self.column = (taken.offset as isize - taken.line_start) as usize;
        *bytes = &bytes[taken.offset..];
        match halted {
            Ok(()) | Err(Halt::More) => Ok(()),
            Err(Halt::Memory) => Err(Box::new(ParseError {
                line: taken.line + 1,
                byte: self.column + 1,
                path: self.path(),
                problem: StreamProblem::Memory,
            })),
            Err(Halt::Wrong(mut error)) => {
                error.path = self.path();
                if !self.is_outline
                    && let StreamProblem::Expected { found, .. } = &mut error.problem
                    && is_of_outlines(found)
                {
                    error.problem = StreamProblem::Outline(std::mem::take(found));
                }
                Err(error)
            }
        }
    }

    /// Parses a text that holds one stream.
    pub(crate) fn parse(text: &str) -> Result<Chunk<'static>, Box<ParseError>> {
        let end = "the end of the text, which holds one stream";
        parse(Parser::default(), text, Parser::take, end)
    }

    /// Makes a parser of outlines instead of streams.
    pub fn of_outline() -> Parser {
        Parser {
            is_outline: true,
            ..Parser::default()
        }
    }

    /// Returns the outline, once it is complete.
    pub fn take_outline(&mut self) -> Option<Outline<'static>> {
        self.outline.take()
    }

    /// Returns the same parser for streams of a dialect's chunks. Streams of other versions than the
    /// dialect's are plain Lua's.
    #[must_use]
    pub fn in_dialect(mut self, dialect: &Dialect) -> Parser {
        for version in &dialect.base {
            let extension = dialect.opcodes_of(*version).extension;
            self.extend(*version, Some(Arc::new(extension)));
        }
        self
    }

    /// Notes what a dialect adds to a version.
    pub(crate) fn extend(&mut self, version: Version, extension: Option<Arc<Extension>>) {
        self.extensions.retain(|(other, _)| *other != version);
        let extension = extension.filter(|extension| !extension.is_empty());
        self.extensions
            .extend(extension.map(|extension| (version, extension)));
    }

    /// Returns the chunk, once it is complete.
    pub fn take(&mut self) -> Option<Chunk<'static>> {
        self.done.take()
    }

    /// Makes a parser of what begins in this line, counted from 0.
    pub(crate) fn at_line(&self, line: usize) -> Self {
        Parser {
            line,
            extensions: self.extensions.clone(),
            ..Parser::default()
        }
    }

    /// Returns the line, counted from 0, in which the bytes taken so far end.
    pub(crate) fn line(&self) -> usize {
        self.line
    }

    fn run(&mut self, scan: &mut Scan, taken: &mut Position) -> Scanned<()> {
        while self.done.is_none() && self.outline.is_none() {
            let chunk = match &mut self.stream {
                None => {
                    scan.skip_space();
                    *taken = scan.position();
                    if scan.rest().is_empty() {
                        return Ok(());
                    }
                    self.stream = Some(begin(scan, self.is_outline, &self.extensions)?);
                    *taken = scan.position();
                    continue;
                }
                Some(Stream::Full(parser)) => parser.run(scan, taken)?,
                Some(Stream::Terse(parser)) => {
                    let parsed = parser.run(scan, taken)?;
                    if self.is_outline {
                        self.outline = Some(parser.outline(parsed));
                        self.stream = None;
                        continue;
                    }
                    parsed
                }
            };
            self.done = Some(chunk);
            self.stream = None;
        }
        Ok(())
    }

    fn path(&self) -> TreePath {
        match &self.stream {
            None => TreePath::default(),
            Some(Stream::Full(parser)) => parser.path(),
            Some(Stream::Terse(parser)) => parser.path(),
        }
    }
}

impl Outline<'_> {
    /// Parses a text that holds one outline.
    ///
    /// # Errors
    /// The first place where the text differs from what [`to_terse`](Self::to_terse) returns, except
    /// for white space between tokens. `main` in the path is the function of the outline.
    pub fn parse(text: &str) -> Result<Outline<'static>, Box<ParseError>> {
        let outline = "the end of the text, which holds one outline";
        parse(Parser::of_outline(), text, Parser::take_outline, outline)
    }
}

/// Parses a text that holds what `parser` parses and `take` returns.
fn parse<T>(
    mut parser: Parser,
    text: &str,
    take: impl FnOnce(&mut Parser) -> Option<T>,
    end: &str,
) -> Result<T, Box<ParseError>> {
    let mut rest = text.as_bytes();
    parser.feed(&mut rest, true)?;
    let mut scan = Scan::new(rest, parser.line, parser.column, true);
    scan.skip_space();
    let expected = match take(&mut parser) {
        Some(parsed) if scan.rest().is_empty() => return Ok(parsed),
        Some(_) => end,
        None => "<|Proto|>",
    };
    Err(Box::new(scan.spot().error(StreamProblem::Expected {
        expected: expected.to_owned(),
        found: scan.found(),
    })))
}

/// Returns the tokens that name the version of a stream.
fn starts() -> Vec<String> {
    let starts = Version::ALL.into_iter().filter_map(terse::start);
    starts.map(|start| show(start.tokens())).collect()
}

/// Recognizes a file of another kind by its first bytes, and text by its first line.
fn foreign(scan: &Scan) -> Scanned<Option<FileKind>> {
    let start = scan.rest();
    if start.starts_with(b"<|") {
        return Ok(None);
    }
    if start.len() < MAGIC_MAX && scan.may_grow() {
        return Err(Halt::More);
    }
    if let Some(kind) = FileKind::not_stream(start) {
        return Ok(Some(kind));
    }
    // Streams after the first are found by how they begin. A listing begins with an empty line.
    if scan.position().line > 1 {
        return Ok(None);
    }
    let line = &start[..start.len().min(LONGEST_TOKEN)];
    let end = memchr::memchr(b'\n', line);
    if end.is_none() && line.len() < LONGEST_TOKEN && scan.may_grow() {
        return Err(Halt::More);
    }
    Ok(FileKind::not_chunk(&line[..end.unwrap_or(line.len())]))
}

/// Finds out which stream begins here. Takes the token that names a version; without one, looks at
/// the second token and takes nothing. Outlines are always terse.
fn begin(
    scan: &mut Scan,
    is_outline: bool,
    extensions: &[(Version, Arc<Extension>)],
) -> Scanned<Stream> {
    let extension = |version| {
        let mut extensions = extensions.iter();
        let found = extensions.find(|(other, _)| *other == version);
        found.map(|(_, extension)| Arc::clone(extension))
    };
    if let Some(kind) = foreign(scan)? {
        return Err(scan.problem(StreamProblem::Foreign(kind)));
    }
    for version in Version::ALL {
        if let Some(start) = terse::start(version)
            && scan.optional(&start)?
        {
            let parser = terse::parser(version, is_outline, extension(version));
            return Ok(Stream::Terse(parser));
        }
    }
    if scan.rest().starts_with(LUA) {
        return Err(scan.expected(&format!("<|Proto|>, {}", starts().join(" or "))));
    }
    if is_outline {
        let parser = terse::parser(Version::Lua53, true, extension(Version::Lua53));
        return Ok(Stream::Terse(parser));
    }
    let mut ahead = *scan;
    ahead.fragment(&full_tokens::PROTO)?;
    ahead.skip_space();
    let second = ahead.rest();
    if second.starts_with(b"<|Proto-nupvalues=") || second.starts_with(b"<|Proto-numparams=") {
        let parser = full::FullParser::new(extension(Version::Lua53));
        return Ok(Stream::Full(Box::new(parser)));
    }
    let number = second.strip_prefix(b"<|N").and_then(<[u8]>::first);
    if number.is_some_and(u8::is_ascii_digit)
        || ahead.is_at(&terse_tokens::SOURCE)
        || ahead.is_at(&terse_tokens::NUPVALUES)
    {
        let parser = terse::parser(Version::Lua53, false, extension(Version::Lua53));
        return Ok(Stream::Terse(parser));
    }
    Err(ahead.expected(
        "<|Proto-nupvalues=0|> to <|Proto-nupvalues=255|> of a full stream, \
         or <|Proto-source|> or <|N0|> to <|N255|> of a terse one",
    ))
}
