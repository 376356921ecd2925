//! The names and constants of a stream, in whichever of the two.

use super::error::StreamProblem;
use super::fragments::full;
use super::scan::{Halt, Scan, Scanned, show};
use super::text::{Unescape, unescape};
use crate::bytes::try_own;
use crate::chunk::{Constant, LuaString};
use crate::float::Float;

impl<'s> Scan<'s> {
    /// A name that is kept.
    pub fn owned_name(&mut self) -> Scanned<Option<LuaString<'static>>> {
        let name = self.name()?;
        Ok(name.map(try_own).transpose()?)
    }

    /// A name: NULL or a text.
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

    /// A text that is not quoted.
    pub fn text(&mut self) -> Scanned<LuaString<'s>> {
        let text = self.until_token("a name")?;
        let text = self.unescaped(text, false)?;
        match self.rest().first() {
            Some(b'\n') => Err(self.expected("the end of a name")),
            _ => Ok(text),
        }
    }

    /// A constant.
    #[inline]
    pub fn constant(&mut self) -> Scanned<Constant<'s>> {
        self.constant_of(number)
    }

    /// A constant where all numbers are floats, and a whole one has no `.0`.
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
        if let Some(text) = value.strip_prefix(b"\"") {
            // The quote that closes is the last byte, but for white space, and none before is raw.
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

    /// The bytes up to the next token or line end. No text holds a line end, so however far the
    /// next token is, a text that lacks its own is refused at the end of its line.
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

    /// The bytes that a text stands for.
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

/// A float, if it is written as the emitter does where there are no integers.
fn only_float<'c>(text: &[u8]) -> Option<Constant<'c>> {
    let float: f64 = str::from_utf8(text).ok()?.parse().ok()?;
    let mut buffer = Float::new();
    let formatted = buffer.format(float);
    let same = formatted.strip_suffix(b".0").unwrap_or(formatted) == text;
    same.then_some(Constant::Float(float))
}
