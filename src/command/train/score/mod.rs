//! Scores a model's answers against the chunks that it was asked to decompile.

mod against;
pub mod arguments;
mod batch;
pub mod card;
mod constructs;
pub mod fence;
mod judge;
pub mod page;
pub mod pair;
mod place;
mod rates;
pub mod remote;
pub mod result;
mod row;
mod scores;
mod shape;
mod statistics;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};

use super::compile::Compiler;
use super::helper::Helpers;
use crate::command::io::claims::Claims;
use crate::command::io::messages::Messages;
use crate::command::io::ordered::threads;
use crate::command::io::ordered::{Spread, Task, ordered};
use crate::command::io::rows::Rows;
use crate::command::io::shown::Shown;
use crate::command::usage::Usage;
use against::{Against, AgainstReport};
use arguments::Score;
use remote::{Asked, AskedItem, Setup, judge_all};
use row::{MAX_ROW, ScoreKeys};
use scores::Scores;

/// The number of batches that may be ahead of the one being written.
const AHEAD: usize = 64;

pub fn run(options: &Score, messages: &mut Messages) -> Result<()> {
    check(options)?;
    match &options.inputs[..] {
        [rows] => of_rows(options, rows, messages),
        [chunk, answer] => pair::run(options, chunk, answer, messages),
        _ => unreachable!("clap accepts one or two inputs"),
    }
}

/// Scores the rows of a file.
fn of_rows(options: &Score, path: &Path, messages: &mut Messages) -> Result<()> {
    let is_stdin = path.as_os_str() == "-";
    let name = match is_stdin {
        true => "standard input".to_owned(),
        false => Shown(path).to_string(),
    };
    let against = options.against.as_deref();
    let against = against
        .map(|path| Against::read(path, name.clone()))
        .transpose()?;
    let batches = Batches::new(name.clone(), Rows::open(path, MAX_ROW)?);
    let mut scores = Scores::new(
        is_stdin,
        options.report.as_deref(),
        options.html.as_deref(),
        against,
    )?;
    let setup = setup(options, 0)?;
    let helpers = Helpers::new(remote::SUBCOMMAND);
    let spread = Spread::new(threads(options.jobs), AHEAD);
    let tasks = batches.map(|batch| Task {
        name: String::new(),
        cost: batch.as_deref().map_or(0, cost),
        item: batch,
    });
    ordered(
        tasks,
        spread,
        |batch, sender| {
            let judged = batch.and_then(|batch| {
                let mut rows = Vec::new();
                judge_all(&helpers, &setup, &batch, |row| rows.push(row))?;
                Ok(rows)
            });
            // If the receiver is gone, the run has already failed.
            let _ = sender.send(judged);
        },
        |judged| scores.add(judged?),
        // Helpers have a time limit of their own.
        |_| {},
    )?;
    for warning in scores.warnings() {
        messages.warning(format_args!("{name}: {warning}"));
    }
    let rates = scores.finish(&name)?;
    for line in rates.to_string().lines() {
        messages.warning(line);
    }
    if rates.all.rows == 0 {
        bail!(
            "{name}: no row could be scored; expected JSON lines with a stream and an answer each"
        );
    }
    if let Some(problem) = rates.against.as_ref().and_then(AgainstReport::problem) {
        bail!("{name}: {problem}");
    }
    Ok(())
}

/// Returns the settings that all rows share.
fn setup(options: &Score, places: usize) -> Result<Setup> {
    let compiler = Compiler::of_dialect(options.compiler.luac.as_deref(), options.dialect.read()?)?;
    Ok(Setup {
        lua: compiler.lua().clone(),
        keys: ScoreKeys {
            stream: options.stream_key.clone(),
            answer: options.answer_key.clone(),
        },
        seconds: options.compiler.seconds(),
        page: options.html.is_some(),
        places,
    })
}

/// Checks that every option has an effect and that no output is an input or another output.
fn check(options: &Score) -> Result<()> {
    if options.inputs.len() == 2 {
        let unused = [
            ("--stream-key", options.stream_key.is_some()),
            ("--answer-key", options.answer_key.is_some()),
            ("--jobs", options.jobs.is_some()),
            ("--against", options.against.is_some()),
        ];
        if let Some((option, _)) = unused.iter().find(|(_, is_given)| *is_given) {
            bail!(Usage(format!(
                "{option} has no effect on one chunk and one answer; it is for rows"
            )));
        }
        if options.inputs.iter().any(|input| input.as_os_str() == "-") {
            bail!(Usage(
                "standard input (-) is for rows; name the files of the chunk and the answer"
                    .to_owned()
            ));
        }
    }
    let mut claims = Claims::default();
    let inputs = || options.inputs.iter().chain(&options.against);
    let is_stdin = |input: &&PathBuf| input.as_os_str() == "-";
    if inputs().filter(is_stdin).count() > 1 {
        bail!(Usage(
            "standard input (-) cannot be both the rows and the earlier scores; name a file for one of them"
                .to_owned()
        ));
    }
    for input in inputs() {
        claims.input((input.as_os_str() != "-").then_some(input));
    }
    options.dialect.claim(&mut claims);
    claims.output(None)?;
    for output in options.report.iter().chain(&options.html) {
        claims.output(Some(output))?;
    }
    Ok(())
}

/// Estimates the memory that a batch needs: the rows, their texts, and the code of a large answer.
fn cost(batch: &[Asked]) -> usize {
    let lengths = batch.iter().map(|asked| asked.item.len());
    (1 << 20) + 4 * lengths.sum::<usize>()
}

/// Groups rows into batches of those that can be read without waiting, so that a process that writes
/// one row and waits for its score gets it.
struct Batches {
    /// The name of the input in messages.
    name: String,
    rows: Rows,
    line: u64,
    failed: Option<anyhow::Error>,
}

/// The limits of a batch, in rows and in bytes: large enough to hide the cost of a request, small enough
/// to keep all threads busy. A batch of one row may be longer.
const MAX_ROWS: usize = 8;
const MAX_BYTES: usize = 256 << 10;

impl Batches {
    fn new(name: String, rows: Rows) -> Batches {
        Batches {
            name,
            rows,
            line: 0,
            failed: None,
        }
    }

    /// Returns the next row that is not blank.
    fn row(&mut self) -> Option<Result<Asked>> {
        loop {
            self.line += 1;
            match self.rows.next()? {
                Err(error) => return Some(Err(error)),
                Ok(row) if row.trim_ascii().is_empty() => {}
                Ok(row) if self.line == 1 && pair::is_chunk_or_stream(&row) => {
                    return Some(Err(anyhow!(Usage(format!(
                        "{}: a chunk or a stream, not rows of JSON; to score one answer, use luadec-tok \
                         score CHUNK ANSWER",
                        self.name
                    )))));
                }
                Ok(row) => {
                    let (line, item) = (self.line, AskedItem::Row(row));
                    return Some(Ok(Asked { line, item }));
                }
            }
        }
    }
}

impl Iterator for Batches {
    type Item = Result<Vec<Asked>>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut batch = Vec::new();
        let mut length = 0;
        while self.failed.is_none() {
            match self.row() {
                None => break,
                Some(Err(error)) => self.failed = Some(error),
                Some(Ok(asked)) => {
                    length += asked.item.len();
                    batch.push(asked);
                }
            }
            if batch.len() == MAX_ROWS || length >= MAX_BYTES || !self.rows.is_next_there() {
                break;
            }
        }
        match self.failed.take_if(|_| batch.is_empty()) {
            Some(error) => Some(Err(error)),
            None => {
                Some(Ok(batch)).filter(|batch| batch.as_ref().is_ok_and(|batch| !batch.is_empty()))
            }
        }
    }
}
