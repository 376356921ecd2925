//! The instructions of a version, for code that is compiled separately for each version.

use super::opcode::{MAX_OPERANDS, NextWord, OpMode, Opcode, Operand};
use super::word::{BITRK, BitField, Instruction, WordLayout};
use crate::version::LuaVersion;

/// The instructions of a version: its opcodes, and where a word holds their operands.
pub(crate) trait InstructionSet: LuaVersion {
    /// The rows of the opcodes, by their numbers.
    const OPCODES: &'static [Opcode];

    /// The opcodes' names as [`names`] gives them, in the order of their numbers.
    const NAMES: &'static [u64];

    /// Where the fields are.
    const LAYOUT: WordLayout;

    /// How many operands an opcode has at most.
    const OPERANDS: usize = if Self::LAYOUT.has_k() { 4 } else { 3 };

    /// The opcodes that jump, as a set of bits.
    const JUMPS: u128 = jumps(Self::OPCODES);

    /// True if the version has instructions whose next word is an operand without an opcode.
    const HAS_BARE_WORDS: bool = has_bare_words(Self::OPCODES);

    /// The length of the longest name.
    const LONGEST_NAME: usize = longest_name(Self::OPCODES);

    /// The opcode number of a word.
    #[inline(always)]
    fn op(i: Instruction) -> u8 {
        Self::LAYOUT.op.get(i) as u8
    }

    /// The row of an opcode number.
    #[inline(always)]
    fn row(op: u8) -> &'static Opcode {
        static UNKNOWN: Opcode = Opcode::UNKNOWN;
        Self::OPCODES.get(usize::from(op)).unwrap_or(&UNKNOWN)
    }

    /// The field that holds the operand at an index. An opcode that is not known has no fields.
    #[inline(always)]
    fn field(mode: OpMode, index: usize) -> Option<BitField> {
        let layout = Self::LAYOUT;
        Some(match (mode, index) {
            (OpMode::iABC | OpMode::iABx | OpMode::iAsBx | OpMode::ivABC, 0) => layout.a,
            (OpMode::iABC, 1) => layout.b,
            (OpMode::iABC, 2) => layout.c,
            (OpMode::ivABC, 1) => layout.vb,
            (OpMode::ivABC, 2) => layout.vc,
            (OpMode::iABC | OpMode::ivABC, 3) => layout.k,
            (OpMode::iABx | OpMode::iAsBx, 1) => layout.bx,
            (OpMode::iAx | OpMode::isJ, 0) => layout.ax,
            _ => return None,
        })
    }

    /// The fields that a mode has, in the order of the operands.
    #[inline(always)]
    fn stored(mode: OpMode, i: Instruction) -> [u32; MAX_OPERANDS] {
        let layout = Self::LAYOUT;
        match mode {
            OpMode::iABC => [layout.a, layout.b, layout.c, layout.k].map(|field| field.get(i)),
            OpMode::ivABC => [layout.a, layout.vb, layout.vc, layout.k].map(|field| field.get(i)),
            OpMode::iABx | OpMode::iAsBx => [layout.a.get(i), layout.bx.get(i), 0, 0],
            OpMode::iAx | OpMode::isJ => [layout.ax.get(i), 0, 0, 0],
            OpMode::iNone => [0; MAX_OPERANDS],
        }
    }

    /// The fields that hold the operands of a word whose opcode has this row, in their order: a signed
    /// one as the bits of an `i32`, and one that a flag makes a constant with [`BITRK`].
    #[inline(always)]
    fn fields_of(row: &Opcode, i: Instruction) -> [u32; MAX_OPERANDS] {
        let mut fields = Self::stored(row.mode, i);
        if Self::LAYOUT.has_k() {
            for (index, field) in fields.iter_mut().enumerate() {
                if row.operands[index] == Operand::Signed {
                    *field = field.wrapping_sub(Self::signed_offset(row.mode));
                }
            }
            if row.operands[2] == Operand::Rk {
                fields[2] |= fields[3] * BITRK;
                fields[3] = 0;
            }
        }
        fields
    }

    /// The word of an opcode with these fields: the inverse of [`fields_of`](Self::fields_of).
    #[inline(always)]
    fn word(op: u8, fields: [u32; MAX_OPERANDS]) -> Instruction {
        Self::word_of(Self::row(op), op, fields)
    }

    /// The word of an opcode that has this row.
    #[inline(always)]
    fn word_of(row: &Opcode, op: u8, mut fields: [u32; MAX_OPERANDS]) -> Instruction {
        let layout = Self::LAYOUT;
        if layout.has_k() {
            for (index, field) in fields.iter_mut().enumerate() {
                if row.operands[index] == Operand::Signed {
                    *field = field.wrapping_add(Self::signed_offset(row.mode));
                }
            }
            if row.operands[2] == Operand::Rk {
                fields[3] = fields[2] / BITRK;
                fields[2] %= BITRK;
            }
        }
        let [a, b, c, k] = fields;
        let operands = match row.mode {
            OpMode::iABC => layout.a.put(a) | layout.b.put(b) | layout.c.put(c) | layout.k.put(k),
            OpMode::ivABC => {
                layout.a.put(a) | layout.vb.put(b) | layout.vc.put(c) | layout.k.put(k)
            }
            OpMode::iABx | OpMode::iAsBx => layout.a.put(a) | layout.bx.put(b),
            OpMode::iAx | OpMode::isJ | OpMode::iNone => layout.ax.put(a),
        };
        Instruction(layout.op.put(op.into()) | operands)
    }

    /// The offset that is added to a signed operand to store it: sBx, or else sB or sC.
    #[inline(always)]
    fn signed_offset(mode: OpMode) -> u32 {
        match mode {
            OpMode::iAsBx => Self::LAYOUT.bx.offset() as u32,
            _ => Self::LAYOUT.c.offset() as u32,
        }
    }

    /// The largest number in the field of the operand at an index.
    #[inline(always)]
    fn most(row: &Opcode, index: usize) -> u32 {
        Self::field(row.mode, index)
            .unwrap_or(Self::LAYOUT.ax)
            .max()
    }

    /// The smallest and the largest value of a signed operand whose field is at most `most`.
    fn signed(most: u32) -> [i32; 2] {
        [-(most as i32 / 2), most as i32 - most as i32 / 2]
    }

    /// The distance of a label's target from the next instruction.
    #[inline(always)]
    fn distance(label: Operand, field: u32) -> i64 {
        let field = i64::from(field);
        match label {
            Operand::LabelBack => -field,
            Operand::LabelAhead => field,
            Operand::LabelExit => field + 1,
            _ => field - jump_offset::<Self>(),
        }
    }

    /// The field of a label whose target is this far from the next instruction, whether it fits or
    /// not: the inverse of [`distance`](Self::distance).
    fn label_field(label: Operand, distance: i64) -> Option<u32> {
        let field = match label {
            Operand::LabelBack => -distance,
            Operand::LabelAhead => distance,
            Operand::LabelExit => distance - 1,
            _ => distance + jump_offset::<Self>(),
        };
        u32::try_from(field).ok()
    }

    /// Returns whether an instruction has a label.
    #[inline(always)]
    fn is_jump(i: Instruction) -> bool {
        let op = Self::op(i);
        if Self::OPCODES.len() <= 64 {
            return (Self::JUMPS as u64) >> (op % 64) & 1 == 1;
        }
        Self::JUMPS >> (op % 128) & 1 == 1
    }

    /// Whether the next word is an operand that `luac` lists together with this instruction.
    #[inline(always)]
    fn takes_next_word(i: Instruction) -> bool {
        let next = Self::row(Self::op(i)).next;
        matches!(next, NextWord::ExtraArgUnlessC | NextWord::BareUnlessC)
            && Self::LAYOUT.c.get(i) == 0
    }

    /// Returns whether all bits of the next word are an operand of this instruction.
    #[inline(always)]
    fn takes_bare_word(i: Instruction) -> bool {
        Self::HAS_BARE_WORDS
            && Self::row(Self::op(i)).next == NextWord::BareUnlessC
            && Self::LAYOUT.c.get(i) == 0
    }

    /// The only opcode that can have this name, without its `OP_`.
    #[inline]
    fn candidate(name: &[u8]) -> Option<u8> {
        let name = start_of_name(name);
        let number = Self::NAMES.iter().position(|other| *other == name)?;
        Some(number as u8)
    }

    /// The opcode of this name, without its `OP_`.
    fn named(name: &[u8]) -> Option<&'static Opcode> {
        let row = Self::row(Self::candidate(name)?);
        (row.name_bytes() == name).then_some(row)
    }
}

/// The offset that is added to a [`Label`](Operand::Label) to store it: sBx, or from Lua 5.4 on sJ.
#[inline(always)]
fn jump_offset<S: InstructionSet + ?Sized>() -> i64 {
    match S::LAYOUT.has_k() {
        true => S::LAYOUT.ax.offset().into(),
        false => S::LAYOUT.bx.offset().into(),
    }
}

/// The first eight bytes of each name as a number, which is faster to compare; no two are alike.
pub(super) const fn names<const N: usize>(rows: &[Opcode; N]) -> [u64; N] {
    let mut names = [0; N];
    let mut number = 0;
    while number < N {
        names[number] = start_of_name(rows[number].name_bytes());
        let mut other = 0;
        while other < number {
            assert!(names[other] != names[number], "two names begin alike");
            other += 1;
        }
        number += 1;
    }
    names
}

/// The first eight bytes of a name as a number.
const fn start_of_name(name: &[u8]) -> u64 {
    let mut number = 0;
    let mut i = if name.len() < 8 { name.len() } else { 8 };
    while i > 0 {
        i -= 1;
        number = number << 8 | name[i] as u64;
    }
    number
}

const fn jumps(rows: &[Opcode]) -> u128 {
    let mut set = 0;
    let mut op = 0;
    while op < rows.len() {
        if rows[op].is_jump() {
            set |= 1 << op;
        }
        op += 1;
    }
    set
}

const fn has_bare_words(rows: &[Opcode]) -> bool {
    let mut op = 0;
    while op < rows.len() {
        if matches!(rows[op].next, NextWord::BareUnlessC) {
            return true;
        }
        op += 1;
    }
    false
}

const fn longest_name(rows: &[Opcode]) -> usize {
    let mut longest = 0;
    let mut op = 0;
    while op < rows.len() {
        if rows[op].name_bytes().len() > longest {
            longest = rows[op].name_bytes().len();
        }
        op += 1;
    }
    longest
}
