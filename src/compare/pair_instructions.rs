//! Pairs the instructions of two functions that are the same except for the numbers of registers.

use std::collections::HashSet;

use super::align::{Shared, align};
use super::function::{CapturedVariable, PreparedFunction, Unit, jump_target, mix};
use super::registers::{REGISTERS, RegisterValue, Registers};
use crate::disasm::Reference;

/// The pairs of instructions of two functions.
pub(super) struct Match {
    /// The instructions that do the same, in order, as indices of the units of both.
    pub pairs: Vec<(usize, usize)>,
    /// For each pair, whether something else differs: the target of the jump, the values in the
    /// registers that it reads, or the registers that it writes.
    pub wrong: Vec<bool>,
    /// For each pair, whether it says little and has no pair beside it. Every function has a jump
    /// and an upvalue somewhere.
    pub stray: Vec<bool>,
    /// The number of instructions between the pairs, on the side that has more of them.
    pub between: usize,
    /// False if the search was cut short, so that more could be paired.
    pub exact: bool,
    anchors_a: Vec<Anchor>,
    anchors_b: Vec<Anchor>,
}

impl Match {
    /// Adds pairs of instructions that do the same between those in `sure`.
    fn new(
        a: &PreparedFunction,
        b: &PreparedFunction,
        sure: Shared,
        deeds: (&[u64], &[u64]),
    ) -> Match {
        let mut pairs = Vec::with_capacity(sure.pairs.len());
        let mut exact = sure.exact;
        let (mut i, mut j) = (0, 0);
        let end = (a.units.len(), b.units.len());
        for (next_i, next_j) in sure.pairs.into_iter().chain([end]) {
            let more = align(&deeds.0[i..next_i], &deeds.1[j..next_j]);
            exact &= more.exact;
            pairs.extend(more.pairs.into_iter().map(|(x, y)| (i + x, j + y)));
            if next_i < end.0 {
                pairs.push((next_i, next_j));
            }
            (i, j) = (next_i + 1, next_j + 1);
        }
        let mut found = Match {
            between: between(&pairs, end),
            anchors_a: anchors(pairs.iter().map(|pair| pair.0), end.0),
            anchors_b: anchors(pairs.iter().map(|pair| pair.1), end.1),
            wrong: Vec::new(),
            stray: stray(a, &pairs),
            pairs,
            exact,
        };
        found.wrong = wrong(a, b, &found);
        found
    }

    fn edits(&self) -> usize {
        let pairs = self.wrong.iter().zip(&self.stray);
        self.between + pairs.filter(|(wrong, stray)| **wrong || **stray).count()
    }

    /// Returns true if two values were written by the same pair, or both between the same pairs.
    pub fn agree(&self, a: RegisterValue, b: RegisterValue) -> bool {
        match (a, b) {
            (RegisterValue::Written(x, more_x), RegisterValue::Written(y, more_y)) => {
                let (x, y) = (self.anchors_a[x], self.anchors_b[y]);
                x == y && (!x.is_pair || more_x == more_y)
            }
            (a, b) => a == b,
        }
    }
}

/// Pairs the instructions of two functions. `partner` returns the function of the chunk that
/// belongs to one inside the answer's function.
pub(super) fn pair(
    a: &PreparedFunction,
    b: &PreparedFunction,
    partner: impl Fn(usize) -> Option<usize>,
) -> Match {
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
    let deeds = (of_a(|unit| unit.deed), of_b(|unit| unit.deed));
    let by = |sum: fn(&Unit) -> u64| {
        let sure = align(&of_a(sum), &of_b(sum));
        Match::new(a, b, sure, (&deeds.0, &deeds.1))
    };
    // With other registers, the context decides; otherwise it would pair more by chance.
    let literal = by(|unit| unit.literal);
    match literal.edits() <= 1 {
        true => literal,
        false => {
            let context = by(|unit| unit.context);
            match context.edits() < literal.edits() {
                true => context,
                false => literal,
            }
        }
    }
}

/// Counts the instructions between the pairs, on the side that has more of them.
fn between(pairs: &[(usize, usize)], ends: (usize, usize)) -> usize {
    let (mut i, mut j) = (0, 0);
    let mut between = 0;
    for (next_i, next_j) in pairs.iter().copied().chain([ends]) {
        between += (next_i - i).max(next_j - j);
        (i, j) = (next_i + 1, next_j + 1);
    }
    between
}

/// Finds the pairs that say little and have no pair beside them.
fn stray(a: &PreparedFunction, pairs: &[(usize, usize)]) -> Vec<bool> {
    let is_stray = |pair: usize| {
        let (i, j) = pairs[pair];
        let before = pair.checked_sub(1).map(|before| pairs[before]);
        let follows = before.is_some_and(|before| (before.0 + 1, before.1 + 1) == (i, j));
        let precedes = pairs.get(pair + 1) == Some(&(i + 1, j + 1));
        a.units[i].says_little && !follows && !precedes
    };
    (0..pairs.len()).map(is_stray).collect()
}

/// Finds the pairs that jump to different places, read values that no pair wrote, or write to
/// registers that do not correspond.
fn wrong(a: &PreparedFunction, b: &PreparedFunction, found: &Match) -> Vec<bool> {
    let mut side_a = Side::new(a, &found.anchors_a, b);
    let mut side_b = Side::new(b, &found.anchors_b, a);
    let mut told = HashSet::new();
    let mut wrong = Vec::with_capacity(found.pairs.len());
    for (i, j) in found.pairs.iter().copied() {
        side_a.pass(i);
        side_b.pass(j);
        let (unit_a, unit_b) = (&a.units[i], &b.units[j]);
        let mut differs = side_a.target(unit_a) != side_b.target(unit_b);
        let reads_b = side_b.registers.reads(&unit_b.effect);
        for (written_a, written_b) in side_a.registers.reads(&unit_a.effect).zip(reads_b) {
            if !found.agree(written_a, written_b) {
                // A value that only one side has written is reported once, not at every instruction
                // that reads it.
                let alone = side_a.is_alone(written_a) || side_b.is_alone(written_b);
                differs |= !alone || told.insert((written_a, written_b));
            }
        }
        // Registers below hold values that both sides share or that only one side has. The
        // difference is how many registers too high the answer writes.
        let writes = (&unit_a.effect.writes, &unit_b.effect.writes);
        let off = match writes.0.is_empty() || writes.1.is_empty() {
            true => 0,
            false => {
                let of_a = side_a.below(writes.0.start, |written| {
                    side_b.holds(written, |pair| found.pairs[pair].1)
                });
                let of_b = side_b.below(writes.1.start, |written| {
                    side_a.holds(written, |pair| found.pairs[pair].0)
                });
                of_b - of_a
            }
        };
        wrong.push(differs || off != 0);
        side_a.step(i, 0);
        side_b.step(j, -off);
    }
    wrong
}

/// One of two functions during a walk through its instructions.
struct Side<'f, 'p> {
    function: &'f PreparedFunction<'p>,
    anchors: &'f [Anchor],
    registers: Registers,
    /// The number of parameters that both functions have.
    parameters: usize,
    /// The next unit.
    next: usize,
    /// For each earlier unit, the first register that it wrote or should have written.
    starts: Vec<usize>,
}

impl<'f, 'p> Side<'f, 'p> {
    fn new(
        function: &'f PreparedFunction<'p>,
        anchors: &'f [Anchor],
        other: &PreparedFunction,
    ) -> Self {
        Side {
            function,
            anchors,
            registers: Registers::at_start(function.p),
            parameters: function.p.numparams.min(other.p.numparams).into(),
            next: 0,
            starts: Vec::with_capacity(function.units.len()),
        }
    }

    /// Advances to a unit past those before it that have no partner.
    fn pass(&mut self, unit: usize) {
        for unit in self.next..unit {
            self.step(unit, 0);
        }
    }

    fn step(&mut self, unit: usize, above: isize) {
        let effect = &self.function.units[unit].effect;
        self.starts
            .push(effect.writes.start.saturating_add_signed(above));
        self.registers.step(unit, effect, above);
        self.next = unit + 1;
    }

    /// The pair at the target of a jump, or the next one after it.
    fn target(&self, unit: &Unit) -> Option<usize> {
        let target = jump_target(self.function.p, &unit.i)?;
        Some(self.anchors[self.function.unit_at[target]].next)
    }

    /// Returns true if no pair wrote a value.
    fn is_alone(&self, written: RegisterValue) -> bool {
        match written {
            RegisterValue::Unset => false,
            RegisterValue::Parameter(parameter) => parameter >= self.parameters,
            RegisterValue::Written(unit, _) => !self.anchors[unit].is_pair,
        }
    }

    /// Returns true if a value that the other side shares is still in its register. `written` names
    /// the pair that wrote it, and `own` maps that to a unit of this side.
    fn holds(&self, written: RegisterValue, own: impl Fn(usize) -> usize) -> bool {
        let (register, written) = match written {
            RegisterValue::Unset => return true,
            RegisterValue::Parameter(parameter) => (parameter, written),
            RegisterValue::Written(pair, more) => {
                let unit = own(pair);
                let start = self.starts.get(unit);
                let register = start.map_or(REGISTERS, |start| start + more);
                (register, RegisterValue::Written(unit, more))
            }
        };
        self.registers.written.get(register) == Some(&written)
    }

    /// The position of a register among those whose values the other side shares.
    fn below(&self, register: usize, others: impl Fn(RegisterValue) -> bool) -> isize {
        let below = &self.registers.written[..register];
        let alone = below.iter().filter(|written| {
            self.is_alone(**written)
                || !others(match **written {
                    RegisterValue::Written(unit, more) => {
                        RegisterValue::Written(self.anchors[unit].next, more)
                    }
                    other => other,
                })
        });
        register as isize - alone.count() as isize
    }
}

/// The position of an instruction among the pairs.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Anchor {
    /// Its pair, or the next one.
    next: usize,
    is_pair: bool,
}

/// Returns the anchor of each unit and of the end.
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

/// Returns the variables that both instructions of a pair use at the same place.
pub(super) fn variables<'f>(
    (a, unit_a): (&'f PreparedFunction, &'f Unit),
    (b, unit_b): (&'f PreparedFunction, &'f Unit),
) -> impl Iterator<Item = (CapturedVariable, CapturedVariable)> + 'f {
    let operands = unit_a.i.operands.into_iter().zip(unit_b.i.operands);
    operands.filter_map(|operands| match operands {
        (Reference::Upvalue(x), Reference::Upvalue(y)) => Some((a.variable(x), b.variable(y))),
        _ => None,
    })
}
