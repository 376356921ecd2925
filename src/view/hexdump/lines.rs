//! The lines of a hexdump: an offset, bytes in hex, and what they are.

use std::fmt::Arguments;
use std::io;
use std::ops::Range;

use crate::disasm::{Print, PrintValue, Style};
use crate::view::page::Page;

/// The bytes of a line.
const BYTES: usize = 8;
/// The width from the hex digits to the description.
const HEX_WIDTH: usize = 2 * BYTES + 3;

/// Writes lines of a hexdump.
pub(super) struct HexLines<'p, 'w> {
    pub page: &'p mut Page<'w>,
    /// The number of digits of an offset.
    width: usize,
    /// The bytes that are shown.
    range: Range<usize>,
    /// Whether the field last reached is shown, and what is said after it with it.
    shown: bool,
}

impl<'p, 'w> HexLines<'p, 'w> {
    /// Lines for the bytes of a range in a chunk of `bytes` bytes.
    pub fn new(page: &'p mut Page<'w>, bytes: usize, range: Range<usize>) -> Self {
        let digits = (u64::BITS - (bytes as u64).leading_zeros()).div_ceil(4);
        HexLines {
            page,
            width: digits.max(4) as usize,
            range,
            shown: false,
        }
    }

    /// Comes to a field, and tells whether it is shown: where it has no bytes of its own, what it is
    /// said of decides.
    pub fn reach(&mut self, offset: usize, bytes: &[u8]) -> bool {
        if !bytes.is_empty() {
            self.shown = offset < self.range.end && offset + bytes.len() > self.range.start;
        }
        self.shown
    }

    /// The headings of the columns.
    pub fn head(&mut self) -> io::Result<()> {
        let width = self.width;
        self.page.padded(width + 2, |page| page.text("Pos"));
        self.page.padded(HEX_WIDTH, |page| page.text("Hex Data"));
        self.page.text("Description or Code");
        self.page.end_line()?;
        self.page.text("-".repeat(70));
        self.page.end_line()
    }

    /// Bytes and what they mean.
    pub fn row(
        &mut self,
        offset: usize,
        bytes: &[u8],
        describe: impl FnOnce(&mut Page),
    ) -> io::Result<()> {
        if bytes.is_empty() {
            self.shown = self.range.contains(&offset);
        }
        if !self.reach(offset, bytes) {
            return Ok(());
        }
        self.columns(offset, bytes);
        describe(self.page);
        self.page.end_line()
    }

    /// A field and its value.
    pub fn value(
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

    /// The bytes of a string, on as many lines as they take.
    pub fn text(&mut self, offset: usize, bytes: &[u8]) -> io::Result<()> {
        for (i, piece) in bytes.chunks(BYTES).enumerate() {
            self.row(offset + i * BYTES, piece, |page| {
                page.paint(Style::String, |page| page.quoted_piece(piece));
            })?;
        }
        Ok(())
    }

    /// A string summed up, on a line after those of its bytes.
    pub fn name(&mut self, what: Arguments, string: Option<&[u8]>) -> io::Result<()> {
        if !self.shown {
            return Ok(());
        }
        self.indent();
        self.page.text(what.to_string());
        name(self.page, string);
        self.page.end_line()
    }

    /// A line without bytes.
    pub fn remark(&mut self, remark: impl AsRef<[u8]>) -> io::Result<()> {
        if !self.shown {
            return Ok(());
        }
        self.indent();
        self.page.paint(Style::Comment, |page| page.text(remark));
        self.page.end_line()
    }

    /// The first two columns of a line.
    pub fn columns(&mut self, offset: usize, bytes: &[u8]) {
        self.page.hex(offset as u64, self.width);
        self.page.text("  ");
        self.page.padded(HEX_WIDTH, |page| {
            for &byte in bytes {
                page.hex(byte.into(), 2);
            }
        });
    }

    /// Leaves the first two columns empty.
    pub fn indent(&mut self) {
        self.page.spaces(self.width + 2 + HEX_WIDTH);
    }
}

/// The number of an instruction, counted from 1, with `digits` digits.
pub(super) fn pc(page: &mut Page, index: usize, digits: usize) {
    let text = (index + 1).to_string();
    page.byte(b'[');
    page.text(&"00000000000000000000"[..digits.saturating_sub(text.len())]);
    page.text(text);
    page.byte(b']');
}

pub(super) fn element(page: &mut Page, what: &str, index: usize) {
    page.text(what);
    page.text(" [");
    page.integer(index);
    page.text("]: ");
}

pub(super) fn number(page: &mut Page, value: impl TryInto<i64>) {
    page.text(" (");
    page.paint(Style::Number, |page| page.integer(value));
    page.byte(b')');
}

pub(super) fn name(page: &mut Page, name: Option<&[u8]>) {
    match name {
        Some(name) => page.paint(Style::String, |page| page.escaped(name)),
        None => page.text("(none)"),
    }
}
