//! The fields of an instruction word, which Lua 5.4 and 5.5 lay out alike but for the two opcodes of
//! 5.5 that have the mode `ivABC`.

use super::instruction::Instruction;
use super::row::OpMode;

const POS_A: u32 = 7;
const POS_K: u32 = POS_A + 8;
const POS_B: u32 = POS_K + 1;
const POS_C: u32 = POS_B + 8;
/// The position of C after a B of 6 bits.
const POS_VC: u32 = POS_B + 6;

/// The offset of sB and sC (`OFFSET_sC`).
pub(crate) const OFFSET_SC: i32 = 127;
/// The offset of sBx (`OFFSET_sBx`).
pub(crate) const OFFSET_SBX: i32 = (1 << 16) - 1;
/// The offset of sJ (`OFFSET_sJ`).
pub(crate) const OFFSET_SJ: i32 = (1 << 24) - 1;

/// The fields of `lopcodes.h`: from the low end the opcode (7 bits), A (8), k (1), B (8) and C (8); Bx
/// is k, B and C together, Ax and sJ are A and Bx.
#[derive(Clone, Copy)]
pub(crate) struct Instruction54(pub Instruction);

impl Instruction54 {
    /// How many values the opcode field can hold.
    pub const OPCODE_VALUES: usize = 1 << POS_A;

    const fn word(self) -> u32 {
        self.0.0
    }

    pub const fn op(self) -> u8 {
        (self.word() & (Self::OPCODE_VALUES as u32 - 1)) as u8
    }

    pub const fn a(self) -> u8 {
        (self.word() >> POS_A) as u8
    }

    pub const fn k(self) -> bool {
        self.word() >> POS_K & 1 == 1
    }

    /// B, of 6 bits in the mode `ivABC`.
    pub const fn b(self, mode: OpMode) -> u16 {
        let b = (self.word() >> POS_B) as u8;
        match mode {
            OpMode::ivABC => b as u16 & 0x3F,
            _ => b as u16,
        }
    }

    /// C, of 10 bits in the mode `ivABC`.
    pub const fn c(self, mode: OpMode) -> u16 {
        match mode {
            OpMode::ivABC => (self.word() >> POS_VC) as u16,
            _ => (self.word() >> POS_C) as u16,
        }
    }

    pub const fn bx(self) -> u32 {
        self.word() >> POS_K
    }

    pub const fn sbx(self) -> i32 {
        self.bx() as i32 - OFFSET_SBX
    }

    pub const fn ax(self) -> u32 {
        self.word() >> POS_A
    }

    pub const fn sj(self) -> i32 {
        self.ax() as i32 - OFFSET_SJ
    }
}
