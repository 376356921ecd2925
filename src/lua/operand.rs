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
    #[inline]
    pub fn listed(self) -> i64 {
        match self {
            Operand::Value(value) => value.into(),
            Operand::Constant(index) => -1 - i64::from(index),
            // A constant's field is its index and BITRK.
            Operand::Rk(field @ BITRK..) => i64::from(BITRK - 1) - i64::from(field),
            Operand::Rk(field) => field.into(),
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

/// Which operands an opcode shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operands {
    /// None: it is no opcode.
    None,
    /// A, and those of B and C that are used.
    Abc { b: bool, c: bool },
    /// A and a constant Bx.
    AKx,
    /// A and Bx.
    ABx,
    /// A alone, for all that there is a Bx.
    A,
    /// A and sBx.
    AsBx,
    /// sBx alone.
    SBx,
    /// A constant Ax.
    Ax,
}

impl Operands {
    /// Those that `PrintCode` of `luac.c` shows.
    pub fn of(row: &Opcode) -> Self {
        match (row.mode, row.b) {
            (OpMode::iABC, b) => Operands::Abc {
                b: b != OpArgMask::N,
                c: row.c != OpArgMask::N,
            },
            (OpMode::iABx, OpArgMask::K) => Operands::AKx,
            (OpMode::iABx, OpArgMask::U) => Operands::ABx,
            (OpMode::iABx, _) => Operands::A,
            (OpMode::iAsBx, _) => Operands::AsBx,
            (OpMode::iAx, _) => Operands::Ax,
            (OpMode::iNone, _) => Operands::None,
        }
    }

    /// The operands of an instruction, by columns.
    #[inline(always)]
    pub fn columns(self, i: Instruction) -> [Option<Operand>; 3] {
        let a = Some(Operand::Value(i.a().into()));
        match self {
            Operands::None => [None; 3],
            Operands::Abc { b, c } => [
                a,
                b.then_some(Operand::Rk(i.b())),
                c.then_some(Operand::Rk(i.c())),
            ],
            Operands::AKx => [a, Some(Operand::Constant(i.bx())), None],
            Operands::ABx => [a, Some(Operand::Value(i.bx() as i32)), None],
            Operands::A => [a, None, None],
            Operands::AsBx => [a, Some(Operand::Value(i.sbx())), None],
            Operands::SBx => [Some(Operand::Value(i.sbx())), None, None],
            Operands::Ax => [Some(Operand::Constant(i.ax())), None, None],
        }
    }
}
