//! Numbers, strings and names as `luac` prints them.

use std::ops::RangeFrom;

use crate::bytes::Layout;
use crate::chunk::{Constant, Version};

use super::float::percent_g;
use super::page::Page;
use super::print::Print;
use super::style::Style;

/// How floats are printed: with so many digits (`LUA_NUMBER_FMT`), and with `.0` where they would
/// look like integers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Floats {
    digits: usize,
    point_zero: bool,
}

impl Floats {
    pub fn new(version: Version, layout: Layout) -> Self {
        Floats {
            digits: if layout.number == 4 { 7 } else { 14 },
            // Where there are integers, no float may look like one.
            point_zero: version >= Version::Lua53,
        }
    }
}

impl Page<'_> {
    /// A constant (`PrintConstant` of `luac.c`).
    pub(crate) fn constant(&mut self, floats: Floats, constant: &Constant) {
        match constant {
            Constant::Nil => self.text("nil"),
            Constant::Boolean(value) => self.text(if *value { "true" } else { "false" }),
            Constant::Integer(value) => self.integer(*value),
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

    /// A string in quotes (`PrintString` of `luac.c`).
    pub(crate) fn quoted(&mut self, string: &[u8]) {
        self.byte(b'"');
        self.escape(string, Class::Quote..);
        self.byte(b'"');
    }

    /// A string without quotes, that stays on its line.
    pub(crate) fn escaped(&mut self, string: &[u8]) {
        self.escape(string, Class::Unprintable..);
    }

    /// A string with its bytes of these classes escaped.
    fn escape(&mut self, string: &[u8], classes: RangeFrom<Class>) {
        let plain = |byte: &u8| !classes.contains(&CLASSES[usize::from(*byte)]);
        if string.iter().all(plain) {
            return self.text(string);
        }
        let mut rest = string;
        while !rest.is_empty() {
            let end = rest.iter().position(|byte| !plain(byte));
            let (run, after) = rest.split_at(end.unwrap_or(rest.len()));
            self.text(run);
            rest = after;
            if let Some((&byte, after)) = rest.split_first() {
                self.byte(b'\\');
                match letter(byte) {
                    Some(letter) => self.byte(letter),
                    None => self.text([byte / 100, byte / 10 % 10, byte % 10].map(|d| b'0' + d)),
                }
                rest = after;
            }
        }
    }

    /// Some bytes of a string in quotes, with a short NUL: the bytes themselves stand beside it.
    pub(crate) fn quoted_piece(&mut self, piece: &[u8]) {
        self.byte(b'"');
        for (i, part) in piece.split(|byte| *byte == 0).enumerate() {
            self.text(if i > 0 { "\\0" } else { "" });
            self.escape(part, Class::Quote..);
        }
        self.byte(b'"');
    }
}

/// What kind of byte it is.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Class {
    Plain,
    Quote,
    /// Or a backslash.
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

/// The letter that stands for a byte after a backslash; all others are told by number.
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
        Constant::String(_) => Style::String,
        _ => Style::Number,
    }
}

/// A name as C prints it: up to its first NUL.
pub(crate) fn c_string(name: &[u8]) -> &[u8] {
    memchr::memchr(0, name).map_or(name, |end| &name[..end])
}
