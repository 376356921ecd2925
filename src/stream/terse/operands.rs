//! Which instructions their operands say whole, and where jumps lead.

use crate::opcodes::{Instruction, InstructionSet, Operand};
use crate::stream::fragments::terse as f;

/// Where the jump at `pc` leads, be that in the code or not.
#[inline(always)]
pub(super) fn target<I: InstructionSet>(i: Instruction, pc: usize) -> i64 {
    let row = I::row(I::op(i));
    let fields = I::fields(i);
    let label = (0..I::OPERANDS).find(|n| row.operands[*n] == Operand::Label);
    pc as i64 + 1 + label.map_or(0, |n| I::distance(row, fields[n]))
}

/// The jump with its label so far from the next instruction, if it can be so far.
pub(super) fn with_distance<I: InstructionSet>(
    jump: Instruction,
    distance: i64,
) -> Option<Instruction> {
    let op = I::op(jump);
    let row = I::row(op);
    let mut fields = I::fields(jump);
    let label = (0..I::OPERANDS).find(|n| row.operands[*n] == Operand::Label)?;
    fields[label] = I::label_field(row, distance)?;
    Some(I::word(op, fields))
}

/// Whether the operands say an instruction whole. A jump must also lead into the code, which is for
/// the caller to see.
#[inline(always)]
pub(super) fn is_whole<I: InstructionSet>(i: Instruction) -> bool {
    let op = I::op(i);
    let row = I::row(op);
    let fields = I::fields(i);
    usize::from(op) < I::OPCODES.len()
        && (0..I::OPERANDS).all(|n| match row.operands[n] {
            Operand::Unused => fields[n] == 0,
            Operand::Register | Operand::Upvalue => fields[n] <= u8::MAX.into(),
            Operand::Number => fields[n] < f::N.len() as u32,
            _ => true,
        })
}
