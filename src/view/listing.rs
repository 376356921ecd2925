//! What `luac -l -l` prints: `PrintFunction` of `luac.c`, and of `print.c` before Lua 5.2.

use std::io;

use super::function::{Function, or_dash};
use super::page::Page;
use super::partial::{PartialChunk, Place};
use super::print::Print;
use super::style::Style;
use super::value::{Floats, c_string, ink};
use crate::chunk::{LuaString, Proto};
use crate::header::LUA_SIGNATURE;
use crate::lua::{Comment, Lua, Operands, Row, constant_of};
use crate::opcodes::Instruction;

impl Page<'_> {
    /// Writes what `luac -l -l` of its version prints for a chunk, but that an address is an offset:
    /// where the function begins in the chunk, in eight hex digits.
    ///
    /// Operands that refer to nothing are told as `?`.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn listing(&mut self, reading: &PartialChunk) -> io::Result<()> {
        let Some((chunk, place)) = &reading.chunk else {
            return Ok(());
        };
        let mut listing = Listing {
            page: self,
            lua: reading.lua,
            floats: reading.floats,
        };
        listing.function(&chunk.main, place)
    }
}

/// The opcode and the operands of an instruction, with luac's tab between them.
#[inline(always)]
pub(super) fn instruction(pen: &mut impl Print, row: &Row, i: Instruction) {
    pen.paint(Style::Opcode, |pen| pen.text(row.listed_name));
    pen.paint(Style::Number, |pen| {
        if row.operands == Operands::None {
            return pen.text(format!("0x{:08x}", i.0));
        }
        for (n, operand) in row.operands.listed(i).into_iter().flatten().enumerate() {
            if n > 0 {
                pen.byte(b' ');
            }
            pen.integer(operand);
        }
    });
}

struct Listing<'p, 'w> {
    page: &'p mut Page<'w>,
    lua: &'static dyn Lua,
    floats: Floats,
}

impl Listing<'_, '_> {
    /// `PrintFunction`
    fn function(&mut self, p: &Proto, place: &Place) -> io::Result<()> {
        self.header(p, place)?;
        self.code(&Function::new(p), place)?;
        self.constants(p, place)?;
        self.locals(p, place)?;
        self.upvalues(p, place)?;
        p.p.iter()
            .zip(&place.p)
            .try_for_each(|(p, place)| self.function(p, place))
    }

    /// `PrintHeader`
    fn header(&mut self, p: &Proto, place: &Place) -> io::Result<()> {
        self.page.end_line()?;
        let main = p.linedefined == 0;
        self.page.text(if main { "main <" } else { "function <" });
        self.page.paint(Style::String, |page| page.name(source(p)));
        self.page.byte(b':');
        self.number(p.linedefined);
        self.page.byte(b',');
        self.number(p.lastlinedefined);
        self.page.text("> (");
        self.count(p.code.len(), " instruction", "");
        if self.lua.lists_code_size() {
            self.page.text(", ");
            self.number(p.code.len() * 4);
            self.page.text(" bytes");
        }
        self.page.text(" at ");
        self.address(place);
        self.page.text(")");
        self.page.end_line()?;

        self.number(p.numparams);
        self.page.text(if p.is_vararg != 0 { "+" } else { "" });
        self.page.text(if p.numparams == 1 {
            " param, "
        } else {
            " params, "
        });
        self.count(p.maxstacksize.into(), " slot", ", ");
        self.count(p.upvalues.len(), " upvalue", ", ");
        self.count(p.locvars.len(), " local", ", ");
        self.count(p.k.len(), " constant", ", ");
        self.count(p.p.len(), " function", "");
        self.page.end_line()
    }

    /// `PrintCode`
    fn code(&mut self, p: &Function, place: &Place) -> io::Result<()> {
        let rows = self.lua.rows();
        let mut pc = 0;
        while let Some(i) = p.code.get(pc) {
            let row = &rows[usize::from(i.op())];
            self.page.brief(|line| {
                line.byte(b'\t');
                number(line, pc + 1);
                line.text("\t[");
                match p.lineinfo.get(pc) {
                    Some(at) if at > 0 => number(line, at),
                    _ => line.byte(b'-'),
                }
                line.text("]\t");
                instruction(line, row, i);
            });
            self.comment(row.listing, p, place, pc, i);
            self.page.end_line()?;
            pc += 1 + usize::from(takes_next_word(row, i));
        }
        Ok(())
    }

    fn comment(
        &mut self,
        comment: Comment,
        p: &Function,
        place: &Place,
        pc: usize,
        i: Instruction,
    ) {
        if comment.is_silent(i) {
            return;
        }
        let (b, c) = (constant_of(i.b()), constant_of(i.c()));
        let floats = self.floats;
        self.page.byte(b'\t');
        self.page.paint(Style::Comment, |page| {
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
                Comment::Closure => match place.p.get(i.bx() as usize) {
                    Some(place) => address(page, place),
                    None => page.byte(b'?'),
                },
                Comment::SetList => match (i.c(), p.code.get(pc + 1)) {
                    (0, Some(word)) => page.integer(word.0 as i32),
                    (0, None) => page.byte(b'?'),
                    (c, _) => page.integer(c),
                },
                // What only a hexdump tells.
                _ => {}
            }
        });
    }

    /// The constants, as `PrintDebug` or `PrintConstants` does.
    fn constants(&mut self, p: &Proto, place: &Place) -> io::Result<()> {
        self.list("constants (", p.k.len(), place)?;
        for (i, constant) in p.k.iter().enumerate() {
            self.element(i + 1);
            self.page
                .paint(ink(&constant), |page| page.constant(self.floats, &constant));
            self.page.end_line()?;
        }
        Ok(())
    }

    fn locals(&mut self, p: &Proto, place: &Place) -> io::Result<()> {
        self.list("locals (", p.locvars.len(), place)?;
        for (i, locvar) in p.locvars.iter().enumerate() {
            self.element(i);
            self.name(locvar.varname.as_ref());
            self.page.byte(b'\t');
            self.number(i64::from(locvar.startpc) + 1);
            self.page.byte(b'\t');
            self.number(i64::from(locvar.endpc) + 1);
            self.page.end_line()?;
        }
        Ok(())
    }

    fn upvalues(&mut self, p: &Proto, place: &Place) -> io::Result<()> {
        let count = self.lua.listed_upvalues(p);
        self.list("upvalues (", count, place)?;
        for (i, upvalue) in p.upvalues.iter().take(count).enumerate() {
            self.element(i);
            self.name(upvalue.name.as_ref());
            if self.lua.lists_captures() {
                self.page.byte(b'\t');
                self.number(upvalue.instack);
                self.page.byte(b'\t');
                self.number(upvalue.idx);
            }
            self.page.end_line()?;
        }
        Ok(())
    }

    /// The line before the elements of a list.
    fn list(&mut self, name: &str, count: usize, place: &Place) -> io::Result<()> {
        self.page.text(name);
        self.number(count);
        self.page.text(") for ");
        self.address(place);
        self.page.text(":");
        self.page.end_line()
    }

    fn element(&mut self, index: usize) {
        self.page.brief(|pen| {
            pen.byte(b'\t');
            number(pen, index);
            pen.byte(b'\t');
        });
    }

    fn name(&mut self, name: Option<&LuaString>) {
        self.page
            .paint(Style::String, |page| page.name(or_dash(name)));
    }

    /// A count and what is counted, and what comes after them.
    fn count(&mut self, count: usize, what: &str, then: &str) {
        self.number(count);
        self.page.text(what);
        self.page.text(if count == 1 { "" } else { "s" });
        self.page.text(then);
    }

    fn number(&mut self, value: impl TryInto<i64>) {
        number(self.page, value);
    }

    fn address(&mut self, place: &Place) {
        self.page.paint(Style::Comment, |page| address(page, place));
    }
}

#[inline(always)]
fn number(pen: &mut impl Print, value: impl TryInto<i64>) {
    pen.paint(Style::Number, |pen| pen.integer(value));
}

/// Whether the word after an instruction belongs to it, and has no line of its own.
pub(super) fn takes_next_word(row: &Row, i: Instruction) -> bool {
    row.listing == Comment::SetList && i.c() == 0
}

fn source<'p>(p: &'p Proto) -> &'p [u8] {
    let source = p.source.as_deref().unwrap_or(b"=?");
    match source.first() {
        Some(b'@' | b'=') => c_string(&source[1..]),
        first if first == LUA_SIGNATURE.first() => b"(bstring)",
        _ => b"(string)",
    }
}

fn address(page: &mut Page, place: &Place) {
    page.text(format!("0x{:08x}", place.offset));
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
