//! What a terminal shows: text from outside without what it would obey, and color where it is wanted.

use std::env;
use std::fmt::{self, Display, Write};
use std::path::Path;

use luadec_tok::view::is_control;

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
    escaped_but(text, "")
}

/// As [`escaped`], in lines.
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
        written.expect("a string takes everything");
    }
    escaped
}

/// What the environment wants for an output. NO_COLOR comes first. CLICOLOR_FORCE asks for color
/// anywhere, unless it is empty or 0. Otherwise terminals that can show color get it, unless CLICOLOR
/// is 0.
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
