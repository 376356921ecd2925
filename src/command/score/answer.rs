//! An answer's text against the chunk that it was asked for.

use luadec_tok::chunk::{Chunk, Proto};
use luadec_tok::score::{Comparison, compare};
use luadec_tok::undump;

use super::definition::around;
use super::fence;
use super::search::search;
use super::wrap::{Form, Outer};
use crate::command::compile::compile;

/// What came of an answer.
pub struct Scored {
    /// Whether a fence was taken off.
    pub fenced: bool,
    /// The text without it.
    pub text: Vec<u8>,
    /// How it compares, or why it does not compile, in Lua's words.
    pub outcome: Result<Attempt, String>,
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
        let undumped = undump(&self.bytes).expect("it has been read before");
        let mut p = &undumped.chunk.main;
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

/// Scores an answer. If it does not compile as it stands but has a fence, what is inside counts.
pub fn score(asked: &Chunk, answer: &[u8]) -> Scored {
    let outcome = as_it_stands(asked, answer);
    if outcome.is_err()
        && let Ok(answer) = str::from_utf8(answer)
        && let Some(inside) = fence::inside(answer)
    {
        return Scored {
            fenced: true,
            text: inside.as_bytes().to_owned(),
            outcome: as_it_stands(asked, inside.as_bytes()),
        };
    }
    Scored {
        fenced: false,
        text: answer.to_owned(),
        outcome,
    }
}

fn as_it_stands(asked: &Chunk, text: &[u8]) -> Result<Attempt, String> {
    // Only main functions begin at line 0.
    match asked.main.linedefined {
        0 => chunk(&asked.main, text),
        _ => function(&asked.main, text),
    }
}

fn chunk(asked: &Proto, text: &[u8]) -> Result<Attempt, String> {
    let bytes = compiled(text)?;
    let main = undump(&bytes)
        .map_err(|error| error.to_string())?
        .chunk
        .main;
    let comparison = compare(asked, &main);
    Ok(Attempt {
        bytes,
        depth: 0,
        comparison,
    })
}

/// A function's answer is the text of a function, and may be that of what is inside of one.
fn function(asked: &Proto, text: &[u8]) -> Result<Attempt, String> {
    let [first, second] = match is_anonymous(text) {
        false => [Form::Statement, Form::Expression],
        true => [Form::Expression, Form::Statement],
    };
    let definition = search(asked, text, first)
        .or_else(|message| search(asked, text, second).map_err(|_| message));
    let clear = definition.as_ref().is_ok_and(|found| found.comparison.same);
    if clear || asked.numparams > 0 {
        return definition;
    }
    let vararg = asked.is_vararg != 0;
    match (definition, search(asked, text, Form::Body { vararg })) {
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
pub fn attempt(asked: &Proto, text: &[u8], outer: &Outer, form: Form) -> Result<Attempt, String> {
    let bytes = compiled(&outer.wrap(text, form))?;
    let main = undump(&bytes)
        .map_err(|error| error.to_string())?
        .chunk
        .main;
    let (mut p, mut depth, mut more) = (&main, 0, 0);
    for _ in 0..=outer.levels() {
        let Some(around) = around(p) else {
            break;
        };
        (p, depth, more) = (&p.p[0], depth + 1, more + around);
    }
    if more > 0 && matches!(form, Form::Body { .. }) {
        return Err("the text ends the function that it was put into".to_owned());
    }
    let mut comparison = compare(asked, p);
    comparison.add_around(more);
    Ok(Attempt {
        bytes,
        depth,
        comparison,
    })
}

pub fn compiled(source: &[u8]) -> Result<Vec<u8>, String> {
    let memory = (4 << 20) + 32 * source.len();
    compile(source, "answer", memory).map_err(|reason| reason.to_string())
}
