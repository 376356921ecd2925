//! An answer that is not the same, laid out for the page: its text beside both disassemblies.

use luadec_tok::Step;
use luadec_tok::chunk::{Chunk, Proto, Version};
use luadec_tok::score::{Difference, What, disassemble};
use serde::Serialize;

use super::answer::Scored;
use super::verdict::{Level, Verdict};

#[derive(Serialize)]
pub struct Card {
    pub line: u64,
    /// Which of several samples it is, counted from 0.
    pub sample: usize,
    id: Option<String>,
    pub level: Level,
    pub similarity: f64,
    functions: usize,
    functions_same: usize,
    instructions: usize,
    edit_distance: usize,
    error: Option<String>,
    /// Where the two differ first.
    function: Option<String>,
    what: Option<String>,
    text: String,
    code: Vec<Pair>,
}

/// The instructions that both functions have at an index.
#[derive(Serialize)]
struct Pair {
    pc: usize,
    asked: String,
    answer: String,
    first: bool,
}

/// How much of an answer's text is shown, in characters.
const MAX_TEXT: usize = 4000;

/// How many instructions are shown before the first that differs, and from that on.
const BEFORE: usize = 30;
const AFTER: usize = 60;

impl Card {
    pub fn new(
        place: (u64, usize),
        id: Option<String>,
        asked: &Chunk,
        scored: &Scored,
        verdict: &Verdict,
    ) -> Card {
        let comparison = &verdict.comparison;
        let first = comparison.differences.first();
        let code = match &scored.outcome {
            Ok(attempt) => attempt
                .with_function(|answer| code(asked.version, &asked.main, Some(answer), first)),
            Err(_) => code(asked.version, &asked.main, None, None),
        };
        let text = String::from_utf8_lossy(&scored.text);
        let end = text.char_indices().nth(MAX_TEXT);
        Card {
            line: place.0,
            sample: place.1,
            id,
            level: verdict.level(),
            similarity: comparison.similarity(),
            functions: comparison.functions,
            functions_same: comparison.functions_same,
            instructions: comparison.instructions,
            edit_distance: comparison.edit_distance,
            error: verdict.error.clone(),
            function: first.map(|first| first.function.to_string()),
            what: first.map(told),
            text: match end {
                None => text.into_owned(),
                Some((end, _)) => format!("{}\n[...]", &text[..end]),
            },
            code,
        }
    }
}

/// What differs, in words.
fn told(difference: &Difference) -> String {
    let Difference {
        what,
        asked,
        answer,
        ..
    } = difference;
    match what {
        What::Instruction(_) => what.to_string(),
        What::Function if answer.is_empty() => format!("missing: {asked}"),
        What::Function => format!("extra: {answer}"),
        What::Around => format!("{what}: {answer}"),
        _ => format!("{what}: asked {asked}, answered {answer}"),
    }
}

/// The instructions of both around the first difference, or from the start.
fn code(
    version: Version,
    asked: &Proto,
    answer: Option<&Proto>,
    first: Option<&Difference>,
) -> Vec<Pair> {
    let steps = first.map_or(&[][..], |first| &first.function.0);
    let (asked, answer) = (inside(Some(asked), steps), inside(answer, steps));
    let place = match first.map(|first| first.what) {
        Some(What::Instruction(pc)) => Some(pc),
        _ => None,
    };
    let length = |p: Option<&Proto>| p.map_or(0, |p| p.code.len());
    let start = place.unwrap_or(0).saturating_sub(BEFORE);
    let end = place.unwrap_or(0) + AFTER;
    let end = end.min(length(asked).max(length(answer)));
    let text = |p: Option<&Proto>, pc| {
        p.and_then(|p| disassemble(version, p, pc))
            .unwrap_or_default()
    };
    let pair = |pc| Pair {
        pc,
        asked: text(asked, pc),
        answer: text(answer, pc),
        first: place == Some(pc),
    };
    (start..end).map(pair).collect()
}

fn inside<'p>(p: Option<&'p Proto<'p>>, steps: &[Step]) -> Option<&'p Proto<'p>> {
    steps.iter().try_fold(p?, |p, step| match step {
        Step::Function(i) => p.p.get(*i),
        _ => None,
    })
}
