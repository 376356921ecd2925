//! Answers of a model against the chunks they were asked for.

pub mod arguments;
mod batch;
mod fence;
mod judge;
mod page;
mod pair;
mod place;
mod rates;
pub mod remote;
mod result;
mod row;
mod scores;
mod shape;
#[cfg(test)]
mod tests;

use std::path::Path;

use anyhow::{Result, bail};

use super::compile::Compiler;
use super::helper::Helpers;
use super::io::claims::{Claims, Clash};
use super::io::messages::Messages;
use super::io::ordered::threads;
use super::io::ordered::{Spread, Task, ordered};
use super::io::rows::Rows;
use super::io::shown::Shown;
use arguments::Score;
use remote::{Asked, AskedItem, Setup, judge_all};
use row::{MAX_ROW, RowKeys};
use scores::Scores;

/// How many batches of rows may be ahead of the one that is written.
const AHEAD: usize = 64;

pub fn run(options: &Score, messages: &mut Messages) -> Result<()> {
    check(options)?;
    match &options.inputs[..] {
        [rows] => of_rows(options, rows, messages),
        [chunk, answer] => pair::run(options, chunk, answer, messages),
        _ => unreachable!("one argument or two are taken"),
    }
}

/// Scores the rows of a file.
fn of_rows(options: &Score, path: &Path, messages: &mut Messages) -> Result<()> {
    let rows = Rows::open(path, MAX_ROW)?;
    let is_stdin = path.as_os_str() == "-";
    let name = match is_stdin {
        true => "standard input".to_owned(),
        false => Shown(path).to_string(),
    };
    let mut scores = Scores::new(is_stdin, options.report.as_deref(), options.html.as_deref())?;
    let setup = setup(options, 0)?;
    let helpers = Helpers::new(remote::SUBCOMMAND);
    let spread = Spread::new(threads(options.jobs), AHEAD);
    let tasks = Batches::new(rows).map(|batch| Task {
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
            // Where nobody takes the rows, nobody is left to be told.
            let _ = sender.send(judged);
        },
        |judged| scores.add(judged?),
        // What takes long comes to an end by itself.
        |_| {},
    )?;
    for told in scores.told() {
        messages.warning(format_args!("{name}: {told}"));
    }
    let rates = scores.finish(&name)?;
    for line in rates.to_string().lines() {
        messages.warning(line);
    }
    if rates.all.rows == 0 {
        bail!("{name}: no row could be scored");
    }
    Ok(())
}

/// What is the same for all rows.
fn setup(options: &Score, places: usize) -> Result<Setup> {
    let compiler = Compiler::new(options.luac.as_deref())?;
    Ok(Setup {
        lua: compiler.lua().clone(),
        keys: RowKeys {
            stream: options.stream_key.clone(),
            answer: options.answer_key.clone(),
        },
        seconds: options.max_seconds.into(),
        page: options.html.is_some(),
        places,
    })
}

/// What is written is not what is read.
fn check(options: &Score) -> Result<(), Clash> {
    let mut claims = Claims::default();
    for input in &options.inputs {
        claims.input((input.as_os_str() != "-").then_some(input));
    }
    claims.output(None)?;
    for output in options.report.iter().chain(&options.html) {
        claims.output(Some(output))?;
    }
    Ok(())
}

/// The memory that rows take: themselves, their texts, and what is made of a large answer.
fn cost(batch: &[Asked]) -> usize {
    let lengths = batch.iter().map(|asked| asked.item.len());
    (1 << 20) + 4 * lengths.sum::<usize>()
}

/// Batches of rows: as many as are there already, so that nobody waits for the answer to a row until
/// there is another.
struct Batches {
    rows: Rows,
    line: u64,
    failed: Option<anyhow::Error>,
}

/// The most rows of a batch, and the most bytes, where there is more than one: enough for what a batch
/// takes to be of no weight, and few enough for all threads to have some.
const MAX_ROWS: usize = 8;
const MAX_BYTES: usize = 256 << 10;

impl Batches {
    fn new(rows: Rows) -> Batches {
        Batches {
            rows,
            line: 0,
            failed: None,
        }
    }

    /// The next row that is not blank.
    fn row(&mut self) -> Option<Result<Asked>> {
        loop {
            self.line += 1;
            match self.rows.next()? {
                Err(error) => return Some(Err(error)),
                Ok(row) if row.trim_ascii().is_empty() => {}
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
