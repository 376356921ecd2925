//! Which instructions their operands express completely, and the targets of jumps.

use crate::opcodes::{Instruction, InstructionSet, MAX_OPERANDS, Opcode, Operand};
use crate::stream::fragments::terse as f;

/// Returns the index of the label among an opcode's operands, and its kind.
#[inline(always)]
fn label<I: InstructionSet>(row: &Opcode) -> Option<(usize, Operand)> {
    (0..I::OPERANDS)
        .map(|index| (index, row.operands[index]))
        .find(|(_, operand)| operand.is_label())
}

/// Returns the target of the jump at `pc`, inside the code or not.
#[inline(always)]
pub(super) fn target<I: InstructionSet>(jump: Instruction, pc: usize) -> i64 {
    let distance = match label::<I>(I::row(I::op(jump))) {
        Some((index, label)) => I::distance(label, I::fields(jump)[index]),
        None => 0,
    };
    pc as i64 + 1 + distance
}

/// Returns the jump with this distance from the next instruction, if that fits.
pub(super) fn with_distance<I: InstructionSet>(
    jump: Instruction,
    distance: i64,
) -> Option<Instruction> {
    let op = I::op(jump);
    let (index, label) = label::<I>(I::row(op))?;
    let mut fields = I::fields(jump);
    fields[index] = I::label_field(label, distance)?;
    (fields[index] <= I::most(I::row(op), index)).then(|| I::word(op, fields))
}

/// Whether an instruction's operands express it completely. The target of a jump must also be
/// inside the code, which the caller checks.
#[inline(always)]
pub(super) fn is_whole<I: InstructionSet>(i: Instruction) -> bool {
    let op = I::op(i);
    are_whole::<I>(op, I::row(op), &I::fields(i))
}

/// [`is_whole`] for the parts of an instruction.
#[inline(always)]
pub(super) fn are_whole<I: InstructionSet>(
    op: u8,
    row: &Opcode,
    fields: &[u32; MAX_OPERANDS],
) -> bool {
    usize::from(op) < I::OPCODES.len()
        && (0..I::OPERANDS).all(|index| match row.operands[index] {
            Operand::Unused => fields[index] == 0,
            Operand::Register | Operand::Upvalue => fields[index] <= u8::MAX.into(),
            Operand::Number => fields[index] < f::N.len() as u32,
            _ => true,
        })
}
