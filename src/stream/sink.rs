//! Sinks, which the emitters write to, and the sink that writes text.

use std::hint::black_box;
use std::io::{self, Write};

use super::fragments::Numbered;
use super::text::{ESCAPE_MAX, ESCAPE_SLACK, escape, escape_padded, pieces};
use super::tokens;
use crate::bytes::{DIGITS_END, digits};
use crate::chunk::{Constant, PaddedText};
use crate::float::Float;

/// The most bytes of text that are written at once: more than an instruction takes.
pub(crate) const MAX_ELEMENT_BYTES: usize = 1024;

/// What the emitters write: fixed runs of tokens, and values.
pub(crate) trait TokenWriter {
    /// Writes a fixed run of tokens.
    fn fragment<const N: usize>(&mut self, fragment: Numbered<N>);
    /// Writes an integer.
    fn integer(&mut self, value: i64);
    /// Writes a float.
    fn float(&mut self, value: f64);
    /// Writes `nil`, `true`, `false`, or a quote around a string.
    fn word(&mut self, word: &'static str);
    /// Writes a token that no fragment has, as only streams of dialects do.
    fn token(&mut self, token: &str);
}

/// The destination of an emitter.
pub(crate) trait Sink {
    /// The writer of one element.
    type Out<'a>: TokenWriter;

    /// Writes an element, or a part of one, of at most [`MAX_ELEMENT_BYTES`] bytes of text.
    fn write(&mut self, write: impl FnOnce(&mut Self::Out<'_>)) -> io::Result<()>;

    /// Writes the text of a string of any length; `quoted` if it is a constant.
    fn text(&mut self, text: &[u8], quoted: bool) -> io::Result<()>;

    /// Writes a constant string of any length in its quotes, between `before` and `after`.
    #[inline]
    fn string(
        &mut self,
        text: &[u8],
        before: impl FnOnce(&mut Self::Out<'_>),
        after: impl FnOnce(&mut Self::Out<'_>),
    ) -> io::Result<()> {
        string_in_pieces(self, text, before, after)
    }

    /// Writes a constant string as [`string`](Self::string) does.
    #[inline]
    fn padded(
        &mut self,
        text: PaddedText,
        before: impl FnOnce(&mut Self::Out<'_>),
        after: impl FnOnce(&mut Self::Out<'_>),
    ) -> io::Result<()> {
        self.string(text.text(), before, after)
    }
}

fn string_in_pieces<S: Sink + ?Sized>(
    sink: &mut S,
    text: &[u8],
    before: impl FnOnce(&mut S::Out<'_>),
    after: impl FnOnce(&mut S::Out<'_>),
) -> io::Result<()> {
    sink.write(|out| {
        before(out);
        out.word("\"");
    })?;
    sink.text(text, true)?;
    sink.write(|out| {
        out.word("\"");
        after(out);
    })
}

/// Writes a constant between `before` and `after`.
#[inline(always)]
pub(crate) fn write_constant<S: Sink + ?Sized>(
    sink: &mut S,
    constant: &Constant,
    before: impl FnOnce(&mut S::Out<'_>),
    after: impl FnOnce(&mut S::Out<'_>),
) -> io::Result<()> {
    if let Constant::String(text) = constant {
        return sink.string(text, before, after);
    }
    sink.write(|out| {
        before(out);
        match constant {
            Constant::Nil => out.word("nil"),
            Constant::Boolean(false) => out.word("false"),
            Constant::Boolean(true) => out.word("true"),
            Constant::Integer(value) => out.integer(*value),
            Constant::Float(value) => out.float(*value),
            Constant::Null => out.token(tokens::NULL),
            Constant::String(_) => {}
        }
        after(out);
    })
}

/// The first length of the buffer, which suffices for a small stream.
const FIRST_CAPACITY: usize = 16 << 10;

/// The number of bytes that are loaded into the cache at once.
const NEAR: usize = MAX_ELEMENT_BYTES;

const CACHE_LINE: usize = 64;

/// Writes streams as text, through a buffer that is written out when it is full.
///
/// The emitters see it as a `Text<dyn Write>`, so that they are compiled once for all writers.
pub struct Text<W: ?Sized> {
    buffer: Vec<u8>,
    /// The length of the filled part.
    len: usize,
    /// The length of the part that has been loaded into the cache.
    near: usize,
    /// The length at which the buffer is written out.
    capacity: usize,
    out: W,
}

impl<W: Write> Text<W> {
    /// Makes a buffer for `out`, which is written to in pieces of about `capacity` bytes.
    pub fn new(out: W, capacity: usize) -> Self {
        let capacity = capacity.max(4 * MAX_ELEMENT_BYTES);
        Text {
            buffer: vec![0; capacity.min(FIRST_CAPACITY)],
            len: 0,
            near: 0,
            capacity,
            out,
        }
    }

    /// Writes out the buffer and returns the writer.
    pub fn finish(mut self) -> io::Result<W> {
        self.flush()?;
        Ok(self.out)
    }
}

impl<W: Write + ?Sized> Text<W> {
    /// Writes the line end of a stream.
    pub fn end_line(&mut self) -> io::Result<()> {
        self.write(|window| window.word("\n"))
    }

    /// Writes out the buffer.
    pub fn flush(&mut self) -> io::Result<()> {
        while self.len > 0 {
            if self.drain()? == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
        }
        self.out.flush()
    }

    /// Returns the writer.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.out
    }

    /// Passes the buffer to the writer once, and returns how much the writer took.
    fn drain(&mut self) -> io::Result<usize> {
        let taken = loop {
            match self.out.write(&self.buffer[..self.len]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                taken => break taken?,
            }
        };
        self.buffer.copy_within(taken..self.len, 0);
        self.len -= taken;
        self.near = self.len;
        Ok(taken)
    }

    /// Cold compared to the elements that are written without it.
    #[cold]
    fn make_room(&mut self) -> io::Result<()> {
        while self.near - self.len < MAX_ELEMENT_BYTES {
            if self.near < self.buffer.len() {
                self.bring_near();
            } else if self.buffer.len() < self.capacity {
                let more = self.capacity - self.buffer.len();
                self.buffer.try_reserve_exact(more)?;
                self.buffer.resize(self.capacity, 0);
            } else if self.drain()? == 0 {
                // A writer that takes nothing needs more at once.
                self.capacity *= 2;
            }
        }
        Ok(())
    }

    /// Writes a short text in its quotes; `write` writes the text to the start of the room it is
    /// given.
    #[inline(always)]
    fn quoted(
        &mut self,
        before: impl FnOnce(&mut Window),
        write: impl FnOnce(&mut [u8]) -> usize,
        after: impl FnOnce(&mut Window),
    ) -> io::Result<()> {
        self.write(|window| {
            before(window);
            window.word("\"");
            window.len += write(&mut window.room[window.len..]);
            window.word("\"");
            after(window);
        })
    }

    /// Loads the next lines of the buffer into the first-level cache. The whole buffer does not fit
    /// there, and storing to a line that is elsewhere takes longer than loading it first.
    fn bring_near(&mut self) {
        let rest = &self.buffer[self.near..];
        if let Some(next) = rest.first_chunk::<NEAR>() {
            let lines = next.iter().step_by(CACHE_LINE);
            black_box(lines.fold(0, |all, byte| all | byte));
        }
        self.near += rest.len().min(NEAR);
    }
}

impl<W: Write + ?Sized> Sink for Text<W> {
    type Out<'a> = Window<'a>;

    #[inline(always)]
    fn write(&mut self, write: impl FnOnce(&mut Window)) -> io::Result<()> {
        if self.near - self.len < MAX_ELEMENT_BYTES {
            self.make_room()?;
        }
        let (room, _) = self.buffer[self.len..]
            .split_first_chunk_mut()
            .expect("there is room");
        let mut window = Window::new(room);
        write(&mut window);
        self.len += window.len;
        Ok(())
    }

    #[inline]
    fn text(&mut self, text: &[u8], quoted: bool) -> io::Result<()> {
        const PIECE: usize = (MAX_ELEMENT_BYTES - ESCAPE_SLACK) / ESCAPE_MAX - 1;
        for piece in pieces(text, PIECE) {
            self.write(|window| window.len = escape(piece, quoted, window.room))?;
        }
        Ok(())
    }

    /// A short text, as most are, is written in one go.
    #[inline(always)]
    fn string(
        &mut self,
        text: &[u8],
        before: impl FnOnce(&mut Window),
        after: impl FnOnce(&mut Window),
    ) -> io::Result<()> {
        const SHORT: usize = MAX_ELEMENT_BYTES / 2 / ESCAPE_MAX;
        if text.len() > SHORT {
            return string_in_pieces(self, text, before, after);
        }
        self.quoted(before, |room| escape(text, true, room), after)
    }

    #[inline(always)]
    fn padded(
        &mut self,
        text: PaddedText,
        before: impl FnOnce(&mut Window),
        after: impl FnOnce(&mut Window),
    ) -> io::Result<()> {
        self.quoted(before, |room| escape_padded(text, true, room), after)
    }
}

/// Room in the buffer for one element. It is separate from the buffer so that the filled length
/// stays in a register.
pub(crate) struct Window<'a> {
    room: &'a mut [u8; MAX_ELEMENT_BYTES],
    /// The length of the filled part.
    len: usize,
}

impl<'a> Window<'a> {
    /// Makes a window on empty room.
    pub(super) fn new(room: &'a mut [u8; MAX_ELEMENT_BYTES]) -> Self {
        Window { room, len: 0 }
    }

    /// Returns the length of the filled part.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline(always)]
    fn put<const N: usize>(&mut self, bytes: &[u8; N], len: usize) {
        self.room[self.len..self.len + N].copy_from_slice(bytes);
        self.len += len;
    }

    #[inline(always)]
    fn put_slice(&mut self, bytes: &[u8]) {
        self.room[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }
}

impl TokenWriter for Window<'_> {
    #[inline(always)]
    fn fragment<const N: usize>(&mut self, fragment: Numbered<N>) {
        self.put(fragment.fragment().padded(), fragment.len());
    }

    #[inline(always)]
    fn integer(&mut self, value: i64) {
        let magnitude = value.unsigned_abs();
        if magnitude < DIGITS_END.into() {
            self.put(b"-", usize::from(value < 0));
            let (text, len) = digits(magnitude as u32);
            self.put(&text, len);
        } else {
            self.put_slice(itoa::Buffer::new().format(value).as_bytes());
        }
    }

    #[inline]
    fn float(&mut self, value: f64) {
        self.put_slice(Float::new().format(value));
    }

    #[inline(always)]
    fn word(&mut self, word: &'static str) {
        self.put_slice(word.as_bytes());
    }

    fn token(&mut self, token: &str) {
        self.put_slice(token.as_bytes());
    }
}
