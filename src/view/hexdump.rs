//! Every byte of a chunk, with what it means.

use std::io;

use super::function::Function;
use super::page::Page;
use super::partial::PartialChunk;
use super::print::Print;
use super::style::Style;
use super::value::{Floats, ink};
use crate::chunk::{Constant, Proto};
use crate::field::{Field, Observer, Part};
use crate::header::Layout;
use crate::lua::Lua;
use crate::opcodes::Instruction;
use crate::walk::{Stop, walk};

/// The bytes of a line.
const BYTES: usize = 8;
/// From the hex digits to the description.
const HEX_WIDTH: usize = 2 * BYTES + 3;

impl Page<'_> {
    /// Writes a line for each field of a chunk, as far as it can be read: its offset, its bytes in
    /// hex, what it is. The columns of ChunkSpy.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn hexdump(&mut self, reading: &PartialChunk) -> io::Result<()> {
        let last = reading.bytes.len() as u64;
        let mut hexdump = Hexdump {
            page: self,
            lua: reading.lua,
            floats: reading.floats,
            main: reading.chunk().map(|chunk| &chunk.main),
            width: (u64::BITS - last.leading_zeros()).div_ceil(4).max(4) as usize,
            stack: Vec::new(),
            part: Part::EndOfChunk,
            count: 0,
            index: 0,
        };
        hexdump.title()?;
        match walk(reading.lua, reading.bytes, &mut hexdump) {
            Err(Stop::Io(error)) => Err(error),
            // The reading knows what is wrong with the chunk.
            Err(Stop::Chunk(_)) | Ok(()) => Ok(()),
        }
    }
}

struct Hexdump<'p, 'w, 'r> {
    page: &'p mut Page<'w>,
    lua: &'static dyn Lua,
    floats: Floats,
    main: Option<&'r Proto<'r>>,
    /// The digits of an offset.
    width: usize,
    /// The function being shown, last, and those around it, each with the number of functions
    /// inside it that have begun.
    stack: Vec<(Function<'r>, usize)>,
    part: Part,
    /// The elements of the list that this part is, and how many of them have been shown.
    count: usize,
    index: usize,
}

impl<'a> Observer<'a> for Hexdump<'_, '_, '_> {
    fn part(&mut self, offset: usize, part: Part) -> io::Result<()> {
        self.part = part;
        self.index = 0;
        match part {
            Part::Function => self.function(offset),
            Part::Source | Part::Definition => Ok(()),
            Part::Code => self.remark("* code:"),
            Part::Constants => self.remark("* constants:"),
            Part::Upvalues => self.remark("* upvalue descriptions:"),
            Part::Functions => self.remark("* functions:"),
            Part::Lines => self.remark("* lines:"),
            Part::Locals => self.remark("* locals:"),
            Part::UpvalueNames => self.remark("* upvalues:"),
            Part::EndOfFunction => {
                self.stack.pop();
                self.remark("** end of function **")
            }
            Part::EndOfChunk => self.row(offset, b"", |page| {
                page.paint(Style::Comment, |page| page.text("** end of chunk **"));
            }),
        }
    }

    fn field(&mut self, offset: usize, bytes: &'a [u8], field: Field<'a>) -> io::Result<()> {
        let index = self.index;
        match field {
            Field::Header(description) => self.row(offset, bytes, |page| page.text(description)),
            Field::Layout(layout) => self.layout(layout),
            Field::ChunkUpvalues(n) => self.value(offset, bytes, "upvalues of the chunk", n),
            Field::LongString => self.row(offset, bytes, |page| page.text("long string")),
            Field::StringSize(size) => self.row(offset, bytes, |page| {
                page.text("string size (");
                page.paint(Style::Number, |page| {
                    page.text(itoa::Buffer::new().format(size))
                });
                page.byte(b')');
            }),
            Field::Text => self.pieces(offset, bytes),
            Field::Source(source) => self.name(format_args!("source name: "), source),
            Field::LineDefined(line) => self.value(offset, bytes, "line defined", line),
            Field::LastLineDefined(line) => self.value(offset, bytes, "last line defined", line),
            Field::Nups(n) => self.value(offset, bytes, "nups", n),
            Field::NumParams(n) => self.value(offset, bytes, "numparams", n),
            Field::IsVararg(n) => self.value(offset, bytes, "is_vararg", n),
            Field::MaxStackSize(n) => self.value(offset, bytes, "maxstacksize", n),
            Field::Count(count) => self.count(offset, bytes, count),
            Field::Instruction(i) => self.instruction(offset, bytes, i),
            Field::Tag(tag) => self.row(offset, bytes, |page| {
                page.text("const type ");
                page.paint(Style::Number, |page| page.integer(tag));
            }),
            Field::Constant(constant) => self.constant(offset, bytes, &constant),
            Field::Upvaldesc { instack, idx } => {
                self.index += 1;
                self.row(offset, bytes, |page| {
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
                self.row(offset, bytes, |page| {
                    pc(page, index, digits);
                    number(page, line);
                })
            }
            Field::Varname(name) => self.name(format_args!("local [{index}]: "), name),
            Field::StartPc(startpc) => self.value(offset, bytes, "  startpc", startpc),
            Field::EndPc(endpc) => {
                self.index += 1;
                self.value(offset, bytes, "  endpc  ", endpc)
            }
            Field::UpvalueName(name) => {
                self.index += 1;
                self.name(format_args!("upvalue [{index}]: "), name)
            }
            Field::Trailing => {
                self.remark("** ignored by Lua **")?;
                self.pieces(offset, bytes)
            }
        }
    }
}

impl Hexdump<'_, '_, '_> {
    fn title(&mut self) -> io::Result<()> {
        let width = self.width;
        self.page.padded(width + 2, |page| page.text("Pos"));
        self.page.padded(HEX_WIDTH, |page| page.text("Hex Data"));
        self.page.text("Description or Code");
        self.page.end_line()?;
        self.page.text("-".repeat(70));
        self.page.end_line()?;
        let source = self.main.and_then(|main| main.source.as_deref());
        self.row(0, b"", |page| {
            page.paint(Style::Comment, |page| page.text("** source chunk: "));
            name(page, source);
        })?;
        self.remark("** global header start **")
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
        self.remark(format!("* number type: {}", types.join(" and ")))?;
        let bits = u32::from(layout.size_t) * 8;
        match (layout.big_endian, bits, layout.number) {
            (false, 32, 8) => self.remark("* x86 standard (32-bit, little endian, doubles)"),
            (false, _, _) => self.remark(format!("* {bits}-bit, little endian")),
            (true, _, _) => self.remark(format!("* {bits}-bit, big endian")),
        }?;
        self.remark("** global header end **")
    }

    fn function(&mut self, offset: usize) -> io::Result<()> {
        let (index, next) = match self.stack.last_mut() {
            None => (0, self.main),
            Some((p, begun)) => {
                *begun += 1;
                (*begun - 1, p.inside(*begun - 1))
            }
        };
        // The reading has every function that begins.
        self.stack.extend(next.map(|p| (Function::new(p), 0)));
        let level = self.stack.len();
        self.row(offset, b"", |page| {
            page.paint(Style::Comment, |page| {
                page.text(format!("** function [{index}] definition (level {level})"));
            });
        })?;
        self.remark("** start of function **")
    }

    fn count(&mut self, offset: usize, bytes: &[u8], count: usize) -> io::Result<()> {
        self.count = count;
        let name = match self.part {
            Part::Code => "sizecode",
            Part::Constants => "sizek",
            Part::Functions => "sizep",
            Part::Lines => "sizelineinfo",
            Part::Locals => "sizelocvars",
            _ => "sizeupvalues",
        };
        self.value(offset, bytes, name, count)?;
        match self.part {
            Part::Lines if count > 0 => self.remark("[pc] (line)"),
            _ => Ok(()),
        }
    }

    fn instruction(&mut self, offset: usize, bytes: &[u8], i: Instruction) -> io::Result<()> {
        let index = self.index;
        self.index += 1;
        let (lua, floats) = (self.lua, self.floats);
        let digits = self.count.to_string().len();
        let Some((p, begun)) = self.stack.pop() else {
            return Ok(());
        };
        let before = index.checked_sub(1).and_then(|before| p.code.get(before));
        let is_bare = before.is_some_and(|before| {
            let row = &lua.rows()[usize::from(before.op())];
            row.opcode.next_word_is_bare(before)
        });
        self.row(offset, bytes, |page| {
            pc(page, index, digits);
            if is_bare {
                page.text("extra argument");
                number(page, i.0);
            } else {
                page.disassembled(lua, floats, &p, index, i);
            }
        })?;
        self.stack.push((p, begun));
        Ok(())
    }

    fn constant(&mut self, offset: usize, bytes: &[u8], constant: &Constant) -> io::Result<()> {
        let index = self.index;
        self.index += 1;
        if bytes.is_empty() {
            self.indent();
        } else {
            self.columns(offset, bytes);
        }
        element(self.page, "const", index);
        let number = !bytes.is_empty();
        self.page.text(if number { "(" } else { "" });
        self.page
            .paint(ink(constant), |page| page.constant(self.floats, constant));
        self.page.text(if number { ")" } else { "" });
        self.page.end_line()
    }

    /// The bytes of a string, as many lines as it takes.
    fn pieces(&mut self, offset: usize, bytes: &[u8]) -> io::Result<()> {
        for (i, piece) in bytes.chunks(BYTES).enumerate() {
            self.row(offset + i * BYTES, piece, |page| {
                page.paint(Style::String, |page| page.quoted_piece(piece));
            })?;
        }
        Ok(())
    }

    /// A field and its value.
    fn value(
        &mut self,
        offset: usize,
        bytes: &[u8],
        name: &str,
        value: impl TryInto<i64>,
    ) -> io::Result<()> {
        self.row(offset, bytes, |page| {
            page.text(name);
            number(page, value);
        })
    }

    /// What a string is, after its bytes.
    fn name(&mut self, what: std::fmt::Arguments, string: Option<&[u8]>) -> io::Result<()> {
        self.indent();
        self.page.text(what.to_string());
        name(self.page, string);
        self.page.end_line()
    }

    /// A line without bytes.
    fn remark(&mut self, remark: impl AsRef<[u8]>) -> io::Result<()> {
        self.indent();
        self.page.paint(Style::Comment, |page| page.text(remark));
        self.page.end_line()
    }

    fn row(
        &mut self,
        offset: usize,
        bytes: &[u8],
        describe: impl FnOnce(&mut Page),
    ) -> io::Result<()> {
        self.columns(offset, bytes);
        describe(self.page);
        self.page.end_line()
    }

    fn columns(&mut self, offset: usize, bytes: &[u8]) {
        self.page.hex(offset as u64, self.width);
        self.page.text("  ");
        self.page.padded(HEX_WIDTH, |page| {
            for &byte in bytes {
                page.hex(byte.into(), 2);
            }
        });
    }

    fn indent(&mut self) {
        self.page.spaces(self.width + 2 + HEX_WIDTH);
    }
}

/// The number of an instruction, counted from 1, with the digits of the last one's.
fn pc(page: &mut Page, index: usize, digits: usize) {
    let text = (index + 1).to_string();
    page.byte(b'[');
    page.text(&"00000000000000000000"[..digits.saturating_sub(text.len())]);
    page.text(text);
    page.byte(b']');
}

fn element(page: &mut Page, what: &str, index: usize) {
    page.text(what);
    page.text(" [");
    page.integer(index);
    page.text("]: ");
}

fn number(page: &mut Page, value: impl TryInto<i64>) {
    page.text(" (");
    page.paint(Style::Number, |page| page.integer(value));
    page.byte(b')');
}

fn name(page: &mut Page, name: Option<&[u8]>) {
    match name {
        Some(name) => page.paint(Style::String, |page| page.escaped(name)),
        None => page.text("(none)"),
    }
}
