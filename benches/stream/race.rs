//! Two commands run alternately: every figure in the table comes from pairs run right after one
//! another.

use std::time::Duration;

/// The times of pairs of runs.
pub struct Race {
    pairs: Vec<[Duration; 2]>,
}

/// Runs `ours` and `other` alternately, `rounds` times, with `prepare` before each pair. The first
/// pair, which fills the caches, does not count.
pub fn race(
    rounds: usize,
    mut prepare: impl FnMut(),
    mut ours: impl FnMut() -> Duration,
    mut other: impl FnMut() -> Duration,
) -> Race {
    let mut pairs: Vec<[Duration; 2]> = (0..=rounds)
        .map(|_| {
            prepare();
            [ours(), other()]
        })
        .collect();
    pairs.remove(0);
    Race { pairs }
}

impl Race {
    /// Prints the row of our time relative to the other.
    pub fn ratio(&self, what: &str, goal: &str) {
        self.row(what, goal, |[ours, other]| seconds(ours) / seconds(other));
    }

    /// Prints the row of our time beyond the other, relative to the other.
    pub fn added(&self, what: &str, goal: &str) {
        self.row(what, goal, |[ours, other]| {
            seconds(ours) / seconds(other) - 1.0
        });
    }

    fn row(&self, what: &str, goal: &str, figure: impl Fn([Duration; 2]) -> f64) {
        let [low, middle, high] = quartiles(self.pairs.iter().map(|pair| figure(*pair)));
        println!(
            "| {what} | {goal} | {middle:.2} | {low:.2} to {high:.2} | {:.2} ms | {:.2} ms |",
            self.ours() * 1e3,
            self.other() * 1e3
        );
    }

    /// Prints the row of the time per file.
    pub fn each(&self, what: &str, files: usize, goal: &str) {
        let us = |side| self.times(side).map(|time| time * 1e6 / files as f64);
        let [low, middle, high] = us(0);
        println!(
            "| {what} | {goal} | {middle:.1} µs | {low:.1} to {high:.1} | {middle:.1} µs | {:.1} µs |",
            us(1)[1]
        );
    }

    /// Returns our median time, in seconds.
    pub fn ours(&self) -> f64 {
        self.times(0)[1]
    }

    /// Returns the other median time, in seconds.
    pub fn other(&self) -> f64 {
        self.times(1)[1]
    }

    fn times(&self, side: usize) -> [f64; 3] {
        quartiles(self.pairs.iter().map(|pair| seconds(pair[side])))
    }
}

fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

/// Returns the lower quartile, the median and the upper quartile.
fn quartiles(values: impl Iterator<Item = f64>) -> [f64; 3] {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values[(values.len() - 1) * quarter / 4])
}
