//! Function against function of two trees.

use std::fmt;

use super::exact::{FirstDifference, first_difference, identical};
use super::function::counted;
use super::pairing::Pairing;
use crate::chunk::{Proto, Step, TreePath};
use crate::disasm::disassemble;
use crate::version::Version;

/// What came of a comparison.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// The functions of the chunk, the outermost one included.
    pub functions: usize,
    /// The functions whose own code is the same in the answer.
    pub functions_same: usize,
    /// The functions that the answer does not have.
    pub functions_missing: usize,
    /// The functions that only the answer has.
    pub functions_extra: usize,
    /// The instructions of the chunk, all functions together. The RETURN that closes every function and
    /// the VARARGPREP that begins one with `...` do not count, nor do the words after a CLOSURE of Lua
    /// 5.1.
    pub instructions: usize,
    /// The instructions of the answer.
    pub instructions_answered: usize,
    /// The instructions that both have.
    pub instructions_same: usize,
    /// How many instructions to put in, take out or replace, so that the answer's become the chunk's.
    pub edit_distance: usize,
    /// Whether as many instructions as possible were paired. If not, the edit distance is an upper
    /// bound: the search is given up where two long functions have little in common.
    pub exact: bool,
    /// Whether it is the same code: that is, there are no differences.
    pub same: bool,
    /// Whether more than that is the same: every instruction word, the constants and upvalues with
    /// their numbers, the size of the stack. Debug information, lines, and the places of the outermost
    /// function's upvalues, which belong to what is around it, do not count.
    pub identical: bool,
    /// Where each function differs first, in the order of the tree.
    pub differences: Vec<Difference>,
}

/// Where a function differs first.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The place of the function in the chunk; of one that only the answer has, in the answer.
    pub function: TreePath,
    /// The place in the answer of the function that belongs to it, if there is one.
    pub answer_function: Option<TreePath>,
    /// What differs in it.
    pub kind: DifferenceKind,
    /// What the chunk has there, as text.
    pub asked: String,
    /// What the answer has there.
    pub answer: String,
}

/// What differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DifferenceKind {
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
}

impl DifferenceKind {
    /// The index of the instruction, if it is one.
    pub(super) fn instruction(self) -> Option<usize> {
        match self {
            DifferenceKind::Instruction(pc) => Some(pc),
            _ => None,
        }
    }
}

impl fmt::Display for DifferenceKind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            DifferenceKind::Parameters => f.write_str("parameters"),
            DifferenceKind::Vararg => f.write_str("vararg"),
            DifferenceKind::Instruction(pc) => write!(f, "instruction {pc}"),
            DifferenceKind::Upvalues => f.write_str("upvalues"),
            DifferenceKind::Function => f.write_str("function"),
        }
    }
}

/// Compares a function of a chunk, and all inside it, with what an answer has for it. Both are of the
/// same version.
///
/// The upvalues of the two outermost functions are paired by name where the chunk has names, else by
/// where the code uses them.
pub fn compare(version: Version, asked: &Proto, answer: &Proto) -> Comparison {
    match first_difference(version, asked, answer) {
        Some(first) => differing(version, asked, answer, first),
        None => {
            let (functions, instructions) = size(version, asked);
            Comparison {
                functions,
                functions_same: functions,
                instructions,
                instructions_answered: instructions,
                instructions_same: instructions,
                exact: true,
                same: true,
                identical: identical(asked, answer),
                ..Comparison::default()
            }
        }
    }
}

/// The functions that a function is with all inside it, and their instructions that count.
fn size(version: Version, p: &Proto) -> (usize, usize) {
    let own = (1, counted(version, p).len());
    let inside = p.p.iter().map(|p| size(version, p));
    inside.fold(own, |a, b| (a.0 + b.0, a.1 + b.1))
}

/// Compares two that are not the same.
fn differing(
    version: Version,
    asked: &Proto,
    answer: &Proto,
    first: FirstDifference,
) -> Comparison {
    let mut comparing = Comparing {
        pairing: &Pairing::new(version, asked, answer),
        path: TreePath::default(),
        answer_path: TreePath::default(),
        found: Comparison {
            exact: true,
            ..Comparison::default()
        },
    };
    comparing.function(0, 0);
    let (pairing, mut found) = (comparing.pairing, comparing.found);
    if found.differences.is_empty() {
        // Only a consistent change of registers or variables.
        found.edit_distance += 1;
        found.instructions_same = found.instructions_same.saturating_sub(1);
        found.differences.push(told(version, first, asked, answer));
    }
    found.instructions = pairing.asked[0].size;
    found.instructions_answered = pairing.answer[0].size;
    found
}

/// The first difference in what counts for [`compare`] and is not told of any function by itself.
fn told(version: Version, first: FirstDifference, asked: &Proto, answer: &Proto) -> Difference {
    let inside = |p| {
        first
            .path
            .0
            .iter()
            .try_fold(p, |p: &Proto, step| match step {
                Step::Function(index) => p.p.get(*index),
                _ => None,
            })
    };
    let text = |p| inside(p).and_then(|p| disassemble(version, p, first.pc));
    Difference {
        asked: text(asked).unwrap_or_default(),
        answer: text(answer).unwrap_or_default(),
        kind: DifferenceKind::Instruction(first.pc),
        answer_function: Some(first.path.clone()),
        function: first.path,
    }
}

/// What is known so far of two trees.
struct Comparing<'a, 'p> {
    pairing: &'a Pairing<'p>,
    /// The function that is being compared.
    path: TreePath,
    /// The function of the answer that belongs to it.
    answer_path: TreePath,
    found: Comparison,
}

impl Comparing<'_, '_> {
    /// Adds what came of two functions that belong together, and of all inside them.
    fn function(&mut self, a: usize, b: usize) {
        let (edits, same) = self.edits(a);
        let own = self.own(a, b);
        self.found.functions += 1;
        self.found.functions_same += usize::from(own.is_none());
        self.found.edit_distance += edits;
        self.found.instructions_same += same;
        if let Some(own) = own {
            // It may differ in nothing that was counted.
            if edits == 0 {
                self.found.edit_distance += 1;
                self.found.instructions_same -= usize::from(same > 0);
            }
            self.found.differences.push(own);
        }
        for (index, inner) in self.pairing.asked[a].inside.clone().into_iter().enumerate() {
            self.path.0.push(Step::Function(index));
            match self.pairing.matched[inner].as_ref().map(|(b, _)| *b) {
                Some(partner) => {
                    let place = self.pairing.answer[b]
                        .inside
                        .iter()
                        .position(|b| *b == partner);
                    self.answer_path.0.extend(place.map(Step::Function));
                    self.function(inner, partner);
                    self.answer_path.0.pop();
                }
                None => self.missing(inner),
            }
            self.path.0.pop();
        }
        for (index, inner) in self.pairing.answer[b]
            .inside
            .clone()
            .into_iter()
            .enumerate()
        {
            if self.pairing.partners[inner].is_none() {
                self.answer_path.0.push(Step::Function(index));
                self.extra(inner);
                self.answer_path.0.pop();
            }
        }
    }

    /// How many edits two functions that belong together take, and how many of their instructions are
    /// the same.
    fn edits(&mut self, a: usize) -> (usize, usize) {
        let pairing = self.pairing;
        let Some((b, found)) = &pairing.matched[a] else {
            return (0, 0);
        };
        self.found.exact &= found.exact;
        let (a, b) = (&pairing.asked[a], &pairing.answer[*b]);
        let is_wrong = |pair: &usize| found.stray[*pair] || pairing.is_wrong(a, b, found, *pair);
        let wrong = (0..found.pairs.len()).filter(is_wrong).count();
        (found.between + wrong, found.pairs.len() - wrong)
    }

    /// Where two functions differ first, the functions inside them aside.
    fn own(&self, a: usize, b: usize) -> Option<Difference> {
        let (kind, asked, answer) = self.pairing.first_own(a, b)?;
        Some(Difference {
            function: self.path.clone(),
            answer_function: Some(self.answer_path.clone()),
            kind,
            asked,
            answer,
        })
    }

    /// A function that only the chunk has, and all inside it.
    fn missing(&mut self, a: usize) {
        let (functions, instructions) =
            (self.pairing.asked[a].functions, self.pairing.asked[a].size);
        self.found.functions += functions;
        self.found.functions_missing += functions;
        self.found.edit_distance += instructions;
        self.found.differences.push(Difference {
            function: self.path.clone(),
            answer_function: None,
            kind: DifferenceKind::Function,
            asked: summary(functions, instructions),
            answer: String::new(),
        });
    }

    /// A function that only the answer has, and all inside it.
    fn extra(&mut self, b: usize) {
        let (functions, instructions) = (
            self.pairing.answer[b].functions,
            self.pairing.answer[b].size,
        );
        self.found.functions_extra += functions;
        self.found.edit_distance += instructions;
        self.found.differences.push(Difference {
            function: self.answer_path.clone(),
            answer_function: Some(self.answer_path.clone()),
            kind: DifferenceKind::Function,
            asked: String::new(),
            answer: summary(functions, instructions),
        });
    }
}

fn summary(functions: usize, instructions: usize) -> String {
    match functions {
        1 => format!("a function of {instructions} instructions"),
        _ => format!("{functions} functions of {instructions} instructions"),
    }
}

impl Comparison {
    /// What a chunk gets for an answer that is no program: nothing of it is there.
    pub fn of_nothing(version: Version, asked: &Proto) -> Comparison {
        let (functions, instructions) = size(version, asked);
        Comparison {
            functions,
            functions_missing: functions,
            instructions,
            edit_distance: instructions,
            exact: true,
            ..Comparison::default()
        }
    }

    /// The share of the instructions that are the same, of those that the chunk or the answer has:
    /// from 0, where they share none, to 1, only where they are the same.
    pub fn similarity(&self) -> f64 {
        if self.same {
            return 1.0;
        }
        let same = self.instructions_same;
        let all = self.instructions + self.instructions_answered - same;
        same as f64 / all.max(1) as f64
    }
}
