//! Function against function of two trees.

use std::fmt;

use super::disassemble::disassemble;
use super::distance::distance;
use super::meaning::{Meaning, Reference};
use super::meaning::{Values, answer_upvalue, asked_upvalue, instructions, meanings, operands};
use super::places::{with_places, without_captures};
use super::upvalues::{Captures, Pairs};
use crate::chunk::{Proto, Version};
use crate::{Step, TreePath};

/// What came of a comparison.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// The functions of the chunk, the outermost one included.
    pub functions: usize,
    /// Those whose own code is the same in the answer.
    pub functions_same: usize,
    /// Those that the answer does not have.
    pub functions_missing: usize,
    /// The functions that only the answer has.
    pub functions_extra: usize,
    /// The instructions of the chunk, all functions together.
    pub instructions: usize,
    /// The instructions of the answer.
    pub instructions_answered: usize,
    /// The least number of instructions to put in, take out or replace, so that the answer's become
    /// the chunk's, function by function.
    pub edit_distance: usize,
    /// Whether that is the least number indeed, and not an upper bound (see
    /// [`distance`]).
    pub exact: bool,
    /// Whether all is the same: that is, there are no differences.
    pub same: bool,
    /// Whether more than that is the same: every instruction word, the constants and upvalues with
    /// their numbers, the size of the stack. What is left aside are debug information, lines, and
    /// the places of the outermost function's upvalues, which belong to what is around it.
    pub identical: bool,
    /// Where each function differs first, in the order of the tree.
    pub differences: Vec<Difference>,
}

/// Where a function differs first.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The place of the function.
    pub function: TreePath,
    /// What differs in it.
    pub what: What,
    /// What the chunk has there, as text.
    pub asked: String,
    /// What the answer has there.
    pub answer: String,
    /// The first instruction of the answer that differs in more than how far it jumps, and is none of
    /// the words behind a CLOSURE that say in Lua 5.1 what an upvalue captures. A jump differs already
    /// where what it leaps over is longer, and so before the cause of it.
    pub beyond_jumps: Option<usize>,
}

/// What differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The number of parameters.
    Parameters,
    /// Whether it takes `...`.
    Vararg,
    /// The instruction with this index.
    Instruction(usize),
    /// The number of upvalues.
    Upvalues,
    /// The function itself: one of the two does not have it.
    Function,
    /// What an answer does around the one function that was asked for.
    Around,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            What::Parameters => f.write_str("parameters"),
            What::Vararg => f.write_str("vararg"),
            What::Instruction(pc) => write!(f, "instruction {pc}"),
            What::Upvalues => f.write_str("upvalues"),
            What::Function => f.write_str("function"),
            What::Around => f.write_str("code around the function"),
        }
    }
}

/// Compares a function of a chunk, and all inside it, with what an answer has for it.
///
/// The upvalues of the two outermost functions are paired by name where the chunk has names, else in
/// the order in which the code uses them. Both are of the same version.
pub fn compare(version: Version, asked: &Proto, answer: &Proto) -> Comparison {
    let asked = with_places(version, asked);
    let answer = with_places(version, answer);
    let (asked, answer) = (asked.as_ref(), answer.as_ref());
    let mut pairs = Pairs::new(asked, answer);
    let captures = (Captures::outermost(asked), Captures::outermost(answer));
    if !pairs.complete() {
        pair(version, asked, answer, &captures, &mut pairs);
    }
    let mut comparing = Comparing {
        version,
        pairs,
        path: TreePath::default(),
        found: Comparison {
            exact: true,
            ..Comparison::default()
        },
    };
    comparing.function(asked, answer, &captures);
    let mut found = comparing.found;
    found.same = found.differences.is_empty();
    found.identical = found.same && identical(asked, answer, true);
    found
}

/// The captures of a function of the chunk and of that of the answer.
type Both = (Captures, Captures);

/// Pairs the upvalues from outside by the places where they are used, as far as the code agrees.
fn pair(version: Version, asked: &Proto, answer: &Proto, captures: &Both, pairs: &mut Pairs) {
    let mut values = Values::default();
    let k = (values.of(asked), values.of(answer));
    let mut both = instructions(asked).zip(instructions(answer));
    both.all(|((before_a, a), (before_b, b))| {
        let operands = || {
            operands(version, a, before_a)
                .into_iter()
                .zip(operands(version, b, before_b))
        };
        // The upvalues come last: they may be paired only where all else agrees.
        version.op(a) == version.op(b)
            && operands().all(|operands| match operands {
                (Reference::Upvalue(_), Reference::Upvalue(_))
                | (Reference::Label(_), Reference::Label(_)) => true,
                (Reference::Constant(a), Reference::Constant(b)) => k.0.get(a) == k.1.get(b),
                (a, b) => a == b,
            })
            && operands().all(|operands| match operands {
                (Reference::Upvalue(a), Reference::Upvalue(b)) => {
                    pairs.agree(captures.0.origin(a), captures.1.origin(b))
                }
                _ => true,
            })
    });
    for (asked, answer) in asked.p.iter().zip(&answer.p) {
        let inside = (captures.0.inside(asked), captures.1.inside(answer));
        pair(version, asked, answer, &inside, pairs);
    }
}

struct Comparing<'a> {
    version: Version,
    pairs: Pairs<'a>,
    /// The function that is being compared.
    path: TreePath,
    found: Comparison,
}

impl Comparing<'_> {
    fn function(&mut self, asked: &Proto, answer: &Proto, captures: &Both) {
        self.found.functions += 1;
        self.found.instructions += asked.code.len();
        self.found.instructions_answered += answer.code.len();
        match self.own(asked, answer, captures) {
            None => self.found.functions_same += 1,
            Some(difference) => self.found.differences.push(difference),
        }
        let shared = asked.p.len().min(answer.p.len());
        for (i, (asked, answer)) in asked.p.iter().zip(&answer.p).enumerate() {
            let inside = (captures.0.inside(asked), captures.1.inside(answer));
            self.below(i, |comparing| comparing.function(asked, answer, &inside));
        }
        for (i, p) in asked.p.iter().enumerate().skip(shared) {
            self.below(i, |comparing| comparing.missing(p));
        }
        for (i, p) in answer.p.iter().enumerate().skip(shared) {
            self.below(i, |comparing| comparing.extra(p));
        }
    }

    fn below(&mut self, i: usize, run: impl FnOnce(&mut Self)) {
        self.path.0.push(Step::Function(i));
        run(self);
        self.path.0.pop();
    }

    /// Where two functions differ first, those inside them aside.
    fn own(&mut self, a: &Proto, b: &Proto, captures: &Both) -> Option<Difference> {
        let (meant, answered) = self.meanings(a, b, captures);
        let edits = distance(&meant, &answered);
        self.found.edit_distance += edits.edits;
        self.found.exact &= edits.exact;
        let both = meant.iter().zip(&answered);
        let length = both.take_while(|(a, b)| a == b).count();
        let instruction = (length < meant.len().max(answered.len())).then_some(length);
        let numbers = |what, a: usize, b: usize| (what, a.to_string(), b.to_string());
        let (what, asked, answer) = if a.numparams != b.numparams {
            numbers(What::Parameters, a.numparams.into(), b.numparams.into())
        } else if (a.is_vararg == 0) != (b.is_vararg == 0) {
            // Lua 5.3.3 says 2 where `...` is declared and not used, other releases say 1.
            numbers(What::Vararg, a.is_vararg.into(), b.is_vararg.into())
        } else if let Some(pc) = instruction {
            let text = |p| disassemble(self.version, p, pc).unwrap_or_default();
            (What::Instruction(pc), text(a), text(b))
        } else if a.upvalues.len() != b.upvalues.len() {
            numbers(What::Upvalues, a.upvalues.len(), b.upvalues.len())
        } else {
            return None;
        };
        Some(Difference {
            function: self.path.clone(),
            what,
            asked,
            answer,
            beyond_jumps: instruction.and_then(|_| {
                let asked = without_captures(self.version, a);
                let answer = without_captures(self.version, b);
                let both = asked.iter().zip(&answer);
                let agree =
                    |(a, b): &(&usize, &usize)| meant[**a].agrees_but_for_jumps(&answered[**b]);
                let length = both.take_while(agree).count();
                answer.get(length).or(asked.get(length)).copied()
            }),
        })
    }

    /// What the instructions of the two mean, in numbers that both share.
    fn meanings(&self, a: &Proto, b: &Proto, captures: &Both) -> (Vec<Meaning>, Vec<Meaning>) {
        let mut values = Values::default();
        let (asked_k, answer_k) = (values.of(a), values.of(b));
        let meant = meanings(self.version, a, &asked_k, |index| {
            asked_upvalue(&captures.0, index)
        });
        let answered = meanings(self.version, b, &answer_k, |index| {
            answer_upvalue(&captures.1, &self.pairs, index)
        });
        (meant, answered)
    }

    /// A function that only the chunk has, and all inside it.
    fn missing(&mut self, p: &Proto) {
        self.difference(What::Function, summary(p), String::new());
        let (functions, instructions) = size(p);
        self.found.functions += functions;
        self.found.functions_missing += functions;
        self.found.instructions += instructions;
        self.found.edit_distance += instructions;
    }

    /// A function that only the answer has, and all inside it.
    fn extra(&mut self, p: &Proto) {
        self.difference(What::Function, String::new(), summary(p));
        let (functions, instructions) = size(p);
        self.found.functions_extra += functions;
        self.found.instructions_answered += instructions;
        self.found.edit_distance += instructions;
    }

    fn difference(&mut self, what: What, asked: String, answer: String) {
        self.found.differences.push(Difference {
            function: self.path.clone(),
            what,
            asked,
            answer,
            beyond_jumps: None,
        });
    }
}

fn summary(p: &Proto) -> String {
    let (functions, instructions) = size(p);
    match functions {
        1 => format!("a function of {instructions} instructions"),
        _ => format!("{functions} functions of {instructions} instructions"),
    }
}

/// The functions that a function is with all inside it, and their instructions.
fn size(p: &Proto) -> (usize, usize) {
    let own = (1, p.code.len());
    p.p.iter()
        .map(size)
        .fold(own, |a, b| (a.0 + b.0, a.1 + b.1))
}

/// Whether two functions that are the same are the same in every number too.
fn identical(a: &Proto, b: &Proto, outermost: bool) -> bool {
    let places = |p: &Proto| -> Vec<(u8, u8)> {
        let upvalues = p.upvalues.iter();
        upvalues
            .map(|upvalue| (upvalue.instack, upvalue.idx))
            .collect()
    };
    let mut inside = a.p.iter().zip(&b.p);
    a.code == b.code
        && a.k == b.k
        && a.maxstacksize == b.maxstacksize
        && (outermost || places(a) == places(b))
        && inside.all(|(a, b)| identical(a, b, false))
}

impl Comparison {
    /// What a chunk gets for an answer that is no program: nothing of it is there.
    pub fn of_nothing(asked: &Proto) -> Comparison {
        let (functions, instructions) = size(asked);
        Comparison {
            functions,
            functions_missing: functions,
            instructions,
            edit_distance: instructions,
            exact: true,
            ..Comparison::default()
        }
    }

    /// The share of instructions that are the same, from 0 to 1: what the edit distance leaves of
    /// the larger of the two programs.
    pub fn similarity(&self) -> f64 {
        let most = self.instructions.max(self.instructions_answered).max(1);
        1.0 - self.edit_distance.min(most) as f64 / most as f64
    }

    /// Counts so many instructions that an answer has around the function that was asked for.
    pub fn add_around(&mut self, instructions: usize) {
        if instructions > 0 {
            self.same = false;
            self.identical = false;
            self.instructions_answered += instructions;
            self.edit_distance += instructions;
            self.differences.push(Difference {
                function: TreePath::default(),
                what: What::Around,
                asked: String::new(),
                answer: format!("{instructions} more instructions"),
                beyond_jumps: None,
            });
        }
    }
}
