//! Text from outside on its way to a terminal.

use std::fmt::{self, Display, Write};
use std::path::Path;

/// A path as messages show it: bytes that are not UTF-8 as `\xE9`.
pub struct Shown<'a>(pub &'a Path);

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for chunk in self.0.as_os_str().as_encoded_bytes().utf8_chunks() {
            f.write_str(chunk.valid())?;
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02X}")?;
            }
        }
        Ok(())
    }
}

/// A text without what a terminal would obey or lay out: control characters, line ends and marks of
/// direction show as `\x1B` or `\u{202E}`.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        let written = match char {
            '\0'..='\x1F' | '\x7F' => write!(escaped, "\\x{:02X}", u32::from(char)),
            '\u{80}'..='\u{9F}'
            | '\u{200E}'
            | '\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2066}'..='\u{2069}' => write!(escaped, "\\u{{{:X}}}", u32::from(char)),
            _ => escaped.write_char(char),
        };
        written.expect("a string takes everything");
    }
    escaped
}
