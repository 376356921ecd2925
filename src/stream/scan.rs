//! A position in the text of a stream, with the tokens and integers there. White space between
//! tokens is skipped.

use std::collections::TryReserveError;

use super::error::{ParseError, StreamProblem};
use super::fragments::{Fragment, full::PROTO};
use crate::bytes::digits;
use crate::chunk::TreePath;

/// The start of the token that names the version of a stream other than Lua 5.3's.
pub(crate) const LUA: &[u8] = b"<|Lua-";

/// The number of bytes needed to recognize the start of a stream.
pub(crate) const START_MAX: usize = b"<|Proto|>".len();

/// Returns whether a text begins like a stream, without white space before it.
pub fn is_stream(text: &[u8]) -> bool {
    text.starts_with(PROTO.tokens()) || text.starts_with(LUA)
}

/// Why the parser halts.
pub(crate) enum Halt {
    /// The available bytes end, and more may come.
    More,
    /// The stream is wrong.
    Wrong(Box<ParseError>),
    /// Memory runs out.
    Memory,
}

impl From<TryReserveError> for Halt {
    fn from(_: TryReserveError) -> Halt {
        Halt::Memory
    }
}

pub(crate) type Scanned<T> = Result<T, Halt>;

/// The length of the longest token or number.
pub(crate) const LONGEST_TOKEN: usize = 64;

/// A position in the stream.
#[derive(Clone, Copy)]
pub(crate) struct Position {
    /// The offset in the available bytes.
    pub offset: usize,
    /// The line, counted from 0.
    pub line: usize,
    /// The offset of the line's start in the available bytes; negative if it came earlier.
    pub line_start: isize,
}

/// A place for an error: line and byte, counted from 1.
#[derive(Clone, Copy)]
pub(crate) struct Spot {
    line: usize,
    byte: usize,
}

impl Spot {
    /// Returns a halt with an error at this place.
    #[cold]
    pub fn problem(self, problem: StreamProblem) -> Halt {
        Halt::Wrong(Box::new(self.error(problem)))
    }

    /// Returns an error at this place. The parser adds the path.
    #[cold]
    pub fn error(self, problem: StreamProblem) -> ParseError {
        let Spot { line, byte } = self;
        let path = TreePath::default();
        ParseError {
            line,
            byte,
            path,
            problem,
        }
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Scan<'s> {
    bytes: &'s [u8],
    position: Position,
    /// The start of the last white space.
    space: Position,
    /// True if these bytes are the last.
    last: bool,
}

impl<'s> Scan<'s> {
    pub fn new(bytes: &'s [u8], line: usize, column: usize, last: bool) -> Self {
        let position = Position {
            offset: 0,
            line,
            line_start: -(column as isize),
        };
        Scan {
            bytes,
            position,
            space: position,
            last,
        }
    }

    pub fn position(&self) -> Position {
        self.position
    }

    /// Returns whether more bytes may come after these.
    pub fn may_grow(&self) -> bool {
        !self.last
    }

    /// Returns the bytes from the position on.
    #[inline(always)]
    pub fn rest(&self) -> &'s [u8] {
        &self.bytes[self.position.offset..]
    }

    /// Skips bytes without a line end.
    #[inline(always)]
    pub fn advance(&mut self, count: usize) {
        self.position.offset += count;
    }

    #[inline]
    pub fn skip_space(&mut self) {
        if self.rest().first().is_some_and(u8::is_ascii_whitespace) {
            self.space = self.position;
            self.skip_all_space();
        }
    }

    /// Passes over white space, and over comments after it: from `;` to the end of the line.
    fn skip_all_space(&mut self) {
        while let Some(byte) = self.rest().first() {
            match byte {
                b';' => {
                    let end = memchr::memchr(b'\n', self.rest());
                    self.advance(end.unwrap_or(self.rest().len()));
                }
                b'\n' => {
                    self.advance(1);
                    self.position.line += 1;
                    self.position.line_start = self.position.offset as isize;
                }
                _ if byte.is_ascii_whitespace() => self.advance(1),
                _ => break,
            }
        }
    }

    /// Takes a run of tokens.
    #[inline(always)]
    pub fn fragment<const N: usize>(&mut self, fragment: &Fragment<N>) -> Scanned<()> {
        let tokens = fragment.tokens();
        if self.rest().starts_with(tokens) {
            self.advance(tokens.len());
            return Ok(());
        }
        self.tokens(tokens)
    }

    /// Takes a run of tokens one by one.
    #[cold]
    fn tokens(&mut self, run: &[u8]) -> Scanned<()> {
        split(run).try_for_each(|token| self.token(token))
    }

    fn token(&mut self, token: &[u8]) -> Scanned<()> {
        self.skip_space();
        if self.rest().starts_with(token) {
            self.advance(token.len());
            return Ok(());
        }
        Err(self.expected(&show(token)))
    }

    /// Takes a token of a table whose values count from 0, and returns its value.
    #[inline]
    pub fn value<const N: usize>(&mut self, table: &[Fragment<N>]) -> Scanned<usize> {
        match self.any_value(table) {
            Some(value) => Ok(value),
            None => Err(self.expected(&one_of(table))),
        }
    }

    /// Takes such a token if there is one, and returns its value.
    #[inline]
    pub fn any_value<const N: usize>(&mut self, table: &[Fragment<N>]) -> Option<usize> {
        self.skip_space();
        let first = table[0].tokens();
        let name = &first[..first.len() - b"0|>".len()];
        let value = leading_number(self.rest().strip_prefix(name)?);
        let token = table.get(value)?.tokens();
        if !self.rest().starts_with(token) {
            return None;
        }
        self.advance(token.len());
        Some(value)
    }

    /// Takes a token if it is here.
    #[inline(always)]
    pub fn accept<const N: usize>(&mut self, token: &Fragment<N>) -> bool {
        let here = self.is_at(token);
        self.advance(if here { token.len() } else { 0 });
        here
    }

    /// Takes a token if it is here; returns false only if it certainly is not.
    #[inline]
    pub fn optional<const N: usize>(&mut self, token: &Fragment<N>) -> Scanned<bool> {
        let here = self.accept(token);
        if !here && self.may_grow() && token.tokens().starts_with(self.rest()) {
            return Err(Halt::More);
        }
        Ok(here)
    }

    /// Waits for the whole token that begins here, if one does.
    pub fn whole_token(&mut self) -> Scanned<()> {
        self.skip_space();
        let whole = self
            .rest()
            .iter()
            .take(LONGEST_TOKEN)
            .any(|byte| *byte == b'>');
        match whole || !self.may_grow() || self.rest().len() >= LONGEST_TOKEN {
            true => Ok(()),
            false => Err(Halt::More),
        }
    }

    /// Returns whether a token is here.
    #[inline(always)]
    pub fn is_at<const N: usize>(&mut self, token: &Fragment<N>) -> bool {
        self.skip_space();
        self.rest().starts_with(token.tokens())
    }

    /// Returns the first byte here; 0 at the end of the stream.
    #[inline(always)]
    pub fn peek(&mut self) -> Scanned<u8> {
        self.skip_space();
        match self.rest().first() {
            Some(byte) => Ok(*byte),
            None if self.may_grow() => Err(Halt::More),
            None => Ok(0),
        }
    }

    /// Takes a number that must be this one.
    pub fn exactly(&mut self, number: usize) -> Scanned<()> {
        self.skip_space();
        let before = *self;
        match self.integer(0, i32::MAX)? as usize == number {
            true => Ok(()),
            false => Err(before.refused(&number.to_string())),
        }
    }

    /// Takes an `int` from `least` to `most`, in decimal as the emitter writes it.
    #[inline]
    pub fn integer(&mut self, least: i32, most: i32) -> Scanned<i32> {
        let value = self.long(least.into(), most.into())?;
        Ok(value as i32)
    }

    /// Takes an integer of at most ten digits, as [`integer`](Self::integer) does.
    #[inline]
    pub fn long(&mut self, least: i64, most: i64) -> Scanned<i64> {
        self.skip_space();
        let rest = self.rest();
        let negative = rest.first() == Some(&b'-');
        let digits = &rest[usize::from(negative)..];
        let (mut count, mut magnitude) = (0, 0);
        while let Some(digit) = digits.get(count)
            && digit.is_ascii_digit()
            && count < 11
        {
            magnitude = magnitude * 10 + i64::from(digit - b'0');
            count += 1;
        }
        let value = if negative { -magnitude } else { magnitude };
        let canonical = count > 0 && (digits[0] != b'0' || count == 1 && !negative);
        let ended = count < digits.len() || self.last;
        if canonical && ended && (least..=most).contains(&value) {
            self.advance(usize::from(negative) + count);
            return Ok(value);
        }
        if !ended {
            return Err(Halt::More);
        }
        Err(self.expected(&format!("an integer from {least} to {most}")))
    }

    /// Takes `number` if exactly that is here.
    #[inline(always)]
    pub fn accept_number(&mut self, number: u32) -> bool {
        let (digits, len) = digits(number);
        let same = self
            .rest()
            .split_first_chunk::<9>()
            .is_some_and(|(text, _)| text[..len] == digits[..len] && !text[len].is_ascii_digit());
        self.advance(if same { len } else { 0 });
        same
    }

    /// Refuses what is here, unless it is an incomplete part of what is expected and more may come.
    #[cold]
    pub fn expected(&self, expected: &str) -> Halt {
        // No token or number is longer, or continues after a line end.
        let rest = self.rest();
        if !self.last && rest.len() < LONGEST_TOKEN && !rest.contains(&b'\n') {
            return Halt::More;
        }
        self.refused(expected)
    }

    /// Refuses what is here, which is complete.
    #[cold]
    pub fn refused(&self, expected: &str) -> Halt {
        // A stream that is cut off ends in its own line, not where the next one begins.
        let next_stream = self.position.offset as isize == self.position.line_start
            && self.space.line < self.position.line
            && is_stream(self.rest());
        let at = Scan {
            position: if next_stream {
                self.space
            } else {
                self.position
            },
            ..*self
        };
        at.problem(StreamProblem::Expected {
            expected: expected.to_owned(),
            found: at.found(),
        })
    }

    /// Returns a halt with an error at this place.
    #[cold]
    pub fn problem(&self, problem: StreamProblem) -> Halt {
        self.spot().problem(problem)
    }

    /// Returns this place, for an error that becomes known later.
    pub fn spot(&self) -> Spot {
        Spot {
            line: self.position.line + 1,
            byte: (self.position.offset as isize - self.position.line_start) as usize + 1,
        }
    }

    /// Returns what is here, for an error: a token, or the text before the next one.
    pub fn found(&self) -> String {
        const MOST: usize = 60;
        let rest = self.rest();
        let line = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let end = match rest {
            [] => return "the end of the stream".to_owned(),
            [b'\n', ..] => return "the end of the line".to_owned(),
            [b'<', b'|', ..] => memchr::memmem::find(rest, b"|>").map(|end| end + 2),
            // Possibly only the first half of a token has come.
            [.., b'<'] if self.may_grow() => {
                memchr::memmem::find(rest, b"<|").or(Some(rest.len() - 1))
            }
            _ => memchr::memmem::find(rest, b"<|"),
        };
        let end = end.map_or(line, |end| end.min(line));
        let mut found = show(&rest[..end.min(MOST)]);
        if end > MOST {
            found.push('…');
        }
        found
    }
}

/// Returns bytes as printable text.
pub(crate) fn show(bytes: &[u8]) -> String {
    bytes
        .escape_ascii()
        .to_string()
        .replace("\\\"", "\"")
        .replace("\\'", "'")
        .replace("\\\\", "\\")
}

/// Returns the range of a table's tokens, for an error.
pub(crate) fn one_of<const N: usize>(table: &[Fragment<N>]) -> String {
    let [first, .., last] = table else {
        return String::new();
    };
    format!("{} to {}", show(first.tokens()), show(last.tokens()))
}

/// Splits a run into its tokens.
pub(crate) fn split(run: &[u8]) -> impl Iterator<Item = &[u8]> {
    run.split_inclusive(|byte| *byte == b'>')
}

/// Returns the number at the start of the bytes, if it has at most three digits; otherwise 0.
#[inline(always)]
pub(crate) fn leading_number(bytes: &[u8]) -> usize {
    let digits = bytes
        .iter()
        .take(3)
        .take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |n, digit| n * 10 + usize::from(digit - b'0'))
}
