//! Labels: the targets of jumps, numbered in their order.

use std::collections::TryReserveError;

use crate::bytes::TryPush;
use crate::chunk::Extension;
use crate::opcodes::{Instruction, InstructionSet};
use crate::stream::error::StreamProblem;
use crate::stream::scan::{Halt, Spot};

use super::operands::{is_whole, target, with_distance};

/// The targets of a function's jumps, in order.
pub(super) struct JumpLabels {
    targets: Vec<u32>,
    /// The number of targets that the emitter has passed.
    passed: usize,
}

impl JumpLabels {
    pub fn of<I: InstructionSet>(
        extension: &Extension,
        code: impl ExactSizeIterator<Item = Instruction>,
    ) -> Result<Self, TryReserveError> {
        let sizecode = code.len() as i64;
        let mut is_bare = false;
        let mut targets = Vec::new();
        for target in code
            .enumerate()
            .filter(|(_, i)| {
                let is_word = is_bare;
                is_bare = !is_word && I::takes_bare_word(*i);
                !is_word && extension.is_jump::<I>(*i) && is_whole::<I>(extension, *i)
            })
            .map(|(pc, i)| target::<I>(extension, i, pc))
            .filter(|target| (0..sizecode).contains(target))
        {
            targets.try_push(target as u32)?;
        }
        targets.sort_unstable();
        targets.dedup();
        Ok(JumpLabels { targets, passed: 0 })
    }

    /// Returns the label of the target of the jump at `pc`, if that is in the code.
    pub fn of_jump<I: InstructionSet>(
        &self,
        extension: &Extension,
        jump: Instruction,
        pc: usize,
    ) -> Option<usize> {
        let target = u32::try_from(target::<I>(extension, jump, pc)).ok()?;
        self.targets.binary_search(&target).ok()
    }

    /// Returns the label of the instruction at `pc`. Call it for every instruction in order.
    #[inline(always)]
    pub fn pass(&mut self, pc: usize) -> Option<usize> {
        let label = self.passed;
        if self.targets.get(label).map(|target| *target as usize) != Some(pc) {
            return None;
        }
        self.passed += 1;
        Some(label)
    }
}

/// The labels of a function that is being parsed, and the jumps to them.
#[derive(Default)]
pub(super) struct OpenLabels {
    labels: Vec<JumpLabel>,
    jumps: Vec<Jump>,
}

struct JumpLabel {
    pc: usize,
    spot: Spot,
    is_used: bool,
}

struct Jump {
    pc: usize,
    label: usize,
    spot: Spot,
}

impl OpenLabels {
    /// Returns the number of labels so far, which is the next label.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    pub fn label(&mut self, pc: usize, spot: Spot) -> Result<(), TryReserveError> {
        self.labels.try_push(JumpLabel {
            pc,
            spot,
            is_used: false,
        })
    }

    pub fn jump(&mut self, pc: usize, label: usize, spot: Spot) -> Result<(), TryReserveError> {
        self.jumps.try_push(Jump { pc, label, spot })
    }

    /// Sets the targets of the jumps.
    ///
    /// # Errors
    /// The index of an instruction, and the error there.
    pub fn finish<I: InstructionSet>(
        &mut self,
        extension: &Extension,
        code: &mut [Instruction],
    ) -> Result<(), (usize, Halt)> {
        for Jump { pc, label, spot } in self.jumps.drain(..) {
            let Some(to) = self.labels.get_mut(label) else {
                return Err((pc, expected(spot, "a label that exists", label)));
            };
            to.is_used = true;
            // Both numbers fit into an `i64`.
            let distance = to.pc as i64 - pc as i64 - 1;
            match with_distance::<I>(extension, code[pc], distance) {
                Some(jump) => code[pc] = jump,
                None => {
                    return Err((pc, expected(spot, "a label that the jump can reach", label)));
                }
            }
        }
        match self.labels.iter().position(|label| !label.is_used) {
            None => Ok(()),
            Some(label) => {
                let JumpLabel { pc, spot, .. } = self.labels[label];
                let wanted = "an instruction: no jump leads here";
                Err((pc, expected(spot, wanted, label)))
            }
        }
    }
}

#[cold]
fn expected(spot: Spot, expected: &str, label: usize) -> Halt {
    let found = match label {
        0..256 => format!("<|L{label}|>"),
        _ => format!("<|L|>{label}"),
    };
    let expected = expected.to_owned();
    spot.problem(StreamProblem::Expected { expected, found })
}
