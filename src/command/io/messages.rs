//! Messages on standard error.

use std::fmt::Display;
use std::io::{self, Write};

use super::progress::Progress;
use super::shown::escaped;

/// Prints what went wrong, and remembers whether anything did.
#[derive(Default)]
pub struct Messages {
    pub failed: bool,
    /// True if only errors are printed.
    pub is_quiet: bool,
    /// The messages that wait for their turn, if they are held back.
    held: Option<Vec<String>>,
    /// The progress line that messages go above.
    progress: Option<Progress>,
}

impl Messages {
    /// Returns messages that are held back until another [`absorb`](Self::absorb)s them.
    pub fn held(is_quiet: bool) -> Self {
        Messages {
            is_quiet,
            held: Some(Vec::new()),
            ..Messages::default()
        }
    }

    /// Reports that an input or an output failed.
    pub fn error(&mut self, message: impl Display) {
        self.failed = true;
        self.print(message.to_string());
    }

    /// Prints a warning, unless the user wants errors only.
    pub fn warning(&mut self, message: impl Display) {
        if !self.is_quiet {
            self.print(message.to_string());
        }
    }

    /// Prints what `other` held back.
    pub fn absorb(&mut self, other: Messages) {
        self.failed |= other.failed;
        for message in other.held.into_iter().flatten() {
            self.print(message);
        }
    }

    fn print(&mut self, message: String) {
        if let Some(held) = &mut self.held {
            held.push(message);
            return;
        }
        // One write per line, so that lines of several processes do not mix. If standard error is
        // closed, nobody reads the message.
        let line = format!("luadec-tok: {}\n", escaped(&plain(message)));
        let write = || drop(io::stderr().write_all(line.as_bytes()));
        match &self.progress {
            Some(progress) => progress.suspended(write),
            None => write(),
        }
    }

    /// Shows from now on how many of `inputs` files are done.
    pub fn show_progress(&mut self, inputs: usize) {
        self.show_progress_of("files", inputs);
    }

    /// Shows from now on how many of some things are done.
    pub fn show_progress_of(&mut self, unit: &'static str, count: usize) {
        if count > 1 && !self.is_quiet {
            self.progress = Some(Progress::new(unit, || Some(count as u64)));
        }
    }

    /// Sets how many inputs are done.
    pub fn advance(&self, inputs: usize) {
        if let Some(progress) = &self.progress {
            progress.advance(inputs as u64);
        }
    }

    /// Removes the progress line.
    pub fn end_progress(&mut self) {
        if let Some(progress) = self.progress.take() {
            progress.clear();
        }
    }
}

/// Writes the operating system's errors as ours: `No such file or directory (os error 2)` without
/// its number and in lower case.
pub fn plain(mut message: String) -> String {
    const NUMBER: &str = " (os error ";
    while let Some(start) = message.find(NUMBER) {
        let digits = &message[start + NUMBER.len()..];
        let Some(length) = digits.find(')') else {
            break;
        };
        message.replace_range(start..start + NUMBER.len() + length + 1, "");
        let text = message[..start].rfind(": ").map_or(0, |colon| colon + 2);
        if let Some(first) = message.get_mut(text..text + 1) {
            first.make_ascii_lowercase();
        }
    }
    message
}
