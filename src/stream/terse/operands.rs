//! Which instructions their operands express completely, and the targets of jumps.

use crate::chunk::Extension;
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
pub(super) fn target<I: InstructionSet>(
    extension: &Extension,
    jump: Instruction,
    pc: usize,
) -> i64 {
    let row = extension.row_of::<I>(I::op(jump));
    let distance = match label::<I>(row) {
        Some((index, label)) => I::distance(label, I::fields_of(row, jump)[index]),
        None => 0,
    };
    pc as i64 + 1 + distance
}

/// Returns the jump with this distance from the next instruction, if that fits.
pub(super) fn with_distance<I: InstructionSet>(
    extension: &Extension,
    jump: Instruction,
    distance: i64,
) -> Option<Instruction> {
    let op = I::op(jump);
    let row = extension.row_of::<I>(op);
    let (index, label) = label::<I>(row)?;
    let mut fields = I::fields_of(row, jump);
    fields[index] = I::label_field(label, distance)?;
    (fields[index] <= I::most(row, index)).then(|| I::word_of(row, op, fields))
}

/// Whether an instruction's operands express it completely. The target of a jump must also be
/// inside the code, which the caller checks.
#[inline(always)]
pub(super) fn is_whole<I: InstructionSet>(extension: &Extension, i: Instruction) -> bool {
    let row = extension.row_of::<I>(I::op(i));
    are_whole::<I>(row, &I::fields_of(row, i))
}

/// [`is_whole`] for the parts of an instruction.
#[inline(always)]
pub(super) fn are_whole<I: InstructionSet>(row: &Opcode, fields: &[u32; MAX_OPERANDS]) -> bool {
    !row.is_unknown()
        && (0..I::OPERANDS).all(|index| match row.operands[index] {
            Operand::Unused => fields[index] == 0,
            Operand::Register | Operand::Upvalue => fields[index] <= u8::MAX.into(),
            Operand::Number => fields[index] < f::N.len() as u32,
            _ => true,
        })
}
