//! Answers against the chunk that they were asked for, in a helper.

use std::borrow::Cow;
use std::time::Duration;

use luadec_tok::chunk::{Chunk, Proto};
use luadec_tok::compare::{Comparison, compare};
use luadec_tok::source::parse_alone;
use luadec_tok::{Version, undump};

use super::card::Card;
use super::fence;
use super::place::{Names, Placed};
use super::result::{Answer, Judged, Place};
use super::shape::one_function;
use crate::command::compile::{CompileError, Compiler, Limits, skip_comment};

/// A place that is none: where answers are compiled together.
pub const NOWHERE: u64 = u64::MAX;

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

impl Way<'_> {
    pub fn time(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

/// An answer to a chunk.
pub struct Answered<'a> {
    pub asked: &'a Chunk<'a>,
    /// `None` for `null`.
    pub text: Option<&'a [u8]>,
    /// Whether a fence was taken off, and how the answer compares, if that is known already.
    pub known: Option<(bool, Comparison)>,
}

/// An answer without what is around it.
struct Inside<'a> {
    text: Cow<'a, [u8]>,
    is_fenced: bool,
}

/// An answer that can be compiled among others.
pub struct Member<'a> {
    asked: &'a Chunk<'a>,
    is_fenced: bool,
    source: Source,
}

enum Source {
    File(Vec<u8>),
    Function(Placed),
}

impl<'a> Answered<'a> {
    /// What the answer is compiled as among others, if that can be.
    pub fn member(&self) -> Option<Member<'a>> {
        let (asked, text) = (self.asked, self.text?);
        let Inside { text, is_fenced } = inside(asked, text);
        let source = match is_file(asked) {
            // In Lua 5.1 a function with `...` that is not a main one has a variable `arg`.
            true if asked.version == Version::Lua51 => return None,
            true => {
                // One that ends the function that it is put into, or comments out its end, could stand
                // for another answer.
                parse_alone(&text, asked.version).ok()?;
                Source::File(skip_comment(&text).to_owned())
            }
            false => {
                let function = one_function(&text, asked.version).ok()?;
                let variables = Names::of(&function).variables(asked.version, &asked.main, None);
                Source::Function(Placed::new(&function, &variables))
            }
        };
        Some(Member {
            asked,
            is_fenced,
            source,
        })
    }
}

impl Member<'_> {
    /// A chunk, which is just as well the body of a function.
    pub fn source(&self) -> &[u8] {
        match &self.source {
            Source::File(source) => source,
            Source::Function(placed) => placed.source(),
        }
    }

    /// Whether a fence was taken off, and how the answer compares if its source was compiled to
    /// `main`.
    pub fn compared(&self, main: &Proto) -> Option<(bool, Comparison)> {
        let Chunk {
            version,
            main: asked,
            ..
        } = self.asked;
        let answer = match &self.source {
            Source::File(_) => main,
            Source::Function(placed) => placed.function(main)?,
        };
        Some((self.is_fenced, compare(*version, asked, answer)))
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
    let Inside { text, is_fenced } = inside(asked, text);
    match judged_inside(way, asked, &text, is_fenced) {
        Ok(judged) => judged,
        Err(error) => {
            let answer = Answer::failed(asked, &error, is_fenced);
            judged(
                answer,
                way.page.then(|| Card::new(asked, None, None, &text)),
            )
        }
    }
}

/// Judges what is inside a fence; or why it fails.
fn judged_inside(way: Way, asked: &Chunk, text: &[u8], is_fenced: bool) -> Result<Judged, String> {
    let compiled = |source: &[u8]| {
        compiled(way.compiler, source, way.seconds).map_err(|error| error.to_string())
    };
    let tell = |comparison: &Comparison, function: &Proto| {
        let differences = &comparison.differences;
        let is_shown = way.page && !comparison.same;
        let card = is_shown.then(|| Card::new(asked, Some(function), differences.first(), text));
        Judged {
            places: differences.iter().take(way.places).map(Place::of).collect(),
            places_left: differences.len().saturating_sub(way.places),
            ..judged(Answer::compared(comparison, is_fenced), card)
        }
    };
    if is_file(asked) {
        let bytes = compiled(text)?;
        let main = main_of(&bytes);
        return Ok(tell(&compare(asked.version, &asked.main, &main), &main));
    }
    let function = one_function(text, asked.version).map_err(|reason| reason.to_string())?;
    let names = Names::of(&function);
    let first = names.variables(asked.version, &asked.main, None);
    let attempt = |variables: &[&[u8]]| -> Result<_, String> {
        let placed = Placed::new(&function, variables);
        let bytes = compiled(placed.source())?;
        let main = main_of(&bytes);
        let Some(answer) = placed.function(&main) else {
            return Err("the compiler made something else of it than one function".to_owned());
        };
        let comparison = compare(asked.version, &asked.main, answer);
        let again = match comparison.same {
            true => None,
            false => Some(names.variables(asked.version, &asked.main, Some((answer, variables)))),
        };
        Ok((
            comparison.edit_distance,
            tell(&comparison, answer),
            again.filter(|again| again != variables),
        ))
    };
    let (distance, judged, again) = attempt(&first)?;
    // Compiled, it may tell more of the names than its text did.
    if let Some(again) = again
        && let Ok((less, judged, _)) = attempt(&again)
        && less < distance
    {
        return Ok(judged);
    }
    Ok(judged)
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
    let answer = Answer::failed(asked, error, false);
    judged(answer, way.page.then(|| Card::new(asked, None, None, text)))
}

/// Whether an answer is a whole file. Only main functions begin at line 0.
fn is_file(asked: &Chunk) -> bool {
    asked.main.linedefined == 0
}

fn inside<'a>(asked: &Chunk, text: &'a [u8]) -> Inside<'a> {
    let inside = fence::inside(text, asked.version);
    Inside {
        is_fenced: inside.is_some(),
        text: inside.unwrap_or(Cow::Borrowed(text)),
    }
}

/// Compiles an answer, or several.
pub fn compiled(compiler: &Compiler, source: &[u8], seconds: u64) -> Result<Vec<u8>, CompileError> {
    let limits = Limits {
        memory: (4 << 20) + 32 * source.len(),
        seconds,
    };
    compiler.compile(source, "answer", limits)
}

fn main_of(bytes: &[u8]) -> Proto<'_> {
    undump(bytes)
        .expect("the compiler wrote a chunk")
        .chunk
        .main
}
