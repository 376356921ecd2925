//! Scores a model's answers against the chunks that they were asked for.

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

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Result, bail};
use luadec_tok::LUA_SIGNATURE;
use luadec_tok::stream::is_stream;

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

/// How many batches of rows may be ahead of the one that is being written.
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
    if let Some(kind) = chunk_or_stream(path) {
        let path = Shown(path);
        bail!(
            "{path}: a {kind}, not rows; to score an answer to it: luadec-tok score {path} ANSWER"
        );
    }
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
            // Sending fails only if the receiver has gone, and then nobody needs the result.
            let _ = sender.send(judged);
        },
        |judged| scores.add(judged?),
        // Slow rows end by themselves.
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

/// Names the kind of a file that is a chunk or a stream.
fn chunk_or_stream(path: &Path) -> Option<&'static str> {
    let mut start = Vec::new();
    // Anything but a file can be read only once.
    let file = path.is_file().then(|| File::open(path).ok()).flatten()?;
    file.take(16).read_to_end(&mut start).ok()?;
    kind_of(&start)
}

/// Names the kind of a chunk or a stream.
fn kind_of(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(LUA_SIGNATURE) {
        Some("Lua chunk")
    } else if is_stream(bytes.trim_ascii_start()) {
        Some("token stream")
    } else {
        None
    }
}

/// Returns the settings that all rows share.
fn setup(options: &Score, places: usize) -> Result<Setup> {
    let compiler = Compiler::new(options.luac.as_deref())?;
    Ok(Setup {
        lua: compiler.lua().clone(),
        keys: RowKeys {
            stream: options.stream_key.clone(),
            answer: options.answer_key.clone(),
        },
        seconds: options.max_seconds,
        page: options.html.is_some(),
        places,
    })
}

/// Checks that no output is an input.
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

/// Estimates the memory of a batch: the rows, their texts, and what is made of a large answer.
fn cost(batch: &[Asked]) -> usize {
    let lengths = batch.iter().map(|asked| asked.item.len());
    (1 << 20) + 4 * lengths.sum::<usize>()
}

/// Reads rows in batches of as many as are there already, so that nobody waits for a result until
/// another row arrives.
struct Batches {
    rows: Rows,
    line: u64,
    failed: Option<anyhow::Error>,
}

/// The most rows of a batch, and the most bytes if it has more than one row: enough to amortise its
/// overhead, and few enough to keep all threads busy.
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

    /// Returns the next row that is not blank.
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
