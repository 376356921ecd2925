//! Function against function of two trees.

use std::collections::{HashMap, HashSet};
use std::fmt;

use super::code::{ConstantIds, Decoded, instructions};
use super::exact::{FirstDifference, first_difference, identical, may_be_partners, same_head};
use super::function::{CapturedVariable, PreparedFunction, functions, mix};
use super::pair_functions;
use super::pair_instructions::{self, Match};
use crate::chunk::{Proto, Step, TreePath, Upvaldesc};
use crate::disasm::{Reference, disassemble};
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
    let own = (1, super::function::counted(version, p).len());
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
    let mut values = ConstantIds::default();
    let names = |p: &Proto| match asked.upvalues.iter().all(|upvalue| upvalue.name.is_some()) {
        true => p.upvalues.iter().map(name).collect(),
        false => Vec::new(),
    };
    let (names_asked, names_answer) = (names(asked), names(answer));
    let asked = functions(version, asked, &names_asked, &mut values);
    let answer = functions(version, answer, &names_answer, &mut values);
    let mut comparing = Comparing {
        version,
        matched: asked.iter().map(|_| None).collect(),
        partners: vec![None; answer.len()],
        variables: HashMap::new(),
        asked,
        answer,
        path: TreePath::default(),
        answer_path: TreePath::default(),
        found: Comparison {
            exact: true,
            ..Comparison::default()
        },
    };
    comparing.pair(0, 0);
    comparing.pair_variables();
    comparing.function(0, 0);
    let mut found = comparing.found;
    if found.differences.is_empty() {
        // Only a consistent change of registers or variables.
        found.edit_distance += 1;
        found.instructions_same = found.instructions_same.saturating_sub(1);
        found.differences.push(told(
            version,
            first,
            comparing.asked[0].p,
            comparing.answer[0].p,
        ));
    }
    found.instructions = comparing.asked[0].size;
    found.instructions_answered = comparing.answer[0].size;
    found
}

/// A number for the name of an upvalue.
fn name(upvalue: &Upvaldesc) -> u64 {
    let name = upvalue.name.as_deref().unwrap_or_default();
    name.iter().fold(0, |sum, byte| mix(sum, (*byte).into()))
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

struct Comparing<'p> {
    version: Version,
    asked: Vec<PreparedFunction<'p>>,
    answer: Vec<PreparedFunction<'p>>,
    /// For each function of the chunk, the one of the answer that belongs to it, and their
    /// instructions.
    matched: Vec<Option<(usize, Match)>>,
    /// For each function of the answer, the one of the chunk.
    partners: Vec<Option<usize>>,
    /// The variable of the answer that stands for one of the chunk.
    variables: HashMap<CapturedVariable, CapturedVariable>,
    /// The function that is being compared.
    path: TreePath,
    /// The function of the answer that belongs to it.
    answer_path: TreePath,
    found: Comparison,
}

impl Comparing<'_> {
    /// Pairs two functions, their instructions, and the functions inside them.
    fn pair(&mut self, a: usize, b: usize) {
        self.partners[b] = Some(a);
        let (inside_a, inside_b) = (&self.asked[a].inside, &self.answer[b].inside);
        let pairs = pair_functions::pair((inside_a, &self.asked), (inside_b, &self.answer));
        let inside = pairs.into_iter().map(|(i, j)| (inside_a[i], inside_b[j]));
        let inside: Vec<(usize, usize)> = inside.collect();
        for (inner_a, inner_b) in &inside {
            self.partners[*inner_b] = Some(*inner_a);
        }
        let partner = |inner: usize| self.partners[inner];
        let found = pair_instructions::pair(&self.asked[a], &self.answer[b], partner);
        self.matched[a] = Some((b, found));
        for (inner_a, inner_b) in inside {
            self.pair(inner_a, inner_b);
        }
    }

    /// Pairs the variables that upvalues are, by how often both sides use them at the same place.
    fn pair_variables(&mut self) {
        let mut places = HashMap::new();
        let mut votes: Vec<(usize, CapturedVariable, CapturedVariable)> = Vec::new();
        for (a, matched) in self.matched.iter().enumerate() {
            let Some((b, found)) = matched else {
                continue;
            };
            let (a, b) = (&self.asked[a], &self.answer[*b]);
            for &(i, j) in &found.pairs {
                for pair in pair_instructions::variables((a, &a.units[i]), (b, &b.units[j])) {
                    let place = *places.entry(pair).or_insert_with(|| {
                        votes.push((self.first_votes(pair.0, pair.1), pair.0, pair.1));
                        votes.len() - 1
                    });
                    votes[place].0 += 1;
                }
            }
        }
        votes.retain(|(_, a, b)| self.may_be_partners(*a, *b));
        // The order of votes for as much is that of the code.
        votes.sort_by_key(|(votes, ..)| std::cmp::Reverse(*votes));
        let mut taken = HashSet::new();
        for (_, a, b) in votes {
            if !self.variables.contains_key(&a) && taken.insert(b) {
                self.variables.insert(a, b);
            }
        }
    }

    /// How much speaks for it that two variables are the same, before their uses do: whether a pair of
    /// instructions wrote both.
    fn first_votes(&self, a: CapturedVariable, b: CapturedVariable) -> usize {
        let (CapturedVariable::Local(function, written), CapturedVariable::Local(other, by)) =
            (a, b)
        else {
            return 0;
        };
        let matched = self.matched[function].as_ref();
        let agree = matched.is_some_and(|(b, found)| *b == other && found.agree(written, by));
        if agree { 4 } else { 0 }
    }

    fn may_be_partners(&self, a: CapturedVariable, b: CapturedVariable) -> bool {
        match (a, b) {
            (CapturedVariable::Outside(a), CapturedVariable::Outside(b)) => {
                may_be_partners(self.asked[0].p, a, self.answer[0].p, b)
            }
            (CapturedVariable::Outside(_), CapturedVariable::Local(..)) => false,
            (CapturedVariable::Local(..), CapturedVariable::Outside(_)) => false,
            _ => true,
        }
    }

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
        for (index, inner) in self.asked[a].inside.clone().into_iter().enumerate() {
            self.path.0.push(Step::Function(index));
            match self.matched[inner].as_ref().map(|(b, _)| *b) {
                Some(partner) => {
                    let place = self.answer[b].inside.iter().position(|b| *b == partner);
                    self.answer_path.0.extend(place.map(Step::Function));
                    self.function(inner, partner);
                    self.answer_path.0.pop();
                }
                None => self.missing(inner),
            }
            self.path.0.pop();
        }
        for (index, inner) in self.answer[b].inside.clone().into_iter().enumerate() {
            if self.partners[inner].is_none() {
                self.answer_path.0.push(Step::Function(index));
                self.extra(inner);
                self.answer_path.0.pop();
            }
        }
    }

    /// How many edits two functions that belong together take, and how many of their instructions are
    /// the same.
    fn edits(&mut self, a: usize) -> (usize, usize) {
        let Some((b, found)) = &self.matched[a] else {
            return (0, 0);
        };
        self.found.exact &= found.exact;
        let (a, b) = (&self.asked[a], &self.answer[*b]);
        let wrong = found
            .pairs
            .iter()
            .zip(&found.wrong)
            .filter(|((i, j), wrong)| {
                let mut variables =
                    pair_instructions::variables((a, &a.units[*i]), (b, &b.units[*j]));
                **wrong || variables.any(|(a, b)| self.variables.get(&a) != Some(&b))
            });
        let wrong = wrong.count();
        (found.between + wrong, found.pairs.len() - wrong)
    }

    /// Where two functions differ first, the functions inside them aside.
    fn own(&self, a: usize, b: usize) -> Option<Difference> {
        let (a, b) = (&self.asked[a], &self.answer[b]);
        let instruction = || {
            let mut of_a = instructions(self.version, a.p);
            let mut of_b = instructions(self.version, b.p);
            loop {
                match (of_a.next(), of_b.next()) {
                    (None, None) => return None,
                    (Some(x), Some(y)) if self.agree((a, x), (b, y)) => {}
                    (x, y) => return x.or(y).map(|i| i.pc),
                }
            }
        };
        let numbers = |kind, a: usize, b: usize| (kind, a.to_string(), b.to_string());
        let (kind, in_a, in_b) = if a.p.numparams != b.p.numparams {
            numbers(
                DifferenceKind::Parameters,
                a.p.numparams.into(),
                b.p.numparams.into(),
            )
        } else if !same_head(self.version, a.p, b.p) {
            numbers(
                DifferenceKind::Vararg,
                a.p.is_vararg.into(),
                b.p.is_vararg.into(),
            )
        } else if let Some(pc) = instruction() {
            let text = |p| disassemble(self.version, p, pc).unwrap_or_default();
            (DifferenceKind::Instruction(pc), text(a.p), text(b.p))
        } else if a.p.upvalues.len() != b.p.upvalues.len() {
            numbers(
                DifferenceKind::Upvalues,
                a.p.upvalues.len(),
                b.p.upvalues.len(),
            )
        } else {
            return None;
        };
        Some(Difference {
            function: self.path.clone(),
            answer_function: Some(self.answer_path.clone()),
            kind,
            asked: in_a,
            answer: in_b,
        })
    }

    /// Whether two instructions are the same, registers and jumps included.
    fn agree(
        &self,
        (a, x): (&PreparedFunction, Decoded),
        (b, y): (&PreparedFunction, Decoded),
    ) -> bool {
        x.op == y.op
            && x.operands
                .into_iter()
                .zip(y.operands)
                .all(|both| match both {
                    (Reference::Constant(x), Reference::Constant(y)) => {
                        match (a.constants.get(x), b.constants.get(y)) {
                            (None, None) => x == y,
                            (x, y) => x == y,
                        }
                    }
                    (Reference::Upvalue(x), Reference::Upvalue(y)) => {
                        self.variables.get(&a.variable(x)) == Some(&b.variable(y))
                    }
                    (Reference::Function(x), Reference::Function(y)) => {
                        match (a.inside.get(x as usize), b.inside.get(y as usize)) {
                            (Some(x), Some(y)) => self.partners[*y] == Some(*x),
                            (None, None) => x == y,
                            _ => false,
                        }
                    }
                    (x, y) => x == y,
                })
    }

    /// A function that only the chunk has, and all inside it.
    fn missing(&mut self, a: usize) {
        let (functions, instructions) = (self.asked[a].functions, self.asked[a].size);
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
        let (functions, instructions) = (self.answer[b].functions, self.answer[b].size);
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
