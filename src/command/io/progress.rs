//! The progress line on a terminal.

use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use terminal_size::{Width, terminal_size_of};

/// Work that ends earlier does not need a line.
const DELAY: Duration = Duration::from_millis(500);

/// The line is not drawn more often than this.
const INTERVAL: Duration = Duration::from_millis(50);

/// The columns that the whole line needs. Narrower terminals get a shorter one.
const WIDE: u16 = 90;

/// Clears the line.
const CLEAR: &str = "\r\x1B[K";

/// A line on standard error, if that is a terminal.
///
/// The crates for such lines use `pow`, and loading the library of mathematics at the start of every
/// run takes as long as converting a small chunk.
pub struct Progress(Option<Mutex<ProgressLine>>);

struct ProgressLine {
    /// What is counted, if its number is known.
    unit: &'static str,
    /// The number of inputs, if it is known.
    total: Option<u64>,
    done: u64,
    message: String,
    start: Instant,
    /// When the line was last drawn, if it is still there.
    shown: Option<Instant>,
}

impl Progress {
    /// Returns a line that is never shown.
    pub fn hidden() -> Progress {
        Progress(None)
    }

    /// Returns a line for the number of `unit`, such as `files`, that `count` returns, or for an unknown
    /// number of rows. `count` is called only if there is a terminal.
    pub fn new(unit: &'static str, count: impl FnOnce() -> Option<u64>) -> Progress {
        let can_be_cleared = anstyle_query::term_supports_color()
            && anstyle_query::windows::enable_ansi_colors().unwrap_or(true);
        if !io::stderr().is_terminal() || !can_be_cleared {
            return Self::hidden();
        }
        Progress(Some(Mutex::new(ProgressLine {
            unit,
            total: count(),
            done: 0,
            message: String::new(),
            start: Instant::now(),
            shown: None,
        })))
    }

    fn line(&self) -> Option<MutexGuard<'_, ProgressLine>> {
        let line = self.0.as_ref()?;
        Some(line.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sets how many inputs are done.
    pub fn advance(&self, inputs: u64) {
        if let Some(mut line) = self.line() {
            line.done = inputs;
            line.draw_at(Instant::now());
        }
    }

    /// Clears the line while `write` writes to standard error.
    pub fn suspended(&self, write: impl FnOnce()) {
        let mut line = self.line();
        let was_shown = line.as_mut().is_some_and(|line| line.clear());
        write();
        if let Some(line) = &mut line
            && was_shown
        {
            line.draw(Instant::now());
        }
    }

    /// Clears the line for good.
    pub fn clear(&self) {
        if let Some(mut line) = self.line() {
            line.clear();
        }
    }
}

/// For data sets.
#[cfg(feature = "dataset")]
impl Progress {
    /// Sets how many inputs are done, with how many records and bytes.
    pub fn show(&self, inputs: u64, records: u64, bytes: u64) {
        if let Some(mut line) = self.line() {
            line.message = format!(", {records} records, {}", ByteCount(bytes));
            line.done = inputs;
            line.draw_at(Instant::now());
        }
    }

    /// Shows the input that the others wait for.
    pub fn stalled(&self, name: &str) {
        if let Some(mut line) = self.line() {
            line.message = format!(", waiting for {}", super::shown::escaped(name));
            line.draw(Instant::now());
        }
    }
}

impl ProgressLine {
    /// Draws the line if it is due.
    fn draw_at(&mut self, now: Instant) {
        let is_due = self.shown.is_none_or(|shown| now - shown >= INTERVAL);
        if is_due && now - self.start >= DELAY {
            self.draw(now);
        }
    }

    fn draw(&mut self, now: Instant) {
        let width = terminal_size_of(io::stderr()).map(|(Width(width), _)| width);
        let text = self.text(width.unwrap_or(WIDE), now - self.start);
        // Without wrapping, the terminal cuts the line off at its edge, however wide its characters are.
        write_all(&format!("{CLEAR}\x1B[?7l{text}\x1B[?7h"));
        self.shown = Some(now);
    }

    /// Clears the line. Returns whether there was one.
    fn clear(&mut self) -> bool {
        let was_shown = self.shown.take().is_some();
        if was_shown {
            write_all(CLEAR);
        }
        was_shown
    }

    fn text(&self, width: u16, elapsed: Duration) -> String {
        let ProgressLine {
            done,
            message,
            unit,
            ..
        } = self;
        let is_wide = width >= WIDE;
        let rate = *done as f64 / elapsed.as_secs_f64();
        let Some(total) = self.total else {
            let rate = if is_wide {
                format!(", {rate:.0} rows/s")
            } else {
                String::new()
            };
            return format!("{done} rows{message}{rate}");
        };
        let counts = format!("{done}/{total} {unit}{message}");
        if !is_wide {
            return counts;
        }
        let left = total.saturating_sub(*done) as f64 / rate;
        let left = Seconds(if left.is_finite() { left } else { 0.0 });
        let text = format!(" {counts}, {rate:.0} {unit}/s, {left} left");
        let width_left = usize::from(width).saturating_sub(text.chars().count() + 1);
        let full = (width_left as u64 * done.min(&total) / total.max(1)) as usize;
        format!(
            "{}{}{text}",
            "█".repeat(full),
            "░".repeat(width_left - full)
        )
    }
}

/// Writes in one call, so that nothing comes between. If standard error is closed, nobody looks.
fn write_all(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

/// A time in the largest unit in which it is at least 2.
struct Seconds(f64);

impl std::fmt::Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let units = [(86_400.0, "d"), (3_600.0, "h"), (60.0, "m")];
        let unit = units.into_iter().find(|(unit, _)| self.0 >= 2.0 * unit);
        let (unit, name) = unit.unwrap_or((1.0, "s"));
        write!(f, "{:.0}{name}", self.0 / unit)
    }
}

/// A number of bytes with a decimal unit.
#[cfg(feature = "dataset")]
struct ByteCount(u64);

#[cfg(feature = "dataset")]
impl std::fmt::Display for ByteCount {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let mut number = self.0 as f64;
        let mut prefixes = ["", "k", "M", "G", "T", "P", "E"].into_iter();
        let mut prefix = prefixes.next().unwrap_or_default();
        for next in prefixes {
            if number < 1000.0 {
                break;
            }
            (number, prefix) = (number / 1000.0, next);
        }
        match prefix {
            "" => write!(f, "{number} B"),
            _ => write!(f, "{number:.2} {prefix}B"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(total: Option<u64>, done: u64) -> ProgressLine {
        ProgressLine {
            unit: "files",
            total,
            done,
            message: String::new(),
            start: Instant::now(),
            shown: None,
        }
    }

    #[test]
    fn a_line_has_a_bar_where_it_fits() {
        let text = line(Some(400), 100).text(100, Duration::from_secs(10));
        assert_eq!(text.chars().count(), 99);
        let (bar, rest) = text.split_once(' ').unwrap();
        assert_eq!(rest, "100/400 files, 10 files/s, 30s left");
        assert_eq!(bar, "█".repeat(15) + &"░".repeat(48));
        let text = line(Some(400), 100).text(80, Duration::from_secs(10));
        assert_eq!(text, "100/400 files");
        let text = line(Some(0), 0).text(100, Duration::from_secs(1));
        assert!(text.ends_with(" 0/0 files, 0 files/s, 0s left"), "{text}");
    }

    #[test]
    fn the_number_of_rows_is_unknown() {
        let rows = line(None, 50);
        assert_eq!(rows.text(100, Duration::from_secs(5)), "50 rows, 10 rows/s");
        assert_eq!(rows.text(80, Duration::from_secs(5)), "50 rows");
    }

    #[test]
    fn times_and_sizes_are_short() {
        let times = [0.4, 119.0, 121.0, 7000.0, 7300.0, 200_000.0].map(|s| Seconds(s).to_string());
        assert_eq!(times, ["0s", "119s", "2m", "117m", "2h", "2d"]);
    }

    #[cfg(feature = "dataset")]
    #[test]
    fn bytes_have_a_prefix() {
        let bytes = [0, 999, 1500, 12_345_678, u64::MAX].map(|bytes| ByteCount(bytes).to_string());
        assert_eq!(bytes, ["0 B", "999 B", "1.50 kB", "12.35 MB", "18.45 EB"]);
    }
}
