//! The fields of an instruction word, which Lua 5.1 to 5.3 lay out alike.

const SIZE_OP: u32 = 6;
const POS_A: u32 = SIZE_OP;
const POS_C: u32 = POS_A + 8;
const POS_B: u32 = POS_C + 9;

/// The number of values that the opcode field can hold (`1 << SIZE_OP`).
pub const OPCODE_VALUES: usize = 1 << SIZE_OP;

/// The bit of B or C that says "constant" (`BITRK`).
pub const BITRK: u16 = 1 << 8;

/// The index of the constant that a field B or C refers to, if it does (`ISK` and `INDEXK`).
pub(crate) const fn constant_of(field: u16) -> Option<usize> {
    if field & BITRK != 0 {
        Some((field & !BITRK) as usize)
    } else {
        None
    }
}

/// The largest Bx (`MAXARG_Bx`).
pub const MAXARG_BX: u32 = (1 << 18) - 1;

/// The offset of sBx (`MAXARG_sBx`).
pub const MAXARG_SBX: i32 = (MAXARG_BX >> 1) as i32;

/// One instruction word, with the fields of `lopcodes.h`: from the low end the opcode (6 bits),
/// A (8), C (9) and B (9); Bx is B and C together, Ax is Bx and A.
///
/// `{:?}` shows it as Lua 5.3 reads it, with the word itself: `LOADK 0 1 (0x00004001)`.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Instruction(pub u32);

impl Instruction {
    /// The word with these fields; bits beyond a field's width are cut off (`CREATE_ABC`).
    pub const fn new(op: u8, a: u8, b: u16, c: u16) -> Instruction {
        Instruction(
            (op as u32 & (OPCODE_VALUES as u32 - 1))
                | (a as u32) << POS_A
                | (c as u32 & 0x1FF) << POS_C
                | (b as u32 & 0x1FF) << POS_B,
        )
    }

    /// The opcode number, 0 to 63.
    pub const fn op(self) -> u8 {
        (self.0 & (OPCODE_VALUES as u32 - 1)) as u8
    }

    /// A, 0 to 255.
    pub const fn a(self) -> u8 {
        (self.0 >> POS_A) as u8
    }

    /// B, 0 to 511.
    pub const fn b(self) -> u16 {
        (self.0 >> POS_B) as u16
    }

    /// C, 0 to 511.
    pub const fn c(self) -> u16 {
        (self.0 >> POS_C) as u16 & 0x1FF
    }

    /// Bx, 0 to [`MAXARG_BX`].
    pub const fn bx(self) -> u32 {
        self.0 >> POS_C
    }

    /// sBx, -[`MAXARG_SBX`] to [`MAXARG_SBX`] + 1.
    pub const fn sbx(self) -> i32 {
        self.bx() as i32 - MAXARG_SBX
    }

    /// Ax, 26 bits.
    pub const fn ax(self) -> u32 {
        self.0 >> POS_A
    }
}
