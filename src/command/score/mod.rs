//! Answers of a model against the chunks they were asked for.

mod answer;
pub mod arguments;
mod attempt;
mod card;
mod definition;
mod fence;
mod job;
mod page;
mod row;
mod scores;
mod search;
mod summary;
mod tally;
#[cfg(test)]
mod tests;
mod verdict;
mod wrap;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use luadec_tok::chunk::Chunk;
use luadec_tok::score::{Comparison, Difference};
use luadec_tok::stream::{Chunks, is_stream};
use luadec_tok::{Version, skip_comment, undump};

use super::compile::Compiler;
use super::io::claims::{Claims, Clash};
use super::io::folder::threads;
use super::io::memory::probe;
use super::io::messages::Messages;
use super::io::ordered::{Spread, Task, ordered};
use super::io::rows::Rows;
use super::io::shown::Shown;
use arguments::Score;
use job::Way;
use row::{Keys, MAX_ROW};
use scores::Scores;

/// How many rows may be ahead of the one that is written.
const AHEAD: usize = 256;

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
    let keys = Keys {
        stream: options.stream_key.as_deref(),
        answer: options.answer_key.as_deref(),
    };
    let compiler = Compiler::new(options.luac.as_deref())?;
    let way = way(options, &compiler);
    let spread = Spread::new(threads(options.jobs), AHEAD);
    let rows = rows.zip(1..).filter(|(row, _)| !is_blank(row));
    let tasks = rows.map(|(row, line)| Task {
        name: format!("line {line}"),
        cost: cost(&row),
        item: (row, line),
    });
    ordered(
        tasks,
        spread,
        |(row, line), sender| {
            let judged = row.and_then(|row| {
                let named = || format!("{name}: line {line}");
                probe(LEAST * row.len()).with_context(named)?;
                Ok(job::row(&row, line, keys, way))
            });
            // Where nobody takes the verdicts, nobody is left to be told.
            let _ = sender.send((line, judged));
        },
        |(line, judged)| match judged? {
            Ok(judged) => scores.add(judged),
            Err(bad) => {
                messages.warning(format_args!("{name}: line {line}: {bad}"));
                scores.add_bad(line, &bad)
            }
        },
        // What takes long comes to an end by itself.
        |_| {},
    )?;
    let scored = scores.tally.all.rows > 0;
    let summary = scores.finish(&name)?;
    summary.lines().for_each(|line| messages.warning(line));
    if !scored {
        bail!("{name}: no row could be scored");
    }
    Ok(())
}

fn way<'a>(options: &Score, compiler: &'a Compiler) -> Way<'a> {
    Way {
        compiler,
        seconds: options.max_seconds.into(),
        page: options.html.is_some(),
    }
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

fn is_blank(row: &Result<Vec<u8>>) -> bool {
    row.as_ref().is_ok_and(|row| row.trim_ascii().is_empty())
}

/// A row takes at least so many times its length, most of it in libraries that cannot do with less.
const LEAST: usize = 6;

/// The memory that a row takes: itself, its texts, and what Lua makes of a large answer.
fn cost(row: &Result<Vec<u8>>) -> usize {
    row.as_ref().map_or(0, |row| (1 << 20) + 4 * row.len())
}

/// Scores one answer to one chunk. That it is not the same is a failure.
fn of_two(options: &Score, chunk: &Path, answer: &Path, messages: &mut Messages) -> Result<()> {
    let read = |path: &Path| fs::read(path).with_context(|| Shown(path).to_string());
    let (bytes, text) = (read(chunk)?, read(answer)?);
    let compiler = Compiler::new(options.luac.as_deref())?;
    let asked = asked(&bytes, compiler.version()).with_context(|| Shown(chunk).to_string())?;
    let mut scores = Scores::new(false, options.report.as_deref(), options.html.as_deref())?;
    let texts = [text.as_slice()].into_iter();
    let judged = job::judge(1, None, &asked, texts, way(options, &compiler));
    let name = Shown(answer).to_string();
    for verdict in &judged.verdicts {
        match &verdict.error {
            Some(error) => messages.error(format_args!("{name}: {error}")),
            None => tell(&name, &verdict.comparison, messages),
        }
    }
    scores.add(judged)?;
    scores.finish(&name)?;
    Ok(())
}

/// How many differences are told.
const MAX_TOLD: usize = 10;

fn tell(name: &str, comparison: &Comparison, messages: &mut Messages) {
    for difference in comparison.differences.iter().take(MAX_TOLD) {
        let Difference {
            function,
            what,
            asked,
            answer,
            ..
        } = difference;
        messages.error(format_args!(
            "{name}: {function}, {what}: asked for {}, found {}",
            or_nothing(asked),
            or_nothing(answer),
        ));
    }
    if let Some(more) = comparison.differences.len().checked_sub(MAX_TOLD + 1) {
        messages.error(format_args!(
            "{name}: and {} more functions differ",
            more + 1
        ));
    }
}

fn or_nothing(text: &str) -> &str {
    if text.is_empty() { "nothing" } else { text }
}

/// The chunk of a file, which holds its bytes or its stream.
fn asked(bytes: &[u8], version: Version) -> Result<Chunk<'_>> {
    let chunk = match is_stream(bytes.trim_ascii_start()) {
        true => Chunks::new(bytes)
            .next()
            .ok_or_else(|| anyhow!("there is no stream in it"))??,
        false => undump(skip_comment(bytes))?.chunk,
    };
    if chunk.version != version {
        bail!(
            "this is a chunk of {}, and answers are compiled by {}: --luac names another compiler",
            chunk.version.name(),
            version.name()
        );
    }
    Ok(chunk)
}
