//! The colors of the views, all of them.

use anstyle::{AnsiColor, Effects, Style};

/// What a piece of text is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ink {
    Opcode,
    Number,
    String,
    /// What explains the rest, and what is said for the parser's sake alone.
    Comment,
}

impl Ink {
    pub fn style(self) -> Style {
        match self {
            Ink::Opcode => AnsiColor::Cyan.on_default().effects(Effects::BOLD),
            Ink::Number => AnsiColor::Yellow.on_default(),
            Ink::String => AnsiColor::Green.on_default(),
            Ink::Comment => AnsiColor::BrightBlack.on_default(),
        }
    }
}
