//! The functions, instructions and variables of two trees that belong together.

use std::collections::{HashMap, HashSet};

use super::code::{ConstantIds, Decoded, instructions};
use super::difference::DifferenceKind;
use super::exact::{may_be_partners, same_head};
use super::function::{CapturedVariable, PreparedFunction, functions, mix};
use super::pair_functions;
use super::pair_instructions::{self, Match};
use crate::chunk::{Proto, Upvaldesc};
use crate::disasm::{Reference, disassemble};
use crate::version::Version;

/// Two trees of functions, paired. The first is the chunk's or the old one, the second the answer's
/// or the new one.
pub(super) struct Pairing<'p> {
    version: Version,
    pub asked: Vec<PreparedFunction<'p>>,
    pub answer: Vec<PreparedFunction<'p>>,
    /// For each function of the first tree, its partner in the second and the pairs of their
    /// instructions.
    pub matched: Vec<Option<(usize, Match)>>,
    /// For each function of the second tree, its partner in the first.
    pub partners: Vec<Option<usize>>,
    /// The variables of the first tree with their partners in the second.
    pub variables: HashMap<CapturedVariable, CapturedVariable>,
}

impl<'p> Pairing<'p> {
    pub fn new(version: Version, asked: &'p Proto<'p>, answer: &'p Proto<'p>) -> Pairing<'p> {
        let mut values = ConstantIds::default();
        let is_named = asked.upvalues.iter().all(|upvalue| upvalue.name.is_some());
        let names = |p: &Proto| match is_named {
            true => p.upvalues.iter().map(name).collect(),
            false => Vec::new(),
        };
        let (names_asked, names_answer) = (names(asked), names(answer));
        let asked = functions(version, asked, &names_asked, &mut values);
        let answer = functions(version, answer, &names_answer, &mut values);
        let mut pairing = Pairing {
            version,
            matched: asked.iter().map(|_| None).collect(),
            partners: vec![None; answer.len()],
            variables: HashMap::new(),
            asked,
            answer,
        };
        pairing.pair(0, 0);
        pairing.pair_variables();
        pairing
    }

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

    /// Pairs the variables of upvalues by how often both sides use them at the same place.
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
        // Variables with equally many votes stay in the order of the code.
        votes.sort_by_key(|(votes, ..)| std::cmp::Reverse(*votes));
        let mut taken = HashSet::new();
        for (_, a, b) in votes {
            if !self.variables.contains_key(&a) && taken.insert(b) {
                self.variables.insert(a, b);
            }
        }
    }

    /// Returns the votes of two variables before their uses are counted: some if a pair of
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

    /// Returns true if a pair of instructions differs after all, by itself or by the variables of
    /// its upvalues.
    pub fn is_wrong(
        &self,
        a: &PreparedFunction,
        b: &PreparedFunction,
        found: &Match,
        pair: usize,
    ) -> bool {
        let (i, j) = found.pairs[pair];
        let mut variables = pair_instructions::variables((a, &a.units[i]), (b, &b.units[j]));
        found.wrong[pair] || variables.any(|(a, b)| self.variables.get(&a) != Some(&b))
    }

    /// Finds the first difference of two functions, apart from the functions inside them: its kind,
    /// and what both have there.
    pub fn first_own(&self, a: usize, b: usize) -> Option<(DifferenceKind, String, String)> {
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
        Some(if a.p.numparams != b.p.numparams {
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
        })
    }

    /// Returns true if two instructions are the same, including registers and jumps.
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
}

/// Hashes the name of an upvalue.
fn name(upvalue: &Upvaldesc) -> u64 {
    let name = upvalue.name.as_deref().unwrap_or_default();
    name.iter().fold(0, |sum, byte| mix(sum, (*byte).into()))
}
