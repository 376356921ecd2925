//! Messages on standard error.

use std::fmt::Display;
use std::io::{self, Write};

use super::shown::escaped;

/// Tells the user what went wrong, and remembers whether anything failed.
#[derive(Default)]
pub struct Messages {
    pub failed: bool,
    /// The messages waiting for their turn, if they are held back.
    held: Option<Vec<String>>,
}

impl Messages {
    /// Messages that stay unsaid until another [`absorb`](Self::absorb)s them.
    pub fn held() -> Self {
        Messages {
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
        let message = escaped(&message.to_string());
        match &mut self.held {
            Some(held) => held.push(message),
            // With standard error closed there is nobody left to tell.
            None => drop(writeln!(io::stderr(), "luadec-tok: {message}")),
        }
    }

    /// Says what `other` held back.
    pub fn absorb(&mut self, other: Messages) {
        self.failed |= other.failed;
        for message in other.held.into_iter().flatten() {
            self.warning(message);
        }
    }
}
