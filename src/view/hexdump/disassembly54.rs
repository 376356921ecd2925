//! An instruction from Lua 5.4 on as a hexdump shows it.

use super::disassembly::{OPCODE_WIDTH, OPERANDS_WIDTH, upvalues};
use crate::view::operands54::operands54;
use crate::view::page::Page;
use crate::view::print::Print;
use crate::view::remark54::{Manner, Place};
use crate::view::style::Style;

impl Page<'_> {
    /// Writes an instruction, and all that can be said about it.
    pub(super) fn disassembled54(&mut self, place: &Place) {
        let comment = place.opcode.hexdump;
        self.byte(b' ');
        self.paint(Style::Opcode, |page| {
            page.padded(OPCODE_WIDTH, |page| {
                page.text(place.opcode.name.to_ascii_lowercase());
            });
        });
        let has = place.has(comment);
        self.paint(Style::Number, |page| {
            page.padded(if has { OPERANDS_WIDTH } else { 0 }, |page| {
                operands54(page, place.opcode, place.i, 4);
            });
        });
        if has {
            self.byte(b' ');
            self.paint(Style::Comment, |page| {
                page.text("; ");
                place.tell(page, comment, &Explained);
            });
        }
    }
}

struct Explained;

impl Manner for Explained {
    fn name(&self, page: &mut Page, name: &[u8]) {
        page.escaped(name);
    }

    fn target(&self, page: &mut Page, pc: i64) {
        page.byte(b'[');
        page.integer(pc);
        page.byte(b']');
    }

    fn closure(&self, page: &mut Page, place: &Place, index: usize) {
        upvalues(page, place.p.inside(index));
    }
}
