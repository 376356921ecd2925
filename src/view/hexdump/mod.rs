//! The hexdump of a chunk: every byte, and what it means.

mod fields;
mod lines;

use std::io;
use std::ops::Range;

use crate::chunk::{Extension, Proto};
use crate::disasm::{Floats, Lookup, Print, Style};
use crate::luac::{Field, Observer, Section};

use crate::version::Version;

use super::page::Page;
use super::partial::PartialChunk;
use lines::{HexLines, name};

impl Page<'_> {
    /// Writes a line for each field of a chunk, as far as it can be read: its offset, its bytes in
    /// hex, and what it means. The columns are ChunkSpy's.
    ///
    /// # Errors
    /// Errors of the writer.
    pub fn hexdump(&mut self, partial: &PartialChunk) -> io::Result<()> {
        self.hexdump_range(partial, 0..usize::MAX)
    }

    /// Writes what [`hexdump`](Self::hexdump) does, for the fields with a byte in this range.
    ///
    /// # Errors
    /// Errors of the writer.
    pub fn hexdump_range(&mut self, partial: &PartialChunk, range: Range<usize>) -> io::Result<()> {
        let mut hexdump = Hexdump {
            lines: HexLines::new(self, partial.bytes.len(), range),
            version: partial.version,
            floats: partial.floats,
            extension: partial.extension(),
            main: partial.chunk().map(|chunk| &chunk.main),
            stack: Vec::new(),
            section: Section::Source,
            count: 0,
            index: 0,
            written: Ok(()),
        };
        hexdump.title()?;
        // The result is already known: the partial chunk was read the same way.
        partial.format.observe(partial.bytes, &mut hexdump);
        hexdump.written
    }
}

/// Writes each field as the reader reports it. The chunk has been read once before, because
/// instructions refer to constants and functions that come later.
struct Hexdump<'p, 'w, 'r> {
    lines: HexLines<'p, 'w>,
    version: Version,
    floats: Floats,
    extension: &'r Extension,
    main: Option<&'r Proto<'r>>,
    /// The function that is shown, after the functions that enclose it; each with the number of its
    /// nested functions that have begun.
    stack: Vec<(Lookup<'r>, usize)>,
    section: Section,
    /// The number of elements in the current list, and how many have been shown.
    count: usize,
    index: usize,
    /// The first error of the page. Nothing is written after it.
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
            Section::AbsLineInfo => this.lines.remark("* absolute lines:"),
            Section::LocVars => this.lines.remark("* locals:"),
            Section::UpvalueNames => this.lines.remark("* upvalues:"),
        });
    }

    fn field(&mut self, offset: usize, bytes: &'a [u8], field: Field<'a>) {
        self.write(|this| this.line(offset, bytes, field));
    }

    fn end_function(&mut self, _: usize) {
        self.write(|this| this.lines.remark("** end of function **"));
        self.stack.pop();
        self.enter();
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

    /// Notes which function the next lines show.
    fn enter(&mut self) {
        let around = self.stack.iter().rev().skip(1).rev();
        let path: Vec<usize> = around.map(|(_, begun)| begun - 1).collect();
        self.lines.page.enter(&path);
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
                (*begun - 1, p.function(*begun - 1))
            }
        };
        // The chunk has every function that begins.
        if let Some(p) = next {
            self.stack
                .push((Lookup::of(p, self.floats, self.extension)?, 0));
        }
        self.enter();
        let level = self.stack.len();
        self.lines.row(offset, b"", |page| {
            page.paint(Style::Comment, |page| {
                page.text(format!("** function [{index}] definition (level {level})"));
            });
        })?;
        self.lines.remark("** start of function **")
    }
}
