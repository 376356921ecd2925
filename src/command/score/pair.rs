//! Scores one answer to one chunk and prints the differences.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::arguments::Score;
use super::remote::{self, Asked, AskedItem, judge_all};
use super::result::{Mismatch, Outcome};
use super::row::MAX_ROW;
use super::scores::Scores;
use super::{kind_of, setup};
use crate::command::helper::Helpers;
use crate::command::io::messages::Messages;
use crate::command::io::shown::Shown;

/// Scores one answer to one chunk. An answer that is not the same is a failure.
pub fn run(options: &Score, chunk: &Path, answer: &Path, messages: &mut Messages) -> Result<()> {
    let (asked, text) = (read(chunk)?, read(answer)?);
    check(chunk, &asked, answer, &text)?;
    let asked = [Asked {
        line: 1,
        item: AskedItem::Pair(asked, text),
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

/// Recognizes two chunks, and a chunk and an answer in the wrong order.
fn check(chunk: &Path, asked: &[u8], answer: &Path, text: &[u8]) -> Result<()> {
    let (chunk, answer) = (Shown(chunk), Shown(answer));
    match (kind_of(asked), kind_of(text)) {
        (_, None) => Ok(()),
        (Some(_), Some(kind)) => bail!(
            "{answer}: a {kind}, not an answer, which is Lua source; to compare two chunks: \
             luadec-tok diff {chunk} {answer}"
        ),
        (None, Some(kind)) => bail!(
            "{answer}: a {kind}, not an answer; the chunk comes first: \
             luadec-tok score {answer} {chunk}"
        ),
    }
}

/// Reads a file that is not longer than a row may be.
fn read(path: &Path) -> Result<Vec<u8>> {
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

/// The most differences that are printed.
const MAX_TOLD: usize = 10;

fn tell(name: &str, places: &[Mismatch], left: usize, messages: &mut Messages) {
    for place in places {
        let Mismatch {
            function,
            what,
            asked,
            answer,
        } = place;
        messages.error(format_args!(
            "{name}: {function}, {what}: expected {}, found {}",
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
