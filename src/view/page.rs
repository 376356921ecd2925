//! Where a view is written: text in lines, in color or not.

use std::io::{self, Write};

use super::palette::Ink;

/// How much is written at once.
const CAPACITY: usize = 64 << 10;

/// Lines of text on their way to a writer.
pub struct Page<'w> {
    out: &'w mut dyn Write,
    buffer: Vec<u8>,
    color: bool,
}

impl<'w> Page<'w> {
    /// A page that is written to `out` in large pieces, and needs no buffer below.
    pub fn new(out: &'w mut dyn Write, color: bool) -> Self {
        Page {
            out,
            buffer: Vec::with_capacity(2 * CAPACITY),
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
        self.out.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    /// Writes out what there is if that is much. Errors of the writer come from here.
    pub(crate) fn turn(&mut self) -> io::Result<()> {
        if self.buffer.len() < CAPACITY {
            return Ok(());
        }
        self.write_out()
    }

    /// Ends a line.
    pub(crate) fn end_line(&mut self) -> io::Result<()> {
        self.buffer.push(b'\n');
        self.turn()
    }

    #[inline]
    pub(crate) fn text(&mut self, text: impl AsRef<[u8]>) {
        self.buffer.extend_from_slice(text.as_ref());
    }

    #[inline]
    pub(crate) fn byte(&mut self, byte: u8) {
        self.buffer.push(byte);
    }

    #[inline]
    pub(crate) fn integer(&mut self, value: impl itoa::Integer) {
        self.text(itoa::Buffer::new().format(value));
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
        self.buffer.resize(self.buffer.len() + count, b' ');
    }

    /// What `write` writes, with spaces after it up to a width in bytes.
    #[inline]
    pub(crate) fn padded(&mut self, width: usize, write: impl FnOnce(&mut Self)) {
        let start = self.buffer.len();
        write(self);
        self.spaces((start + width).saturating_sub(self.buffer.len()));
    }

    /// What `write` writes, in that color if there are any.
    #[inline]
    pub(crate) fn paint(&mut self, ink: Ink, write: impl FnOnce(&mut Self)) {
        if !self.color {
            return write(self);
        }
        self.text(ink.style().render().to_string());
        write(self);
        self.text(ink.style().render_reset().to_string());
    }

    /// Room for `count` bytes, of which `write` fills as many as it says.
    pub(crate) fn fill(&mut self, count: usize, write: impl FnOnce(&mut [u8]) -> usize) {
        let start = self.buffer.len();
        self.buffer.resize(start + count, 0);
        let filled = write(&mut self.buffer[start..]);
        self.buffer.truncate(start + filled);
    }
}
