//! An answer's text against the chunk that it was asked for.

use luadec_tok::chunk::{Chunk, Proto};
use luadec_tok::score::{Comparison, compare};
use luadec_tok::undump;

use super::definition::around;
use super::fence;
use super::search::search;
use super::wrap::{Form, Outer};
use crate::command::compile::{CompileError, Compiler, Limits};

/// What came of an answer.
pub struct Scored {
    /// Whether a fence was taken off.
    pub fenced: bool,
    /// The text without it.
    pub text: Vec<u8>,
    /// How it compares, or why it does not compile.
    pub outcome: Result<Attempt, CompileError>,
}

/// An answer, compiled in one way, and how it compares.
pub struct Attempt {
    /// The chunk that Lua made of it.
    bytes: Vec<u8>,
    /// How deep inside the chunk's main function the answer's function is: always the first one.
    depth: usize,
    pub comparison: Comparison,
}

impl Attempt {
    /// Gives the answer's function.
    pub fn with_function<R>(&self, run: impl FnOnce(&Proto) -> R) -> R {
        let main = main_of(&self.bytes);
        let mut p = &main;
        for _ in 0..self.depth {
            p = &p.p[0];
        }
        run(p)
    }

    /// Whether it comes closer to what was asked than another.
    fn is_better(&self, other: &Attempt) -> bool {
        let rank = |attempt: &Attempt| {
            let comparison = &attempt.comparison;
            (!comparison.same, comparison.edit_distance)
        };
        rank(self) < rank(other)
    }
}

/// An answer that is asked for a function of a chunk.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    pub asked: &'a Proto<'a>,
    pub text: &'a [u8],
    /// The most processor time that compiling may take, in seconds.
    pub seconds: u64,
}

/// Scores an answer. If it does not compile as it stands but has a fence, what is inside counts.
pub fn score(asked: &Chunk, answer: &[u8], seconds: u64) -> Scored {
    let question = |text| Question {
        asked: &asked.main,
        text,
        seconds,
    };
    let outcome = as_it_stands(question(answer));
    if matches!(outcome, Err(CompileError::Syntax(_)))
        && let Ok(answer) = str::from_utf8(answer)
        && let Some(inside) = fence::inside(answer)
    {
        return Scored {
            fenced: true,
            text: inside.as_bytes().to_owned(),
            outcome: as_it_stands(question(inside.as_bytes())),
        };
    }
    Scored {
        fenced: false,
        text: answer.to_owned(),
        outcome,
    }
}

fn as_it_stands(question: Question) -> Result<Attempt, CompileError> {
    // Only main functions begin at line 0.
    match question.asked.linedefined {
        0 => chunk(question),
        _ => function(question),
    }
}

fn chunk(question: Question) -> Result<Attempt, CompileError> {
    let bytes = compiled(question.text, question.seconds)?;
    let comparison = compare(question.asked, &main_of(&bytes));
    Ok(Attempt {
        bytes,
        depth: 0,
        comparison,
    })
}

/// A function's answer is the text of a function, and may be that of what is inside of one.
fn function(question: Question) -> Result<Attempt, CompileError> {
    let [first, second] = match is_anonymous(question.text) {
        false => [Form::Statement, Form::Expression],
        true => [Form::Expression, Form::Statement],
    };
    let definition = match search(question, first) {
        // Of two messages the first tells more.
        Err(error @ CompileError::Syntax(_)) => search(question, second).map_err(|_| error),
        found => found,
    };
    let clear = match &definition {
        Ok(found) => found.comparison.same,
        Err(error) => !matches!(error, CompileError::Syntax(_)),
    };
    if clear || question.asked.numparams > 0 {
        return definition;
    }
    let vararg = question.asked.is_vararg != 0;
    match (definition, search(question, Form::Body { vararg })) {
        (Ok(definition), Ok(body)) if body.is_better(&definition) => Ok(body),
        (Err(_), Ok(body)) => Ok(body),
        (definition, _) => definition,
    }
}

/// Whether a text begins with `function(`.
fn is_anonymous(text: &[u8]) -> bool {
    let rest = text.trim_ascii_start().strip_prefix(b"function");
    rest.is_some_and(|rest| rest.trim_ascii_start().starts_with(b"("))
}

/// Compiles a function's answer among these variables, and compares it.
pub fn attempt(question: Question, outer: &Outer, form: Form) -> Result<Attempt, CompileError> {
    let bytes = compiled(&outer.wrap(question.text, form), question.seconds)?;
    let main = main_of(&bytes);
    let (mut p, mut depth, mut more) = (&main, 0, 0);
    for _ in 0..=outer.levels() {
        let Some(around) = around(p) else {
            break;
        };
        (p, depth, more) = (&p.p[0], depth + 1, more + around);
    }
    if more > 0 && matches!(form, Form::Body { .. }) {
        let message = "the text ends the function that it was put into";
        return Err(CompileError::Syntax(message.to_owned()));
    }
    let mut comparison = compare(question.asked, p);
    comparison.add_around(more);
    Ok(Attempt {
        bytes,
        depth,
        comparison,
    })
}

pub fn compiled(source: &[u8], seconds: u64) -> Result<Vec<u8>, CompileError> {
    let limits = Limits {
        memory: (4 << 20) + 32 * source.len(),
        seconds,
    };
    Compiler::Own.compile(source, "answer", limits)
}

fn main_of(bytes: &[u8]) -> Proto<'_> {
    undump(bytes).expect("Lua wrote it").chunk.main
}
