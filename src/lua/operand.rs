//! The operands of an instruction as the views show them.

use crate::opcodes::{BITRK, Instruction, OpArgMask, OpMode, Opcode};

/// One operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operand {
    /// A register, an upvalue, an offset: a number as it is.
    Value(i32),
    /// The index of a constant.
    Constant(u32),
    /// A field B or C, that may refer to a register or to a constant.
    Rk(u16),
}

impl Operand {
    /// The number that `luac` prints: constants count down from -1 (`MYK`).
    pub fn listed(self) -> i64 {
        match self {
            Operand::Value(value) => value.into(),
            Operand::Constant(index) => -1 - i64::from(index),
            Operand::Rk(field) => match constant_of(field) {
                Some(index) => -1 - index as i64,
                None => field.into(),
            },
        }
    }

    /// The number in the instruction.
    pub fn raw(self) -> i64 {
        match self {
            Operand::Value(value) => value.into(),
            Operand::Constant(index) => index.into(),
            Operand::Rk(field) => field.into(),
        }
    }
}

/// The index of the constant that a field B or C refers to, if it does (`ISK` and `INDEXK`).
pub(crate) fn constant_of(field: u16) -> Option<usize> {
    (field & BITRK != 0).then_some(usize::from(field & !BITRK))
}

/// A, B and C, or those that the opcode has, as `PrintCode` of `luac.c` shows them.
pub(crate) fn operands(i: Instruction, row: &Opcode) -> [Option<Operand>; 3] {
    let a = Some(Operand::Value(i.a().into()));
    let used = |mask: OpArgMask, operand: Operand| (mask != OpArgMask::N).then_some(operand);
    match row.mode {
        OpMode::iABC => [
            a,
            used(row.b, Operand::Rk(i.b())),
            used(row.c, Operand::Rk(i.c())),
        ],
        OpMode::iABx if row.b == OpArgMask::K => [a, Some(Operand::Constant(i.bx())), None],
        OpMode::iABx => [a, used(row.b, Operand::Value(i.bx() as i32)), None],
        OpMode::iAsBx => [a, Some(Operand::Value(i.sbx())), None],
        OpMode::iAx => [Some(Operand::Constant(i.ax())), None, None],
        OpMode::iNone => [None; 3],
    }
}
