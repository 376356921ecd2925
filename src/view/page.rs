//! Where a view is written: text in lines, in color or not.

use std::fmt::Display;
use std::io::{self, Write};

use super::palette::Ink;
use crate::stream::{DIGITS_END, digits};

/// How much is written at once.
const CAPACITY: usize = 64 << 10;

/// Lines of text on their way to a writer.
pub struct Page<'w> {
    out: &'w mut dyn Write,
    buffer: Vec<u8>,
    /// How much of the buffer is filled.
    end: usize,
    color: bool,
}

impl<'w> Page<'w> {
    /// A page that is written to `out` in large pieces, and needs no buffer below.
    pub fn new(out: &'w mut dyn Write, color: bool) -> Self {
        Page {
            out,
            buffer: vec![0; 2 * CAPACITY],
            end: 0,
            color,
        }
    }

    /// Writes out what is left.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn finish(mut self) -> io::Result<()> {
        self.write_out()?;
        self.out.flush()
    }

    fn write_out(&mut self) -> io::Result<()> {
        self.out.write_all(&self.buffer[..self.end])?;
        self.end = 0;
        Ok(())
    }

    /// Writes out what there is if that is much. Errors of the writer come from here.
    pub(crate) fn turn(&mut self) -> io::Result<()> {
        if self.end < CAPACITY {
            return Ok(());
        }
        self.write_out()
    }

    /// Ends a line.
    pub(crate) fn end_line(&mut self) -> io::Result<()> {
        self.byte(b'\n');
        self.turn()
    }

    /// Room for `count` bytes more, of which `write` fills as many as it says.
    #[inline(always)]
    pub(crate) fn fill(&mut self, count: usize, write: impl FnOnce(&mut [u8]) -> usize) {
        if self.buffer.len() - self.end < count {
            self.grow(count);
        }
        self.end += write(&mut self.buffer[self.end..self.end + count]);
    }

    #[cold]
    fn grow(&mut self, count: usize) {
        let length = (2 * self.buffer.len()).max(self.end + count);
        self.buffer.resize(length, 0);
    }

    #[inline(always)]
    pub(crate) fn text(&mut self, text: impl AsRef<[u8]>) {
        let text = text.as_ref();
        self.fill(text.len(), |room| {
            room.copy_from_slice(text);
            text.len()
        });
    }

    #[inline(always)]
    pub(crate) fn byte(&mut self, byte: u8) {
        self.text([byte]);
    }

    #[inline(always)]
    pub(crate) fn integer(&mut self, value: impl TryInto<i64>) {
        // No count and no size of a chunk in memory is larger.
        let value = value.try_into().unwrap_or(i64::MAX);
        let magnitude = value.unsigned_abs();
        if magnitude >= DIGITS_END.into() {
            return self.text(itoa::Buffer::new().format(value));
        }
        let (text, len) = digits(magnitude as u32);
        self.fill(1 + text.len(), |room| {
            let sign = usize::from(value < 0);
            room[0] = b'-';
            room[sign..sign + text.len()].copy_from_slice(&text);
            sign + len
        });
    }

    /// A number in upper-case hex digits, at least `digits` of them.
    pub(crate) fn hex(&mut self, value: u64, digits: usize) {
        const HEX: &[u8; 16] = b"0123456789ABCDEF";
        let needed = (u64::BITS - value.leading_zeros()).div_ceil(4) as usize;
        for place in (0..needed.max(digits)).rev() {
            self.byte(HEX[(value >> (4 * place)) as usize & 15]);
        }
    }

    pub(crate) fn spaces(&mut self, count: usize) {
        self.fill(count, |room| {
            room.fill(b' ');
            count
        });
    }

    /// What `write` writes, with spaces after it up to a width in bytes.
    #[inline]
    pub(crate) fn padded(&mut self, width: usize, write: impl FnOnce(&mut Self)) {
        let start = self.end;
        write(self);
        self.spaces((start + width).saturating_sub(self.end));
    }

    /// What `write` writes, in that color if there are any.
    #[inline(always)]
    pub(crate) fn paint(&mut self, ink: Ink, write: impl FnOnce(&mut Self)) {
        if self.color {
            self.escape_sequence(ink.style().render());
        }
        write(self);
        if self.color {
            self.escape_sequence(ink.style().render_reset());
        }
    }

    #[cold]
    fn escape_sequence(&mut self, sequence: impl Display) {
        self.text(sequence.to_string());
    }
}
