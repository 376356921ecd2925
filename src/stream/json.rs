//! The stream inside a JSON string.

use std::io::{self, Write};

/// A writer of what stands between the quotes of a JSON string. It is for text without control
/// characters, as streams are.
pub struct Json<W>(pub W);

impl<W: Write> Write for Json<W> {
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
        /// What JSON reads is the text as it is.
        #[test]
        fn the_string_is_the_text(text in r#"[ -~é]*(["\\]+[a-z]?)*"#) {
            let mut json = Json(Vec::new());
            json.write_all(text.as_bytes()).unwrap();
            let json = String::from_utf8(json.0).unwrap();
            let read: String = serde_json::from_str(&format!("\"{json}\"")).unwrap();
            prop_assert_eq!(read, text);
        }
    }
}
