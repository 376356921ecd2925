//! Which instructions their operands say whole, and where jumps lead.

use crate::opcodes::{Instruction, InstructionSet, MAX_OPERANDS, Opcode, Operand};
use crate::stream::fragments::terse as f;

/// The index of the label among an opcode's operands, and of which kind it is.
#[inline(always)]
fn label<I: InstructionSet>(row: &Opcode) -> Option<(usize, Operand)> {
    (0..I::OPERANDS)
        .map(|index| (index, row.operands[index]))
        .find(|(_, operand)| operand.is_label())
}

/// Where the jump at `pc` leads, be that in the code or not.
#[inline(always)]
pub(super) fn target<I: InstructionSet>(jump: Instruction, pc: usize) -> i64 {
    let distance = match label::<I>(I::row(I::op(jump))) {
        Some((index, label)) => I::distance(label, I::fields(jump)[index]),
        None => 0,
    };
    pc as i64 + 1 + distance
}

/// The jump with its label so far from the next instruction, if it can be so far.
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

/// Whether the operands say an instruction whole. A jump must also lead into the code, which is for
/// the caller to see.
#[inline(always)]
pub(super) fn is_whole<I: InstructionSet>(i: Instruction) -> bool {
    let op = I::op(i);
    are_whole::<I>(op, I::row(op), &I::fields(i))
}

/// [`is_whole`] of the parts of an instruction.
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
