//! Which free names of a function's answer are variables of the functions around it.

use std::cell::Cell;
use std::cmp::Ordering;

use luadec_tok::Step;
use luadec_tok::chunk::{Proto, Version};
use luadec_tok::score::{Comparison, global};

use super::attempt::{Attempt, Question, attempt};
use super::wrap::{Form, Outer};
use crate::command::compile::CompileError;

/// Compiles an answer among the variables that the chunk's function has around it.
///
/// A chunk with debug information says their names. A stripped one does not, so they are found by
/// trying: the answer is compiled with all its free names as globals. Where it differs first from
/// the chunk, the global that it uses there is declared as a variable instead, and so on, as long as
/// the two agree further each time. However large the answer is, no more than a megabyte of source
/// is compiled for it.
///
/// # Errors
/// The answer does not compile.
pub fn search(question: Question, form: Form) -> Result<Attempt, CompileError> {
    let version = question.compiler.version();
    let outer = Outer::of(question.asked);
    let upvalues = question.asked.upvalues.iter();
    let mut unknown = upvalues.filter(|upvalue| upvalue.name.is_none()).count();
    let first = attempt(question, &outer, form)?;
    let tries = Cell::new(MAX_COMPILED / (question.text.len() + 1));
    let attempt = |outer: &Outer| {
        tries.set(tries.get().checked_sub(1)?);
        attempt(question, outer, form).ok()
    };
    let mut best = Try {
        attempt: first,
        outer,
    };
    while unknown > 0 && !best.attempt.comparison.same {
        let mut names = candidates(version, &best.attempt).into_iter();
        let further = names.find_map(|name| best.further(version, name, unknown, attempt));
        let Some((further, names)) = further else {
            break;
        };
        best = further;
        unknown -= names;
    }
    Ok(best.attempt)
}

/// How much source is compiled for one answer at most, in bytes.
const MAX_COMPILED: usize = 1 << 20;

struct Try {
    attempt: Attempt,
    outer: Outer,
}

impl Try {
    /// Declares `name`, and what the answer uses at the same place after that, until the two agree
    /// further: `a[b.c]` of two variables uses `b` first, and the global `a` before the global `b`.
    /// Gives how many names that took, at most `most`.
    fn further(
        &self,
        version: Version,
        name: Vec<u8>,
        most: usize,
        attempt: impl Fn(&Outer) -> Option<Attempt>,
    ) -> Option<(Try, usize)> {
        let here = reach(&self.attempt.comparison);
        let mut outer = self.outer.clone();
        let mut name = name;
        for names in 1..=most {
            outer.add(&name);
            let attempt = attempt(&outer)?;
            match reach(&attempt.comparison).cmp(&here) {
                Ordering::Less => return None,
                Ordering::Equal => name = candidates(version, &attempt).into_iter().next()?,
                Ordering::Greater => return Some((Try { attempt, outer }, names)),
            }
            if outer.contains(&name) {
                return None;
            }
        }
        None
    }
}

/// How far two trees agree: up to which function and which of its instructions.
type Reach = (Vec<usize>, usize);

/// The place of the first instruction that differs; where there is none, one beyond all.
fn reach(comparison: &Comparison) -> (bool, Reach) {
    match first(comparison) {
        Some(place) => (false, place),
        None => (true, Reach::default()),
    }
}

fn first(comparison: &Comparison) -> Option<Reach> {
    comparison.differences.iter().find_map(|difference| {
        let pc = difference.beyond_jumps?;
        let steps = difference.function.0.iter().map(|step| match step {
            Step::Function(i) => *i,
            _ => unreachable!("the way to a function leads through functions"),
        });
        Some((steps.collect(), pc))
    })
}

/// How many globals before the first difference are tried.
const MOST_BEFORE: usize = 2;

/// The globals that might be variables: the one that the answer uses where it differs first; those
/// that it uses just before, which agreed by chance (`socket.socket` of a variable `socket` begins
/// as the global does); and the first of all, for then the chunk's globals were taken for fields of
/// what is none of them.
fn candidates(version: Version, attempt: &Attempt) -> Vec<Vec<u8>> {
    let Some((path, pc)) = first(&attempt.comparison) else {
        return Vec::new();
    };
    attempt.with_function(|main| {
        let global = |p: &Proto, pc| global(version, p, pc);
        let p = path.iter().try_fold(main, |p, i| p.p.get(*i));
        let before = p
            .into_iter()
            .flat_map(|p| (0..pc).rev().filter_map(|pc| global(p, pc)));
        let mut names = Vec::new();
        names.extend(p.and_then(|p| global(p, pc)));
        names.extend(before.take(MOST_BEFORE));
        names.extend(first_global(version, main));
        names
    })
}

/// The first global that a function or one inside it uses.
fn first_global(version: Version, p: &Proto) -> Option<Vec<u8>> {
    let own = (0..p.code.len()).find_map(|pc| global(version, p, pc));
    own.or_else(|| p.p.iter().find_map(|p| first_global(version, p)))
}
