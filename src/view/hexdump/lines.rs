//! The lines of a hexdump: an offset, bytes in hex, and what they mean.

use std::fmt::Arguments;
use std::io;
use std::ops::Range;

use crate::disasm::{Print, PrintValue, Style};
use crate::view::page::Page;

/// The number of bytes in a line.
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
    /// True if the last field was shown; the remarks after a field are shown if it is.
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

    /// Notes that a field comes next, and returns whether it is shown. A field without bytes is shown if
    /// the field before it is.
    pub fn reach(&mut self, offset: usize, bytes: &[u8]) -> bool {
        if !bytes.is_empty() {
            self.shown = offset < self.range.end && offset + bytes.len() > self.range.start;
        }
        self.shown
    }

    /// Writes the headings of the columns.
    pub fn head(&mut self) -> io::Result<()> {
        let width = self.width;
        self.page.padded(width + 2, |page| page.text("Pos"));
        self.page.padded(HEX_WIDTH, |page| page.text("Hex Data"));
        self.page.text("Description or Code");
        self.page.end_line()?;
        self.page.text("-".repeat(70));
        self.page.end_line()
    }

    /// Writes bytes and what they mean.
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

    /// Writes a field and its value.
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

    /// Writes the bytes of a string, on as many lines as they need.
    pub fn text(&mut self, offset: usize, bytes: &[u8]) -> io::Result<()> {
        for (i, piece) in bytes.chunks(BYTES).enumerate() {
            self.row(offset + i * BYTES, piece, |page| {
                page.paint(Style::String, |page| page.quoted_piece(piece));
            })?;
        }
        Ok(())
    }

    /// Writes a whole string on a line after the lines of its bytes.
    pub fn name(&mut self, what: Arguments, string: Option<&[u8]>) -> io::Result<()> {
        if !self.shown {
            return Ok(());
        }
        self.indent();
        self.page.text(what.to_string());
        name(self.page, string);
        self.page.end_line()
    }

    /// Writes a line without bytes.
    pub fn remark(&mut self, remark: impl AsRef<[u8]>) -> io::Result<()> {
        if !self.shown {
            return Ok(());
        }
        self.indent();
        self.page.paint(Style::Comment, |page| page.text(remark));
        self.page.end_line()
    }

    /// Writes the first two columns of a line.
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

/// Writes the number of an instruction, counted from 1, with `digits` digits.
pub(super) fn pc(page: &mut Page, index: usize, digits: usize) {
    let number = index + 1;
    page.byte(b'[');
    page.text(&"00000000000000000000"[..digits.saturating_sub(digits_of(number))]);
    page.integer(number);
    page.byte(b']');
}

/// The number of decimal digits of a count.
pub(super) fn digits_of(count: usize) -> usize {
    count.checked_ilog10().unwrap_or(0) as usize + 1
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
