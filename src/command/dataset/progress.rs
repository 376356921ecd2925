//! How far the work is, on a terminal.

use std::io::{self, IsTerminal};

use indicatif::{BinaryBytes, ProgressBar, ProgressStyle};

use super::sources::Sources;
use super::summary::Summary;

const TEMPLATE: &str = "{wide_bar} {pos}/{len} files, {msg}, {per_sec}, {eta} left";

/// A line on standard error, where that is a terminal.
pub struct Progress(ProgressBar);

impl Progress {
    pub fn new(sources: &Sources) -> Progress {
        if !io::stderr().is_terminal() {
            return Progress(ProgressBar::hidden());
        }
        let style = ProgressStyle::with_template(TEMPLATE);
        let bar = ProgressBar::new(sources.iter().count() as u64);
        Progress(bar.with_style(style.expect("the template is a constant")))
    }

    pub fn show(&self, summary: &Summary) {
        if self.0.is_hidden() {
            return;
        }
        let bytes = BinaryBytes(summary.bytes);
        self.0
            .set_message(format!("{} records, {bytes}", summary.records));
        self.0.set_position(summary.files);
    }

    /// Has `say` write to standard error where the line stands.
    pub fn suspended(&self, say: impl FnOnce()) {
        self.0.suspend(say);
    }
}
