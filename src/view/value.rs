//! Numbers, strings and names as `luac` prints them.

use std::borrow::Cow;
use std::ops::RangeFrom;

use super::page::Page;
use super::print::Print;
use super::style::Style;
use crate::chunk::Constant;
use crate::header::Layout;
use crate::lua::Lua;

/// How floats are printed: with so many digits (`LUA_NUMBER_FMT`), and with `.0` where they would
/// look like integers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Floats {
    digits: usize,
    point_zero: bool,
}

impl Floats {
    pub fn new(lua: &dyn Lua, layout: Layout) -> Self {
        Floats {
            digits: if layout.number == 4 { 7 } else { 14 },
            point_zero: lua.has_integers(),
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

/// What stands for a byte after a backslash, if it is not its number.
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

/// The color of a constant.
pub(crate) fn ink(constant: &Constant) -> Style {
    match constant {
        Constant::String(_) => Style::String,
        _ => Style::Number,
    }
}

/// A name as C prints it: up to its first NUL.
pub(crate) fn c_string(name: &[u8]) -> &[u8] {
    memchr::memchr(0, name).map_or(name, |end| &name[..end])
}

/// A float as C prints it with `%.Ng`, where N is `digits`.
fn percent_g(buffer: &mut zmij::Buffer, value: f64, digits: usize) -> Cow<'_, str> {
    if value.is_nan() {
        let nan = if value.is_sign_negative() {
            "-nan"
        } else {
            "nan"
        };
        return nan.into();
    }
    if value.is_infinite() {
        return if value < 0.0 { "-inf" } else { "inf" }.into();
    }
    // Fast for everyday numbers: where the shortest text that reads back to the same double has no
    // more digits, it is what rounding to that many gives, as doubles lie much closer together.
    if (1e-4..1e15).contains(&value.abs()) {
        let text = buffer.format(value);
        let text = text.strip_suffix(".0").unwrap_or(text);
        if text.len() <= digits || significant_digits(text) <= digits {
            return text.into();
        }
    }
    let scientific = format!("{value:.*e}", digits - 1);
    let (mantissa, exponent) = scientific.split_once('e').expect("`{:e}` writes an e");
    let exponent: i32 = exponent
        .parse()
        .expect("`{:e}` writes a number after its e");
    if (-4..digits as i32).contains(&exponent) {
        let decimals = (digits as i32 - 1 - exponent) as usize;
        return without_zeros(&format!("{value:.decimals$}"))
            .to_owned()
            .into();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    let mantissa = without_zeros(mantissa);
    format!("{mantissa}e{sign}{:02}", exponent.abs()).into()
}

fn significant_digits(number: &str) -> usize {
    let digits = number.trim_start_matches(['-', '0', '.']).bytes();
    digits.filter(u8::is_ascii_digit).count()
}

/// Without the zeros at the end of a fraction, and without its point if nothing is left.
fn without_zeros(number: &str) -> &str {
    match number.contains('.') {
        true => number.trim_end_matches('0').trim_end_matches('.'),
        false => number,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn both(value: f64, digits: usize) -> (String, String) {
        let lua = mlua::Lua::new();
        let format: mlua::Function = lua.load("return string.format").eval().unwrap();
        let of_c = format.call((format!("%.{digits}g"), value)).unwrap();
        let ours = percent_g(&mut zmij::Buffer::new(), value, digits).into_owned();
        (ours, of_c)
    }

    #[test]
    fn edges_are_printed_as_c_does() {
        let edges = [
            0.0,
            -0.0,
            0.1,
            1.0,
            1e-4,
            1e-5,
            9.9999999999999e-5,
            99999999999999.0,
            99999999999999.5,
            1e14,
            1e15,
            123456.5,
            1234567.5,
            9999999.5,
            1e7,
            5e-324,
            f64::MAX,
            f64::MIN_POSITIVE,
            f64::INFINITY,
            f64::NEG_INFINITY,
            0.30000000000000004,
            2.5,
        ];
        for (value, digits) in edges.into_iter().flat_map(|edge| [(edge, 14), (edge, 7)]) {
            let (ours, of_c) = both(value, digits);
            assert_eq!(ours, of_c, "%.{digits}g of {value:?}");
        }
    }

    proptest! {
        #[test]
        fn any_float_is_printed_as_c_does(bits: u64, digits in prop_oneof![Just(14usize), Just(7)]) {
            let value = f64::from_bits(bits);
            prop_assume!(!value.is_nan());
            let (ours, of_c) = both(value, digits);
            prop_assert_eq!(ours, of_c);
        }

        #[test]
        fn everyday_floats_are_printed_as_c_does(
            whole in -99_999_999i64..=99_999_999,
            power in -12i32..12,
            digits in prop_oneof![Just(14usize), Just(7)],
        ) {
            let (ours, of_c) = both(whole as f64 * 10f64.powi(power), digits);
            prop_assert_eq!(ours, of_c);
        }
    }
}
