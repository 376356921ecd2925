//! The fields of a chunk, one after the other, each with what it means.

use std::io;

use crate::bytes::Layout;
use crate::chunk::{Constant, Proto};
use crate::disasm::{
    Lookup, Print, PrintValue, RemarkWriter, Style, applies, explain, remarks_of, style_of,
    write_remark,
};
use crate::luac::{Field, Section};
use crate::opcodes::{Instruction, InstructionSet};
use crate::version::{Version, with_version};
use crate::view::page::Page;

use super::Hexdump;
use super::lines::{digits_of, element, number, pc};

impl Hexdump<'_, '_, '_> {
    /// Writes a field and what it means.
    pub(super) fn line(&mut self, offset: usize, bytes: &[u8], field: Field) -> io::Result<()> {
        let index = self.index;
        let lines = &mut self.lines;
        match field {
            Field::Header(description) => lines.row(offset, bytes, |page| page.text(description)),
            Field::Layout(layout) => self.layout(layout),
            Field::ChunkUpvalues(n) => lines.value(offset, bytes, "upvalues of the chunk", n),
            Field::LongString => lines.row(offset, bytes, |page| page.text("long string")),
            Field::StringSize(size) => lines.row(offset, bytes, |page| {
                page.text("string size (");
                page.paint(Style::Number, |page| {
                    page.text(itoa::Buffer::new().format(size))
                });
                page.byte(b')');
            }),
            Field::Text => lines.text(offset, bytes),
            Field::Source(source) => lines.name(format_args!("source name: "), source),
            Field::LineDefined(line) => lines.value(offset, bytes, "line defined", line),
            Field::LastLineDefined(line) => lines.value(offset, bytes, "last line defined", line),
            Field::Nups(n) => lines.value(offset, bytes, "nups", n),
            Field::NumParams(n) => lines.value(offset, bytes, "numparams", n),
            // Other versions write 1 here.
            Field::IsVararg(2) if self.version == Version::Lua53 => {
                lines.row(offset, bytes, |page| {
                    page.text("is_vararg");
                    number(page, 2);
                    page.text(": takes ... and does not use it (Lua 5.3.2 or 5.3.3)");
                })
            }
            Field::IsVararg(n) => lines.value(offset, bytes, "is_vararg", n),
            Field::MaxStackSize(n) => lines.value(offset, bytes, "maxstacksize", n),
            Field::Count(count) => self.count(offset, bytes, count),
            Field::Instruction(i) => self.instruction(offset, bytes, i),
            Field::Tag(tag) => lines.row(offset, bytes, |page| {
                page.text("const type ");
                page.paint(Style::Number, |page| page.integer(tag));
            }),
            Field::Constant(constant) => self.constant(offset, bytes, &constant, ""),
            Field::LnumInteger(value) => {
                let constant = Constant::Integer(value);
                self.constant(offset, bytes, &constant, ", an integer of LNUM")
            }
            Field::Upvaldesc { instack, idx, kind } => {
                self.index += 1;
                lines.row(offset, bytes, |page| {
                    element(page, "upvalue", index);
                    page.text("instack");
                    number(page, instack);
                    page.text(", idx");
                    number(page, idx);
                    if let Some(kind) = kind {
                        page.text(", kind");
                        number(page, kind);
                    }
                })
            }
            Field::Line(line) => {
                self.index += 1;
                let digits = digits_of(self.count);
                lines.row(offset, bytes, |page| {
                    pc(page, index, digits);
                    number(page, line);
                })
            }
            Field::LineDistance(distance) => {
                self.index += 1;
                let digits = digits_of(self.count);
                lines.row(offset, bytes, |page| {
                    pc(page, index, digits);
                    match distance {
                        i8::MIN => page.text(" absolute"),
                        _ => number(page, distance),
                    }
                })
            }
            Field::PackedLines => self.packed_lines(offset, bytes),
            Field::AbsLinePc(pc) => lines.value(offset, bytes, "  pc  ", pc),
            Field::AbsLine(line) => {
                self.index += 1;
                lines.value(offset, bytes, "  line", line)
            }
            Field::Padding => lines.row(offset, bytes, |page| page.text("padding")),
            Field::SavedString(index) => lines.value(offset, bytes, "string read before", index),
            Field::Varname(name) => lines.name(format_args!("local [{index}]: "), name),
            Field::StartPc(startpc) => lines.value(offset, bytes, "  startpc", startpc),
            Field::EndPc(endpc) => {
                self.index += 1;
                lines.value(offset, bytes, "  endpc  ", endpc)
            }
            Field::UpvalueName(name) => {
                self.index += 1;
                lines.name(format_args!("upvalue [{index}]: "), name)
            }
            Field::Trailing => {
                lines.remark("** ignored by Lua **")?;
                lines.text(offset, bytes)
            }
        }
    }

    /// Writes packed lines, and the line of each instruction that they stand for.
    fn packed_lines(&mut self, offset: usize, bytes: &[u8]) -> io::Result<()> {
        const PIECE: usize = 8;
        for (i, piece) in bytes.chunks(PIECE).enumerate() {
            let at = offset + i * PIECE;
            self.lines
                .row(at, piece, |page| page.text("packed lines"))?;
        }
        let Some((p, _)) = self.stack.last() else {
            return Ok(());
        };
        let digits = digits_of(p.lineinfo.len());
        for (index, line) in p.lineinfo.iter().enumerate() {
            let remark = format!("[{:0digits$}] ({line})", index + 1);
            self.lines.remark(remark)?;
        }
        Ok(())
    }

    /// Writes a summary of the header.
    fn layout(&mut self, layout: Layout) -> io::Result<()> {
        let float = match layout.number {
            0 => None,
            4 => Some("float".to_owned()),
            _ => Some("double".to_owned()),
        };
        let integer =
            (layout.integer > 0).then(|| format!("{}-bit integer", u32::from(layout.integer) * 8));
        let types: Vec<String> = float.into_iter().chain(integer).collect();
        let lines = &mut self.lines;
        lines.remark(format!("* number type: {}", types.join(" and ")))?;
        let bits = u32::from(layout.size_t) * 8;
        if self.version >= Version::Lua54 {
            let order = if layout.big_endian { "big" } else { "little" };
            lines.remark(format!("* {order} endian"))?;
            return lines.remark("** global header end **");
        }
        match (layout.big_endian, bits, layout.number) {
            (false, 32, 8) => lines.remark("* x86 standard (32-bit, little endian, doubles)"),
            (false, _, _) => lines.remark(format!("* {bits}-bit, little endian")),
            (true, _, _) => lines.remark(format!("* {bits}-bit, big endian")),
        }?;
        lines.remark("** global header end **")
    }

    fn count(&mut self, offset: usize, bytes: &[u8], count: usize) -> io::Result<()> {
        self.count = count;
        let name = match self.section {
            Section::Code => "sizecode",
            Section::Constants => "sizek",
            Section::Protos => "sizep",
            Section::LineInfo => "sizelineinfo",
            Section::AbsLineInfo => "sizeabslineinfo",
            Section::LocVars => "sizelocvars",
            _ => "sizeupvalues",
        };
        self.lines.value(offset, bytes, name, count)?;
        match self.section {
            Section::LineInfo if count > 0 && self.version < Version::Lua54 => {
                self.lines.remark("[pc] (line)")
            }
            Section::LineInfo if count > 0 => self.lines.remark("[pc] (distance)"),
            _ => Ok(()),
        }
    }

    fn instruction(&mut self, offset: usize, bytes: &[u8], i: Instruction) -> io::Result<()> {
        let index = self.index;
        self.index += 1;
        let Some((p, _)) = self.stack.last() else {
            return Ok(());
        };
        // If the file has an opcode map, `p.code` has Lua's own opcode numbers.
        let i = p.code.get(index).unwrap_or(i);
        let digits = digits_of(self.count);
        self.lines.row(offset, bytes, |page| {
            pc(page, index, digits);
            with_version!(self.version, V => explained::<V>(page, p, index, i));
        })
    }

    fn constant(
        &mut self,
        offset: usize,
        bytes: &[u8],
        constant: &Constant,
        remark: &str,
    ) -> io::Result<()> {
        let index = self.index;
        self.index += 1;
        if !self.lines.reach(offset, bytes) {
            return Ok(());
        }
        if bytes.is_empty() {
            self.lines.indent();
        } else {
            self.lines.columns(offset, bytes);
        }
        let page = &mut *self.lines.page;
        element(page, "const", index);
        let number = !bytes.is_empty();
        page.text(if number { "(" } else { "" });
        page.paint(style_of(constant), |page| {
            page.constant(self.floats, constant)
        });
        page.text(if number { ")" } else { "" });
        page.text(remark);
        page.end_line()
    }
}

/// Writes an instruction with its remark.
fn explained<S: InstructionSet>(page: &mut Page, p: &Lookup, pc: usize, i: Instruction) {
    let before = pc.checked_sub(1).and_then(|before| p.code.get(before));
    if before.is_some_and(S::takes_bare_word) {
        page.text("extra argument");
        return number(page, i.0);
    }
    let [_, remark] = remarks_of::<S>(p.extension(), i);
    let is_remarked = applies::<S>(p.extension(), remark, i);
    page.byte(b' ');
    explain::<S>(page, p.extension(), i, is_remarked);
    if is_remarked {
        page.byte(b' ');
        page.paint(Style::Comment, |page| {
            page.text("; ");
            write_remark::<S>(remark, p, pc, i, &mut ExplainedRemark { page });
        });
    }
}

/// A remark with escaped names, instruction numbers in brackets, and functions by their upvalues.
struct ExplainedRemark<'p, 'w> {
    page: &'p mut Page<'w>,
}

impl<'w> RemarkWriter for ExplainedRemark<'_, 'w> {
    type Out = Page<'w>;

    fn out(&mut self) -> &mut Page<'w> {
        self.page
    }

    fn name(&mut self, name: &[u8]) {
        self.page.escaped(name);
    }

    fn target(&mut self, number: i64) {
        self.page.byte(b'[');
        self.page.integer(number);
        self.page.byte(b']');
    }

    fn closure(&mut self, p: &Lookup, index: usize) {
        match p.function(index) {
            Some(function) => upvalues(self.page, function),
            None => self.page.byte(b'?'),
        }
    }
}

/// Writes how many upvalues a function has.
fn upvalues(page: &mut Page, function: &Proto) {
    let upvalues = function.upvalues.len();
    page.integer(upvalues);
    page.text(if upvalues == 1 {
        " upvalue"
    } else {
        " upvalues"
    });
}
