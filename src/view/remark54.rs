//! What is said beside an instruction from Lua 5.4 on, in a listing as `luac` says it, in a hexdump
//! with more.

use crate::opcodes::{Comment, Instruction, Instruction54, OpMode, Opcode};

use super::function::Function;
use super::metamethod::event;
use super::page::Page;
use super::print::Print;
use super::value::Floats;

/// An instruction of a function, and where it is.
#[derive(Clone, Copy)]
pub(super) struct Place<'r> {
    pub opcode: &'r Opcode,
    pub floats: Floats,
    pub p: &'r Function<'r>,
    pub pc: usize,
    pub i: Instruction,
}

/// What the two views write differently.
pub(super) trait Manner {
    /// The name of an upvalue or global.
    fn name(&self, page: &mut Page, name: &[u8]);
    /// The number of an instruction.
    fn target(&self, page: &mut Page, pc: i64);
    /// The function inside with this index.
    fn closure(&self, page: &mut Page, place: &Place, index: usize);
}

impl Place<'_> {
    /// Whether there is something to say.
    pub fn has(&self, comment: Comment) -> bool {
        let k = Instruction54(self.i).k();
        match comment {
            Comment::Silent => false,
            Comment::RkC | Comment::ListOffset => k,
            _ => true,
        }
    }

    pub fn tell(&self, page: &mut Page, comment: Comment, manner: &impl Manner) {
        let i = Instruction54(self.i);
        let mode = self.opcode.mode;
        let (b, c, bx) = (i.b(mode), i.c(mode), i.bx());
        let constant = |page: &mut Page, index: u16| self.constant(page, index.into());
        let constant_if_k = |page: &mut Page| {
            if i.k() {
                page.byte(b' ');
                constant(page, c);
            }
        };
        let upvalue = |page: &mut Page, index: u16| manner.name(page, self.p.upvalue(index.into()));
        let skip = |page: &mut Page, result: bool| {
            self.jump(page, manner, 1);
            page.text(if result { " if true" } else { " if false" });
        };
        match comment {
            Comment::Bx => self.constant(page, bx as usize),
            Comment::ExtraK => match self.extra() {
                Some(index) => self.constant(page, index as usize),
                None => page.byte(b'?'),
            },
            Comment::Nils => results(page, i64::from(b) + 1),
            Comment::Upvalue => upvalue(page, b),
            Comment::KB => constant(page, b),
            Comment::KC | Comment::RkC => constant(page, c),
            Comment::KBRkC => {
                constant(page, b);
                constant_if_k(page);
            }
            Comment::UpvalueKC => {
                upvalue(page, b);
                page.byte(b' ');
                constant(page, c);
            }
            Comment::UpvalueKBRkC => {
                upvalue(page, i.a().into());
                page.byte(b' ');
                constant(page, b);
                constant_if_k(page);
            }
            // `luac` of Lua 5.5 still counts the extra argument in steps of 256, not of 1024, and
            // takes a C of 8 bits beside a SETLIST.
            Comment::ArraySize => self.extra_number(page, c, 1 << 8),
            Comment::ListOffset => self.extra_number(page, i.c(OpMode::iABC), 1 << 8),
            Comment::Event => page.text(event(c)),
            Comment::EventFlip => {
                page.text(event(c));
                page.text(if i.k() { " flip" } else { "" });
            }
            Comment::EventKB => {
                page.text(event(c));
                page.byte(b' ');
                constant(page, b);
                page.text(if i.k() { " flip" } else { "" });
            }
            Comment::Call => {
                match b.checked_sub(1) {
                    None => page.text("all in "),
                    Some(count) => {
                        page.integer(count);
                        page.text(" in ");
                    }
                }
                results(page, i64::from(c) - 1);
            }
            Comment::Arguments => {
                page.integer(i64::from(b) - 1);
                page.text(" in");
            }
            Comment::Results => results(page, i64::from(b) - 1),
            Comment::ResultsC => results(page, i64::from(c) - 1),
            Comment::Jump => self.jump(page, manner, i.sj().into()),
            Comment::JumpBack => self.jump(page, manner, -i64::from(bx)),
            Comment::LoopBack => {
                self.jump(page, manner, -i64::from(bx));
                page.text(" if loop");
            }
            Comment::JumpAhead => self.jump(page, manner, bx.into()),
            Comment::JumpExit => {
                page.text("exit ");
                self.jump(page, manner, i64::from(bx) + 1);
            }
            Comment::Skip => self.jump(page, manner, 1),
            Comment::SkipK => skip(page, !i.k()),
            Comment::SkipKB => {
                constant(page, b);
                page.text(", ");
                skip(page, !i.k());
            }
            Comment::SkipTest => skip(page, !i.k()),
            Comment::TableSizes => {
                page.text("array=");
                self.extra_number(page, c, width_of_c(mode));
                page.text(", hash=");
                page.integer(b.checked_sub(1).map_or(0, |power| 1_i64 << power.min(62)));
            }
            Comment::SetList => self.set_list(page, b, c),
            Comment::Closure => manner.closure(page, self, bx as usize),
            Comment::Name => match bx.checked_sub(1) {
                Some(index) => self.constant(page, index as usize),
                None => page.byte(b'?'),
            },
            // Those of earlier versions.
            _ => {}
        }
    }

    fn constant(&self, page: &mut Page, index: usize) {
        self.p.constant(page, self.floats, index);
    }

    /// Ax of the next word.
    fn extra(&self) -> Option<u32> {
        let word = self.p.code.get(self.pc + 1)?;
        Some(Instruction54(word).ax())
    }

    fn extra_number(&self, page: &mut Page, field: u16, step: i32) {
        match self.extra() {
            // An `int` of C.
            Some(extra) => {
                page.integer((extra as i32).wrapping_mul(step).wrapping_add(field.into()))
            }
            None => page.byte(b'?'),
        }
    }

    /// Says where a jump goes whose distance from the next instruction is `offset`.
    fn jump(&self, page: &mut Page, manner: &impl Manner, offset: i64) {
        page.text("to ");
        manner.target(page, self.pc as i64 + 2 + offset);
    }

    fn set_list(&self, page: &mut Page, b: u16, c: u16) {
        let extra = match Instruction54(self.i).k() {
            true => self.extra(),
            false => Some(0),
        };
        let Some(extra) = extra else {
            return page.byte(b'?');
        };
        let before = i64::from(extra) * i64::from(width_of_c(self.opcode.mode)) + i64::from(c);
        page.text("index ");
        page.integer(before + 1);
        page.text(" to ");
        match b {
            0 => page.text("top"),
            b => page.integer(before + i64::from(b)),
        }
    }
}

/// How many values a field C can have.
fn width_of_c(mode: OpMode) -> i32 {
    match mode {
        OpMode::ivABC => 1 << 10,
        _ => 1 << 8,
    }
}

/// How many values are given; below 0 for all there are.
fn results(page: &mut Page, count: i64) {
    match count {
        0.. => page.integer(count),
        _ => page.text("all"),
    }
    page.text(" out");
}
