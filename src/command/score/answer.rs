//! An answer's text against the chunk that it was asked for.

use luadec_tok::chunk::Chunk;

use super::attempt::{Attempt, Question, chunk};
use super::fence;
use super::search::search;
use super::wrap::Form;
use crate::command::compile::{CompileError, Compiler};

/// What came of an answer.
pub struct Scored {
    /// Whether a fence was taken off.
    pub fenced: bool,
    /// The text without it.
    pub text: Vec<u8>,
    /// How it compares, or why it does not compile.
    pub outcome: Result<Attempt, CompileError>,
}

/// Scores an answer. If it does not compile as it stands but has a fence, what is inside counts.
pub fn score(compiler: &Compiler, asked: &Chunk, answer: &[u8], seconds: u64) -> Scored {
    let question = |text| Question {
        asked: &asked.main,
        compiler,
        text,
        seconds,
    };
    let outcome = as_it_stands(question(answer));
    if matches!(outcome, Err(CompileError::Syntax(_)))
        && let Some(inside) = fence::inside(answer, compiler.version())
    {
        return Scored {
            fenced: true,
            outcome: as_it_stands(question(&inside)),
            text: inside.into_owned(),
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

/// A function's answer is the text of a function, and may be that of what is inside of one.
fn function(question: Question) -> Result<Attempt, CompileError> {
    let first = form(question.text);
    let second = match first {
        Form::Expression => Form::Statement,
        _ => Form::Expression,
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

/// How the text of a function is to be read, by the look of it.
pub fn form(text: &[u8]) -> Form {
    match is_anonymous(text) {
        false => Form::Statement,
        true => Form::Expression,
    }
}

/// Whether a text begins with `function(`.
fn is_anonymous(text: &[u8]) -> bool {
    let rest = text.trim_ascii_start().strip_prefix(b"function");
    rest.is_some_and(|rest| rest.trim_ascii_start().starts_with(b"("))
}
