//! Counts rows and computes rates, for the report and the summary.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::against::AgainstReport;
use super::result::{Bad, Constructs, Judged, Level, Outcome, ScoredRow};
use super::statistics::{Interval, pass_at, wilson};

/// The counts of all rows so far.
#[derive(Default)]
pub struct RowCounts {
    all: GroupCounts,
    by_size: [GroupCounts; SIZES.len()],
    by_construct: [GroupCounts; CONSTRUCTS.len()],
    /// With debug information, and stripped.
    by_debug: [GroupCounts; 2],
    rows_with_reference: u64,
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

/// The groups by construct. A row is in each of them that applies.
const CONSTRUCTS: [(&str, fn(&Constructs) -> bool); 5] = [
    ("loops", |found| found.loops),
    ("closures", |found| found.closures),
    ("varargs", |found| found.varargs),
    ("gotos", |found| found.gotos == Some(true)),
    ("none", |found| {
        !found.loops && !found.closures && !found.varargs && found.gotos != Some(true)
    }),
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
    /// The sums of the squares of each row's number of answers, and of functions.
    squares: [f64; 2],
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
    pub by_construct: Vec<Group>,
    pub by_debug: Vec<Group>,
    /// The rows that have a reference, whose gotos are known.
    rows_with_reference: u64,
    fenced: u64,
    rows_with_several_streams: u64,
    bad_rows: u64,
    rows_without_stream: u64,
    bad: Vec<BadLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against: Option<AgainstReport>,
}

/// The rates of a group of rows.
#[derive(Serialize)]
pub struct Group {
    #[serde(flatten)]
    pub name: GroupName,
    pub rows: u64,
    answers: u64,
    levels: Levels,
    rates: Figures<f64>,
    intervals: Figures<Interval>,
    /// By k, the mean pass@k of all rows with at least k samples.
    pass_at: BTreeMap<usize, f64>,
    pass_at_intervals: BTreeMap<usize, Interval>,
    /// By k, the number of rows with at least k samples.
    pass_at_rows: BTreeMap<usize, u64>,
}

/// What the rows of a group have in common.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum GroupName {
    /// The range of the sizes of their chunks, or `all`.
    Instructions(&'static str),
    Construct(&'static str),
    Stripped(bool),
}

/// Shares from 0 to 1, or their intervals.
#[derive(Serialize)]
struct Figures<T> {
    /// The answers that compile.
    compiles: T,
    /// The answers that are the same, identical ones included.
    same: T,
    /// The answers that are identical.
    identical: T,
    /// The functions that are the same.
    functions: T,
    /// The mean similarity.
    instructions: T,
}

impl RowCounts {
    /// Counts a row.
    pub fn add(&mut self, row: &ScoredRow) {
        let (answers, constructs) = match &row.outcome {
            Outcome::Bad(bad) => return self.add_bad(row.line, bad),
            Outcome::Answers {
                judged, constructs, ..
            } => (judged, constructs),
        };
        let instructions = answers.first().map_or(0, |first| first.answer.instructions);
        let size = SIZES.iter().position(|(most, _)| instructions <= *most);
        self.by_size[size.expect("the last group takes every size")].add(answers);
        for ((_, has), group) in CONSTRUCTS.iter().zip(&mut self.by_construct) {
            if has(constructs) {
                group.add(answers);
            }
        }
        self.by_debug[usize::from(constructs.stripped)].add(answers);
        self.rows_with_reference += u64::from(constructs.gotos.is_some());
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
    pub fn rates(&self, against: Option<AgainstReport>) -> Rates {
        let sizes = SIZES.iter().zip(&self.by_size);
        let sizes = sizes.map(|((_, name), group)| group.rates(GroupName::Instructions(name)));
        let constructs = CONSTRUCTS.iter().zip(&self.by_construct);
        let constructs =
            constructs.map(|((name, _), group)| group.rates(GroupName::Construct(name)));
        let debug = [false, true].into_iter().zip(&self.by_debug);
        let debug = debug.map(|(stripped, group)| group.rates(GroupName::Stripped(stripped)));
        Rates {
            all: self.all.rates(GroupName::Instructions("all")),
            by_size: sizes.collect(),
            by_construct: constructs.collect(),
            by_debug: debug.collect(),
            rows_with_reference: self.rows_with_reference,
            fenced: self.fenced,
            rows_with_several_streams: self.rows_with_several_streams,
            bad_rows: self.bad_rows,
            rows_without_stream: self.rows_without_stream,
            bad: self.bad.clone(),
            against,
        }
    }
}

impl GroupCounts {
    fn add(&mut self, answers: &[Judged]) {
        self.rows += 1;
        let (mut right, mut functions) = (0, 0);
        for Judged { answer, .. } in answers {
            self.answers += 1;
            *match answer.level() {
                Level::Identical => &mut self.levels.identical,
                Level::Same => &mut self.levels.same,
                Level::Differs => &mut self.levels.differs,
                Level::Fails => &mut self.levels.fails,
            } += 1;
            right += usize::from(answer.same);
            functions += answer.functions as u64;
            self.functions_same += answer.functions_same as u64;
            self.similarity += answer.similarity;
        }
        self.functions += functions;
        for (sum, count) in self
            .squares
            .iter_mut()
            .zip([answers.len() as u64, functions])
        {
            *sum += (count as f64).powi(2);
        }
        for k in SAMPLES.into_iter().filter(|k| *k <= answers.len()) {
            let (rows, sum) = self.passes.entry(k).or_default();
            *rows += 1;
            *sum += pass_at(k, answers.len(), right);
        }
    }

    fn rates(&self, name: GroupName) -> Group {
        let of = |part: f64, all: u64| part / all.max(1) as f64;
        let answers = |count: u64| of(count as f64, self.answers);
        let Levels {
            identical,
            same,
            fails,
            ..
        } = self.levels;
        let rates = Figures {
            compiles: answers(self.answers - fails),
            same: answers(identical + same),
            identical: answers(identical),
            functions: of(self.functions_same as f64, self.functions),
            instructions: of(self.similarity, self.answers),
        };
        let passes = self.passes.iter();
        let pass_at = passes.clone().map(|(k, (rows, sum))| (*k, of(*sum, *rows)));
        Group {
            name,
            rows: self.rows,
            answers: self.answers,
            levels: self.levels,
            intervals: self.intervals(&rates),
            rates,
            pass_at: pass_at.clone().collect(),
            pass_at_intervals: pass_at
                .map(|(k, rate)| (k, wilson(rate, self.passes[&k].0 as f64)))
                .collect(),
            pass_at_rows: passes.map(|(k, (rows, _))| (*k, *rows)).collect(),
        }
    }

    /// Returns the intervals of the rates. The answers to one prompt resemble each other, and so do the
    /// functions of one file, so the sample is not that of answers or functions, but of rows: their number
    /// if all have as many, and less if a few have the most (Kish, 1965).
    fn intervals(&self, rates: &Figures<f64>) -> Figures<Interval> {
        let [answers, functions] = [self.answers, self.functions];
        let sizes = [answers, functions].map(|count| (count as f64).powi(2));
        let [of_answers, of_functions] =
            [0, 1].map(|i| sizes[i] / self.squares[i].max(f64::MIN_POSITIVE));
        Figures {
            compiles: wilson(rates.compiles, of_answers),
            same: wilson(rates.same, of_answers),
            identical: wilson(rates.identical, of_answers),
            functions: wilson(rates.functions, of_functions),
            instructions: wilson(rates.instructions, of_answers),
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
            .try_for_each(|group| group.line(f, &samples))?;
        match &self.against {
            Some(against) => write!(f, "\n{against}"),
            None => Ok(()),
        }
    }
}

impl Group {
    fn line(&self, f: &mut fmt::Formatter, samples: &[usize]) -> fmt::Result {
        write!(f, "\n{:>12} {:>8}", self.name, self.rows)?;
        let Figures {
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

impl fmt::Display for GroupName {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(match self {
            GroupName::Instructions(name) | GroupName::Construct(name) => name,
            GroupName::Stripped(true) => "stripped",
            GroupName::Stripped(false) => "with names",
        })
    }
}

/// Returns the number of things, in words.
pub fn counted(count: u64, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}
