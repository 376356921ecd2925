//! Writing short pieces of text, with or without color.

use std::fmt::Display;

use anstyle::{AnsiColor, Effects};

use crate::bytes::{DIGITS_END, digits};

/// The role of a piece of text, which decides its color.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Style {
    Opcode,
    Number,
    String,
    /// Explanations, and tokens that matter to the parser only.
    Comment,
}

impl Style {
    fn ansi(self) -> anstyle::Style {
        match self {
            Style::Opcode => AnsiColor::Cyan.on_default().effects(Effects::BOLD),
            Style::Number => AnsiColor::Yellow.on_default(),
            Style::String => AnsiColor::Green.on_default(),
            Style::Comment => AnsiColor::BrightBlack.on_default(),
        }
    }
}

/// The most bytes that are written at once.
pub(crate) const MAX_PIECE: usize = 64 << 10;

/// A destination for text, with or without color.
pub(crate) trait Print: Sized {
    /// Makes room for `count` more bytes, at most [`MAX_PIECE`]. `write` fills the beginning of the room
    /// and returns how many bytes it wrote.
    fn fill(&mut self, count: usize, write: impl FnOnce(&mut [u8]) -> usize);

    /// How many bytes have been written since some fixed point.
    fn position(&self) -> usize;

    /// Whether to write in color.
    fn is_colored(&self) -> bool;

    #[inline(always)]
    fn text(&mut self, text: impl AsRef<[u8]>) {
        let text = text.as_ref();
        if text.len() > MAX_PIECE {
            return self.long_text(text);
        }
        self.fill(text.len(), |room| {
            room.copy_from_slice(text);
            text.len()
        });
    }

    #[cold]
    fn long_text(&mut self, text: &[u8]) {
        for piece in text.chunks(MAX_PIECE) {
            self.fill(piece.len(), |room| {
                room.copy_from_slice(piece);
                piece.len()
            });
        }
    }

    #[inline(always)]
    fn byte(&mut self, byte: u8) {
        self.text([byte]);
    }

    #[inline(always)]
    fn integer(&mut self, value: impl TryInto<i64>) {
        // A count or a size in a chunk that fits into memory is never larger.
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

    /// Writes a number in upper-case hex digits, at least `digits` of them.
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

    /// Runs `write` and pads what it wrote with spaces to a width in bytes.
    #[inline]
    fn padded(&mut self, width: usize, write: impl FnOnce(&mut Self)) {
        let start = self.position();
        write(self);
        self.spaces((start + width).saturating_sub(self.position()));
    }

    /// Runs `write` in the color of a style, if colors are on.
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

/// The capacity of a [`Brief`].
pub(crate) const BRIEF: usize = 256;

/// A small buffer for a few short pieces. Nothing else refers to it, so the compiler can keep its
/// length in a register.
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
