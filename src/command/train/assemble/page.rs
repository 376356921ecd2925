//! The HTML page with the file beside the disassembly: the page of `score`, with a card for each function.

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use luadec_tok::Version;
use luadec_tok::chunk::{Chunk, Proto};
use luadec_tok::source::{Inside, parse};
use minijinja::context;
use minijinja::value::{Serde, Value as Shared};
use serde::Serialize;

use super::functions::Function;
use super::report::{FunctionReport, Outcome, Report};
use crate::command::io::output::Output;
use crate::command::io::shown::escaped_lines;
use crate::command::train::score::card::{InstructionPair, pairs};
use crate::command::train::score::page::templates;

/// The most instructions of a function that are shown.
const MAX_CODE: usize = 2000;

/// A function on the page.
#[derive(Serialize)]
struct FunctionCard<'r> {
    #[serde(flatten)]
    report: &'r FunctionReport,
    /// Why it is not proven.
    reason: Option<String>,
    /// Its part of the file, with holes.
    text: String,
    code: Vec<InstructionPair>,
}

/// Writes the page to a file, which [`Output::finish`] puts in place. `compiled` are the functions of the
/// compiled file.
pub fn page(
    path: &Path,
    name: &str,
    chunk: &Chunk,
    functions: &[Function],
    text: &str,
    compiled: &[Option<&Proto>],
    report: &Report,
) -> Result<Output> {
    let first = u32::from(!chunk.main.is_main(chunk.version));
    let source = parse(text.as_bytes(), chunk.version).ok();
    let part = |number: u32| {
        let source = source.as_ref()?;
        let number = number + first;
        source.functions.get(number as usize)?;
        source.answer(number, Inside::Holes).ok()
    };
    let cards = (0..).zip(functions).zip(&report.by_function);
    let cards = cards.map(|((number, function), report)| FunctionCard {
        report,
        reason: (report.outcome != Outcome::Proven).then(|| report.reason()),
        text: part(number).unwrap_or_default(),
        code: code(chunk.version, function.proto, compiled[number as usize]),
    });
    let mut environment = templates()?;
    environment.add_template("assembled", include_str!("page.html"))?;
    let page = environment.get_template("assembled")?.render(context! {
        name,
        report => Shared::from(Serde(report)),
        cards => Shared::from(Serde(cards.collect::<Vec<_>>())),
    })?;
    let mut output = Output::file(path)?;
    output.write_all(escaped_lines(&page).as_bytes())?;
    Ok(output)
}

/// Returns the instructions of a function beside those of its text, with the first difference marked.
fn code(version: Version, asked: &Proto, answer: Option<&Proto>) -> Vec<InstructionPair> {
    let mut pairs = pairs(version, Some(asked), answer, 0..MAX_CODE);
    if let Some(first) = pairs.iter_mut().find(|pair| pair.asked != pair.answer) {
        first.first = true;
    }
    pairs
}
