//! The fields of an instruction word, which Lua 5.4 and 5.5 lay out alike but for the two opcodes of
//! 5.5 that have the mode `ivABC`.

use super::instruction::{BITRK, Instruction};
use super::instruction_set::MAX_OPERANDS;
use super::row::{OpMode, Opcode, Operand};

const POS_A: u32 = 7;
const POS_K: u32 = POS_A + 8;
const POS_B: u32 = POS_K + 1;
const POS_C: u32 = POS_B + 8;
/// The position of C after a B of 6 bits.
const POS_VC: u32 = POS_B + 6;

/// The offset of sB and sC (`OFFSET_sC`).
pub(crate) const OFFSET_SC: i32 = 127;
/// The offset of sBx (`OFFSET_sBx`).
const OFFSET_SBX: i32 = (1 << 16) - 1;
/// The offset of sJ (`OFFSET_sJ`).
const OFFSET_SJ: i32 = (1 << 24) - 1;

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

/// The operand at an index: A, B, C, k.
#[inline(always)]
pub(super) fn operand(row: &Opcode, index: usize) -> Operand {
    match index {
        3 => row.k,
        _ => row.operands[index],
    }
}

/// The fields of a word whose row is `row`, as `InstructionSet::fields` gives them.
#[inline(always)]
pub(super) fn fields(row: &Opcode, word: Instruction) -> [u32; MAX_OPERANDS] {
    let i = Instruction54(word);
    let a = i.a().into();
    let mut fields = match row.mode {
        OpMode::iABC | OpMode::ivABC => {
            let (b, c) = (i.b(row.mode).into(), i.c(row.mode).into());
            [a, b, c, i.k().into()]
        }
        OpMode::iABx | OpMode::iAsBx => [a, i.bx(), 0, 0],
        OpMode::iAx | OpMode::isJ => [i.ax(), 0, 0, 0],
        OpMode::iNone => return [0; MAX_OPERANDS],
    };
    for (index, field) in fields.iter_mut().enumerate() {
        if operand(row, index) == Operand::Signed {
            *field = field.wrapping_sub(offset(row.mode));
        }
    }
    if let [_, _, Operand::Rk] = row.operands {
        fields[2] |= fields[3] * u32::from(BITRK);
        fields[3] = 0;
    }
    fields
}

/// The word of an opcode with these fields: the inverse of [`fields`].
#[inline(always)]
pub(super) fn word(op: u8, row: &Opcode, mut fields: [u32; MAX_OPERANDS]) -> Instruction {
    for (index, field) in fields.iter_mut().enumerate() {
        if operand(row, index) == Operand::Signed {
            *field = field.wrapping_add(offset(row.mode));
        }
    }
    if let [_, _, Operand::Rk] = row.operands {
        fields[3] = fields[2] / u32::from(BITRK);
        fields[2] %= u32::from(BITRK);
    }
    let [a, b, c, k] = fields;
    let rest = match row.mode {
        OpMode::iABC => a << POS_A | k << POS_K | b << POS_B | c << POS_C,
        OpMode::ivABC => a << POS_A | k << POS_K | b << POS_B | c << POS_VC,
        OpMode::iABx | OpMode::iAsBx => a << POS_A | b << POS_K,
        OpMode::iAx | OpMode::isJ | OpMode::iNone => a << POS_A,
    };
    Instruction(u32::from(op) | rest)
}

/// What a signed operand's field has on top.
fn offset(mode: OpMode) -> u32 {
    match mode {
        OpMode::iAsBx => OFFSET_SBX as u32,
        _ => OFFSET_SC as u32,
    }
}

/// The largest field of the operand at an index.
#[inline(always)]
pub(super) fn most(row: &Opcode, index: usize) -> u32 {
    match (row.mode, index) {
        (OpMode::iAx | OpMode::isJ | OpMode::iNone, _) => (1 << 25) - 1,
        (_, 0) => 0xFF,
        (OpMode::iABx | OpMode::iAsBx, _) => (1 << 17) - 1,
        (_, 3) => 1,
        (OpMode::ivABC, 1) => 0x3F,
        (OpMode::ivABC, 2) => 0x3FF,
        _ => 0xFF,
    }
}

/// How far a label with this field is from the next instruction.
#[inline(always)]
pub(super) fn distance(label: Operand, field: u32) -> i64 {
    let field = i64::from(field);
    match label {
        Operand::LabelBack => -field,
        Operand::LabelAhead => field,
        Operand::LabelExit => field + 1,
        _ => field - i64::from(OFFSET_SJ),
    }
}

/// The inverse of [`distance`].
pub(super) fn label_field(label: Operand, distance: i64) -> Option<u32> {
    let field = match label {
        Operand::LabelBack => -distance,
        Operand::LabelAhead => distance,
        Operand::LabelExit => distance - 1,
        _ => distance + i64::from(OFFSET_SJ),
    };
    u32::try_from(field).ok()
}

/// What the words of Lua 5.4 and 5.5 share, in an `InstructionSet`.
macro_rules! with_k {
    () => {
        const OPERANDS: usize = 4;

        #[inline(always)]
        fn op(i: Instruction) -> u8 {
            Instruction54(i).op()
        }

        #[inline(always)]
        fn operand(row: &Opcode, index: usize) -> Operand {
            instruction54::operand(row, index)
        }

        #[inline(always)]
        fn fields(i: Instruction) -> [u32; MAX_OPERANDS] {
            instruction54::fields(Self::row(Self::op(i)), i)
        }

        #[inline(always)]
        fn word(op: u8, fields: [u32; MAX_OPERANDS]) -> Instruction {
            instruction54::word(op, Self::row(op), fields)
        }

        #[inline(always)]
        fn most(row: &Opcode, index: usize) -> u32 {
            instruction54::most(row, index)
        }

        #[inline(always)]
        fn distance(label: Operand, field: u32) -> i64 {
            instruction54::distance(label, field)
        }

        fn label_field(label: Operand, distance: i64) -> Option<u32> {
            instruction54::label_field(label, distance)
        }
    };
}
pub(super) use with_k;
