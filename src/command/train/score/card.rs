//! The part of a page about an answer: its text beside both disassemblies.

use std::ops::Range;

use luadec_tok::chunk::{Chunk, Proto};
use luadec_tok::compare::{Difference, DifferenceKind, disassemble};
use luadec_tok::{Step, Version};
use serde::{Deserialize, Serialize};

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
