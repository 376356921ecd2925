//! How far the work is, on a terminal.

use std::io::{self, IsTerminal};

use indicatif::{BinaryBytes, ProgressBar, ProgressStyle};

use super::shown::escaped;

const TEMPLATE: &str = "{wide_bar} {pos}/{len} files, {msg}, {per_sec}, {eta} left";
const ENDLESS_TEMPLATE: &str = "{spinner} {pos} rows, {msg}, {per_sec}";

/// A line on standard error, if that is a terminal.
pub struct Progress(ProgressBar);

impl Progress {
    /// A line for as many files as `count` gives, or for rows of unknown number. `count` is called
    /// only if the line is shown.
    pub fn new(count: impl FnOnce() -> Option<u64>) -> Progress {
        if !io::stderr().is_terminal() {
            return Progress(ProgressBar::hidden());
        }
        let (template, bar) = match count() {
            Some(count) => (TEMPLATE, ProgressBar::new(count)),
            None => (ENDLESS_TEMPLATE, ProgressBar::no_length()),
        };
        let style = ProgressStyle::with_template(template);
        Progress(bar.with_style(style.expect("the template is a constant")))
    }

    /// Shows how many inputs are done, and what came of them.
    pub fn show(&self, inputs: u64, records: u64, bytes: u64) {
        if self.0.is_hidden() {
            return;
        }
        let bytes = BinaryBytes(bytes);
        self.0.set_message(format!("{records} records, {bytes}"));
        self.0.set_position(inputs);
    }

    /// Names the input that the others wait for.
    pub fn stalled(&self, name: &str) {
        let name = escaped(name);
        self.0.set_message(format!("waiting for {name}"));
    }

    /// Clears the line while `say` writes to standard error.
    pub fn suspended(&self, say: impl FnOnce()) {
        self.0.suspend(say);
    }
}
