//! JSON as this command writes it.

use std::io::{self, Write};

use luadec_tok::view::is_control;
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// Returns a value in one line with a space after each comma and colon, as Python writes it. Characters
/// that could control a terminal are escaped.
pub fn spaced(value: &impl Serialize) -> String {
    let mut json = Vec::new();
    value
        .serialize(&mut Serializer::with_formatter(&mut json, Spaced))
        .expect("keys are strings and writing to a vector cannot fail");
    String::from_utf8(json).expect("JSON is UTF-8")
}

struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        out.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        out.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        text: &str,
    ) -> io::Result<()> {
        write_harmless(out, text)
    }

    /// There is nothing to escape outside strings.
    fn write_raw_fragment<W: ?Sized + Write>(&mut self, out: &mut W, json: &str) -> io::Result<()> {
        write_harmless(out, json)
    }
}

/// Returns JSON with characters escaped that could control a terminal.
#[cfg(feature = "dataset")]
pub fn harmless(json: &str) -> String {
    let mut harmless = Vec::new();
    write_harmless(&mut harmless, json).expect("writing to a vector cannot fail");
    String::from_utf8(harmless).expect("JSON is UTF-8")
}

/// Writes JSON, or a part of a string in it, and escapes what [`is_control`] recognises.
fn write_harmless<W: ?Sized + Write>(out: &mut W, json: &str) -> io::Result<()> {
    // Most text is ASCII, whose control characters serde_json escapes.
    if json.bytes().all(|byte| byte < 0x7F) {
        return out.write_all(json.as_bytes());
    }
    let is_harmful = |char: char| char >= '\x7F' && is_control(char);
    for piece in json.split_inclusive(is_harmful) {
        let plain = piece.trim_end_matches(is_harmful);
        out.write_all(plain.as_bytes())?;
        for char in piece[plain.len()..].chars() {
            write!(out, "\\u{:04x}", u32::from(char))?;
        }
    }
    Ok(())
}

/// A writer of the inside of a JSON string, for text without control characters, such as a stream.
pub struct JsonString<W>(pub W);

impl<W: Write> Write for JsonString<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut rest = bytes;
        while let Some(plain) = memchr::memchr2(b'"', b'\\', rest) {
            self.0.write_all(&rest[..plain])?;
            self.0.write_all(&[b'\\', rest[plain]])?;
            rest = &rest[plain + 1..];
        }
        self.0.write_all(rest)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(all(test, feature = "dataset"))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn control_characters_are_escaped() {
        let text = "a\x1b\x7f\u{9b}\u{202e}\u{61c}é\u{2028}b";
        let raw = serde_json::value::RawValue::from_string("\"\u{9b}\"".to_owned()).unwrap();
        let json = spaced(&(text, raw));
        assert_eq!(
            json,
            r#"["a\u001b\u007f\u009b\u202e\u061cé\u2028b", "\u009b"]"#
        );
        let read: (String, String) = serde_json::from_str(&json).unwrap();
        assert_eq!(read, (text.to_owned(), "\u{9b}".to_owned()));
    }

    proptest! {
        /// JSON parsers read the text back.
        #[test]
        fn the_string_is_the_text(text in r#"[ -~é]*(["\\]+[a-z]?)*"#) {
            let mut json = JsonString(Vec::new());
            json.write_all(text.as_bytes()).unwrap();
            let json = String::from_utf8(json.0).unwrap();
            let read: String = serde_json::from_str(&format!("\"{json}\"")).unwrap();
            prop_assert_eq!(read, text);
        }
    }
}
