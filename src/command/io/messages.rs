//! Messages on standard error.

use std::fmt::Display;
use std::io::{self, Write};

use super::progress::Progress;
use super::shown::escaped;

/// Tells the user what went wrong, and remembers whether anything failed.
#[derive(Default)]
pub struct Messages {
    pub failed: bool,
    /// Whether errors alone are said.
    pub is_quiet: bool,
    /// The messages waiting for their turn, if they are held back.
    held: Option<Vec<String>>,
    /// The line that messages go above.
    progress: Option<Progress>,
}

impl Messages {
    /// Messages that stay unsaid until another [`absorb`](Self::absorb)s them.
    pub fn held(is_quiet: bool) -> Self {
        Messages {
            is_quiet,
            held: Some(Vec::new()),
            ..Messages::default()
        }
    }

    /// An input or the output failed.
    pub fn error(&mut self, message: impl Display) {
        self.failed = true;
        self.say(message.to_string());
    }

    pub fn warning(&mut self, message: impl Display) {
        if !self.is_quiet {
            self.say(message.to_string());
        }
    }

    /// Says what `other` held back.
    pub fn absorb(&mut self, other: Messages) {
        self.failed |= other.failed;
        for message in other.held.into_iter().flatten() {
            self.say(message);
        }
    }

    fn say(&mut self, message: String) {
        if let Some(held) = &mut self.held {
            held.push(message);
            return;
        }
        // One write for a line, so that those of several commands do not mix. With standard error
        // closed there is nobody left to tell.
        let line = format!("luadec-tok: {}\n", escaped(&message));
        let write = || drop(io::stderr().write_all(line.as_bytes()));
        match &self.progress {
            Some(progress) => progress.suspended(write),
            None => write(),
        }
    }

    /// From now on [`advance`](Self::advance) shows how many of so many inputs are done.
    pub fn show_progress(&mut self, inputs: usize) {
        if inputs > 1 && !self.is_quiet {
            self.progress = Some(Progress::new(|| Some(inputs as u64)));
        }
    }

    pub fn advance(&self, inputs: usize) {
        if let Some(progress) = &self.progress {
            progress.advance(inputs as u64);
        }
    }

    pub fn end_progress(&mut self) {
        if let Some(progress) = self.progress.take() {
            progress.clear();
        }
    }
}
