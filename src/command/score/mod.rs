//! Answers of a model against the chunks they were asked for.

pub mod arguments;
mod batch;
mod batches;
mod card;
mod fence;
mod judge;
mod page;
mod place;
mod prompt;
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

use anyhow::{Context, Result, bail};

use super::compile::Compiler;
use super::helper::Helpers;
use super::io::claims::{Claims, Clash};
use super::io::messages::Messages;
use super::io::ordered::threads;
use super::io::ordered::{Spread, Task, ordered};
use super::io::rows::Rows;
use super::io::shown::Shown;
use arguments::Score;
use batches::Batches;
use remote::{Asked, Item, Setup, judge_all};
use result::{Outcome, Place};
use row::{Keys, MAX_ROW};
use scores::Scores;

/// How many batches of rows may be ahead of the one that is written.
const AHEAD: usize = 64;

pub fn run(options: &Score, messages: &mut Messages) -> Result<()> {
    check(options)?;
    match &options.inputs[..] {
        [rows] => of_rows(options, rows, messages),
        [chunk, answer] => of_two(options, chunk, answer, messages),
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
        keys: Keys {
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

/// Scores one answer to one chunk. That it is not the same is a failure.
fn of_two(options: &Score, chunk: &Path, answer: &Path, messages: &mut Messages) -> Result<()> {
    let asked = [Asked {
        line: 1,
        item: Item::Pair(read(chunk)?, read(answer)?),
    }];
    let setup = setup(options, MAX_TOLD)?;
    let mut rows = Vec::new();
    let helpers = Helpers::new(remote::SUBCOMMAND);
    judge_all(&helpers, &setup, &asked, |row| rows.push(row))?;
    let name = Shown(answer).to_string();
    let mut scores = Scores::new(false, options.report.as_deref(), options.html.as_deref())?;
    for row in &rows {
        if let Outcome::Bad(bad) = &row.outcome {
            bail!("{}: {}", Shown(chunk), bad.reason);
        }
        for judged in row.answers() {
            match &judged.answer.error {
                Some(error) => messages.error(format_args!("{name}: {error}")),
                None => tell(&name, &judged.places, judged.places_left, messages),
            }
        }
    }
    scores.add(rows)?;
    scores.finish(&name)?;
    Ok(())
}

/// Reads a file, which is no longer than a row may be.
fn read(path: &Path) -> Result<Vec<u8>> {
    let named = || Shown(path).to_string();
    let file = File::open(path).with_context(named)?;
    let mut bytes = Vec::new();
    let most = MAX_ROW + 1;
    file.take(most)
        .read_to_end(&mut bytes)
        .with_context(named)?;
    if bytes.len() as u64 == most {
        bail!("{}: it is longer than {} MiB", Shown(path), MAX_ROW >> 20);
    }
    Ok(bytes)
}

/// How many differences are told.
const MAX_TOLD: usize = 10;

fn tell(name: &str, places: &[Place], left: usize, messages: &mut Messages) {
    for place in places {
        let Place {
            function,
            what,
            asked,
            answer,
        } = place;
        messages.error(format_args!(
            "{name}: {function}, {what}: asked for {}, found {}",
            or_nothing(asked),
            or_nothing(answer),
        ));
    }
    if left > 0 {
        messages.error(format_args!("{name}: and {left} more functions differ"));
    }
}

fn or_nothing(text: &str) -> &str {
    if text.is_empty() { "nothing" } else { text }
}
