//! Counts rows and computes rates, for the report and the summary.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::result::{Bad, Judged, Level, Outcome, ScoredRow};

/// The counts of all rows so far.
#[derive(Default)]
pub struct RowCounts {
    all: GroupCounts,
    by_size: [GroupCounts; SIZES.len()],
    /// The number of answers that framing was removed from.
    fenced: u64,
    rows_with_several_streams: u64,
    bad_rows: u64,
    rows_without_stream: u64,
    /// The first rows that could not be scored.
    bad: Vec<BadLine>,
    /// By kind of reason: the line and the reason of the first bad row, and the number of such rows.
    kinds: BTreeMap<String, (u64, String, u64)>,
}

/// A row that could not be scored.
#[derive(Clone, Serialize)]
struct BadLine {
    line: u64,
    reason: String,
}

/// The number of bad rows that the report lists.
const MAX_BAD: usize = 1000;

/// The number of kinds of bad rows that are counted separately.
const MAX_KINDS: usize = 20;

/// The groups by size: the most instructions of each, and its name.
const SIZES: [(usize, &str); 5] = [
    (10, "1-10"),
    (30, "11-30"),
    (100, "31-100"),
    (300, "101-300"),
    (usize::MAX, "over 300"),
];

/// The values of k for pass@k.
const SAMPLES: [usize; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/// The counts of a group of rows.
#[derive(Default)]
struct GroupCounts {
    rows: u64,
    answers: u64,
    levels: Levels,
    functions: u64,
    functions_same: u64,
    similarity: f64,
    /// By k: the number of rows with at least k samples, and the sum of their pass@k.
    passes: BTreeMap<usize, (u64, f64)>,
}

/// The number of answers at each level. Each answer counts once, at its best level.
#[derive(Clone, Copy, Default, Serialize)]
struct Levels {
    identical: u64,
    same: u64,
    differs: u64,
    fails: u64,
}

/// The report.
#[derive(Serialize)]
pub struct Rates {
    pub all: Group,
    pub by_size: Vec<Group>,
    fenced: u64,
    rows_with_several_streams: u64,
    bad_rows: u64,
    rows_without_stream: u64,
    bad: Vec<BadLine>,
}

/// The rates of a group of rows.
#[derive(Serialize)]
pub struct Group {
    /// The range of the sizes of its chunks.
    instructions: &'static str,
    pub rows: u64,
    answers: u64,
    levels: Levels,
    rates: Shares,
    /// By k, the mean pass@k of all rows with at least k samples.
    pass_at: BTreeMap<usize, f64>,
    /// By k, the number of rows with at least k samples.
    pass_at_rows: BTreeMap<usize, u64>,
}

/// Shares from 0 to 1.
#[derive(Serialize)]
struct Shares {
    /// The answers that compile.
    compiles: f64,
    /// The answers that are the same, identical ones included.
    same: f64,
    /// The answers that are identical.
    identical: f64,
    /// The functions that are the same.
    functions: f64,
    /// The mean similarity.
    instructions: f64,
}

impl RowCounts {
    /// Counts a row.
    pub fn add(&mut self, row: &ScoredRow) {
        if let Outcome::Bad(bad) = &row.outcome {
            return self.add_bad(row.line, bad);
        }
        let answers = row.answers();
        let instructions = answers.first().map_or(0, |first| first.answer.instructions);
        let size = SIZES.iter().position(|(most, _)| instructions <= *most);
        self.by_size[size.expect("the last group takes every size")].add(answers);
        self.all.add(answers);
        self.rows_with_several_streams += u64::from(row.streams > 1);
        self.fenced += answers.iter().filter(|judged| judged.answer.fenced).count() as u64;
    }

    fn add_bad(&mut self, line: u64, bad: &Bad) {
        match bad.is_without_stream {
            true => self.rows_without_stream += 1,
            false => self.bad_rows += 1,
        }
        if self.bad.len() < MAX_BAD {
            let reason = bad.reason.clone();
            self.bad.push(BadLine { line, reason });
        }
        let is_full = self.kinds.len() >= MAX_KINDS && !self.kinds.contains_key(&bad.kind);
        let kind = if is_full { "" } else { &bad.kind };
        let first = || (line, bad.reason.clone(), 0);
        self.kinds.entry(kind.to_owned()).or_insert_with(first).2 += 1;
    }

    /// Returns a warning for each kind of bad row, in the order of their first rows.
    pub fn warnings(&self) -> Vec<String> {
        let mut kinds: Vec<_> = self.kinds.values().collect();
        kinds.sort();
        let warnings = kinds.into_iter().map(|(line, reason, count)| match count {
            1 => format!("line {line}: {reason}"),
            2 => format!("line {line} and 1 more row: {reason}"),
            count => format!("line {line} and {} more rows: {reason}", count - 1),
        });
        warnings.collect()
    }

    /// Computes the rates.
    pub fn rates(&self) -> Rates {
        let sizes = SIZES.iter().zip(&self.by_size);
        Rates {
            all: self.all.group("all"),
            by_size: sizes
                .map(|((_, name), counter)| counter.group(name))
                .collect(),
            fenced: self.fenced,
            rows_with_several_streams: self.rows_with_several_streams,
            bad_rows: self.bad_rows,
            rows_without_stream: self.rows_without_stream,
            bad: self.bad.clone(),
        }
    }
}

impl GroupCounts {
    fn add(&mut self, answers: &[Judged]) {
        self.rows += 1;
        let mut right = 0;
        for Judged { answer, .. } in answers {
            self.answers += 1;
            *match answer.level() {
                Level::Identical => &mut self.levels.identical,
                Level::Same => &mut self.levels.same,
                Level::Differs => &mut self.levels.differs,
                Level::Fails => &mut self.levels.fails,
            } += 1;
            right += usize::from(answer.same);
            self.functions += answer.functions as u64;
            self.functions_same += answer.functions_same as u64;
            self.similarity += answer.similarity;
        }
        for k in SAMPLES.into_iter().filter(|k| *k <= answers.len()) {
            let (rows, sum) = self.passes.entry(k).or_default();
            *rows += 1;
            *sum += pass_at(k, answers.len(), right);
        }
    }

    fn group(&self, instructions: &'static str) -> Group {
        let of = |part: f64, all: u64| part / all.max(1) as f64;
        let answers = |count: u64| of(count as f64, self.answers);
        let Levels {
            identical,
            same,
            fails,
            ..
        } = self.levels;
        let passes = self.passes.iter();
        let rates = passes.clone().map(|(k, (rows, sum))| (*k, of(*sum, *rows)));
        Group {
            instructions,
            rows: self.rows,
            answers: self.answers,
            levels: self.levels,
            rates: Shares {
                compiles: answers(self.answers - fails),
                same: answers(identical + same),
                identical: answers(identical),
                functions: of(self.functions_same as f64, self.functions),
                instructions: of(self.similarity, self.answers),
            },
            pass_at: rates.collect(),
            pass_at_rows: passes.map(|(k, (rows, _))| (*k, *rows)).collect(),
        }
    }
}

impl Group {
    /// Returns the values of k to print pass@k for. With one sample per row there are none, because
    /// pass@1 would equal the share of the same answers.
    pub fn samples(&self) -> Vec<usize> {
        match self.answers > self.rows {
            true => self.pass_at.keys().copied().collect(),
            false => Vec::new(),
        }
    }
}

/// The summary.
impl fmt::Display for Rates {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let all = &self.all;
        let (rows, answers) = (counted(all.rows, "row"), counted(all.answers, "answer"));
        write!(f, "{rows}, {answers}")?;
        for (what, count) in [
            ("answers with framing removed", self.fenced),
            ("rows with several streams", self.rows_with_several_streams),
            ("rows without a readable stream", self.rows_without_stream),
            ("bad rows", self.bad_rows),
        ] {
            if count > 0 {
                write!(f, "; {what}: {count}")?;
            }
        }
        if all.rows == 0 {
            return Ok(());
        }
        let samples = all.samples();
        if !samples.is_empty() {
            let over = |k| format!("pass@{k} over {}", counted(all.pass_at_rows[k], "row"));
            let over: Vec<String> = samples.iter().map(over).collect();
            write!(f, "\n{}", over.join(", "))?;
        }
        write!(f, "\n{:>12} {:>8}", "instructions", "rows")?;
        for name in ["compiles", "same", "identical", "functions", "instructions"] {
            write!(f, " {name:>12}")?;
        }
        for k in &samples {
            write!(f, " {:>8}", format!("pass@{k}"))?;
        }
        let sizes = self.by_size.iter().filter(|group| group.rows > 0);
        sizes
            .chain([all])
            .try_for_each(|group| group.line(f, &samples))
    }
}

impl Group {
    fn line(&self, f: &mut fmt::Formatter, samples: &[usize]) -> fmt::Result {
        write!(f, "\n{:>12} {:>8}", self.instructions, self.rows)?;
        let Shares {
            compiles,
            same,
            identical,
            functions,
            instructions,
        } = self.rates;
        for rate in [compiles, same, identical, functions, instructions] {
            write!(f, " {:>11.1}%", rate * 100.0)?;
        }
        for k in samples {
            match self.pass_at.get(k) {
                Some(rate) => write!(f, " {:>7.1}%", rate * 100.0)?,
                None => write!(f, " {:>8}", "-")?,
            }
        }
        Ok(())
    }
}

/// Returns the number of things, in words.
pub fn counted(count: u64, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

/// Returns the probability that at least one of `k` samples is right, if they are drawn from `n`
/// samples of which `right` are right (Chen et al., 2021).
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
    fn pass_at_k_is_the_probability_of_a_right_sample() {
        for (k, n, right, expected) in [
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
                (pass_at(k, n, right) - expected).abs() < 1e-12,
                "{k} of {n}, {right} right"
            );
        }
    }
}
