//! An instruction as its operands, and which instructions those say whole.

use crate::opcodes::{Instruction, NUM_OPCODES, OpMode, Operand, opcode};

/// The operands of an instruction in their order, A, B and C, or A and Bx or sBx, or Ax: what each
/// is, and its field.
#[inline(always)]
pub(super) fn operands(i: Instruction) -> [(Operand, u32); 3] {
    let row = i.opcode();
    let fields = match row.mode {
        OpMode::iABC => [i.a().into(), i.b().into(), i.c().into()],
        OpMode::iABx | OpMode::iAsBx => [i.a().into(), i.bx(), 0],
        OpMode::iAx => [i.ax(), 0, 0],
        _ => [0; 3],
    };
    let [a, b, c] = row.operands;
    [(a, fields[0]), (b, fields[1]), (c, fields[2])]
}

/// The instruction with these fields: the inverse of [`operands`].
#[inline(always)]
pub(super) fn with_fields(op: u8, [a, b, c]: [u32; 3]) -> Instruction {
    match opcode(op).mode {
        OpMode::iABC => Instruction::new(op, a as u8, b as u16, c as u16),
        OpMode::iABx | OpMode::iAsBx => {
            Instruction::new(op, a as u8, (b >> 9) as u16, (b & 0x1FF) as u16)
        }
        _ => Instruction(u32::from(op) | a << 6),
    }
}

/// Where the jump at `pc` leads, be that in the code or not.
#[inline(always)]
pub(super) fn target(i: Instruction, pc: usize) -> i64 {
    pc as i64 + 1 + i64::from(i.sbx())
}

/// Whether the operands say an instruction whole. A jump must also lead into the code, which is for
/// the caller to see.
#[inline(always)]
pub(super) fn is_whole(i: Instruction) -> bool {
    usize::from(i.op()) < NUM_OPCODES
        && operands(i)
            .into_iter()
            .all(|(operand, field)| match operand {
                Operand::Unused => field == 0,
                Operand::Register | Operand::Upvalue => field <= u8::MAX.into(),
                _ => true,
            })
}
