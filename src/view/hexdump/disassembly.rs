//! An instruction as a hexdump shows it, with all that can be said about it.

use crate::chunk::Proto;
use crate::opcodes::{Comment, Instruction, Opcode, constant_of};
use crate::view::function::Function;
use crate::view::operands::Columns;
use crate::view::page::Page;
use crate::view::print::Print;
use crate::view::rows::Row;
use crate::view::style::Style;
use crate::view::value::Floats;

/// The widths of an opcode and of three operands.
pub(super) const OPCODE_WIDTH: usize = 11;
pub(super) const OPERANDS_WIDTH: usize = 12;
/// The elements that one SETLIST sets at most (`LFIELDS_PER_FLUSH`).
const FIELDS_PER_FLUSH: u64 = 50;

impl Page<'_> {
    /// Writes the instruction at `pc` of a function; `row` is its opcode's.
    pub(super) fn disassembled(
        &mut self,
        row: &Row,
        floats: Floats,
        p: &Function,
        pc: usize,
        i: Instruction,
    ) {
        let comment = row.opcode.hexdump;
        self.byte(b' ');
        self.paint(Style::Opcode, |page| {
            page.padded(OPCODE_WIDTH, |page| {
                for byte in row.opcode.name.bytes() {
                    page.byte(byte.to_ascii_lowercase());
                }
            });
        });
        let silent = comment.is_silent(i);
        self.paint(Style::Number, |page| {
            page.padded(if silent { 0 } else { OPERANDS_WIDTH }, |page| {
                columns(page, &row.operands.raw(i));
            });
        });
        if !silent {
            self.byte(b' ');
            self.paint(Style::Comment, |page| {
                page.text("; ");
                Remark {
                    page,
                    opcode: row.opcode,
                    floats,
                    p,
                    pc,
                    i,
                }
                .tell(comment);
            });
        }
    }
}

/// Operands in columns, without spaces after the last.
fn columns(page: &mut Page, operands: &Columns) {
    let count = operands
        .iter()
        .rposition(Option::is_some)
        .map_or(0, |last| last + 1);
    for (column, operand) in operands[..count].iter().enumerate() {
        let width = if column + 1 < count { 4 } else { 0 };
        page.padded(width, |page| {
            if let Some(operand) = *operand {
                page.integer(operand);
            }
        });
    }
}

/// The comment beside an instruction.
struct Remark<'p, 'w, 'r> {
    page: &'p mut Page<'w>,
    opcode: &'r Opcode,
    floats: Floats,
    p: &'r Function<'r>,
    pc: usize,
    i: Instruction,
}

impl Remark<'_, '_, '_> {
    fn tell(&mut self, comment: Comment) {
        let i = self.i;
        match comment {
            Comment::Silent => {}
            Comment::Bx => self.constant(i.bx() as usize),
            Comment::Ax => self.constant(i.ax() as usize),
            Comment::Global => self.page.escaped(self.p.global(i)),
            Comment::C => self.constants("", &[i.c()]),
            Comment::BC => self.constants("", &[i.b(), i.c()]),
            Comment::Upvalue => self.upvalue(i.b().into()),
            Comment::UpvalueC => {
                self.upvalue(i.b().into());
                self.constants(" ", &[i.c()]);
            }
            Comment::UpvalueBC => {
                self.upvalue(i.a().into());
                self.constants(" ", &[i.b(), i.c()]);
            }
            Comment::Jump => self.jump(i.sbx().into()),
            Comment::Loop => {
                self.jump(i.sbx().into());
                self.page.text(" if loop");
            }
            Comment::Exit => {
                self.jump(1);
                self.page.text(" if exit");
            }
            Comment::Compare => {
                if !Comment::BC.is_silent(i) {
                    self.constants("", &[i.b(), i.c()]);
                    self.page.text(", ");
                }
                self.skip_if(i.a() == 0);
            }
            Comment::Test => self.skip_if(i.c() == 0),
            Comment::Boolean => {
                self.page.text(if i.b() != 0 { "true" } else { "false" });
                if i.c() != 0 {
                    self.page.text(", ");
                    self.jump(1);
                }
            }
            Comment::TableSizes => {
                self.page.text("array=");
                self.page.integer(fb2int(i.b()));
                self.page.text(", hash=");
                self.page.integer(fb2int(i.c()));
            }
            Comment::SetList => self.set_list(),
            Comment::Closure => self.closure(),
            // Those of later versions.
            _ => {}
        }
    }

    /// Writes the constants that the fields refer to, `before` in front of the first and a space in
    /// front of the others.
    fn constants(&mut self, before: &'static str, fields: &[u16]) {
        let mut before = before;
        for index in fields.iter().copied().filter_map(constant_of) {
            self.page.text(before);
            self.constant(index);
            before = " ";
        }
    }

    fn constant(&mut self, index: usize) {
        self.p.constant(self.page, self.floats, index);
    }

    fn upvalue(&mut self, index: usize) {
        self.page.escaped(self.p.upvalue(index));
    }

    /// Says where a jump goes whose distance from the next instruction is `offset`.
    fn jump(&mut self, offset: i64) {
        self.page.text("to [");
        self.page.integer(self.pc as i64 + 2 + offset);
        self.page.byte(b']');
    }

    /// Says that the next instruction is skipped if a test has this result.
    fn skip_if(&mut self, result: bool) {
        self.jump(1);
        self.page
            .text(if result { " if true" } else { " if false" });
    }

    fn set_list(&mut self) {
        let extra = || {
            let word = self.p.code.get(self.pc + 1)?;
            Some(match self.opcode.next_word_is_bare(self.i) {
                true => word.0,
                false => word.ax(),
            })
        };
        let batch = match self.i.c() {
            0 => extra(),
            c => Some(c.into()),
        };
        let Some(first) = batch.and_then(|batch| batch.checked_sub(1)) else {
            return self.page.byte(b'?');
        };
        let before = u64::from(first) * FIELDS_PER_FLUSH;
        self.page.text("index ");
        self.page.integer(before + 1);
        self.page.text(" to ");
        match self.i.b() {
            0 => self.page.text("top"),
            b => self.page.integer(before + u64::from(b)),
        }
    }

    fn closure(&mut self) {
        upvalues(self.page, self.p.inside(self.i.bx() as usize));
    }
}

/// Says how many upvalues a function has.
pub(super) fn upvalues(page: &mut Page, function: Option<&Proto>) {
    let Some(function) = function else {
        return page.byte(b'?');
    };
    let upvalues = function.upvalues.len();
    page.integer(upvalues);
    page.text(if upvalues == 1 {
        " upvalue"
    } else {
        " upvalues"
    });
}

/// The size that a field of NEWTABLE encodes as a "floating point byte" (`luaO_fb2int`).
fn fb2int(field: u16) -> u64 {
    let (exponent, mantissa) = (field >> 3 & 0x1F, u64::from(field & 7));
    match exponent {
        0 => mantissa,
        _ => (mantissa + 8) << (exponent - 1),
    }
}
