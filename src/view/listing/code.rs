//! The instructions of a listing: `PrintCode` of `luac.c`.

use std::io;

use crate::chunk::Version;
use crate::opcodes::{Comment, Instruction, constant_of};
use crate::view::function::Function;
use crate::view::operands::Operands;
use crate::view::page::Page;
use crate::view::partial::Address;
use crate::view::print::Print;
use crate::view::rows::{Row, rows};
use crate::view::style::Style;
use crate::view::value::Floats;

/// The opcode and the operands of an instruction, with luac's tab between them.
#[inline(always)]
pub(super) fn instruction(out: &mut impl Print, row: &Row, i: Instruction) {
    out.paint(Style::Opcode, |out| row.listed_name.print(out));
    out.paint(Style::Number, |out| {
        if row.operands == Operands::None {
            return out.text(format!("0x{:08x}", i.0));
        }
        for (n, operand) in row.operands.listed(i).into_iter().flatten().enumerate() {
            if n > 0 {
                out.byte(b' ');
            }
            out.integer(operand);
        }
    });
}

/// What a line begins with: the number of the instruction, and its line in the source.
#[inline(always)]
pub(super) fn place(out: &mut impl Print, p: &Function, pc: usize) {
    out.byte(b'\t');
    number(out, pc + 1);
    out.text("\t[");
    match p.lineinfo.get(pc) {
        Some(line) if line > 0 => number(out, line),
        _ => out.byte(b'-'),
    }
    out.text("]\t");
}

impl Page<'_> {
    /// Writes a line for each instruction of the function at an address.
    pub(super) fn code(
        &mut self,
        version: Version,
        floats: Floats,
        p: &Function,
        at: &Address,
    ) -> io::Result<()> {
        let rows = rows(version);
        let mut pc = 0;
        while let Some(i) = p.code.get(pc) {
            let row = &rows[usize::from(i.op())];
            self.brief(|line| {
                place(line, p, pc);
                instruction(line, row, i);
            });
            self.comment(row.opcode.listing, floats, p, at, pc, i);
            self.end_line()?;
            pc += 1 + usize::from(row.opcode.takes_next_word(i));
        }
        Ok(())
    }

    fn comment(
        &mut self,
        comment: Comment,
        floats: Floats,
        p: &Function,
        at: &Address,
        pc: usize,
        i: Instruction,
    ) {
        if comment.is_silent(i) {
            return;
        }
        let (b, c) = (constant_of(i.b()), constant_of(i.c()));
        self.byte(b'\t');
        self.paint(Style::Comment, |page| {
            page.text("; ");
            match comment {
                Comment::Bx => p.constant(page, floats, i.bx() as usize),
                Comment::Ax => p.constant(page, floats, i.ax() as usize),
                Comment::Global => page.name(p.global(i)),
                Comment::Upvalue => page.name(p.upvalue(i.b().into())),
                Comment::UpvalueC => {
                    page.name(p.upvalue(i.b().into()));
                    spaced_constant(page, floats, p, c);
                }
                Comment::UpvalueBC => {
                    page.name(p.upvalue(i.a().into()));
                    spaced_constant(page, floats, p, b);
                    spaced_constant(page, floats, p, c);
                }
                Comment::C => constant_or_dash(page, floats, p, c),
                Comment::BC => {
                    constant_or_dash(page, floats, p, b);
                    page.byte(b' ');
                    constant_or_dash(page, floats, p, c);
                }
                Comment::Jump => {
                    page.text("to ");
                    page.integer(i64::from(i.sbx()) + pc as i64 + 2);
                }
                Comment::Closure => match at.p.get(i.bx() as usize) {
                    Some(at) => address(page, at),
                    None => page.byte(b'?'),
                },
                Comment::SetList => match (i.c(), p.code.get(pc + 1)) {
                    (0, Some(word)) => page.integer(word.0 as i32),
                    (0, None) => page.byte(b'?'),
                    (c, _) => page.integer(c),
                },
                // Only a hexdump comments on these.
                _ => {}
            }
        });
    }
}

#[inline(always)]
pub(super) fn number(out: &mut impl Print, value: impl TryInto<i64>) {
    out.paint(Style::Number, |out| out.integer(value));
}

pub(super) fn address(page: &mut Page, at: &Address) {
    page.text(format!("0x{:08x}", at.offset));
}

fn spaced_constant(page: &mut Page, floats: Floats, p: &Function, index: Option<usize>) {
    if let Some(index) = index {
        page.byte(b' ');
        p.constant(page, floats, index);
    }
}

fn constant_or_dash(page: &mut Page, floats: Floats, p: &Function, index: Option<usize>) {
    match index {
        Some(index) => p.constant(page, floats, index),
        None => page.byte(b'-'),
    }
}
