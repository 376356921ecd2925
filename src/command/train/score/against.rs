//! Compares the answers of a run with those of an earlier one, row by row.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::fmt;
use std::mem;
use std::path::Path;

use anyhow::{Result, anyhow, bail};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::result::{Change, Outcome, ScoredRow};
use super::row::MAX_ROW;
use super::statistics::sign_test;
use crate::command::io::rows::Rows;
use crate::command::io::shown::Shown;
use crate::command::train::compile::cut;
use crate::command::train::hash::{Fingerprint, start};

/// The scores of an earlier run, and the comparison with them so far.
pub struct Against {
    /// The name of this run's rows in messages.
    rows_name: String,
    /// In the order of their ids. A row takes 32 bytes, whatever its length, so millions fit.
    earlier: Vec<EarlierRow>,
    /// The lines of the rows whose ids the earlier run does not have.
    new: HashMap<Fingerprint, u64>,
    report: AgainstReport,
    /// The number of answers compared, and of those that are the same in the earlier run and in this one.
    answers: u64,
    same: [u64; 2],
}

/// A row of the earlier run.
struct EarlierRow {
    /// A hash of its id.
    id: Fingerprint,
    /// Its line. When all lines have been read: the line of the row with this id in this run, or 0.
    line: u64,
    answers: u32,
    same: u32,
}

/// The comparison, as the report has it.
#[derive(Clone, Default, Serialize)]
pub struct AgainstReport {
    /// The name of the file with the earlier scores.
    earlier: String,
    /// The number of rows that both runs have.
    rows: u64,
    better: u64,
    worse: u64,
    equal: u64,
    pub p_value: f64,
    same: SameRates,
    /// The rows of this run and of the earlier one that have no id.
    without_id: u64,
    earlier_without_id: u64,
    /// The rows whose id only one of the runs has.
    only_in_rows: u64,
    only_in_earlier: u64,
    /// The rows that have another number of answers in the earlier run.
    other_number_of_answers: u64,
    /// The first rows that have changed.
    changed: Vec<ChangedRow>,
}

/// The shares of answers that are the same, of the rows that both runs have.
#[derive(Clone, Default, Serialize)]
struct SameRates {
    before: f64,
    after: f64,
}

/// A row that has changed.
#[derive(Clone, Serialize)]
struct ChangedRow {
    id: Value,
    line: u64,
    change: Change,
    answers: u32,
    /// The number of its answers that were, and are, the same.
    same_before: u32,
    same: u32,
}

/// The number of changed rows that the report lists.
const MAX_CHANGED: usize = 1000;

/// A line that an earlier run wrote.
#[derive(Deserialize)]
struct EarlierLine {
    id: Option<Value>,
    same: Option<bool>,
    samples: Option<Vec<EarlierSample>>,
    bad_row: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct EarlierSample {
    same: bool,
}

impl Against {
    /// Reads the scores of an earlier run. `rows_name` is the rows' name in messages.
    pub fn read(path: &Path, rows_name: String) -> Result<Against> {
        let name = match path.as_os_str() == "-" {
            true => "standard input".to_owned(),
            false => Shown(path).to_string(),
        };
        let mut earlier = Vec::new();
        let mut without_id = 0;
        for (line, row) in (1..).zip(Rows::open(path, MAX_ROW)?) {
            let row = row?;
            if row.trim_ascii().is_empty() {
                continue;
            }
            let read: EarlierLine = serde_json::from_slice(&row)
                .map_err(|error| anyhow!("{name}: line {line}: not scores in JSON: {error}"))?;
            let (answers, same) = match (read.same, read.samples, read.bad_row) {
                // It counts in no rate.
                (_, _, Some(_)) => continue,
                (Some(same), None, None) => (1, u32::from(same)),
                (None, Some(samples), None) => {
                    let same = samples.iter().filter(|sample| sample.same);
                    (samples.len() as u32, same.count() as u32)
                }
                _ => bail!(
                    "{name}: line {line}: neither \"same\" nor \"samples\"; expected what an earlier \
                     luadec-tok score printed"
                ),
            };
            match read.id {
                None => without_id += 1,
                Some(id) => earlier.push(EarlierRow {
                    id: fingerprint(&id),
                    line,
                    answers,
                    same,
                }),
            }
        }
        if earlier.is_empty() {
            match without_id {
                0 => bail!("{name}: no scores in it"),
                _ => bail!(
                    "{name}: no line has an id; --against joins rows by \"id\", so give each row one and \
                     score both runs"
                ),
            }
        }
        earlier.sort_unstable_by_key(|row| (row.id, row.line));
        let twice = earlier.windows(2).filter(|pair| pair[0].id == pair[1].id);
        if let Some([first, second]) = twice.min_by_key(|pair| pair[1].line) {
            bail!(
                "{name}: lines {} and {} have the same id; {ONE_ROW}",
                first.line,
                second.line
            );
        }
        for row in &mut earlier {
            row.line = 0;
        }
        let report = AgainstReport {
            earlier: name,
            earlier_without_id: without_id,
            ..AgainstReport::default()
        };
        Ok(Against {
            rows_name,
            earlier,
            new: HashMap::new(),
            report,
            answers: 0,
            same: [0; 2],
        })
    }

    /// Compares a row with the earlier one that has its id, if there is one, and notes the result in it.
    ///
    /// # Errors
    /// An earlier row of this run has its id.
    pub fn add(&mut self, row: &mut ScoredRow) -> Result<()> {
        row.against = Some(self.change(row)?);
        Ok(())
    }

    fn change(&mut self, row: &ScoredRow) -> Result<Option<Change>> {
        let Outcome::Answers { judged, .. } = &row.outcome else {
            return Ok(None);
        };
        let Some(id) = &row.id else {
            self.report.without_id += 1;
            return Ok(None);
        };
        let key = fingerprint(id);
        let known = self.earlier.binary_search_by_key(&key, |row| row.id);
        let first = match known {
            Ok(place) => mem::replace(&mut self.earlier[place].line, row.line),
            Err(_) => self.new.insert(key, row.line).unwrap_or(0),
        };
        if first > 0 {
            bail!(
                "{}: lines {first} and {} have the same id {}; {ONE_ROW}",
                self.rows_name,
                row.line,
                cut(&id.to_string())
            );
        }
        let Ok(place) = known else {
            return Ok(None);
        };
        let earlier = &self.earlier[place];
        let same = judged.iter().filter(|judged| judged.answer.same).count() as u32;
        let report = &mut self.report;
        // More samples would make a larger share more likely, or a smaller one.
        if judged.len() != earlier.answers as usize {
            report.other_number_of_answers += 1;
            return Ok(None);
        }
        let (change, count) = match same.cmp(&earlier.same) {
            Ordering::Greater => (Change::Better, &mut report.better),
            Ordering::Less => (Change::Worse, &mut report.worse),
            Ordering::Equal => (Change::Equal, &mut report.equal),
        };
        *count += 1;
        report.rows += 1;
        self.answers += u64::from(earlier.answers);
        self.same[0] += u64::from(earlier.same);
        self.same[1] += u64::from(same);
        if change != Change::Equal && report.changed.len() < MAX_CHANGED {
            report.changed.push(ChangedRow {
                id: id.clone(),
                line: row.line,
                change,
                answers: earlier.answers,
                same_before: earlier.same,
                same,
            });
        }
        Ok(Some(change))
    }

    /// Returns the comparison of all rows so far.
    pub fn report(&self) -> AgainstReport {
        let [before, after] = self
            .same
            .map(|same| same as f64 / self.answers.max(1) as f64);
        let seen = self.earlier.iter().filter(|row| row.line > 0).count();
        AgainstReport {
            p_value: sign_test(self.report.better, self.report.worse),
            same: SameRates { before, after },
            only_in_rows: self.new.len() as u64,
            only_in_earlier: (self.earlier.len() - seen) as u64,
            ..self.report.clone()
        }
    }
}

impl AgainstReport {
    /// Describes the rows that could not be compared.
    fn left_out(&self) -> impl Iterator<Item = String> {
        let counts = [
            ("rows without an id", self.without_id),
            ("earlier rows without an id", self.earlier_without_id),
            ("rows with a new id", self.only_in_rows),
            ("ids only in the earlier run", self.only_in_earlier),
            (
                "rows with another number of answers",
                self.other_number_of_answers,
            ),
        ];
        let counts = counts.into_iter().filter(|(_, count)| *count > 0);
        counts.map(|(what, count)| format!("; {what}: {count}"))
    }

    /// Returns why no row was compared, if none was.
    pub fn problem(&self) -> Option<String> {
        let left_out: String = self.left_out().collect();
        let problem = format!("no row could be compared with {}{left_out}", self.earlier);
        (self.rows == 0).then_some(problem)
    }
}

/// The line of the summary.
impl fmt::Display for AgainstReport {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let AgainstReport {
            earlier,
            rows,
            better,
            worse,
            equal,
            p_value,
            ..
        } = self;
        write!(
            f,
            "compared with {earlier}: rows: {rows}, better: {better}, worse: {worse}, equal: {equal}, sign test: p = {}",
            short(*p_value),
        )?;
        self.left_out().try_for_each(|text| f.write_str(&text))
    }
}

/// Returns a probability with three digits.
pub fn short(p: f64) -> String {
    match p >= 0.001 {
        true => format!("{p:.3}"),
        false => format!("{p:.1e}"),
    }
}

const ONE_ROW: &str =
    "expected one row for each id; several answers to one prompt go into a list in its row";

fn fingerprint(id: &Value) -> Fingerprint {
    start(Sha256::new().chain_update(id.to_string()))
}
