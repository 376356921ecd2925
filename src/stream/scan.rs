//! A position in the text of a stream: tokens, numbers and texts. White space between tokens is
//! passed over.

use super::error::{ParseError, StreamProblem};
use super::fragments::{self, Fragment};
use super::number::{Float, digits};
use super::text::unescape;
use crate::bytes::TreePath;
use crate::chunk::{Constant, LuaString};

/// Why the parser stops.
pub(crate) enum Stop {
    /// The bytes at hand end, and more may come.
    More,
    /// The stream is wrong.
    Error(Box<ParseError>),
}

pub(crate) type Result<T> = std::result::Result<T, Stop>;

/// A place in the stream.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    /// The offset in the bytes at hand.
    pub offset: usize,
    /// The line, counted from 0.
    pub line: usize,
    /// The offset of the line's start in the bytes at hand, below 0 for one that came earlier.
    pub line_start: isize,
}

#[derive(Clone, Copy)]
pub(crate) struct Scan<'s> {
    bytes: &'s [u8],
    place: Place,
    /// Where the last white space begins.
    space: Place,
    /// Whether no bytes come after these.
    last: bool,
}

impl<'s> Scan<'s> {
    pub fn new(bytes: &'s [u8], line: usize, column: usize, last: bool) -> Self {
        let place = Place {
            offset: 0,
            line,
            line_start: -(column as isize),
        };
        Scan {
            bytes,
            place,
            space: place,
            last,
        }
    }

    pub fn place(&self) -> Place {
        self.place
    }

    /// Whether more bytes may come after these.
    pub fn may_grow(&self) -> bool {
        !self.last
    }

    /// The bytes from here on.
    #[inline(always)]
    pub fn rest(&self) -> &'s [u8] {
        &self.bytes[self.place.offset..]
    }

    /// Passes over bytes that hold no line end.
    #[inline(always)]
    pub fn advance(&mut self, count: usize) {
        self.place.offset += count;
    }

    #[inline]
    pub fn skip_space(&mut self) {
        if self.rest().first().is_some_and(u8::is_ascii_whitespace) {
            self.space = self.place;
            self.skip_all_space();
        }
    }

    fn skip_all_space(&mut self) {
        while let Some(byte) = self.rest().first()
            && byte.is_ascii_whitespace()
        {
            self.place.offset += 1;
            if *byte == b'\n' {
                self.place.line += 1;
                self.place.line_start = self.place.offset as isize;
            }
        }
    }

    /// A run of tokens.
    #[inline(always)]
    pub fn fragment<const N: usize>(&mut self, fragment: &Fragment<N>) -> Result<()> {
        let tokens = fragment.tokens();
        if self.rest().starts_with(tokens) {
            self.advance(tokens.len());
            return Ok(());
        }
        self.tokens(tokens)
    }

    /// A run of tokens, one by one.
    #[cold]
    fn tokens(&mut self, run: &[u8]) -> Result<()> {
        split(run).try_for_each(|token| self.token(token))
    }

    fn token(&mut self, token: &[u8]) -> Result<()> {
        self.skip_space();
        if self.rest().starts_with(token) {
            self.advance(token.len());
            return Ok(());
        }
        Err(self.expected(&show(token)))
    }

    /// One token of a table, whose values count from 0: gives the value.
    pub fn value<const N: usize>(&mut self, table: &[Fragment<N>]) -> Result<usize> {
        self.skip_space();
        let first = table[0].tokens();
        let name = &first[..first.len() - b"0|>".len()];
        let value = self.rest().strip_prefix(name).map_or(0, leading_number);
        if let Some(token) = table.get(value)
            && self.rest().starts_with(token.tokens())
        {
            self.advance(token.len());
            return Ok(value);
        }
        let last = show(table[table.len() - 1].tokens());
        Err(self.expected(&format!("{} to {last}", show(first))))
    }

    /// An integer from `least` to `most`, in decimal as the emitter writes it.
    #[inline]
    pub fn integer(&mut self, least: i32, most: i32) -> Result<i32> {
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
        match i32::try_from(value) {
            Ok(value) if canonical && ended && (least..=most).contains(&value) => {
                self.advance(usize::from(negative) + count);
                Ok(value)
            }
            _ if !ended => Err(Stop::More),
            _ if most == i32::MAX => Err(self.expected(&format!("a whole number from {least}"))),
            _ => Err(self.expected(&format!("a whole number from {least} to {most}"))),
        }
    }

    /// Passes over `number` if just that stands here.
    #[inline(always)]
    pub fn passes(&mut self, number: u32) -> bool {
        let (digits, len) = digits(number);
        let same = self
            .rest()
            .split_first_chunk::<9>()
            .is_some_and(|(text, _)| text[..len] == digits[..len] && !text[len].is_ascii_digit());
        self.advance(if same { len } else { 0 });
        same
    }

    /// A name that is kept.
    pub fn owned_name(&mut self) -> Result<Option<LuaString<'static>>> {
        let name = self.name()?;
        Ok(name.map(|name| name.into_owned().into()))
    }

    /// A name: NULL or a text.
    pub fn name(&mut self) -> Result<Option<LuaString<'s>>> {
        let rest = self.rest();
        if rest
            .trim_ascii_start()
            .starts_with(fragments::NULL.tokens())
        {
            self.skip_space();
            self.fragment(&fragments::NULL)?;
            return Ok(None);
        }
        let text = self.until_token("a name")?;
        self.unescaped(text, false).map(Some)
    }

    /// A constant.
    pub fn constant(&mut self) -> Result<Constant<'s>> {
        self.skip_space();
        let value = self.until_token("a constant")?;
        if let Some(text) = value.strip_prefix(b"\"") {
            // The quote that closes is the last byte, but for white space, and none before is raw.
            self.advance(1);
            let Some(text) = text.trim_ascii_end().strip_suffix(b"\"") else {
                self.advance(text.len());
                return Err(self.expected("\""));
            };
            let string = self.unescaped(text, true)?;
            self.advance(1);
            return Ok(Constant::String(string));
        }
        let value = value.trim_ascii_end();
        let constant = match value {
            b"nil" => Constant::Nil,
            b"true" => Constant::Boolean(true),
            b"false" => Constant::Boolean(false),
            _ => match number(value) {
                Some(number) => number,
                None => return Err(self.expected("a constant")),
            },
        };
        self.advance(value.len());
        Ok(constant)
    }

    /// The bytes up to the next token.
    fn until_token(&self, what: &str) -> Result<&'s [u8]> {
        let rest = self.rest();
        let mut from = 0;
        while let Some(less) = memchr::memchr(b'<', &rest[from..]) {
            let less = from + less;
            if rest.get(less + 1) == Some(&b'|') {
                return Ok(&rest[..less]);
            }
            from = less + 1;
        }
        if self.may_grow() {
            return Err(Stop::More);
        }
        let mut end = *self;
        end.advance(rest.len());
        Err(end.expected(&format!("the end of {what}")))
    }

    fn unescaped(&mut self, text: &'s [u8], quoted: bool) -> Result<LuaString<'s>> {
        match unescape(text, quoted) {
            Ok(bytes) => {
                self.advance(text.len());
                Ok(bytes)
            }
            Err(wrong) => {
                self.advance(wrong.offset);
                let found = show(&text[wrong.offset..][..wrong.length]);
                Err(self.problem(StreamProblem::Expected {
                    expected: wrong.expected,
                    found,
                }))
            }
        }
    }

    /// What is here is not what the grammar wants; or it is a part of it, and more may come.
    #[cold]
    pub fn expected(&self, expected: &str) -> Stop {
        // No token and no number is longer than this.
        if !self.last && self.rest().len() < 64 {
            return Stop::More;
        }
        // A stream that is cut off ends with its line, not where the next one begins.
        let next_stream = self.place.offset as isize == self.place.line_start
            && self.space.line < self.place.line
            && self.rest().starts_with(fragments::PROTO.tokens());
        let at = Scan {
            place: if next_stream { self.space } else { self.place },
            ..*self
        };
        at.problem(StreamProblem::Expected {
            expected: expected.to_owned(),
            found: at.found(),
        })
    }

    /// An error at this place. Its path is filled in by the parser, which knows it.
    #[cold]
    pub fn problem(&self, problem: StreamProblem) -> Stop {
        let byte = (self.place.offset as isize - self.place.line_start) as usize + 1;
        let line = self.place.line + 1;
        Stop::Error(Box::new(ParseError {
            line,
            byte,
            path: TreePath::default(),
            problem,
        }))
    }

    /// What stands here, for an error: a token, or what comes before the next one.
    pub fn found(&self) -> String {
        const MOST: usize = 60;
        let rest = self.rest();
        let end = match rest {
            [] => return "the end of the stream".to_owned(),
            [b'\n', ..] => return "the end of the line".to_owned(),
            [b'<', b'|', ..] => memchr::memmem::find(rest, b"|>").map(|end| end + 2),
            _ => memchr::memmem::find(rest, b"<|"),
        };
        let end = end.unwrap_or(rest.len());
        let mut found = show(&rest[..end.min(MOST)]);
        if end > MOST {
            found.push('…');
        }
        found
    }
}

/// Bytes as they can be printed.
pub(crate) fn show(bytes: &[u8]) -> String {
    bytes
        .escape_ascii()
        .to_string()
        .replace("\\\"", "\"")
        .replace("\\'", "'")
        .replace("\\\\", "\\")
}

/// The tokens of a run.
pub(crate) fn split(run: &[u8]) -> impl Iterator<Item = &[u8]> {
    run.split_inclusive(|byte| *byte == b'>')
}

/// The number that the bytes start with, if it is one of at most three digits; else 0.
#[inline(always)]
pub(crate) fn leading_number(bytes: &[u8]) -> usize {
    let digits = bytes
        .iter()
        .take(3)
        .take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |n, digit| n * 10 + usize::from(digit - b'0'))
}

/// An integer or float, if it is written as the emitter does.
fn number<'c>(text: &[u8]) -> Option<Constant<'c>> {
    let text = std::str::from_utf8(text).ok()?;
    if let Ok(integer) = text.parse() {
        let same = itoa::Buffer::new().format::<i64>(integer) == text;
        return same.then_some(Constant::Integer(integer));
    }
    let float: f64 = text.parse().ok()?;
    let same = Float::new().format(float) == text.as_bytes();
    same.then_some(Constant::Float(float))
}
