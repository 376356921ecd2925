//! Judges answers in a helper: compiles them and compares them with the chunks asked for.

use std::borrow::Cow;
use std::time::Duration;

use luadec_tok::chunk::{Chunk, Proto};
use luadec_tok::compare::{Comparison, compare};
use luadec_tok::source::{NodeKind, Source, SyntaxError, parse_alone, parse_answer};
use luadec_tok::stream::Outline;
use luadec_tok::{Version, undump};

use super::card::Card;
use super::fence;
use super::place::{Names, Placed};
use super::result::{Answer, Judged, ShownDifference};
use super::row::AskedFor;
use super::shape::{NotOneFunction, OneFunction, one_function};
use crate::command::train::compile::{CompileError, Compiler, Limits};
use crate::command::train::outline::{Attempt, Proof, prove};

/// The settings for judging answers.
#[derive(Clone, Copy)]
pub struct Judge<'a> {
    /// The compiler of the answers.
    pub compiler: &'a Compiler,
    /// The time limit for one answer, in seconds.
    pub seconds: u64,
    /// True if the answers are shown on a page.
    pub page: bool,
    /// The number of differences to describe.
    pub places: usize,
}

/// An answer to a chunk.
pub struct Answered<'a> {
    pub asked: &'a AskedFor,
    /// `None` for `null`.
    pub text: Option<&'a [u8]>,
    /// True if framing was removed, and the comparison, if the answer has been compared already.
    pub known: Option<(bool, Comparison)>,
}

/// An answer without the framing around it.
pub struct Inside<'a> {
    pub text: Cow<'a, [u8]>,
    pub is_fenced: bool,
    /// The parsed answer, if it had no framing.
    pub source: Option<Source<'a>>,
}

impl<'a> Inside<'a> {
    /// Removes the framing from an answer.
    pub fn of(asked: &AskedFor, text: &'a [u8]) -> Inside<'a> {
        let source = asked.parse_answer(text).ok();
        let inside = match &source {
            Some(_) => None,
            None => fence::inside(text, asked.chunk.version),
        };
        Inside {
            is_fenced: inside.is_some(),
            text: inside.unwrap_or(Cow::Borrowed(text)),
            source,
        }
    }
}

/// Returns the one function of an answer without framing, which may have been parsed already.
pub fn function_of<'t>(
    text: &'t [u8],
    source: Option<Source<'t>>,
    version: Version,
) -> Result<OneFunction<'t>, NotOneFunction> {
    match source {
        Some(source) => OneFunction::of(source),
        None => one_function(text, version),
    }
}

impl Judge<'_> {
    /// Returns the time limit for one answer.
    pub fn time(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// Judges an answer.
    pub fn judge(&self, answered: Answered) -> Judged {
        let AskedFor {
            chunk,
            outline,
            either,
        } = answered.asked;
        if let Some((is_fenced, comparison)) = answered.known {
            // It is identical, so there is nothing to show.
            return Judged::new(Answer::compared(&comparison, is_fenced), None);
        }
        let Some(text) = answered.text else {
            return self.failed(chunk, b"", "the answer is null", false);
        };
        let mut inside = Inside::of(answered.asked, text);
        let source = inside.source.take();
        let is_function = || {
            let parsed = parse_alone(&inside.text, chunk.version);
            parsed.is_ok_and(|source| source.nodes[0].kind == NodeKind::Function)
        };
        let either = either.as_ref().filter(|_| is_function());
        let judged = match outline.as_ref().or(either) {
            Some(outline) => self.outline(outline, &inside, source),
            None if is_file(chunk) => self.file(chunk, &inside),
            None => self.function(chunk, &inside, source),
        };
        judged.unwrap_or_else(|error| self.failed(chunk, &inside.text, &error, inside.is_fenced))
    }

    /// Returns the score of an answer that fails.
    pub fn failed(&self, asked: &Chunk, text: &[u8], error: &str, is_fenced: bool) -> Judged {
        let card = self.page.then(|| Card::new(asked, None, None, text));
        Judged::new(Answer::failed(asked, error, is_fenced), card)
    }

    fn file(&self, asked: &Chunk, inside: &Inside) -> Result<Judged, String> {
        let bytes = self.compiled(&inside.text)?;
        let main = main_of(&bytes);
        let comparison = compare(asked.version, &asked.main, &main);
        Ok(self.compared(asked, inside, &main, &comparison))
    }

    fn outline<'t>(
        &self,
        outline: &Outline,
        inside: &'t Inside,
        source: Option<Source<'t>>,
    ) -> Result<Judged, String> {
        let source = source_of(outline, &inside.text, source)?;
        let attempt = Attempt::new(outline, &source, None);
        let proof = attempt.and_then(|attempt| prove(self.compiler, self.seconds, attempt));
        let Proof {
            mut comparison,
            asked,
            answer,
            ..
        } = proof.map_err(|error| error.to_string())?;
        without_numbers(&mut comparison);
        let asked = Chunk {
            version: outline.version,
            nupvalues: outline.nupvalues,
            extension: None,
            main: asked,
        };
        Ok(self.compared(&asked, inside, &answer, &comparison))
    }

    fn function<'t>(
        &self,
        asked: &Chunk,
        inside: &'t Inside,
        source: Option<Source<'t>>,
    ) -> Result<Judged, String> {
        let one = function_of(&inside.text, source, asked.version);
        let one = one.map_err(|reason| reason.to_string())?;
        let names = Names::of(&one);
        let attempt = |variables: &[&[u8]]| -> Result<_, String> {
            let placed = Placed::new(&one, variables);
            let bytes = self.compiled(placed.source())?;
            let main = main_of(&bytes);
            let Some(answer) = placed.function(&main) else {
                return Err("the compiler made something other than one function of it".to_owned());
            };
            let comparison = compare(asked.version, &asked.main, answer);
            // The compiled code may reveal more about the names than the text does.
            let again = match comparison.same {
                true => None,
                false => {
                    Some(names.variables(asked.version, &asked.main, Some((answer, variables))))
                }
            };
            let judged = self.compared(asked, inside, answer, &comparison);
            let again = again.filter(|again| again != variables);
            Ok((comparison.edit_distance, judged, again))
        };
        let (distance, judged, again) =
            attempt(&names.variables(asked.version, &asked.main, None))?;
        if let Some(again) = again
            && let Ok((less, judged, _)) = attempt(&again)
            && less < distance
        {
            return Ok(judged);
        }
        Ok(judged)
    }

    /// Returns the score of an answer that compiles to `function`.
    fn compared(
        &self,
        asked: &Chunk,
        inside: &Inside,
        function: &Proto,
        comparison: &Comparison,
    ) -> Judged {
        let differences = &comparison.differences;
        let is_shown = self.page && !comparison.same;
        let first = differences.first();
        let card = is_shown.then(|| Card::new(asked, Some(function), first, &inside.text));
        let places = differences
            .iter()
            .take(self.places)
            .map(ShownDifference::of);
        Judged {
            places: places.collect(),
            places_left: differences.len().saturating_sub(self.places),
            ..Judged::new(Answer::compared(comparison, inside.is_fenced), card)
        }
    }

    fn compiled(&self, source: &[u8]) -> Result<Vec<u8>, String> {
        compiled(self.compiler, source, self.seconds).map_err(|error| error.to_string())
    }
}

/// Returns the source of an answer to an outline without framing, which may have been parsed already.
pub fn source_of<'t>(
    outline: &Outline,
    text: &'t [u8],
    source: Option<Source<'t>>,
) -> Result<Source<'t>, String> {
    let parsed = source.map_or_else(|| parse_answer(text, outline.version), Ok);
    let source = parsed.map_err(|error| error.to_string())?;
    if outline.is_main {
        return Ok(source);
    }
    let one = OneFunction::of(source).map_err(|error| error.to_string())?;
    Ok(one.source)
}

/// Removes the level `identical`: the constants of the functions inside are not known, and the numbers
/// of a function's own depend on them.
pub fn without_numbers(comparison: &mut Comparison) {
    comparison.identical = false;
}

impl AskedFor {
    /// Parses an answer.
    pub fn parse_answer<'t>(&self, text: &'t [u8]) -> Result<Source<'t>, SyntaxError> {
        match self.outline {
            Some(_) => parse_answer(text, self.chunk.version),
            None => parse_alone(text, self.chunk.version),
        }
    }
}

/// Returns true if the answer should be a whole file. Only main functions start at line 0.
pub fn is_file(asked: &Chunk) -> bool {
    asked.main.linedefined == 0
}

/// Compiles one answer or a batch.
pub fn compiled(compiler: &Compiler, source: &[u8], seconds: u64) -> Result<Vec<u8>, CompileError> {
    let limits = Limits {
        memory: (4 << 20) + 32 * source.len(),
        seconds,
    };
    compiler.compile(source, "answer", limits)
}

fn main_of(bytes: &[u8]) -> Proto<'_> {
    undump(bytes)
        .expect("the compiler writes a chunk")
        .chunk
        .main
}
