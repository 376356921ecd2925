//! What an instruction's operands refer to.

use crate::chunk::Extension;
use crate::opcodes::{BITRK, Instruction, InstructionSet, MAX_OPERANDS, Operand};
use crate::version::{Version, with_version};

/// What an operand refers to, or the number in its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    None,
    Number(i64),
    Register(u32),
    Constant(usize),
    Upvalue(usize),
    /// How far a jump goes from the next instruction.
    Label(i64),
    Function(u32),
}

/// Decodes the operands of an instruction that comes after `before`.
pub(crate) fn operands(
    extension: &Extension,
    version: Version,
    i: Instruction,
    before: Option<Instruction>,
) -> [Reference; MAX_OPERANDS] {
    with_version!(version, V => operands_of::<V>(extension, i, before))
}

fn operands_of<S: InstructionSet>(
    extension: &Extension,
    i: Instruction,
    before: Option<Instruction>,
) -> [Reference; MAX_OPERANDS] {
    let row = extension.row_of::<S>(S::op(i));
    let mut references = [Reference::None; MAX_OPERANDS];
    if row.is_unknown() || before.is_some_and(S::takes_bare_word) {
        // Only its bits are known.
        references[0] = Reference::Number(i.0.into());
        return references;
    }
    let fields = S::fields_of(row, i);
    for (index, reference) in references.iter_mut().enumerate().take(S::OPERANDS) {
        *reference = reference_of::<S>(row.operands[index], fields[index]);
    }
    // The extra argument of a LOADKX is a constant; others are numbers.
    let follows_loadkx = |i| S::row(S::op(i)).name_bytes() == b"LOADKX";
    if row.operands[0] == Operand::Decimal && before.is_some_and(follows_loadkx) {
        references[0] = Reference::Constant(fields[0] as usize);
    }
    references
}

/// What an operand refers to whose field is given as [`InstructionSet::fields`] does.
#[inline(always)]
pub(super) fn reference_of<S: InstructionSet>(operand: Operand, field: u32) -> Reference {
    match operand {
        Operand::Unused => Reference::None,
        Operand::Register => Reference::Register(field),
        Operand::Rk => match field.checked_sub(BITRK) {
            Some(constant) => Reference::Constant(constant as usize),
            None => Reference::Register(field),
        },
        Operand::Upvalue => Reference::Upvalue(field as usize),
        Operand::Signed => Reference::Number((field as i32).into()),
        Operand::Constant => Reference::Constant(field as usize),
        Operand::Name => match field.checked_sub(1) {
            Some(constant) => Reference::Constant(constant as usize),
            None => Reference::Number(0),
        },
        Operand::Label | Operand::LabelBack | Operand::LabelAhead | Operand::LabelExit => {
            Reference::Label(S::distance(operand, field))
        }
        Operand::Function => Reference::Function(field),
        Operand::Number | Operand::Decimal | Operand::Wide => Reference::Number(field.into()),
    }
}
