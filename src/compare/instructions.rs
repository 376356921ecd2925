//! Which instructions of two functions are the same, up to the names of registers.

use std::collections::HashSet;

use super::align::{Shared, align};
use super::code::Reference;
use super::function::{Function, Registers, Unit, Variable, Written, jump_target, mix};

/// How the instructions of a function of a chunk and of one of an answer belong together.
pub(super) struct Match {
    /// Those that do the same, in order: the place of each among the units of both.
    pub pairs: Vec<(usize, usize)>,
    /// For each pair, whether something else differs: where it jumps to, or what is in the registers
    /// that it reads.
    pub wrong: Vec<bool>,
    /// The instructions between those pairs, on the side that has more of them.
    pub between: usize,
    /// Whether no more can be paired.
    pub exact: bool,
    anchors_a: Vec<Anchor>,
    anchors_b: Vec<Anchor>,
}

impl Match {
    /// Whether two values were written by a pair, or both between the same pairs.
    pub fn agree(&self, a: Written, b: Written) -> bool {
        match (a, b) {
            (Written::By(x, more_x), Written::By(y, more_y)) => {
                let (x, y) = (self.anchors_a[x], self.anchors_b[y]);
                x == y && (!x.is_pair || more_x == more_y)
            }
            (a, b) => a == b,
        }
    }
}

/// Pairs the instructions of two functions. `partner` gives for a function inside that of the answer the
/// one that it belongs to.
pub(super) fn pair(a: &Function, b: &Function, partner: impl Fn(usize) -> Option<usize>) -> Match {
    let deed = |unit: &Unit, function: Option<usize>, sum: u64| match (unit.function, function) {
        (None, _) => sum,
        (Some(_), Some(partner)) => mix(sum, partner as u64),
        (Some(own), None) => mix(mix(sum, 1), own as u64),
    };
    let of_a = |sum: fn(&Unit) -> u64| -> Vec<u64> {
        let units = a.units.iter();
        units
            .map(|unit| deed(unit, unit.function, sum(unit)))
            .collect()
    };
    let of_b = |sum: fn(&Unit) -> u64| -> Vec<u64> {
        let units = b.units.iter();
        units
            .map(|unit| deed(unit, unit.function.and_then(&partner), sum(unit)))
            .collect()
    };
    let Shared {
        pairs: sure,
        mut exact,
    } = align(&of_a(|unit| unit.context), &of_b(|unit| unit.context));
    // What is between those has other registers, or reads what differs.
    let (deeds_a, deeds_b) = (of_a(|unit| unit.deed), of_b(|unit| unit.deed));
    let mut pairs = Vec::with_capacity(sure.len());
    let (mut i, mut j) = (0, 0);
    for (next_i, next_j) in sure.into_iter().chain([(a.units.len(), b.units.len())]) {
        let more = align(&deeds_a[i..next_i], &deeds_b[j..next_j]);
        exact &= more.exact;
        pairs.extend(more.pairs.into_iter().map(|(x, y)| (i + x, j + y)));
        if next_i < a.units.len() {
            pairs.push((next_i, next_j));
        }
        (i, j) = (next_i + 1, next_j + 1);
    }
    let mut found = Match {
        between: between(&pairs, (a.units.len(), b.units.len())),
        anchors_a: anchors(pairs.iter().map(|pair| pair.0), a.units.len()),
        anchors_b: anchors(pairs.iter().map(|pair| pair.1), b.units.len()),
        wrong: Vec::new(),
        pairs,
        exact,
    };
    found.wrong = wrong(a, b, &found);
    found
}

/// The instructions between the pairs, on the side that has more of them.
fn between(pairs: &[(usize, usize)], ends: (usize, usize)) -> usize {
    let (mut i, mut j) = (0, 0);
    let mut between = 0;
    for (next_i, next_j) in pairs.iter().copied().chain([ends]) {
        between += (next_i - i).max(next_j - j);
        (i, j) = (next_i + 1, next_j + 1);
    }
    between
}

/// For each pair, whether the two jump to different places, or read values that were not written by a
/// pair.
fn wrong(a: &Function, b: &Function, found: &Match) -> Vec<bool> {
    let mut registers = (Registers::at_start(a.p), Registers::at_start(b.p));
    let mut told = HashSet::new();
    let (mut i, mut j) = (0, 0);
    let mut wrong = Vec::with_capacity(found.pairs.len());
    for (next_i, next_j) in found.pairs.iter().copied() {
        for unit in i..next_i {
            registers.0.step(unit, &a.units[unit].effect);
        }
        for unit in j..next_j {
            registers.1.step(unit, &b.units[unit].effect);
        }
        let (unit_a, unit_b) = (&a.units[next_i], &b.units[next_j]);
        let target = |function: &Function, unit: &Unit, anchors: &[Anchor]| {
            let target = jump_target(function.p, &unit.i)?;
            Some(anchors[function.unit_at[target]].next)
        };
        let mut differs =
            target(a, unit_a, &found.anchors_a) != target(b, unit_b, &found.anchors_b);
        let reads_b = registers.1.reads(&unit_b.effect);
        for (written_a, written_b) in registers.0.reads(&unit_a.effect).zip(reads_b) {
            if found.agree(written_a, written_b) {
                continue;
            }
            // What a pair wrote elsewhere is told once, and not at each instruction that reads it; but a
            // value that others still read rightly was not written elsewhere.
            let others = match written_b {
                Written::By(y, _) if !found.anchors_b[y].is_pair => None,
                Written::By(y, more) => {
                    let pair = found.pairs[found.anchors_b[y].next];
                    Some(Written::By(pair.0, more))
                }
                other => Some(other),
            };
            let still_there = others.is_some_and(|other| registers.0.written.contains(&other));
            differs |= told.insert((written_a, written_b)) || still_there;
        }
        wrong.push(differs);
        registers.0.step(next_i, &unit_a.effect);
        registers.1.step(next_j, &unit_b.effect);
        (i, j) = (next_i + 1, next_j + 1);
    }
    wrong
}

/// Where an instruction is among the pairs.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Anchor {
    /// The pair that it is of, or the next.
    next: usize,
    is_pair: bool,
}

/// The anchor of each unit, and of the end.
fn anchors(pairs: impl Iterator<Item = usize>, units: usize) -> Vec<Anchor> {
    let mut anchors = Vec::with_capacity(units + 1);
    let mut count = 0;
    for unit in pairs {
        anchors.resize(
            unit,
            Anchor {
                next: count,
                is_pair: false,
            },
        );
        anchors.push(Anchor {
            next: count,
            is_pair: true,
        });
        count += 1;
    }
    anchors.resize(
        units + 1,
        Anchor {
            next: count,
            is_pair: false,
        },
    );
    anchors
}

/// The variables that both instructions of a pair use at the same place.
pub(super) fn variables<'f>(
    (a, unit_a): (&'f Function, &'f Unit),
    (b, unit_b): (&'f Function, &'f Unit),
) -> impl Iterator<Item = (Variable, Variable)> + 'f {
    let operands = unit_a.i.operands.into_iter().zip(unit_b.i.operands);
    operands.filter_map(|operands| match operands {
        (Reference::Upvalue(x), Reference::Upvalue(y)) => Some((a.variable(x), b.variable(y))),
        _ => None,
    })
}
