//! Constants and names as `luac` prints them.

use std::ops::RangeFrom;

use crate::bytes::Layout;
use crate::chunk::Constant;
use crate::version::Version;

use super::float::percent_g;
use super::print::{Print, Style};

/// How the floats of a chunk are printed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Floats {
    /// The number of significant digits (`LUA_NUMBER_FMT`).
    digits: usize,
    /// True if a float that looks like an integer gets a `.0`.
    point_zero: bool,
    /// True if the chunk stores them as integers, because its `lua_Number` is an integer.
    are_integers: bool,
}

impl Floats {
    pub fn new(version: Version, layout: Layout) -> Self {
        Floats {
            digits: match (layout.number, version) {
                (4, _) => 7,
                (_, Version::Lua55) => 15,
                _ => 14,
            },
            // From Lua 5.3 on, a float must not look like an integer.
            point_zero: version >= Version::Lua53,
            are_integers: layout.number == 0 && layout.integer > 0,
        }
    }
}

/// Writes values as `luac` prints them.
pub(crate) trait PrintValue: Print {
    /// Writes a constant (`PrintConstant` of `luac.c`).
    fn constant(&mut self, floats: Floats, constant: &Constant) {
        match constant {
            Constant::Nil => self.text("nil"),
            Constant::Null => self.text("NULL"),
            Constant::Boolean(value) => self.text(if *value { "true" } else { "false" }),
            Constant::Integer(value) => self.integer(*value),
            Constant::Float(value) if floats.are_integers => self.integer(*value as i64),
            Constant::Float(value) => {
                let mut buffer = zmij::Buffer::new();
                let text = percent_g(&mut buffer, *value, floats.digits);
                self.text(text.as_bytes());
                if floats.point_zero && text.bytes().all(|b| b == b'-' || b.is_ascii_digit()) {
                    self.text(".0");
                }
            }
            Constant::String(string) => self.quoted(string),
        }
    }

    /// Writes a string in quotes (`PrintString` of `luac.c`).
    fn quoted(&mut self, string: &[u8]) {
        self.byte(b'"');
        escape(self, string, Class::Quote..);
        self.byte(b'"');
    }

    /// Writes a string without quotes, escaped so that it stays on one line.
    fn escaped(&mut self, string: &[u8]) {
        escape(self, string, Class::Unprintable..);
    }

    /// Writes a piece of a string in quotes. NUL is written as `\0`: the bytes stand beside it, so a
    /// digit after it cannot mislead.
    fn quoted_piece(&mut self, piece: &[u8]) {
        self.byte(b'"');
        for (i, part) in piece.split(|byte| *byte == 0).enumerate() {
            self.text(if i > 0 { "\\0" } else { "" });
            escape(self, part, Class::Quote..);
        }
        self.byte(b'"');
    }
}

impl<P: Print> PrintValue for P {}

/// Writes a string, escaping the bytes of these classes.
fn escape(out: &mut impl Print, string: &[u8], classes: RangeFrom<Class>) {
    let plain = |byte: &u8| !classes.contains(&CLASSES[usize::from(*byte)]);
    if string.iter().all(plain) {
        return out.text(string);
    }
    let mut rest = string;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| !plain(byte));
        let (run, after) = rest.split_at(end.unwrap_or(rest.len()));
        out.text(run);
        rest = after;
        if let Some((&byte, after)) = rest.split_first() {
            out.byte(b'\\');
            match letter(byte) {
                Some(letter) => out.byte(letter),
                None => out.text([byte / 100, byte / 10 % 10, byte % 10].map(|d| b'0' + d)),
            }
            rest = after;
        }
    }
}

/// The way in which a byte is written inside quotes.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Class {
    Plain,
    Quote,
    /// Not printable, or a backslash.
    Unprintable,
}

static CLASSES: [Class; 256] = {
    let mut classes = [Class::Unprintable; 256];
    let mut byte = b' ';
    while byte <= b'~' {
        classes[byte as usize] = match byte {
            b'"' => Class::Quote,
            b'\\' => Class::Unprintable,
            _ => Class::Plain,
        };
        byte += 1;
    }
    classes
};

/// The letter of a byte's escape sequence; bytes without one are escaped by number.
fn letter(byte: u8) -> Option<u8> {
    Some(match byte {
        b'\\' | b'"' => byte,
        b'\x07' => b'a',
        b'\x08' => b'b',
        b'\x0C' => b'f',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        b'\x0B' => b'v',
        _ => return None,
    })
}

/// The style of a constant.
pub(crate) fn style_of(constant: &Constant) -> Style {
    match constant {
        Constant::String(_) | Constant::Null => Style::String,
        _ => Style::Number,
    }
}

/// A name as C prints it: up to its first NUL.
pub(crate) fn c_string(name: &[u8]) -> &[u8] {
    memchr::memchr(0, name).map_or(name, |end| &name[..end])
}
