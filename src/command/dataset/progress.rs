//! How far the work is, on a terminal.

use std::io::{self, IsTerminal};

use indicatif::{BinaryBytes, ProgressBar, ProgressStyle};

use super::counts::Counts;

const TEMPLATE: &str = "{wide_bar} {pos}/{len} files, {msg}, {per_sec}, {eta} left";
const ENDLESS_TEMPLATE: &str = "{spinner} {pos} rows, {msg}, {per_sec}";

/// A line on standard error, where that is a terminal.
pub struct Progress(ProgressBar);

impl Progress {
    /// A line for so many files, which are counted only where it shows; `None` if nobody knows.
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

    pub fn show(&self, counts: &Counts) {
        if self.0.is_hidden() {
            return;
        }
        let bytes = BinaryBytes(counts.bytes);
        self.0
            .set_message(format!("{} records, {bytes}", counts.records));
        self.0.set_position(counts.files);
    }

    /// Has `say` write to standard error where the line stands.
    pub fn suspended(&self, say: impl FnOnce()) {
        self.0.suspend(say);
    }
}
