//! The names and constants of both streams.

use super::error::StreamProblem;
use super::fragments::full;
use super::scan::{Halt, Scan, Scanned, show};
use super::text::{Unescape, unescape};
use crate::bytes::try_own;
use crate::chunk::{Constant, LuaString};
use crate::float::Float;

impl<'s> Scan<'s> {
    /// Takes a name that outlives the bytes.
    pub fn owned_name(&mut self) -> Scanned<Option<LuaString<'static>>> {
        let name = self.name()?;
        Ok(name.map(try_own).transpose()?)
    }

    /// Takes a name: NULL or a text.
    pub fn name(&mut self) -> Scanned<Option<LuaString<'s>>> {
        let null = full::NULL.tokens();
        let start = self.rest().trim_ascii_start();
        if start.starts_with(null) {
            self.skip_space();
            self.fragment(&full::NULL)?;
            return Ok(None);
        }
        if self.may_grow() && null.starts_with(start) {
            return Err(Halt::More);
        }
        self.text().map(Some)
    }

    /// Takes a text without quotes.
    pub fn text(&mut self) -> Scanned<LuaString<'s>> {
        let text = self.until_token("a name")?;
        let text = self.unescaped(text, false)?;
        match self.rest().first() {
            Some(b'\n') => Err(self.expected("the end of a name")),
            _ => Ok(text),
        }
    }

    /// Takes a constant.
    #[inline]
    pub fn constant(&mut self) -> Scanned<Constant<'s>> {
        self.constant_of(number)
    }

    /// Takes a constant of a dialect that has integers in a version without them, whose streams spell the
    /// float -0.0 as `-0`.
    pub fn constant_with_added_integers(&mut self) -> Scanned<Constant<'s>> {
        self.constant_of(|text| match text {
            b"-0" => only_float(text),
            _ => number(text),
        })
    }

    /// Takes a constant of a version whose numbers are all floats, written without `.0`.
    pub fn constant_without_integers(&mut self) -> Scanned<Constant<'s>> {
        self.constant_of(only_float)
    }

    #[inline(always)]
    fn constant_of(
        &mut self,
        number: impl Fn(&[u8]) -> Option<Constant<'s>>,
    ) -> Scanned<Constant<'s>> {
        self.skip_space();
        let value = self.until_token("a constant")?;
        // Only where the line ends can there be a comment.
        let value = match self.rest().get(value.len()) {
            Some(b'\n') => without_comment(value),
            _ => value,
        };
        if let Some(text) = value.strip_prefix(b"\"") {
            // The closing quote is the last byte except for white space; no other quote is
            // unescaped.
            self.advance(1);
            let text = text.trim_ascii_end();
            let Some(text) = text.strip_suffix(b"\"") else {
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

    /// Returns the bytes up to the next token or line end. No text holds a line end, so a text
    /// without its token is refused at the end of its line, however far the next token is.
    fn until_token(&self, what: &str) -> Scanned<&'s [u8]> {
        let rest = self.rest();
        let mut from = 0;
        while let Some(end) = memchr::memchr2(b'<', b'\n', &rest[from..]) {
            let end = from + end;
            if rest[end] == b'\n' || rest.get(end + 1) == Some(&b'|') {
                return Ok(&rest[..end]);
            }
            from = end + 1;
        }
        if self.may_grow() {
            return Err(Halt::More);
        }
        let mut end = *self;
        end.advance(rest.len());
        Err(end.expected(&format!("the end of {what}")))
    }

    /// Takes a text and returns its bytes.
    fn unescaped(&mut self, text: &'s [u8], quoted: bool) -> Scanned<LuaString<'s>> {
        match unescape(text, quoted) {
            Ok(bytes) => {
                self.advance(text.len());
                Ok(bytes)
            }
            Err(Unescape::Memory) => Err(Halt::Memory),
            Err(Unescape::Wrong(wrong)) => {
                self.advance(wrong.offset);
                let found = show(&text[wrong.offset..][..wrong.length]);
                Err(self.problem(StreamProblem::Expected {
                    expected: wrong.expected,
                    found,
                }))
            }
        }
    }
}

/// Returns a constant without the comment after it.
#[cold]
fn without_comment(value: &[u8]) -> &[u8] {
    let (mut is_quoted, mut before) = (false, 0);
    for (i, byte) in value.iter().copied().enumerate() {
        match byte {
            b'"' if before != b'\\' => is_quoted = !is_quoted,
            b';' if !is_quoted && before.is_ascii_whitespace() => return &value[..i],
            _ => {}
        }
        // A backslash that is escaped escapes nothing.
        before = if before == b'\\' { 0 } else { byte };
    }
    value
}

/// Parses an integer or float that is spelled as the emitter does.
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

/// Parses a float that is spelled as the emitter does for versions without integers.
fn only_float<'c>(text: &[u8]) -> Option<Constant<'c>> {
    let float: f64 = str::from_utf8(text).ok()?.parse().ok()?;
    let mut buffer = Float::new();
    let formatted = buffer.format(float);
    let same = formatted.strip_suffix(b".0").unwrap_or(formatted) == text;
    same.then_some(Constant::Float(float))
}
