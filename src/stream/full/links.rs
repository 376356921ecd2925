//! Links between instructions in the full stream: INLINE and jump targets.

use crate::chunk::Extension;
use crate::opcodes::{Instruction, InstructionSet, NextWord};
use crate::version::Lua53;

/// The opcodes whose next word belongs to them, as sets of bits: always, if C is not 0, if C is 0.
const INLINE: [u64; 3] = {
    let mut sets = [0; 3];
    let mut op = 0;
    while op < Lua53::OPCODES.len() {
        let bit = 1 << op;
        match Lua53::OPCODES[op].next {
            NextWord::Plain | NextWord::ExtraArgIfK => {}
            NextWord::Jump | NextWord::ExtraArg => sets[0] |= bit,
            NextWord::SkippedIfC => sets[1] |= bit,
            NextWord::ExtraArgUnlessC | NextWord::BareUnlessC => sets[2] |= bit,
        }
        op += 1;
    }
    sets
};

/// The opcodes whose next word is a jump, as a set of bits.
const NEXT_IS_JUMP: u64 = {
    let mut set = 0;
    let mut op = 0;
    while op < Lua53::OPCODES.len() {
        if matches!(Lua53::OPCODES[op].next, NextWord::Jump) {
            set |= 1 << op;
        }
        op += 1;
    }
    set
};

const fn has(set: u64, op: u8) -> bool {
    set >> (op % 64) & 1 == 1
}

/// Whether the next word belongs to the instruction with this opcode and this C: an EXTRAARG, the
/// jump of a test, or the instruction that a LOADBOOL skips.
#[inline(always)]
pub(super) const fn is_inline(op: u8, c: u32) -> bool {
    let [always, if_c, unless_c] = INLINE;
    has(always | if c != 0 { if_c } else { unless_c }, op)
}

/// Whether the word after an instruction is a jump.
#[inline(always)]
fn next_is_jump(extension: &Extension, i: Instruction) -> bool {
    let op = Lua53::op(i);
    has(NEXT_IS_JUMP, op)
        || !extension.opcodes.is_empty() && extension.row_of::<Lua53>(op).next == NextWord::Jump
}

/// The target of the instruction at `pc`, if it is a jump by itself or because of the instruction
/// before it, and if the target is one of the function's `sizecode` instructions.
#[inline(always)]
pub(super) fn jump_target(
    extension: &Extension,
    i: Instruction,
    before: Option<Instruction>,
    pc: usize,
    sizecode: usize,
) -> Option<u32> {
    let follows_test = before.is_some_and(|before| next_is_jump(extension, before));
    if !extension.is_jump::<Lua53>(i) && !follows_test {
        return None;
    }
    let target = pc as i64 + 1 + i64::from(Lua53::LAYOUT.bx.signed(i));
    (0..sizecode as i64)
        .contains(&target)
        .then_some(target as u32)
}
