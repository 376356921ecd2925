//! The opcode and the operands of an instruction as columns: as `luac -l` lists them, and as a hexdump
//! shows them.

use crate::chunk::Extension;
use crate::opcodes::{BITRK, Instruction, InstructionSet, Opcode, Operand};

use super::format::{Column, Formatted, OpcodeFormat, added_format};
use super::print::{Print, Style};

/// The widths of an opcode and of the operands in a hexdump.
const OPCODE_WIDTH: usize = 11;
const OPERANDS_WIDTH: usize = 12;
/// The width of an operand there that others follow.
const OPERAND_WIDTH: usize = 4;

/// Writes the opcode and the operands as a listing has them, with luac's tab between them.
#[inline(always)]
pub(crate) fn list<S: InstructionSet>(out: &mut impl Print, extension: &Extension, i: Instruction) {
    let is_own = usize::from(S::op(i)) < S::OPCODES.len();
    let added = match is_own || extension.opcodes.is_empty() {
        true => None,
        false => added_format::<S>(extension, i),
    };
    let is_known = is_own || added.is_some();
    let format = added.as_ref().unwrap_or(S::format(i));
    out.paint(Style::Opcode, |out| format.name.print(out));
    out.paint(Style::Number, |out| match is_known {
        true => operands::<S, true>(out, format, i),
        false => out.text(format!("0x{:08x}", i.0)),
    });
}

/// Writes the opcode and the operands as a hexdump has them, padded if a remark follows.
pub(crate) fn explain<S: InstructionSet>(
    out: &mut impl Print,
    extension: &Extension,
    i: Instruction,
    is_padded: bool,
) {
    let row = extension.row_of::<S>(S::op(i));
    let added = match row.is_unknown() || usize::from(S::op(i)) < S::OPCODES.len() {
        true => None,
        false => added_format::<S>(extension, i),
    };
    out.paint(Style::Opcode, |out| {
        out.padded(OPCODE_WIDTH, |out| {
            out.fill(Opcode::LONGEST_NAME, |room| {
                let name = row.name_bytes();
                let room = &mut room[..name.len()];
                room.copy_from_slice(name);
                room.make_ascii_lowercase();
                name.len()
            });
        });
    });
    out.paint(Style::Number, |out| {
        out.padded(if is_padded { OPERANDS_WIDTH } else { 0 }, |out| {
            operands::<S, false>(out, added.as_ref().unwrap_or(S::format(i)), i);
        });
    });
}

/// Writes the operands. In a listing there is a space between two; in a hexdump all but the last are
/// padded.
#[inline(always)]
fn operands<S: InstructionSet, const LISTED: bool>(
    out: &mut impl Print,
    format: &OpcodeFormat,
    i: Instruction,
) {
    let fields = S::stored(format.mode, i);
    // Where the operand before begins.
    let mut before = None;
    #[allow(
        clippy::needless_range_loop,
        reason = "an iterator over two arrays takes as long as the rest"
    )]
    for n in 0..S::OPERANDS {
        let field = fields[n];
        let number = match format.columns[n] {
            Column::Hidden => continue,
            Column::Blank if LISTED => continue,
            Column::Blank => None,
            Column::Mark => {
                if field == 1 {
                    out.byte(b'k');
                }
                continue;
            }
            Column::Number => Some(field as i32),
            Column::Signed => Some(field.wrapping_sub(S::signed_offset(format.mode)) as i32),
            Column::Constant if LISTED && !S::LAYOUT.has_k() => Some(-1 - field as i32),
            Column::Rk if LISTED && !S::LAYOUT.has_k() && field >= BITRK => {
                Some(BITRK as i32 - 1 - field as i32)
            }
            Column::Constant | Column::Rk => Some(field as i32),
            Column::Jump => Some(S::distance(Operand::Label, field) as i32),
        };
        match before {
            None => {}
            Some(_) if LISTED => out.byte(b' '),
            Some(before) => {
                let width = out.position() - before;
                out.spaces(OPERAND_WIDTH.saturating_sub(width).max(1));
            }
        }
        before = Some(if LISTED { 0 } else { out.position() });
        if let Some(number) = number {
            out.integer(number);
        }
    }
}
