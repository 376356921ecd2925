//! How far the work is, on a terminal.

use std::fmt::Write;
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use terminal_size::{Width, terminal_size_of};

/// What is done before this is not worth a line.
const DELAY: Duration = Duration::from_millis(500);

/// The columns that the whole line wants; in fewer, what matters most is shown.
const WIDE: u16 = 90;

/// A line on standard error, if that is a terminal.
pub struct Progress {
    bar: ProgressBar,
    start: Instant,
}

impl Progress {
    /// A line that is never shown.
    pub fn hidden() -> Progress {
        Progress {
            bar: ProgressBar::hidden(),
            start: Instant::now(),
        }
    }

    /// A line for as many files as `count` gives, or for rows of unknown number. `count` is called
    /// only if the line is shown.
    pub fn new(count: impl FnOnce() -> Option<u64>) -> Progress {
        let stderr = io::stderr();
        if !stderr.is_terminal() {
            return Self::hidden();
        }
        let is_wide = terminal_size_of(&stderr).is_none_or(|(Width(width), _)| width >= WIDE);
        let (template, unit, bar) = match (count(), is_wide) {
            (Some(count), true) => (
                "{wide_bar} {pos}/{len} files{msg}, {rate}, {eta} left",
                "files",
                ProgressBar::new(count),
            ),
            (Some(count), false) => ("{pos}/{len} files{msg}", "files", ProgressBar::new(count)),
            (None, true) => (
                "{spinner} {pos} rows{msg}, {rate}",
                "rows",
                ProgressBar::no_length(),
            ),
            (None, false) => ("{pos} rows{msg}", "rows", ProgressBar::no_length()),
        };
        let style = ProgressStyle::with_template(template).expect("the template is a constant");
        let rate = move |state: &ProgressState, line: &mut dyn Write| {
            let _ = write!(line, "{:.0} {unit}/s", state.per_sec());
        };
        Progress {
            bar: bar.with_style(style.with_key("rate", rate)),
            start: Instant::now(),
        }
    }

    /// Shows how many inputs are done.
    pub fn advance(&self, inputs: u64) {
        if !self.bar.is_hidden() && self.start.elapsed() >= DELAY {
            self.bar.set_position(inputs);
        }
    }

    /// Clears the line while `say` writes to standard error.
    pub fn suspended(&self, say: impl FnOnce()) {
        self.bar.suspend(say);
    }

    /// Takes the line away for good.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

/// What only data sets show.
#[cfg(feature = "dataset")]
impl Progress {
    /// Shows how many inputs are done, and what came of them.
    pub fn show(&self, inputs: u64, records: u64, bytes: u64) {
        if !self.bar.is_hidden() && self.start.elapsed() >= DELAY {
            let bytes = indicatif::DecimalBytes(bytes);
            self.bar
                .set_message(format!(", {records} records, {bytes}"));
            self.bar.set_position(inputs);
        }
    }

    /// Names the input that the others wait for.
    pub fn stalled(&self, name: &str) {
        let name = super::shown::escaped(name);
        self.bar.set_message(format!(", waiting for {name}"));
    }
}
