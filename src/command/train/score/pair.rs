//! Scores one answer to one chunk and prints where they differ.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail};
use luadec_tok::LUA_SIGNATURE;
use luadec_tok::stream::is_stream;

use super::arguments::Score;
use super::remote::{self, Asked, AskedItem, judge_all};
use super::result::{Outcome, ShownDifference};
use super::row::MAX_ROW;
use super::scores::Scores;
use super::setup;
use crate::command::dialect::read::read_and_warn;
use crate::command::io::messages::Messages;
use crate::command::io::shown::Shown;
use crate::command::train::helper::Helpers;
use crate::command::usage::Usage;

/// Scores one answer to one chunk. Reports an error if it is not the same.
pub fn run(options: &Score, chunk: &Path, answer: &Path, messages: &mut Messages) -> Result<()> {
    let (chunk_bytes, answer_bytes) = (read(chunk)?, read(answer)?);
    if is_chunk_or_stream(&answer_bytes) {
        let (chunk, answer) = (Shown(chunk), Shown(answer));
        bail!(Usage(match is_chunk_or_stream(&chunk_bytes) {
            true => format!(
                "{answer}: a chunk or a stream, not an answer in Lua; to compare two chunks, use \
                 luadec-tok diff {chunk} {answer}"
            ),
            false => format!(
                "{answer}: a chunk or a stream, not an answer in Lua; the chunk comes first: \
                 luadec-tok score {answer} {chunk}"
            ),
        }));
    }
    let setup = setup(options, MAX_SHOWN)?;
    if !is_stream(chunk_bytes.trim_ascii_start()) {
        let dialect = options.dialect.read()?;
        // What keeps it from being read is reported where it is asked for.
        let _ = read_and_warn(
            &chunk_bytes,
            dialect.as_ref(),
            &Shown(chunk).to_string(),
            messages,
        );
    }
    let asked = [Asked {
        line: 1,
        item: AskedItem::Pair(chunk_bytes, answer_bytes),
    }];
    let mut rows = Vec::new();
    let helpers = Helpers::new(remote::SUBCOMMAND);
    judge_all(&helpers, &setup, &asked, |row| rows.push(row))?;
    let name = Shown(answer).to_string();
    let mut scores = Scores::new(
        false,
        options.report.as_deref(),
        options.html.as_deref(),
        None,
    )?;
    for row in &rows {
        if let Outcome::Bad(bad) = &row.outcome {
            bail!("{}: {}", Shown(chunk), bad.reason);
        }
        for judged in row.answers() {
            match &judged.answer.error {
                Some(error) => messages.error(format_args!("{name}: {error}")),
                None => print_differences(&name, &judged.places, judged.places_left, messages),
            }
        }
    }
    scores.add(rows)?;
    scores.finish(&name)?;
    Ok(())
}

/// Returns true if bytes start as a chunk or a stream does.
pub fn is_chunk_or_stream(bytes: &[u8]) -> bool {
    bytes.starts_with(LUA_SIGNATURE) || is_stream(bytes.trim_ascii_start())
}

/// Reads a file that is no longer than a row may be.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let named = || Shown(path).to_string();
    let file = File::open(path).with_context(named)?;
    let mut bytes = Vec::new();
    let most = MAX_ROW + 1;
    file.take(most)
        .read_to_end(&mut bytes)
        .with_context(named)?;
    if bytes.len() as u64 == most {
        bail!("{}: longer than {} MiB", Shown(path), MAX_ROW >> 20);
    }
    Ok(bytes)
}

/// The number of differences that are printed.
const MAX_SHOWN: usize = 10;

fn print_differences(name: &str, places: &[ShownDifference], left: usize, messages: &mut Messages) {
    for place in places {
        let ShownDifference {
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
        let (functions, differ) = match left {
            1 => ("function", "differs"),
            _ => ("functions", "differ"),
        };
        messages.error(format_args!("{name}: {left} more {functions} {differ}"));
    }
}

fn or_nothing(text: &str) -> &str {
    if text.is_empty() { "nothing" } else { text }
}
