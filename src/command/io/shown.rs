//! Text for a terminal: names and messages without control characters, and whether there is color.

use std::env;
use std::fmt::{self, Display, Write};
use std::path::Path;

use luadec_tok::view::is_control;

/// A path in messages: bytes that are not UTF-8 appear as `\xE9`.
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

/// Returns a text in which everything that could control a terminal is escaped: control characters,
/// line ends and marks of direction appear as `\x1B` or `\u{202E}`.
pub fn escaped(text: &str) -> String {
    escaped_but(text, "")
}

/// Does the same as [`escaped`], but keeps line ends and tabs.
#[cfg(feature = "dataset")]
pub fn escaped_lines(text: &str) -> String {
    escaped_but(text, "\n\t")
}

fn escaped_but(text: &str, allowed: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        let written = match u32::from(char) {
            _ if !is_control(char) || allowed.contains(char) => escaped.write_char(char),
            code @ 0..0x80 => write!(escaped, "\\x{code:02X}"),
            code => write!(escaped, "\\u{{{code:X}}}"),
        };
        written.expect("writing to a string cannot fail");
    }
    escaped
}

/// Whether the environment asks for color. NO_COLOR comes first. CLICOLOR_FORCE asks for color on any
/// output, unless it is empty or 0. Otherwise terminals that can show color get it, unless CLICOLOR is
/// 0.
pub fn is_color_wanted(is_terminal: bool) -> bool {
    let forced = env::var_os("CLICOLOR_FORCE");
    if anstyle_query::no_color() {
        false
    } else if forced.is_some_and(|forced| !forced.is_empty() && forced != "0") {
        true
    } else {
        is_terminal
            && anstyle_query::clicolor().unwrap_or(true)
            && anstyle_query::term_supports_ansi_color()
    }
}
