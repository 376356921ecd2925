//! The operands of an instruction as the views show them.

use crate::opcodes::{BITRK, Instruction, OpArgMask, OpMode, Opcode, Operand};

/// Which operands an opcode shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operands {
    /// None: the number is no opcode.
    None,
    /// A, and those of B and C that are used.
    Abc { b: bool, c: bool },
    /// A and a constant Bx.
    AKx,
    /// A and Bx.
    ABx,
    /// A alone, although there is a Bx.
    A,
    /// A and sBx.
    AsBx,
    /// sBx alone.
    SBx,
    /// A constant Ax.
    Ax,
}

/// The number in each column; `None` leaves it empty.
pub(crate) type Columns = [Option<i32>; 3];

impl Operands {
    /// The operands that `PrintCode` of `luac.c` shows. It goes by the masks, so in Lua 5.1 it
    /// shows the unused B of a TEST.
    pub const fn of(row: &Opcode) -> Self {
        match (row.mode, row.b, row.operands[0]) {
            (OpMode::iABC, b, _) => Operands::Abc {
                b: !matches!(b, OpArgMask::N),
                c: !matches!(row.c, OpArgMask::N),
            },
            (OpMode::iABx, OpArgMask::K, _) => Operands::AKx,
            (OpMode::iABx, OpArgMask::U, _) => Operands::ABx,
            (OpMode::iABx, _, _) => Operands::A,
            (OpMode::iAsBx, _, Operand::Unused) => Operands::SBx,
            (OpMode::iAsBx, _, _) => Operands::AsBx,
            (OpMode::iAx, _, _) => Operands::Ax,
            // What later versions have is in `operands54.rs`.
            _ => Operands::None,
        }
    }

    /// The operands as `luac` shows them: constants count down from -1 (`MYK`).
    #[inline(always)]
    pub fn listed(self, i: Instruction) -> Columns {
        let rk = |field| match field {
            // A constant's field is its index and BITRK.
            BITRK.. => i32::from(BITRK - 1) - i32::from(field),
            _ => field.into(),
        };
        self.columns(i, |index| -1 - index as i32, rk)
    }

    /// The operands as they are in the instruction.
    pub fn raw(self, i: Instruction) -> Columns {
        self.columns(i, |index| index as i32, i32::from)
    }

    /// The operands, where `constant` says how an index of a constant is shown, and `rk` a register
    /// or constant.
    #[inline(always)]
    fn columns(
        self,
        i: Instruction,
        constant: impl Fn(u32) -> i32,
        rk: impl Fn(u16) -> i32,
    ) -> Columns {
        let a = Some(i.a().into());
        match self {
            Operands::None => [None; 3],
            Operands::Abc { b, c } => [a, b.then_some(rk(i.b())), c.then_some(rk(i.c()))],
            Operands::AKx => [a, Some(constant(i.bx())), None],
            Operands::ABx => [a, Some(i.bx() as i32), None],
            Operands::A => [a, None, None],
            Operands::AsBx => [a, Some(i.sbx()), None],
            Operands::SBx => [Some(i.sbx()), None, None],
            Operands::Ax => [Some(constant(i.ax())), None, None],
        }
    }
}
