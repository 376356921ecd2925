//! Where the emitter's output goes: what it says, and the buffer that says it as text.

use std::io::{self, Write};

use super::fragments::Fragment;
use super::number::{DIGITS_END, Float, digits};
use super::text::{escape, pieces};

/// How many bytes [`Sink::room`] makes room for: more than an instruction takes.
pub const ROOM: usize = 1024;

/// What the emitter says: fixed runs of tokens, and values. The methods that cannot fail write
/// less than [`ROOM`] bytes between one `room` and the next.
pub trait Sink {
    /// Makes room for the next [`ROOM`] bytes.
    fn room(&mut self) -> io::Result<()>;
    /// A fixed run of tokens.
    fn fragment<const N: usize>(&mut self, fragment: &Fragment<N>);
    /// An integer.
    fn integer(&mut self, value: i64);
    /// A float.
    fn float(&mut self, value: f64);
    /// The one-word constants `nil`, `true` and `false`, and the quotes around a string.
    fn word(&mut self, word: &'static str);
    /// The text of a string; of a constant if it is `quoted`. Makes room by itself, before and
    /// after.
    fn text(&mut self, text: &[u8], quoted: bool) -> io::Result<()>;
}

/// The stream as text, in a buffer that is written out whenever it is full. The only part that
/// knows of buffers.
pub struct Text<W> {
    buffer: Box<[u8]>,
    /// How much of the buffer is filled.
    len: usize,
    out: W,
}

impl<W: Write> Text<W> {
    /// A sink that writes to `out`, in pieces of about `capacity` bytes.
    pub fn new(out: W, capacity: usize) -> Self {
        Text {
            buffer: vec![0; capacity.max(4 * ROOM)].into(),
            len: 0,
            out,
        }
    }

    /// Ends a stream with its line end.
    pub fn end_line(&mut self) -> io::Result<()> {
        self.word("\n");
        self.room()
    }

    /// Bytes that are no part of a stream, as they are.
    pub fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        for piece in bytes.chunks(ROOM) {
            self.room()?;
            self.buffer[self.len..self.len + piece.len()].copy_from_slice(piece);
            self.len += piece.len();
        }
        self.room()
    }

    /// Writes out what is in the buffer.
    pub fn flush(&mut self) -> io::Result<()> {
        while self.len > 0 {
            if self.drain()? == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
        }
        self.out.flush()
    }

    /// Writes out what is in the buffer and gives the writer back.
    pub fn finish(mut self) -> io::Result<W> {
        self.flush()?;
        Ok(self.out)
    }

    /// The writer.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.out
    }

    /// Offers the buffer to the writer, once, and gives how much it took.
    fn drain(&mut self) -> io::Result<usize> {
        let taken = loop {
            match self.out.write(&self.buffer[..self.len]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                taken => break taken?,
            }
        };
        self.buffer.copy_within(taken..self.len, 0);
        self.len -= taken;
        Ok(taken)
    }

    #[cold]
    fn make_room(&mut self) -> io::Result<()> {
        while self.buffer.len() - self.len < ROOM {
            // A writer that takes nothing wants to be offered more at once.
            if self.drain()? == 0 {
                let mut larger = std::mem::take(&mut self.buffer).into_vec();
                larger.resize(larger.len() * 2, 0);
                self.buffer = larger.into();
            }
        }
        Ok(())
    }
}

impl<W: Write> Sink for Text<W> {
    #[inline(always)]
    fn room(&mut self) -> io::Result<()> {
        if self.buffer.len() - self.len < ROOM {
            self.make_room()
        } else {
            Ok(())
        }
    }

    #[inline(always)]
    fn fragment<const N: usize>(&mut self, fragment: &Fragment<N>) {
        self.buffer[self.len..self.len + N].copy_from_slice(fragment.padded());
        self.len += fragment.len();
    }

    #[inline(always)]
    fn integer(&mut self, value: i64) {
        let magnitude = value.unsigned_abs();
        if magnitude < DIGITS_END.into() {
            self.buffer[self.len] = b'-';
            self.len += usize::from(value < 0);
            let (text, len) = digits(magnitude as u32);
            self.buffer[self.len..self.len + text.len()].copy_from_slice(&text);
            self.len += len;
        } else {
            let mut buffer = itoa::Buffer::new();
            let text = buffer.format(value).as_bytes();
            self.buffer[self.len..self.len + text.len()].copy_from_slice(text);
            self.len += text.len();
        }
    }

    fn float(&mut self, value: f64) {
        let mut float = Float::new();
        let text = float.format(value);
        self.buffer[self.len..self.len + text.len()].copy_from_slice(text);
        self.len += text.len();
    }

    #[inline(always)]
    fn word(&mut self, word: &'static str) {
        self.buffer[self.len..self.len + word.len()].copy_from_slice(word.as_bytes());
        self.len += word.len();
    }

    #[inline]
    fn text(&mut self, text: &[u8], quoted: bool) -> io::Result<()> {
        for piece in pieces(text) {
            self.room()?;
            self.len += escape(piece, quoted, &mut self.buffer[self.len..]);
        }
        self.room()
    }
}
