//! An answer that is not the same, laid out for the page: its text beside both disassemblies.

use luadec_tok::Step;
use luadec_tok::chunk::{Chunk, Proto, Version};
use luadec_tok::compare::{Difference, What, disassemble};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub struct Card {
    /// What differs first, in words.
    what: Option<String>,
    text: String,
    code: Vec<Pair>,
}

/// The instructions that both functions have at an index.
#[derive(Debug, Serialize, Deserialize)]
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
    /// `function` is the answer's, if it compiles, and `first` where it differs first.
    pub fn new(
        asked: &Chunk,
        function: Option<&Proto>,
        first: Option<&Difference>,
        text: &[u8],
    ) -> Card {
        let text = String::from_utf8_lossy(text);
        let end = text.char_indices().nth(MAX_TEXT);
        Card {
            what: first.map(told),
            text: match end {
                None => text.into_owned(),
                Some((end, _)) => format!("{}\n[...]", &text[..end]),
            },
            code: code(asked.version, &asked.main, function, first),
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
    let (asked, answer) = match first {
        None => (Some(asked), answer),
        Some(first) if first.what == What::Function && first.asked.is_empty() => {
            (None, inside(answer, &first.function.0))
        }
        Some(first) => {
            let steps = first.answer_function.as_ref();
            let answer = steps.and_then(|steps| inside(answer, &steps.0));
            (inside(Some(asked), &first.function.0), answer)
        }
    };
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
