//! Messages to standard error.

use std::fmt::Display;
use std::io::{self, Write};

/// Tells people what went wrong, and remembers whether anything failed.
#[derive(Default)]
pub struct Report {
    pub failed: bool,
    /// The messages that are held back until their turn, where there is one.
    held: Option<Vec<String>>,
}

impl Report {
    /// A report that says nothing until another [`absorb`](Self::absorb)s it.
    pub fn held() -> Self {
        Report {
            failed: false,
            held: Some(Vec::new()),
        }
    }

    /// An input or the output failed.
    pub fn error(&mut self, message: impl Display) {
        self.failed = true;
        self.warning(message);
    }

    pub fn warning(&mut self, message: impl Display) {
        match &mut self.held {
            Some(held) => held.push(message.to_string()),
            // With standard error closed there is nobody left to tell.
            None => drop(writeln!(io::stderr(), "luadec-tok: {message}")),
        }
    }

    /// Says what `other` held back.
    pub fn absorb(&mut self, other: Report) {
        self.failed |= other.failed;
        for message in other.held.into_iter().flatten() {
            self.warning(message);
        }
    }
}
