//! The HTML page with the rates and the worst answers.

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::Range;
use std::path::Path;

use anyhow::Result;
use luadec_tok::Step;
use luadec_tok::Version;
use luadec_tok::chunk::{Chunk, Proto};
use luadec_tok::compare::{Difference, DifferenceKind, disassemble};
use minijinja::value::{Serde, Value as Shared};
use minijinja::{AutoEscape, Environment, context};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::rates::{Rates, counted};
use super::result::{Answer, Level, ScoredRow};
use crate::command::io::output::Output;
use crate::command::io::shown::escaped_lines;

/// The number of answers shown that differ, and also the number shown that fail.
const MAX_SHOWN: usize = 150;

pub struct HtmlPage {
    output: Output,
    differ: Worst,
    fail: Worst,
}

/// The worst answers: the least similar first, then in the order of the rows.
#[derive(Default)]
struct Worst {
    shown: BTreeMap<(u64, u64, usize), PageEntry>,
    /// The number of all answers, shown or not.
    all: u64,
}

/// An answer on the page.
#[derive(Serialize)]
struct PageEntry {
    line: u64,
    /// Its index among the samples of the row.
    sample: usize,
    id: Option<String>,
    level: Level,
    #[serde(flatten)]
    answer: Answer,
    #[serde(flatten)]
    card: Card,
}

impl Worst {
    fn add(&mut self, shown: PageEntry) {
        self.all += 1;
        // The bits of non-negative floats have the order of the floats.
        let place = (shown.answer.similarity.to_bits(), shown.line, shown.sample);
        self.shown.insert(place, shown);
        if self.shown.len() > MAX_SHOWN {
            self.shown.pop_last();
        }
    }
}

impl HtmlPage {
    /// Opens the file of the page.
    pub fn new(path: &Path) -> Result<HtmlPage> {
        Ok(HtmlPage {
            output: Output::file(path)?,
            differ: Worst::default(),
            fail: Worst::default(),
        })
    }

    /// Adds the answers of a row that have a card.
    pub fn add(&mut self, row: ScoredRow) {
        let id = row.id.as_ref().map(|id| match id {
            Value::String(id) => id.clone(),
            id => id.to_string(),
        });
        let line = row.line;
        for (sample, judged) in row.into_answers().into_iter().enumerate() {
            let Some(card) = judged.card else { continue };
            let level = judged.answer.level();
            let worst = match level {
                Level::Fails => &mut self.fail,
                _ => &mut self.differ,
            };
            worst.add(PageEntry {
                line,
                sample,
                id: id.clone(),
                level,
                answer: judged.answer,
                card,
            });
        }
    }

    /// Writes the page and puts it in place. `name` is the input in its title.
    pub fn finish(mut self, name: &str, rates: &Rates) -> Result<()> {
        let environment = templates()?;
        let (differ, fail) = (self.differ.all, self.fail.all);
        let worst = [self.differ, self.fail].map(|worst| worst.shown.into_values());
        let cards: Vec<PageEntry> = worst.into_iter().flatten().collect();
        let page = environment.get_template("page")?.render(context! {
            name,
            samples => rates.all.samples(),
            rates => Shared::from(Serde(rates)),
            differ,
            fail,
            cards => Shared::from(Serde(cards)),
        })?;
        self.output.write_all(escaped_lines(&page).as_bytes())?;
        self.output.finish()
    }
}

/// Returns the environment with the template of the page.
pub fn templates() -> Result<Environment<'static>> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_filter("percent", |rate: f64| format!("{:.1}", rate * 100.0));
    environment.add_filter("counted", |count: u64, what: &str| counted(count, what));
    environment.add_template("page", include_str!("page.html"))?;
    Ok(environment)
}

/// An answer that is not the same, as the page shows it: its text beside both disassemblies.
#[derive(Debug, Serialize, Deserialize)]
pub struct Card {
    /// The first difference, in words.
    what: Option<String>,
    text: String,
    code: Vec<InstructionPair>,
}

/// The instructions of both functions at an index.
#[derive(Debug, Serialize, Deserialize)]
pub struct InstructionPair {
    pc: usize,
    pub asked: String,
    pub answer: String,
    /// True for the first difference.
    pub first: bool,
}

/// The longest text of an answer that is shown whole, in characters.
const MAX_TEXT: usize = 4000;

/// The numbers of instructions shown before the first that differs, and from it on.
const BEFORE: usize = 30;
const AFTER: usize = 60;

impl Card {
    /// Lays out an answer. `function` is its code, if it compiles, and `first` its first difference.
    pub fn new(
        asked: &Chunk,
        function: Option<&Proto>,
        first: Option<&Difference>,
        text: &[u8],
    ) -> Card {
        let text = String::from_utf8_lossy(text);
        let end = text.char_indices().nth(MAX_TEXT);
        Card {
            what: first.map(in_words),
            text: match end {
                None => text.into_owned(),
                Some((end, _)) => format!("{}\n[...]", &text[..end]),
            },
            code: code(asked.version, &asked.main, function, first),
        }
    }
}

/// Describes a difference.
fn in_words(difference: &Difference) -> String {
    let Difference {
        kind,
        asked,
        answer,
        ..
    } = difference;
    match kind {
        DifferenceKind::Instruction(_) => kind.to_string(),
        DifferenceKind::Function if answer.is_empty() => format!("missing: {asked}"),
        DifferenceKind::Function => format!("extra: {answer}"),
        _ => format!("{kind}: asked for {asked}, found {answer}"),
    }
}

/// Returns the instructions of both functions around the first difference, or from the start.
fn code(
    version: Version,
    asked: &Proto,
    answer: Option<&Proto>,
    first: Option<&Difference>,
) -> Vec<InstructionPair> {
    let (asked, answer) = match first {
        None => (Some(asked), answer),
        Some(first) if first.kind == DifferenceKind::Function && first.asked.is_empty() => {
            (None, inside(answer, &first.function.0))
        }
        Some(first) => {
            let steps = first.answer_function.as_ref();
            let answer = steps.and_then(|steps| inside(answer, &steps.0));
            (inside(Some(asked), &first.function.0), answer)
        }
    };
    let place = match first.map(|first| first.kind) {
        Some(DifferenceKind::Instruction(pc)) => Some(pc),
        _ => None,
    };
    let start = place.unwrap_or(0).saturating_sub(BEFORE);
    let end = place.unwrap_or(0) + AFTER;
    let mut pairs = pairs(version, asked, answer, start..end);
    for pair in &mut pairs {
        pair.first = place == Some(pair.pc);
    }
    pairs
}

/// Returns the instructions of two functions at some indices, as far as one of them has any.
pub fn pairs(
    version: Version,
    asked: Option<&Proto>,
    answer: Option<&Proto>,
    pcs: Range<usize>,
) -> Vec<InstructionPair> {
    let length = |p: Option<&Proto>| p.map_or(0, |p| p.code.len());
    let end = pcs.end.min(length(asked).max(length(answer)));
    let text = |p: Option<&Proto>, pc| {
        p.and_then(|p| disassemble(version, p, pc))
            .unwrap_or_default()
    };
    let pair = |pc| InstructionPair {
        pc,
        asked: text(asked, pc),
        answer: text(answer, pc),
        first: false,
    };
    (pcs.start..end).map(pair).collect()
}

fn inside<'p>(p: Option<&'p Proto<'p>>, steps: &[Step]) -> Option<&'p Proto<'p>> {
    steps.iter().try_fold(p?, |p, step| match step {
        Step::Function(i) => p.p.get(*i),
        _ => None,
    })
}
