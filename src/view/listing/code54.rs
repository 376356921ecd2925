//! The instructions of a listing from Lua 5.4 on: `PrintCode` of `luac.c`.

use std::io;

use super::code::{self, address};
use crate::chunk::Version;
use crate::opcodes::{Instruction, Instruction54};
use crate::view::function::Function;
use crate::view::operands54::operands54;
use crate::view::page::Page;
use crate::view::partial::Address;
use crate::view::print::Print;
use crate::view::remark54::{Manner, Place};
use crate::view::rows::{Row, rows};
use crate::view::style::Style;
use crate::view::value::Floats;

/// The opcode and the operands of an instruction, with luac's tab between them.
#[inline(always)]
pub(super) fn instruction54(out: &mut impl Print, row: &Row, i: Instruction) {
    out.paint(Style::Opcode, |out| row.listed_name.print(out));
    out.paint(Style::Number, |out| match row.opcode.is_unknown() {
        true => out.text(format!("0x{:08x}", i.0)),
        false => operands54(out, row.opcode, i, 0),
    });
}

impl Page<'_> {
    /// Writes a line for each instruction of the function at an address.
    pub(super) fn code54(
        &mut self,
        version: Version,
        floats: Floats,
        p: &Function,
        at: &Address,
    ) -> io::Result<()> {
        let rows = rows(version);
        for (pc, i) in p.code.iter().enumerate() {
            let row = &rows[usize::from(Instruction54(i).op())];
            self.brief(|line| {
                code::place(line, p, pc);
                instruction54(line, row, i);
            });
            let (opcode, comment) = (row.opcode, row.opcode.listing);
            let place = Place {
                opcode,
                floats,
                p,
                pc,
                i,
            };
            if place.has(comment) {
                self.byte(b'\t');
                self.paint(Style::Comment, |page| {
                    page.text("; ");
                    place.tell(page, comment, &Listed { at });
                });
            }
            self.end_line()?;
        }
        Ok(())
    }
}

struct Listed<'r> {
    at: &'r Address,
}

impl Manner for Listed<'_> {
    fn name(&self, page: &mut Page, name: &[u8]) {
        page.name(name);
    }

    fn target(&self, page: &mut Page, pc: i64) {
        page.integer(pc);
    }

    fn closure(&self, page: &mut Page, _: &Place, index: usize) {
        match self.at.p.get(index) {
            Some(at) => address(page, at),
            None => page.byte(b'?'),
        }
    }
}
