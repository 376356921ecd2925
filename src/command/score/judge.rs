//! Answers against the chunk that they were asked for, in a helper.

use super::answer::score;
use super::card::Card;
use super::result::{Answer, Judged, Place};
use crate::command::compile::Compiler;
use luadec_tok::chunk::Chunk;

/// How answers are judged.
#[derive(Clone, Copy)]
pub struct Way<'a> {
    /// Who compiles them.
    pub compiler: &'a Compiler,
    /// The most time that judging one may take, in seconds.
    pub seconds: u64,
    /// Whether there is a page that shows them.
    pub page: bool,
    /// How many places are given where one differs.
    pub places: usize,
}

/// Judges an answer.
pub fn judge(way: Way, asked: &Chunk, text: &[u8]) -> Judged {
    let scored = score(way.compiler, asked, text, way.seconds);
    let found = scored.outcome.as_ref().ok();
    let differences = found.map_or(&[][..], |attempt| &attempt.comparison.differences);
    let answer = match &scored.outcome {
        Ok(attempt) => Answer::compared(&attempt.comparison, scored.fenced),
        Err(error) => Answer::failed(&asked.main, &error.to_string(), scored.fenced),
    };
    let is_shown = way.page && !answer.same;
    let card = is_shown.then(|| match found {
        Some(attempt) => attempt.with_function(|function| {
            Card::new(asked, Some(function), differences.first(), &scored.text)
        }),
        None => Card::new(asked, None, None, &scored.text),
    });
    Judged {
        answer,
        card,
        places: differences.iter().take(way.places).map(Place::of).collect(),
        places_left: differences.len().saturating_sub(way.places),
    }
}

/// An answer that cannot be judged fails.
pub fn failed(way: Way, asked: &Chunk, text: &[u8], error: &str) -> Judged {
    let answer = Answer::failed(&asked.main, error, false);
    let is_shown = way.page;
    let card = is_shown.then(|| Card::new(asked, None, None, text));
    Judged {
        answer,
        card,
        places: Vec::new(),
        places_left: 0,
    }
}
