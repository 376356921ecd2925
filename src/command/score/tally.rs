//! Rates over many rows.

use std::collections::BTreeMap;

use serde::Serialize;

use super::verdict::{Level, Verdict};

/// The rows, counted: all, and by the size of what was asked.
#[derive(Default)]
pub struct Tally {
    pub all: Counts,
    pub by_size: [Counts; SIZES.len()],
    /// The answers that had a fence around them.
    pub fenced: u64,
}

/// The sizes that are told apart: the most instructions of each, and what it is called.
pub const SIZES: [(usize, &str); 5] = [
    (10, "1-10"),
    (30, "11-30"),
    (100, "31-100"),
    (300, "101-300"),
    (usize::MAX, "over 300"),
];

/// Of how many samples pass@k is told.
const SAMPLES: [usize; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 256];

#[derive(Default)]
pub struct Counts {
    pub rows: u64,
    answers: u64,
    compiles: u64,
    same: u64,
    identical: u64,
    functions: u64,
    functions_same: u64,
    similarity: f64,
    /// By k: the rows with at least k samples, and the sum of their chances that of k samples one
    /// is the same.
    passes: BTreeMap<usize, (u64, f64)>,
}

/// The rates of some rows.
#[derive(Serialize)]
pub struct Group {
    /// The sizes of what was asked.
    pub instructions: &'static str,
    pub rows: u64,
    pub answers: u64,
    levels: Levels,
    pub rates: Rates,
    /// pass@k for each k of which there are rows with as many samples.
    pub pass_at: BTreeMap<usize, f64>,
}

/// How many answers reached each level and no better one.
#[derive(Serialize)]
struct Levels {
    identical: u64,
    same: u64,
    differs: u64,
    fails: u64,
}

/// The shares of the answers that compile, that are the same (identical ones too) and that are
/// identical, of their functions that are the same, and of their instructions, from 0 to 1.
#[derive(Serialize)]
pub struct Rates {
    pub compiles: f64,
    pub same: f64,
    pub identical: f64,
    pub functions: f64,
    pub instructions: f64,
}

impl Tally {
    /// Counts a row's answers, of which there is one at least.
    pub fn add(&mut self, verdicts: &[Verdict]) {
        let Some(first) = verdicts.first() else {
            return;
        };
        let instructions = first.comparison.instructions;
        let size = SIZES.iter().position(|(most, _)| instructions <= *most);
        self.by_size[size.expect("the last size has no end")].add(verdicts);
        self.all.add(verdicts);
        self.fenced += verdicts.iter().filter(|verdict| verdict.fenced).count() as u64;
    }

    /// All and each size, as they are shown.
    pub fn groups(&self) -> (Group, Vec<Group>) {
        let sizes = SIZES.iter().zip(&self.by_size);
        let by_size = sizes.map(|((_, name), counts)| counts.group(name));
        (self.all.group("all"), by_size.collect())
    }
}

impl Counts {
    fn add(&mut self, verdicts: &[Verdict]) {
        self.rows += 1;
        let before = self.same;
        for verdict in verdicts {
            let (comparison, level) = (&verdict.comparison, verdict.level());
            self.answers += 1;
            self.compiles += u64::from(level < Level::Fails);
            self.same += u64::from(comparison.same);
            self.identical += u64::from(comparison.identical);
            self.functions += comparison.functions as u64;
            self.functions_same += comparison.functions_same as u64;
            self.similarity += comparison.similarity();
        }
        let right = (self.same - before) as usize;
        for k in SAMPLES {
            if k <= verdicts.len() {
                let (rows, sum) = self.passes.entry(k).or_default();
                *rows += 1;
                *sum += pass_at(k, verdicts.len(), right);
            }
        }
    }

    fn group(&self, instructions: &'static str) -> Group {
        let of = |part: f64, all: u64| part / all.max(1) as f64;
        let passes = self.passes.iter();
        Group {
            instructions,
            rows: self.rows,
            answers: self.answers,
            levels: Levels {
                identical: self.identical,
                same: self.same - self.identical,
                differs: self.compiles - self.same,
                fails: self.answers - self.compiles,
            },
            rates: Rates {
                compiles: of(self.compiles as f64, self.answers),
                same: of(self.same as f64, self.answers),
                identical: of(self.identical as f64, self.answers),
                functions: of(self.functions_same as f64, self.functions),
                instructions: of(self.similarity, self.answers),
            },
            pass_at: passes
                .map(|(k, (rows, sum))| (*k, of(*sum, *rows)))
                .collect(),
        }
    }
}

/// The chance that of `k` samples, drawn from `n` of which `right` are right, one is right (Chen et
/// al., 2021).
fn pass_at(k: usize, n: usize, right: usize) -> f64 {
    let wrong = n - right;
    if wrong < k {
        return 1.0;
    }
    let none = (wrong + 1..=n).map(|i| 1.0 - k as f64 / i as f64);
    1.0 - none.product::<f64>()
}

#[cfg(test)]
mod tests {
    use super::pass_at;

    #[test]
    fn pass_at_k_is_the_chance_to_draw_a_right_sample() {
        for (k, n, right, wanted) in [
            (1, 1, 0, 0.0),
            (1, 1, 1, 1.0),
            (1, 4, 1, 0.25),
            (2, 4, 1, 0.5),
            (4, 4, 1, 1.0),
            // 1 - (3 choose 2) / (5 choose 2)
            (2, 5, 2, 0.7),
            (2, 4, 0, 0.0),
        ] {
            assert!(
                (pass_at(k, n, right) - wanted).abs() < 1e-12,
                "{k} of {n}, {right} right"
            );
        }
    }
}
