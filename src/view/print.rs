//! What the views write with.

use std::fmt::Display;

use crate::bytes::{DIGITS_END, digits};

use super::style::Style;

/// Something that takes text, in color or not.
pub(crate) trait Print: Sized {
    /// Room for `count` bytes more, of which `write` fills as many as it says.
    fn fill(&mut self, count: usize, write: impl FnOnce(&mut [u8]) -> usize);

    /// How much has been written, from some place on.
    fn position(&self) -> usize;

    /// Whether there are colors.
    fn is_colored(&self) -> bool;

    #[inline(always)]
    fn text(&mut self, text: impl AsRef<[u8]>) {
        let text = text.as_ref();
        self.fill(text.len(), |room| {
            room.copy_from_slice(text);
            text.len()
        });
    }

    #[inline(always)]
    fn byte(&mut self, byte: u8) {
        self.text([byte]);
    }

    #[inline(always)]
    fn integer(&mut self, value: impl TryInto<i64>) {
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
    fn hex(&mut self, value: u64, digits: usize) {
        const HEX: &[u8; 16] = b"0123456789ABCDEF";
        let needed = (u64::BITS - value.leading_zeros()).div_ceil(4) as usize;
        for place in (0..needed.max(digits)).rev() {
            self.byte(HEX[(value >> (4 * place)) as usize & 15]);
        }
    }

    fn spaces(&mut self, count: usize) {
        self.fill(count, |room| {
            room.fill(b' ');
            count
        });
    }

    /// What `write` writes, with spaces after it up to a width in bytes.
    #[inline]
    fn padded(&mut self, width: usize, write: impl FnOnce(&mut Self)) {
        let start = self.position();
        write(self);
        self.spaces((start + width).saturating_sub(self.position()));
    }

    /// What `write` writes, in that color if there are any.
    #[inline(always)]
    fn paint(&mut self, style: Style, write: impl FnOnce(&mut Self)) {
        if self.is_colored() {
            sequence(self, style.ansi().render());
        }
        write(self);
        if self.is_colored() {
            sequence(self, style.ansi().render_reset());
        }
    }
}

#[cold]
fn sequence(out: &mut impl Print, sequence: impl Display) {
    out.text(sequence.to_string());
}

/// How much a [`Brief`] takes.
pub(crate) const BRIEF: usize = 256;

/// Takes a few short pieces, fast: as it is apart from the page, how much is filled is kept in a
/// register.
pub(crate) struct Brief<'a> {
    room: &'a mut [u8; BRIEF],
    len: usize,
    color: bool,
}

impl<'a> Brief<'a> {
    pub fn new(room: &'a mut [u8; BRIEF], color: bool) -> Self {
        Brief {
            room,
            len: 0,
            color,
        }
    }
}

impl Print for Brief<'_> {
    #[inline(always)]
    fn fill(&mut self, count: usize, write: impl FnOnce(&mut [u8]) -> usize) {
        self.len += write(&mut self.room[self.len..self.len + count]);
    }

    #[inline(always)]
    fn position(&self) -> usize {
        self.len
    }

    #[inline(always)]
    fn is_colored(&self) -> bool {
        self.color
    }
}
