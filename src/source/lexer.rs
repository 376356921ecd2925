//! Splits a text into tokens, as llex.c does.

use memchr::memchr2;

use super::error::{Found, SyntaxError, SyntaxProblem};
use super::token::{Token, TokenKind};
use crate::Version;

/// An iterator over the tokens of a text. The last item is [`TokenKind::EndOfText`] or an error.
#[derive(Clone, Debug)]
pub struct Tokens<'t> {
    lexer: Lexer<'t>,
    is_finished: bool,
}

impl<'t> Tokens<'t> {
    /// Reads tokens from the start of a text of at most 4 GiB.
    pub(super) fn new(text: &'t [u8], version: Version) -> Self {
        Tokens {
            lexer: Lexer {
                text,
                version,
                has_holes: false,
                at: preamble(text),
                line: 1,
            },
            is_finished: false,
        }
    }

    /// Reads `<|Hole|>` as a token, [`TokenKind::Hole`].
    pub fn with_holes(mut self) -> Self {
        self.lexer.has_holes = true;
        self
    }
}

impl Iterator for Tokens<'_> {
    type Item = std::result::Result<Token, SyntaxError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_finished {
            return None;
        }
        let read = self.lexer.next();
        self.is_finished = !matches!(read, Ok(token) if token.kind != TokenKind::EndOfText);
        Some(read)
    }
}

/// Returns all tokens of a text. If an error stops the lexer, the last token is [`TokenKind::Bad`].
pub fn all(source: Tokens) -> (Vec<Token>, Option<SyntaxError>) {
    let text = source.lexer.text;
    let mut tokens = Vec::with_capacity(text.len() / 6 + 1);
    for token in source {
        match token {
            Ok(token) => tokens.push(token),
            Err(error) => {
                tokens.push(Token {
                    kind: TokenKind::Bad,
                    start: error.offset as u32,
                    end: text.len() as u32,
                    line: error.line,
                });
                return (tokens, Some(error));
            }
        }
    }
    (tokens, None)
}

/// Returns the length of what Lua skips at the start of a file: a byte order mark and a first line
/// that starts with `#`, except its line end.
pub fn preamble(text: &[u8]) -> usize {
    let mark = match text.starts_with(b"\xEF\xBB\xBF") {
        true => 3,
        false => 0,
    };
    match text.get(mark) {
        Some(b'#') => memchr::memchr(b'\n', text).unwrap_or(text.len()),
        _ => mark,
    }
}

#[derive(Clone, Debug)]
struct Lexer<'t> {
    text: &'t [u8],
    version: Version,
    /// True if `<|Hole|>` is a token.
    has_holes: bool,
    at: usize,
    line: u32,
}

type Result<T> = std::result::Result<T, SyntaxProblem>;

impl Lexer<'_> {
    /// Reads a token after white space and comments.
    fn next(&mut self) -> std::result::Result<Token, SyntaxError> {
        let mut start = self.at;
        let read = self.skip(&mut start).and_then(|()| self.token());
        match read {
            Ok(kind) => Ok(Token {
                kind,
                start: start as u32,
                end: self.at as u32,
                line: self.line,
            }),
            Err(problem) => Err(SyntaxError {
                line: self.line,
                offset: start,
                problem,
            }),
        }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.at + ahead).copied()
    }

    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.peek(0).is_some_and(&wanted) {
            self.at += 1;
        }
    }

    /// Skips a line end: `\n`, `\r`, `\r\n` or `\n\r`.
    fn line_end(&mut self) {
        let first = self.text[self.at];
        self.at += 1;
        if let Some(second @ (b'\n' | b'\r')) = self.peek(0)
            && second != first
        {
            self.at += 1;
        }
        self.line += 1;
    }

    /// Skips white space and comments. Leaves `start` at the token, or at a comment without an end.
    fn skip(&mut self, start: &mut usize) -> Result<()> {
        loop {
            *start = self.at;
            match self.peek(0) {
                Some(b'\n' | b'\r') => self.line_end(),
                Some(b' ' | b'\t' | 0x0B | 0x0C) => self.at += 1,
                Some(b'-') if self.peek(1) == Some(b'-') => {
                    self.at += 2;
                    match self.long_bracket() {
                        Some(level) => self.long(level, "comment")?,
                        None => {
                            let rest = &self.text[self.at..];
                            self.at += memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
                        }
                    }
                }
                _ => return Ok(()),
            }
        }
    }

    /// Returns the level of the long bracket that opens here.
    fn long_bracket(&self) -> Option<usize> {
        let rest = self.text[self.at..].strip_prefix(b"[")?;
        let level = rest.iter().take_while(|byte| **byte == b'=').count();
        (rest.get(level) == Some(&b'[')).then_some(level)
    }

    /// Skips a long bracket.
    fn long(&mut self, level: usize, what: &'static str) -> Result<()> {
        let line = self.line;
        self.at += level + 2;
        loop {
            let rest = &self.text[self.at..];
            let marks = |byte: &u8| matches!(byte, b']' | b'[' | b'\n' | b'\r');
            let Some(next) = rest.iter().position(marks) else {
                self.at = self.text.len();
                return Err(SyntaxProblem::UnfinishedLong { what, line });
            };
            self.at += next;
            match rest[next] {
                b']' => {
                    let after = &rest[next + 1..];
                    let count = after.iter().take_while(|byte| **byte == b'=').count();
                    if count == level && after.get(count) == Some(&b']') {
                        self.at += level + 2;
                        return Ok(());
                    }
                    // The next bracket may be the first of another pair.
                    self.at += 1 + count;
                }
                b'[' => {
                    let old = self.version == Version::Lua51 && level == 0;
                    if old && self.peek(1) == Some(b'[') {
                        return Err(SyntaxProblem::NestedLong);
                    }
                    self.at += 1;
                }
                _ => self.line_end(),
            }
        }
    }

    /// Reads the token that starts here.
    fn token(&mut self) -> Result<TokenKind> {
        use TokenKind::*;
        let Some(first) = self.peek(0) else {
            return Ok(EndOfText);
        };
        let (kind, length) = match (first, self.peek(1)) {
            (b'a'..=b'z' | b'A'..=b'Z' | b'_', _) => {
                let start = self.at;
                self.skip_while(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
                return Ok(match TokenKind::word(&self.text[start..self.at]) {
                    Some(Goto) if self.version == Version::Lua51 => Name,
                    Some(word) => word,
                    None => Name,
                });
            }
            (b'0'..=b'9', _) | (b'.', Some(b'0'..=b'9')) => return self.number(),
            (b'"' | b'\'', _) => return self.string(first),
            (b'[', Some(b'[' | b'=')) => {
                let level = self.long_bracket().ok_or(SyntaxProblem::LongDelimiter)?;
                self.long(level, "string")?;
                return Ok(String);
            }
            (b'.', Some(b'.')) => match self.peek(2) {
                Some(b'.') => (Dots, 3),
                _ => (Concat, 2),
            },
            (b'=', Some(b'=')) => (Equal, 2),
            (b'~', Some(b'=')) => (NotEqual, 2),
            (b'<', Some(b'=')) => (LessEqual, 2),
            // Lua never has these two characters side by side.
            (b'<', Some(b'|')) if self.has_holes && self.text[self.at..].starts_with(HOLE) => {
                (Hole, HOLE.len())
            }
            (b'>', Some(b'=')) => (GreaterEqual, 2),
            // Versions without these operators refuse the two characters side by side anyway.
            (b'<', Some(b'<')) => (ShiftLeft, 2),
            (b'>', Some(b'>')) => (ShiftRight, 2),
            (b'/', Some(b'/')) => (DoubleSlash, 2),
            (b':', Some(b':')) => (DoubleColon, 2),
            (b'+', _) => (Plus, 1),
            (b'-', _) => (Minus, 1),
            (b'*', _) => (Star, 1),
            (b'/', _) => (Slash, 1),
            (b'%', _) => (Percent, 1),
            (b'^', _) => (Caret, 1),
            (b'#', _) => (Hash, 1),
            (b'&', _) => (Ampersand, 1),
            (b'~', _) => (Tilde, 1),
            (b'|', _) => (Pipe, 1),
            (b'<', _) => (Less, 1),
            (b'>', _) => (Greater, 1),
            (b'=', _) => (Assign, 1),
            (b'(', _) => (OpenParen, 1),
            (b')', _) => (CloseParen, 1),
            (b'{', _) => (OpenBrace, 1),
            (b'}', _) => (CloseBrace, 1),
            (b'[', _) => (OpenBracket, 1),
            (b']', _) => (CloseBracket, 1),
            (b';', _) => (Semicolon, 1),
            (b':', _) => (Colon, 1),
            (b',', _) => (Comma, 1),
            (b'.', _) => (Dot, 1),
            _ => {
                return Err(SyntaxProblem::Expected {
                    expected: "Lua",
                    found: Found::new(&[first]),
                });
            }
        };
        self.at += length;
        Ok(kind)
    }

    /// Reads a number. As Lua does, it takes every character that could belong to one, then checks
    /// the whole.
    fn number(&mut self) -> Result<TokenKind> {
        let start = self.at;
        if self.version == Version::Lua51 {
            self.skip_while(|byte| byte.is_ascii_digit() || byte == b'.');
            self.exponent(b'e');
            self.skip_while(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
        } else {
            let hexadecimal =
                self.peek(0) == Some(b'0') && matches!(self.peek(1), Some(b'x' | b'X'));
            let mark = match hexadecimal {
                true => b'p',
                false => b'e',
            };
            self.at += if hexadecimal { 2 } else { 1 };
            loop {
                if !self.exponent(mark) {
                    match self.peek(0) {
                        Some(byte) if byte == b'.' || byte.is_ascii_hexdigit() => self.at += 1,
                        _ => break,
                    }
                }
            }
            let letter = |byte: u8| byte == b'_' || byte.is_ascii_alphabetic();
            if self.version >= Version::Lua54 && self.peek(0).is_some_and(letter) {
                self.at += 1;
            }
        }
        let number = &self.text[start..self.at];
        match is_number(number) {
            true => Ok(TokenKind::Number),
            false => Err(SyntaxProblem::Number(Found::new(number))),
        }
    }

    /// Skips the mark of an exponent and its sign.
    fn exponent(&mut self, mark: u8) -> bool {
        let is_there = self
            .peek(0)
            .is_some_and(|byte| byte.to_ascii_lowercase() == mark);
        if is_there {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek(0) {
                self.at += 1;
            }
        }
        is_there
    }

    fn string(&mut self, quote: u8) -> Result<TokenKind> {
        self.at += 1;
        loop {
            match self.peek(0) {
                None | Some(b'\n' | b'\r') => return Err(SyntaxProblem::UnfinishedString),
                Some(b'\\') => {
                    self.at += 1;
                    self.escape()?;
                }
                Some(byte) => {
                    self.at += 1;
                    if byte == quote {
                        return Ok(TokenKind::String);
                    }
                }
            }
        }
    }

    /// Reads an escape sequence after its backslash.
    fn escape(&mut self) -> Result<()> {
        match self.peek(0) {
            None => return Err(SyntaxProblem::UnfinishedString),
            Some(b'\n' | b'\r') => self.line_end(),
            Some(b'0'..=b'9') => {
                let digits = self.text[self.at..].iter().take(3);
                let digits = digits.take_while(|byte| byte.is_ascii_digit());
                let (count, value) = digits.fold((0, 0u32), |(count, value), digit| {
                    (count + 1, 10 * value + u32::from(digit - b'0'))
                });
                if value > 255 {
                    return Err(SyntaxProblem::EscapeTooLarge);
                }
                self.at += count;
            }
            // In Lua 5.1, any other character stands for itself.
            Some(_) if self.version == Version::Lua51 => self.at += 1,
            Some(b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' | b'\\' | b'"' | b'\'') => {
                self.at += 1;
            }
            Some(b'x') => {
                let digit = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_hexdigit());
                if !digit(self.peek(1)) || !digit(self.peek(2)) {
                    return Err(SyntaxProblem::Escape);
                }
                self.at += 3;
            }
            Some(b'z') => {
                self.at += 1;
                while let Some(byte @ (b' ' | b'\t' | b'\n' | b'\r' | 0x0B | 0x0C)) = self.peek(0) {
                    match byte {
                        b'\n' | b'\r' => self.line_end(),
                        _ => self.at += 1,
                    }
                }
            }
            Some(b'u') if self.version >= Version::Lua53 => self.character()?,
            Some(_) => return Err(SyntaxProblem::Escape),
        }
        Ok(())
    }

    /// Reads `u{XXX}`.
    fn character(&mut self) -> Result<()> {
        if self.peek(1) != Some(b'{') {
            return Err(SyntaxProblem::Escape);
        }
        self.at += 2;
        let most = match self.version {
            Version::Lua53 => 0x10_FFFF,
            _ => 0x7FFF_FFFF,
        };
        let (start, mut value) = (self.at, 0u64);
        while let Some(byte) = self.peek(0).filter(u8::is_ascii_hexdigit) {
            value = value << 4 | u64::from(char::from(byte).to_digit(16).unwrap_or_default());
            if value > most {
                return Err(SyntaxProblem::EscapeTooLarge);
            }
            self.at += 1;
        }
        if self.at == start || self.peek(0) != Some(b'}') {
            return Err(SyntaxProblem::Escape);
        }
        self.at += 1;
        Ok(())
    }
}

const HOLE: &[u8] = TokenKind::Hole.spelling().as_bytes();

/// Checks that `strtod` reads all of a text, which starts with a digit or a dot.
fn is_number(text: &[u8]) -> bool {
    let hexadecimal = text.starts_with(b"0x") || text.starts_with(b"0X");
    let (text, mark) = match hexadecimal {
        true => (&text[2..], b'p'),
        false => (text, b'e'),
    };
    let digits = |text: &[u8]| {
        let is_digit = |byte: &&u8| match hexadecimal {
            true => byte.is_ascii_hexdigit(),
            false => byte.is_ascii_digit(),
        };
        text.iter().take_while(is_digit).count()
    };
    let whole = digits(text);
    let mut rest = &text[whole..];
    let mut fraction = 0;
    if let Some(after) = rest.strip_prefix(b".") {
        fraction = digits(after);
        rest = &after[fraction..];
    }
    if whole + fraction == 0 {
        return false;
    }
    match rest.split_first() {
        None => true,
        Some((first, exponent)) if first.to_ascii_lowercase() == mark => {
            let exponent = match exponent {
                [b'+' | b'-', exponent @ ..] => exponent,
                exponent => exponent,
            };
            !exponent.is_empty() && exponent.iter().all(u8::is_ascii_digit)
        }
        Some(_) => false,
    }
}
