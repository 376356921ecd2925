//! Numbers, strings and names as `luac` prints them.

use std::borrow::Cow;

use super::page::Page;
use super::palette::Ink;
use crate::lua::Lua;
use crate::proto::Constant;

impl Page<'_> {
    /// A constant (`PrintConstant` of `luac.c`).
    pub(crate) fn constant(&mut self, lua: &dyn Lua, constant: &Constant) {
        match constant {
            Constant::Nil => self.text("nil"),
            Constant::Boolean(value) => self.text(if *value { "true" } else { "false" }),
            Constant::Integer(value) => self.integer(*value),
            Constant::Float(value) => {
                let text = percent_g(*value);
                self.text(text.as_bytes());
                if lua.has_integers() && text.bytes().all(|b| b == b'-' || b.is_ascii_digit()) {
                    self.text(".0");
                }
            }
            Constant::String(string) => self.quoted(string),
        }
    }

    /// A string in quotes (`PrintString` of `luac.c`).
    pub(crate) fn quoted(&mut self, string: &[u8]) {
        self.byte(b'"');
        for &byte in string {
            if byte == b'"' {
                self.text("\\\"");
            } else {
                self.escaped_byte(byte);
            }
        }
        self.byte(b'"');
    }

    /// Some bytes of a string in quotes, with a short NUL: the bytes themselves stand beside it.
    pub(crate) fn quoted_piece(&mut self, piece: &[u8]) {
        self.byte(b'"');
        for &byte in piece {
            match byte {
                0 => self.text("\\0"),
                b'"' => self.text("\\\""),
                _ => self.escaped_byte(byte),
            }
        }
        self.byte(b'"');
    }

    /// A string without quotes that stays on its line.
    pub(crate) fn escaped(&mut self, string: &[u8]) {
        for &byte in string {
            self.escaped_byte(byte);
        }
    }

    #[inline]
    fn escaped_byte(&mut self, byte: u8) {
        let letter = match byte {
            b'\\' => b'\\',
            b'\x07' => b'a',
            b'\x08' => b'b',
            b'\x0C' => b'f',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            b'\x0B' => b'v',
            b' '..=b'~' => return self.byte(byte),
            _ => {
                let digits = [byte / 100, byte / 10 % 10, byte % 10].map(|digit| b'0' + digit);
                self.byte(b'\\');
                return self.text(digits);
            }
        };
        self.text([b'\\', letter]);
    }
}

/// The color of a constant.
pub(crate) fn ink(constant: &Constant) -> Ink {
    match constant {
        Constant::String(_) => Ink::String,
        _ => Ink::Number,
    }
}

/// A name as C prints it: up to its first NUL.
pub(crate) fn c_string(name: &[u8]) -> &[u8] {
    memchr::memchr(0, name).map_or(name, |end| &name[..end])
}

/// A float as `%.14g` prints it (`LUA_NUMBER_FMT`).
pub(crate) fn percent_g(value: f64) -> Cow<'static, str> {
    const PRECISION: usize = 14;
    if value.is_nan() {
        return if value.is_sign_negative() {
            "-nan"
        } else {
            "nan"
        }
        .into();
    }
    if value.is_infinite() {
        return if value < 0.0 { "-inf" } else { "inf" }.into();
    }
    let scientific = format!("{value:.*e}", PRECISION - 1);
    let (mantissa, exponent) = scientific.split_once('e').expect("`{:e}` writes an e");
    let exponent: i32 = exponent
        .parse()
        .expect("`{:e}` writes a number after its e");
    if (-4..PRECISION as i32).contains(&exponent) {
        let decimals = (PRECISION as i32 - 1 - exponent) as usize;
        let mut fixed = format!("{value:.decimals$}");
        fixed.truncate(without_zeros(&fixed).len());
        return fixed.into();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    let mantissa = without_zeros(mantissa);
    format!("{mantissa}e{sign}{:02}", exponent.abs()).into()
}

/// Without the zeros at the end of a fraction, and without its point if nothing is left.
fn without_zeros(number: &str) -> &str {
    match number.contains('.') {
        true => number.trim_end_matches('0').trim_end_matches('.'),
        false => number,
    }
}
