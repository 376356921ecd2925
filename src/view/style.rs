//! The colors of all views.

use anstyle::{AnsiColor, Effects};

/// What a piece of text is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Style {
    Opcode,
    Number,
    String,
    /// Explanations, and tokens that only the parser needs.
    Comment,
}

impl Style {
    pub fn ansi(self) -> anstyle::Style {
        match self {
            Style::Opcode => AnsiColor::Cyan.on_default().effects(Effects::BOLD),
            Style::Number => AnsiColor::Yellow.on_default(),
            Style::String => AnsiColor::Green.on_default(),
            Style::Comment => AnsiColor::BrightBlack.on_default(),
        }
    }
}
