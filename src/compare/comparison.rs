//! The comparison of two trees, function by function, as figures.

use super::difference::{Difference, DifferenceKind};
use super::exact::{FirstDifference, first_difference, identical};
use super::function::counted;
use super::pairing::Pairing;
use crate::chunk::{Proto, Step, TreePath};
use crate::disasm::disassemble;
use crate::version::Version;

/// The result of a comparison.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// The number of functions of the chunk, including the outermost one.
    pub functions: usize,
    /// The number of functions whose own code is the same in the answer.
    pub functions_same: usize,
    /// The number of functions that the answer lacks.
    pub functions_missing: usize,
    /// The number of functions that only the answer has.
    pub functions_extra: usize,
    /// The number of instructions of the chunk, in all functions. The RETURN that ends every
    /// function, the VARARGPREP that begins one with `...`, and the words after a CLOSURE of Lua
    /// 5.1 do not count.
    pub instructions: usize,
    /// The number of instructions of the answer.
    pub instructions_answered: usize,
    /// The number of instructions that both have.
    pub instructions_same: usize,
    /// The number of instructions to insert, delete or replace to turn the answer into the chunk.
    pub edit_distance: usize,
    /// True if as many instructions as possible were paired. Otherwise the edit distance is an
    /// upper bound: the search stops early if two long functions have little in common.
    pub exact: bool,
    /// True if it is the same code, that is, if there are no differences.
    pub same: bool,
    /// True if the code also agrees in every instruction word, in the constants and upvalues with
    /// their indices, and in the size of the stack. Debug information does not count, nor does what
    /// the outermost function's upvalues capture, which depends on the code around it.
    pub identical: bool,
    /// The first difference of each function, in the order of the tree.
    pub differences: Vec<Difference>,
}

/// Compares a function of a chunk, including the functions inside it, with an answer of the same
/// version.
///
/// The upvalues of the two outermost functions are paired by name if the chunk has names, otherwise
/// by where the code uses them.
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

/// Counts the functions of a tree and their instructions that count.
fn size(version: Version, p: &Proto) -> (usize, usize) {
    let own = (1, counted(version, p).len());
    let inside = p.p.iter().map(|p| size(version, p));
    inside.fold(own, |a, b| (a.0 + b.0, a.1 + b.1))
}

/// Compares two functions that are known to differ.
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
        // Only registers or variables are exchanged, consistently.
        found.edit_distance += 1;
        found.instructions_same = found.instructions_same.saturating_sub(1);
        found.differences.push(told(version, first, asked, answer));
    }
    found.instructions = pairing.asked[0].size;
    found.instructions_answered = pairing.answer[0].size;
    found
}

/// Describes a first difference that no function shows by itself.
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

/// A walk through two trees with the result so far.
struct Comparing<'a, 'p> {
    pairing: &'a Pairing<'p>,
    /// The path of the function that is compared.
    path: TreePath,
    /// The path of its partner in the answer.
    answer_path: TreePath,
    found: Comparison,
}

impl Comparing<'_, '_> {
    /// Adds the result of two functions that belong together, including the functions inside them.
    fn function(&mut self, a: usize, b: usize) {
        let (edits, same) = self.edits(a);
        let own = self.own(a, b);
        self.found.functions += 1;
        self.found.functions_same += usize::from(own.is_none());
        self.found.edit_distance += edits;
        self.found.instructions_same += same;
        if let Some(own) = own {
            // It may differ only in what does not count.
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

    /// Counts the edits that turn one of two functions into the other, and the instructions that
    /// are the same.
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

    /// Finds the first difference of two functions, apart from the functions inside them.
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

    /// Adds a function that only the chunk has, including the functions inside it.
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

    /// Adds a function that only the answer has, including the functions inside it.
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
    /// Returns the result for an answer that is not a program: nothing of the chunk is there.
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

    /// Returns the share of the instructions that are the same, out of all that the chunk or the
    /// answer has: 0 if they share none, and 1 only if they are the same.
    pub fn similarity(&self) -> f64 {
        if self.same {
            return 1.0;
        }
        let same = self.instructions_same;
        let all = self.instructions + self.instructions_answered - same;
        same as f64 / all.max(1) as f64
    }
}
