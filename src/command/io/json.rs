//! JSON as this command writes it: a stream inside a string, and objects with spaces.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// A value in one line, with a space after each comma and colon, as Python writes it.
pub fn spaced(value: &impl Serialize) -> String {
    let mut json = Vec::new();
    value
        .serialize(&mut Serializer::with_formatter(&mut json, Spaced))
        .expect("keys are strings and a vector takes everything");
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
}

/// Writes between the quotes of a JSON string. For text without control characters, such as a
/// stream.
#[cfg(feature = "dataset")]
pub struct JsonString<W>(pub W);

#[cfg(feature = "dataset")]
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
