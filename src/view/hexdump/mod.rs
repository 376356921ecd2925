//! Every byte of a chunk, with what it means.

mod disassembly;
mod lines;

use std::io;
use std::ops::Range;

use crate::bytes::Layout;
use crate::chunk::{Constant, Proto};
use crate::luac::{Field, Observer, Section, observe};
use crate::opcodes::Instruction;

use lines::{Lines, element, name, number, pc};

use super::function::Function;
use super::page::Page;
use super::partial::PartialChunk;
use super::print::Print;
use super::rows::{Rows, rows};
use super::style::Style;
use super::value::{Floats, style_of};

impl Page<'_> {
    /// Writes a line for each field of a chunk, as far as it can be read: its offset, its bytes in
    /// hex, what it is. The columns of ChunkSpy.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn hexdump(&mut self, partial: &PartialChunk) -> io::Result<()> {
        self.hexdump_range(partial, 0..usize::MAX)
    }

    /// What [`hexdump`](Self::hexdump) writes for the fields with a byte in this range.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn hexdump_range(&mut self, partial: &PartialChunk, range: Range<usize>) -> io::Result<()> {
        let mut hexdump = Hexdump {
            lines: Lines::new(self, partial.bytes.len(), range),
            rows: rows(partial.version),
            floats: partial.floats,
            main: partial.chunk().map(|chunk| &chunk.main),
            stack: Vec::new(),
            section: Section::Source,
            count: 0,
            index: 0,
            written: Ok(()),
        };
        hexdump.title()?;
        // What is wrong with the chunk, if anything, the partial chunk knows already.
        observe(partial.version, partial.bytes, &mut hexdump);
        hexdump.written
    }
}

/// Writes what it is told. The tree is there already, as instructions refer to what comes later in
/// the chunk.
struct Hexdump<'p, 'w, 'r> {
    lines: Lines<'p, 'w>,
    rows: &'static Rows,
    floats: Floats,
    main: Option<&'r Proto<'r>>,
    /// The function being shown, last, and those around it, each with the number of functions
    /// inside it that have begun.
    stack: Vec<(Function<'r>, usize)>,
    section: Section,
    /// The elements of the list that this section is, and how many of them have been shown.
    count: usize,
    index: usize,
    /// Nothing more is written after an error.
    written: io::Result<()>,
}

impl<'a> Observer<'a> for Hexdump<'_, '_, '_> {
    fn begin_function(&mut self, offset: usize) {
        self.write(|this| this.function(offset));
    }

    fn section(&mut self, section: Section) {
        self.section = section;
        self.index = 0;
        self.write(|this| match section {
            Section::Source | Section::Definition => Ok(()),
            Section::Code => this.lines.remark("* code:"),
            Section::Constants => this.lines.remark("* constants:"),
            Section::Upvalues => this.lines.remark("* upvalue descriptions:"),
            Section::Protos => this.lines.remark("* functions:"),
            Section::LineInfo => this.lines.remark("* lines:"),
            Section::LocVars => this.lines.remark("* locals:"),
            Section::UpvalueNames => this.lines.remark("* upvalues:"),
        });
    }

    fn field(&mut self, offset: usize, bytes: &'a [u8], field: Field<'a>) {
        self.write(|this| this.line(offset, bytes, field));
    }

    fn end_function(&mut self) {
        self.stack.pop();
        self.write(|this| this.lines.remark("** end of function **"));
    }

    fn end_chunk(&mut self, offset: usize) {
        self.write(|this| {
            this.lines.row(offset, b"", |page| {
                page.paint(Style::Comment, |page| page.text("** end of chunk **"));
            })
        });
    }
}

impl Hexdump<'_, '_, '_> {
    fn write(&mut self, write: impl FnOnce(&mut Self) -> io::Result<()>) {
        if self.written.is_ok() {
            self.written = write(self);
        }
    }

    fn title(&mut self) -> io::Result<()> {
        self.lines.head()?;
        let source = self.main.and_then(|main| main.source.as_deref());
        self.lines.row(0, b"", |page| {
            page.paint(Style::Comment, |page| page.text("** source chunk: "));
            name(page, source);
        })?;
        self.lines.remark("** global header start **")
    }

    fn function(&mut self, offset: usize) -> io::Result<()> {
        let (index, next) = match self.stack.last_mut() {
            None => (0, self.main),
            Some((p, begun)) => {
                *begun += 1;
                (*begun - 1, p.inside(*begun - 1))
            }
        };
        // The tree has every function that begins.
        self.stack.extend(next.map(|p| (Function::new(p), 0)));
        let level = self.stack.len();
        self.lines.row(offset, b"", |page| {
            page.paint(Style::Comment, |page| {
                page.text(format!("** function [{index}] definition (level {level})"));
            });
        })?;
        self.lines.remark("** start of function **")
    }

    /// What there is to say of a field.
    fn line(&mut self, offset: usize, bytes: &[u8], field: Field) -> io::Result<()> {
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
            Field::IsVararg(n) => lines.value(offset, bytes, "is_vararg", n),
            Field::MaxStackSize(n) => lines.value(offset, bytes, "maxstacksize", n),
            Field::Count(count) => self.count(offset, bytes, count),
            Field::Instruction(i) => self.instruction(offset, bytes, i),
            Field::Tag(tag) => lines.row(offset, bytes, |page| {
                page.text("const type ");
                page.paint(Style::Number, |page| page.integer(tag));
            }),
            Field::Constant(constant) => self.constant(offset, bytes, &constant),
            Field::Upvaldesc { instack, idx } => {
                self.index += 1;
                lines.row(offset, bytes, |page| {
                    element(page, "upvalue", index);
                    page.text("instack");
                    number(page, instack);
                    page.text(", idx");
                    number(page, idx);
                })
            }
            Field::Line(line) => {
                self.index += 1;
                let digits = self.count.to_string().len();
                lines.row(offset, bytes, |page| {
                    pc(page, index, digits);
                    number(page, line);
                })
            }
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

    /// What the header says, in other words.
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
            Section::LocVars => "sizelocvars",
            _ => "sizeupvalues",
        };
        self.lines.value(offset, bytes, name, count)?;
        match self.section {
            Section::LineInfo if count > 0 => self.lines.remark("[pc] (line)"),
            _ => Ok(()),
        }
    }

    fn instruction(&mut self, offset: usize, bytes: &[u8], i: Instruction) -> io::Result<()> {
        let index = self.index;
        self.index += 1;
        let Some((p, _)) = self.stack.last() else {
            return Ok(());
        };
        let row = |i: Instruction| &self.rows[usize::from(i.op())];
        let before = index.checked_sub(1).and_then(|before| p.code.get(before));
        let is_bare = before.is_some_and(|before| row(before).opcode.next_word_is_bare(before));
        let digits = self.count.to_string().len();
        self.lines.row(offset, bytes, |page| {
            pc(page, index, digits);
            if is_bare {
                page.text("extra argument");
                number(page, i.0);
            } else {
                page.disassembled(row(i), self.floats, p, index, i);
            }
        })
    }

    fn constant(&mut self, offset: usize, bytes: &[u8], constant: &Constant) -> io::Result<()> {
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
        page.end_line()
    }
}
