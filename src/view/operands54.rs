//! The operands of an instruction from Lua 5.4 on.

use crate::opcodes::{Instruction, Instruction54, OFFSET_SC, Opcode, Operand};

use super::print::Print;

/// Writes the operands that `PrintCode` of `luac.c` shows, each but the last `width` wide at least,
/// with its space.
#[inline(always)]
pub(super) fn operands54(out: &mut impl Print, opcode: &Opcode, word: Instruction, width: usize) {
    let i = Instruction54(word);
    let [_, b, c] = opcode.operands;
    let signed = |operand, field: u16| match operand {
        Operand::Signed => i32::from(field) - OFFSET_SC,
        _ => field.into(),
    };
    let fields = opcode.listed.as_bytes();
    for (n, field) in fields.iter().enumerate() {
        let value = match field {
            b'A' => i.a().into(),
            b'B' => signed(b, i.b(opcode.mode)),
            b'C' => signed(c, i.c(opcode.mode)),
            b'k' => i.k().into(),
            b'x' => i.bx() as i32,
            b'X' => i.sbx(),
            b'a' => i.ax() as i32,
            b'J' => i.sj(),
            // The last of them.
            _ => {
                out.text(if i.k() { "k" } else { "" });
                break;
            }
        };
        match fields.get(n + 1) {
            None | Some(b'K') => out.integer(value),
            Some(_) => out.padded(width, |out| {
                out.integer(value);
                out.byte(b' ');
            }),
        }
    }
}
