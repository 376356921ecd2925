//! Answers against the chunk that they were asked for, in a helper.

use std::borrow::Cow;

use luadec_tok::Version;
use luadec_tok::chunk::{Chunk, Proto};
use luadec_tok::score::{Comparison, compare};

use super::answer::{form, score};
use super::attempt::compare_inside;
use super::card::Card;
use super::fence;
use super::result::{Answer, Judged, Place};
use super::shape::one_function;
use super::wrap::{Form, Outer};
use crate::command::compile::{Compiler, skip_comment};

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

/// An answer to a chunk.
pub struct Answered<'a> {
    pub asked: &'a Chunk<'a>,
    /// `None` for `null`.
    pub text: Option<&'a [u8]>,
    /// Whether a fence was taken off, and how the answer compares, if that is known already.
    pub known: Option<(bool, Comparison)>,
}

/// What an answer is compiled as, if that is known before it is compiled.
pub struct Placed<'a> {
    asked: &'a Chunk<'a>,
    is_fenced: bool,
    source: Vec<u8>,
    /// The variables around its function, if it is no file.
    outer: Option<(Outer, Form)>,
}

impl<'a> Answered<'a> {
    /// What the answer is compiled as among others.
    pub fn placed(&self) -> Option<Placed<'a>> {
        let (asked, text) = (self.asked, self.text?);
        let inside = fence::inside(text, asked.version);
        let is_fenced = inside.is_some();
        let text = inside.unwrap_or(Cow::Borrowed(text));
        // Only main functions begin at line 0.
        if asked.main.linedefined == 0 {
            // In Lua 5.1 a function with `...` that is not a main one has a variable `arg`.
            let can_be_function = asked.version > Version::Lua51;
            return can_be_function.then(|| Placed {
                asked,
                is_fenced,
                source: skip_comment(&text).to_owned(),
                outer: None,
            });
        }
        one_function(&text, asked.version).ok()?;
        let outer = Outer::of(&asked.main);
        let form = form(&text);
        Some(Placed {
            asked,
            is_fenced,
            source: outer.wrap(&text, form),
            outer: Some((outer, form)),
        })
    }
}

impl Placed<'_> {
    /// A chunk, which is just as well the body of a function.
    pub fn source(&self) -> &[u8] {
        &self.source
    }

    /// Whether a fence was taken off, and how the answer compares if its source was compiled to
    /// `main`.
    pub fn compared(&self, main: &Proto) -> (bool, Comparison) {
        let asked = self.asked;
        let comparison = match &self.outer {
            None => compare(asked.version, &asked.main, main),
            Some((outer, _)) => compare_inside(asked.version, &asked.main, outer, main).0,
        };
        (self.is_fenced, comparison)
    }
}

/// Judges an answer.
pub fn judge(way: Way, answered: Answered) -> Judged {
    let asked = answered.asked;
    if let Some((is_fenced, comparison)) = answered.known {
        // It is the same, so there is nothing to show.
        return judged(Answer::compared(&comparison, is_fenced), None);
    }
    let Some(text) = answered.text else {
        return failed(way, asked, b"", "the answer is null");
    };
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
        places: differences.iter().take(way.places).map(Place::of).collect(),
        places_left: differences.len().saturating_sub(way.places),
        ..judged(answer, card)
    }
}

fn judged(answer: Answer, card: Option<Card>) -> Judged {
    Judged {
        answer,
        card,
        places: Vec::new(),
        places_left: 0,
    }
}

/// An answer that cannot be judged fails.
pub fn failed(way: Way, asked: &Chunk, text: &[u8], error: &str) -> Judged {
    let answer = Answer::failed(&asked.main, error, false);
    judged(answer, way.page.then(|| Card::new(asked, None, None, text)))
}
