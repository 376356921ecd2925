//! The values of literals, and their canonical spelling.

use std::borrow::Cow;
use std::fmt::Write;

use crate::Version;
use crate::float::Float;

/// Returns the value of a string token, which the lexer has checked.
pub(super) fn string_value(token: &[u8], version: Version) -> Cow<'_, [u8]> {
    if token[0] == b'[' {
        let brackets = token.iter().skip(1).position(|byte| *byte == b'[');
        let width = brackets.unwrap_or_default() + 2;
        return lines_joined(first_line_end_removed(&token[width..token.len() - width]));
    }
    let inner = &token[1..token.len() - 1];
    match memchr::memchr(b'\\', inner) {
        None => Cow::Borrowed(inner),
        Some(_) => Cow::Owned(unescaped(inner, version)),
    }
}

/// Returns the length of the line end at the start of a text, of one or two bytes.
fn line_end(text: &[u8]) -> usize {
    match text {
        [b'\r', b'\n', ..] | [b'\n', b'\r', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}

fn first_line_end_removed(text: &[u8]) -> &[u8] {
    &text[line_end(text)..]
}

/// Writes every line end as `\n`, as Lua does in long strings.
fn lines_joined(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'\r', text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut value = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr2(b'\r', b'\n', rest) {
        value.extend_from_slice(&rest[..at]);
        value.push(b'\n');
        rest = &rest[at + line_end(&rest[at..])..];
    }
    value.extend_from_slice(rest);
    Cow::Owned(value)
}

/// Replaces escape sequences (`read_string` of llex.c).
fn unescaped(text: &[u8], version: Version) -> Vec<u8> {
    let mut value = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        value.extend_from_slice(&rest[..at]);
        rest = escape(&mut value, &rest[at + 1..], version);
    }
    value.extend_from_slice(rest);
    value
}

/// Adds the value of the escape sequence at the start of a text, after its backslash, and returns the
/// text after it.
fn escape<'t>(value: &mut Vec<u8>, text: &'t [u8], version: Version) -> &'t [u8] {
    let digit = |at: usize, base| {
        text.get(at)
            .and_then(|byte| char::from(*byte).to_digit(base))
    };
    let (byte, length) = match text.first() {
        None => return text,
        Some(b'a') => (7, 1),
        Some(b'b') => (8, 1),
        Some(b't') => (b'\t', 1),
        Some(b'n') => (b'\n', 1),
        Some(b'v') => (11, 1),
        Some(b'f') => (12, 1),
        Some(b'r') => (b'\r', 1),
        Some(b'\r' | b'\n') => (b'\n', line_end(text)),
        Some(b'0'..=b'9') => {
            let (mut number, mut length) = (0, 0);
            while length < 3
                && let Some(next) = digit(length, 10)
            {
                number = 10 * number + next;
                length += 1;
            }
            (number as u8, length)
        }
        // In Lua 5.1, any other character stands for itself.
        Some(other) if version == Version::Lua51 => (*other, 1),
        Some(b'x') => {
            let number = digit(1, 16).unwrap_or_default() << 4 | digit(2, 16).unwrap_or_default();
            (number as u8, 3)
        }
        Some(b'z') => {
            let is_space = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0B | 0x0C);
            return &text[1 + text[1..].iter().take_while(is_space).count()..];
        }
        Some(b'u') => {
            let digits = text[2..].iter().take_while(|byte| byte.is_ascii_hexdigit());
            let number = digits.clone().fold(0, |number, byte| {
                number << 4 | char::from(*byte).to_digit(16).unwrap_or_default()
            });
            utf8(value, number);
            return &text[2 + digits.count() + 1..];
        }
        Some(other) => (*other, 1),
    };
    value.push(byte);
    &text[length..]
}

/// Adds the UTF-8 of a number below 2^31, in up to six bytes (`luaO_utf8esc` of lobject.c).
fn utf8(value: &mut Vec<u8>, mut number: u32) {
    if number < 0x80 {
        return value.push(number as u8);
    }
    let start = value.len();
    // The largest number that fits into the first byte.
    let mut most = 0x3F;
    while number > most {
        value.push(0x80 | (number & 0x3F) as u8);
        number >>= 6;
        most >>= 1;
    }
    value.push((!most << 1) as u8 | number as u8);
    value[start..].reverse();
}

/// Writes a string from its value, as [canonical text](super::Source::canonical) has it.
pub fn write_string(out: &mut String, value: &[u8]) {
    let has = |quote| memchr::memchr(quote, value).is_some();
    let quote = match has(b'"') && !has(b'\'') {
        true => '\'',
        false => '"',
    };
    out.push(quote);
    let mut rest = value;
    for chunk in value.utf8_chunks() {
        for (at, character) in chunk.valid().char_indices() {
            let escape = match character {
                '\x07' => 'a',
                '\x08' => 'b',
                '\x0C' => 'f',
                '\n' => 'n',
                '\r' => 'r',
                '\t' => 't',
                '\x0B' => 'v',
                '\\' => '\\',
                _ if character == quote => quote,
                '\0'..='\x1F' | '\x7F' => {
                    write_byte(out, rest[at], rest.get(at + 1));
                    continue;
                }
                _ => {
                    out.push(character);
                    continue;
                }
            };
            out.push('\\');
            out.push(escape);
        }
        rest = &rest[chunk.valid().len()..];
        for _ in chunk.invalid() {
            write_byte(out, rest[0], rest.get(1));
            rest = &rest[1..];
        }
    }
    out.push(quote);
}

/// Writes a byte in decimal, with three digits before another digit.
fn write_byte(out: &mut String, byte: u8, next: Option<&u8>) {
    let written = match next.is_some_and(u8::is_ascii_digit) {
        true => write!(out, "\\{byte:03}"),
        false => write!(out, "\\{byte}"),
    };
    written.expect("a String takes everything");
}

/// The value of a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum NumberValue {
    Integer(i64),
    Float(f64),
}

/// Returns the value of a number token. Before Lua 5.3 every number is a float.
pub(super) fn number(token: &[u8], version: Version) -> NumberValue {
    match integer(token).filter(|_| version >= Version::Lua53) {
        Some(integer) => NumberValue::Integer(integer),
        None => NumberValue::Float(float(token)),
    }
}

/// Writes a number token from its value.
pub(super) fn write_number(out: &mut String, token: &[u8], version: Version) {
    write_value(out, number(token, version), version);
}

/// Writes a float as an expression that the compiler folds, which starts with `-` if it is negative.
/// NaN has none.
pub fn write_float(out: &mut String, value: f64, version: Version) {
    if value < 0.0 {
        out.push('-');
    }
    write_value(out, NumberValue::Float(value.abs()), version);
}

/// Writes a number, which is not a negative float.
pub(super) fn write_value(out: &mut String, number: NumberValue, version: Version) {
    let written = match number {
        NumberValue::Integer(integer) if integer < 0 => write!(out, "{integer:#018x}"),
        NumberValue::Integer(integer) => write!(out, "{integer}"),
        NumberValue::Float(value) if value.is_infinite() => write!(out, "1e999"),
        NumberValue::Float(value) => {
            let mut float = Float::new();
            let text = std::str::from_utf8(float.format(value)).expect("numbers are ASCII");
            let whole = text.strip_suffix(".0").filter(|_| version < Version::Lua53);
            out.push_str(whole.unwrap_or(text));
            Ok(())
        }
    };
    written.expect("a String takes everything");
}

/// Returns the text after `0x`, if a token starts so.
fn hexadecimal(token: &[u8]) -> Option<&[u8]> {
    let rest = token.strip_prefix(b"0x");
    rest.or_else(|| token.strip_prefix(b"0X"))
}

/// Returns the value of an integer (`l_str2int` of lobject.c): a hexadecimal one wraps around, a
/// decimal one that is too large is a float.
fn integer(token: &[u8]) -> Option<i64> {
    if let Some(digits) = hexadecimal(token) {
        return digits.iter().try_fold(0_i64, |value, byte| {
            let digit = char::from(*byte).to_digit(16)?;
            Some(value << 4 | i64::from(digit))
        });
    }
    std::str::from_utf8(token).ok()?.parse().ok()
}

/// Returns the value of a float, as `strtod` rounds it.
fn float(token: &[u8]) -> f64 {
    match hexadecimal(token) {
        Some(digits) => hexadecimal_float(digits),
        None => {
            let text = std::str::from_utf8(token).unwrap_or_default();
            text.parse().expect("the lexer has checked the number")
        }
    }
}

fn hexadecimal_float(text: &[u8]) -> f64 {
    let end = memchr::memchr2(b'p', b'P', text).unwrap_or(text.len());
    let (mut mantissa, mut exponent, mut is_inexact) = (0_u64, 0_i64, false);
    let mut is_fraction = false;
    for byte in &text[..end] {
        let Some(digit) = char::from(*byte).to_digit(16) else {
            is_fraction = true;
            continue;
        };
        match mantissa >> 60 {
            0 => {
                mantissa = mantissa << 4 | u64::from(digit);
                exponent -= 4 * i64::from(is_fraction);
            }
            _ => {
                is_inexact |= digit != 0;
                exponent += 4 * i64::from(!is_fraction);
            }
        }
    }
    if mantissa == 0 {
        return 0.0;
    }
    let scale = std::str::from_utf8(text.get(end + 1..).unwrap_or_default()).unwrap_or_default();
    let scale = scale.strip_prefix('+').unwrap_or(scale);
    let scale = match scale.parse::<i64>() {
        Ok(scale) => scale.clamp(-1 << 40, 1 << 40),
        Err(_) if scale.starts_with('-') => -1 << 40,
        Err(_) if scale.is_empty() => 0,
        Err(_) => 1 << 40,
    };
    // Normalise to 64 bits, so that the value is mantissa * 2^exponent.
    let shift = mantissa.leading_zeros();
    let exponent = exponent + scale - i64::from(shift);
    rounded(mantissa << shift, exponent, is_inexact)
}

/// Rounds a mantissa of 64 bits, and nonzero bits after it if it is inexact, to a double.
fn rounded(mantissa: u64, exponent: i64, is_inexact: bool) -> f64 {
    // The exponent of the first bit; a double keeps 53 bits, and fewer below 2^-1022.
    let first = exponent + 63;
    if first > 1023 {
        return f64::INFINITY;
    }
    let kept = (53 + (first + 1022).min(0)).max(-1);
    if kept < 0 {
        return 0.0;
    }
    let dropped = 64 - kept as u32;
    let (whole, rest) = match dropped {
        64 => (0, mantissa),
        _ => (mantissa >> dropped, mantissa << (64 - dropped)),
    };
    let half = 1 << 63;
    let is_up = rest > half || rest == half && (is_inexact || whole & 1 == 1);
    let value = (whole + u64::from(is_up)) as f64;
    // Two steps, because 2^-1074 has no normal double. Neither rounds.
    let exponent = exponent + i64::from(dropped);
    let step = exponent.clamp(-1000, 1000);
    value * power_of_two(step) * power_of_two(exponent - step)
}

/// Returns 2 to a power from -1022 to 1023.
fn power_of_two(power: i64) -> f64 {
    f64::from_bits(((power + 1023) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    thread_local! {
        static LUA: mlua::Lua = mlua::Lua::new();
    }

    fn evaluated<T: mlua::FromLuaMulti>(text: &str) -> T {
        LUA.with(|lua| lua.load(format!("return {text}")).eval().unwrap())
    }

    proptest! {
        #[test]
        fn a_string_is_read_as_it_was_written(value: Vec<u8>, text: String) {
            for value in [value, text.into_bytes()] {
                let mut written = String::new();
                write_string(&mut written, &value);
                prop_assert_eq!(&*string_value(written.as_bytes(), Version::Lua53), &value);
                let read: mlua::LuaString = evaluated(&written);
                prop_assert_eq!(&read.as_bytes()[..], &value);
            }
        }

        #[test]
        fn numbers_have_the_values_that_lua_gives_them(
            text in "[0-9]{1,20}(\\.[0-9]{0,20})?(e[+-]?[0-9]{1,3})?|0x[0-9a-f]{1,20}(\\.[0-9A-F]{0,20})?(p[+-]?[0-9]{1,4})?",
        ) {
            let mut written = String::new();
            write_number(&mut written, text.as_bytes(), Version::Lua53);
            let (wanted, found): (mlua::Value, mlua::Value) = (evaluated(&text), evaluated(&written));
            prop_assert_eq!(wanted, found, "{} became {}", text, written);
        }
    }

    #[test]
    fn hexadecimal_floats_are_rounded_once() {
        for text in [
            "0x1p-1074",
            "0x1p-1075",
            "0x1.8p-1075",
            "0x1.00000000000001p-1075",
            "0x0.fffffffffffffcp-1022",
            "0x1.fffffffffffff7fffffp1023",
            "0x1.fffffffffffff8p1023",
            "0x1.00000000000008p0",
            "0x1.000000000000080000000000001p0",
            "0x1.00000000000018p0",
            "0x0.00000000000000000000000000001p0",
            "0x123456789abcdef123456789abcdef.8p-3",
            "0x0p99999999999999999999",
            "0x1p99999999999999999999",
            "0x1p-99999999999999999999",
        ] {
            let wanted: f64 = evaluated(&format!("{text} + 0.0"));
            assert_eq!(float(text.as_bytes()), wanted, "{text}");
        }
    }
}
