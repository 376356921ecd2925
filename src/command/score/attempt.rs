//! An answer compiled in one way.

use luadec_tok::Version;
use luadec_tok::chunk::Proto;
use luadec_tok::score::{Comparison, compare};
use luadec_tok::undump;

use super::definition::around;
use super::wrap::{Form, Outer};
use crate::command::compile::{CompileError, Compiler, Limits};

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
    pub fn is_better(&self, other: &Attempt) -> bool {
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
    pub compiler: &'a Compiler,
    pub text: &'a [u8],
    /// The most processor time that compiling may take, in seconds.
    pub seconds: u64,
}

/// Compiles an answer as a whole chunk, and compares it.
pub fn chunk(question: Question) -> Result<Attempt, CompileError> {
    let bytes = compiled(question.compiler, question.text, question.seconds)?;
    let comparison = compare(
        question.compiler.version(),
        question.asked,
        &main_of(&bytes),
    );
    Ok(Attempt {
        bytes,
        depth: 0,
        comparison,
    })
}

/// Compiles a function's answer among these variables, and compares it.
pub fn attempt(question: Question, outer: &Outer, form: Form) -> Result<Attempt, CompileError> {
    let bytes = compiled(
        question.compiler,
        &outer.wrap(question.text, form),
        question.seconds,
    )?;
    let version = question.compiler.version();
    let main = main_of(&bytes);
    let (comparison, depth, more) = compare_inside(version, question.asked, outer, &main);
    if more > 0 && matches!(form, Form::Body { .. }) {
        let message = "the text ends the function that it was put into";
        return Err(CompileError::Syntax(message.to_owned()));
    }
    Ok(Attempt {
        bytes,
        depth,
        comparison,
    })
}

/// Compares a function's answer that was compiled among these variables: also how deep inside of `main`
/// it is, and how many instructions are around it.
pub fn compare_inside(
    version: Version,
    asked: &Proto,
    outer: &Outer,
    main: &Proto,
) -> (Comparison, usize, usize) {
    let (mut p, mut depth, mut more) = (main, 0, 0);
    for _ in 0..=outer.levels() {
        let Some(around) = around(version, p) else {
            break;
        };
        (p, depth, more) = (&p.p[0], depth + 1, more + around);
    }
    let mut comparison = compare(version, asked, p);
    comparison.add_around(more);
    (comparison, depth, more)
}

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
