//! The instructions of a version, for code that is compiled for each version of its own.

use super::instruction::{Instruction, MAXARG_BX, MAXARG_SBX};
use super::row::{OpMode, Opcode, Operand};

/// The most operands that an opcode of any version has: A, B, C and k.
pub(crate) const MAX_OPERANDS: usize = 4;

/// The instructions of a version: its opcodes, and where a word holds their operands. What is given
/// here is the layout that Lua 5.1, 5.2 and 5.3 share.
pub(crate) trait InstructionSet {
    /// The rows of the opcodes, by their numbers.
    const OPCODES: &'static [Opcode];

    /// The row that stands in for a number that is no opcode.
    const UNKNOWN: &'static Opcode;

    /// The opcodes' names as [`names`] gives them, in the order of their numbers.
    const NAMES: &'static [u64];

    /// How many operands an opcode has at most.
    const OPERANDS: usize = 3;

    /// The opcodes that jump, as a set of bits.
    const JUMPS: u128 = jumps(Self::OPCODES);

    /// Whether the word after some instruction is no instruction, but an operand.
    const HAS_BARE_WORDS: bool = has_bare_words(Self::OPCODES);

    /// How long the longest name is.
    const LONGEST_NAME: usize = longest_name(Self::OPCODES);

    /// The opcode number of a word.
    #[inline(always)]
    fn op(i: Instruction) -> u8 {
        i.op()
    }

    /// The operand at an index below [`OPERANDS`](Self::OPERANDS).
    #[inline(always)]
    fn operand(row: &Opcode, index: usize) -> Operand {
        row.operands[index]
    }

    /// The fields of a word that its opcode's operands stand for, in their order. A signed one is
    /// given as the bits of an `i32`; of a field that a flag makes a constant, the flag is
    /// [`BITRK`](super::BITRK).
    #[inline(always)]
    fn fields(i: Instruction) -> [u32; MAX_OPERANDS] {
        match Self::row(Self::op(i)).mode {
            OpMode::iABC => [i.a().into(), i.b().into(), i.c().into(), 0],
            OpMode::iABx | OpMode::iAsBx => [i.a().into(), i.bx(), 0, 0],
            OpMode::iAx => [i.ax(), 0, 0, 0],
            _ => [0; MAX_OPERANDS],
        }
    }

    /// The word of an opcode with these fields: the inverse of [`fields`](Self::fields).
    #[inline(always)]
    fn word(op: u8, [a, b, c, _]: [u32; MAX_OPERANDS]) -> Instruction {
        match Self::row(op).mode {
            OpMode::iABC => Instruction::new(op, a as u8, b as u16, c as u16),
            OpMode::iABx | OpMode::iAsBx => {
                Instruction::new(op, a as u8, (b >> 9) as u16, (b & 0x1FF) as u16)
            }
            _ => Instruction(u32::from(op) | a << 6),
        }
    }

    /// The largest field of the operand at an index.
    #[inline(always)]
    fn most(row: &Opcode, index: usize) -> u32 {
        match (row.mode, index) {
            (OpMode::iABC | OpMode::iABx | OpMode::iAsBx, 0) => 0xFF,
            (OpMode::iABC, _) => 0x1FF,
            (OpMode::iABx | OpMode::iAsBx, _) => MAXARG_BX,
            _ => (1 << 26) - 1,
        }
    }

    /// The least and the most that a signed operand can be, whose field is `most` at most.
    fn signed(most: u32) -> [i32; 2] {
        [-(most as i32 / 2), most as i32 - most as i32 / 2]
    }

    /// How far a label with this field is from the next instruction.
    #[inline(always)]
    fn distance(_label: Operand, field: u32) -> i64 {
        i64::from(field) - i64::from(MAXARG_SBX)
    }

    /// The field of a label so far from the next instruction, if there is one, too large or not: the
    /// inverse of [`distance`](Self::distance).
    fn label_field(_label: Operand, distance: i64) -> Option<u32> {
        u32::try_from(distance + i64::from(MAXARG_SBX)).ok()
    }

    /// The row of an opcode number.
    #[inline(always)]
    fn row(op: u8) -> &'static Opcode {
        Self::OPCODES.get(usize::from(op)).unwrap_or(Self::UNKNOWN)
    }

    /// Whether an instruction has a label.
    #[inline(always)]
    fn is_jump(i: Instruction) -> bool {
        let op = Self::op(i);
        if Self::OPCODES.len() <= 64 {
            return (Self::JUMPS as u64) >> (op % 64) & 1 == 1;
        }
        Self::JUMPS >> (op % 128) & 1 == 1
    }

    /// Whether the word after an instruction is its operand, all of it.
    #[inline(always)]
    fn takes_bare_word(i: Instruction) -> bool {
        Self::HAS_BARE_WORDS && Self::row(Self::op(i)).next_word_is_bare(i)
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
        (row.name.as_bytes() == name).then_some(row)
    }
}

/// The first eight bytes of each name as a number, which compares faster; no two are alike.
pub(super) const fn names<const N: usize>(rows: &[Opcode; N]) -> [u64; N] {
    let mut names = [0; N];
    let mut number = 0;
    while number < N {
        names[number] = start_of_name(rows[number].name.as_bytes());
        let mut other = 0;
        while other < number {
            assert!(names[other] != names[number], "the names begin alike");
            other += 1;
        }
        number += 1;
    }
    names
}

/// The first eight bytes of a name as a number.
pub(super) const fn start_of_name(name: &[u8]) -> u64 {
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
        if rows[op].may_take_bare_word() {
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
        if rows[op].name.len() > longest {
            longest = rows[op].name.len();
        }
        op += 1;
    }
    longest
}
