//! A record on its way out: in pieces, and held until it is proven.

use std::io::{self, Write};
use std::mem;

use super::pieces::PIECE;
use super::{Event, Events, Pieces, Stopped};
use crate::stream::Json;

/// The most that is held of a record, in bytes.
pub const MOST_HELD: usize = 1 << 20;

/// Takes records, bytes by bytes, and sends them.
pub struct Records<'a> {
    pieces: &'a Pieces,
    pub events: Events<'a>,
    state: State,
    /// The last piece, which is not full yet.
    piece: Vec<u8>,
}

/// What becomes of a piece that is full.
enum State {
    Sent,
    /// It waits with those before it.
    Held(Vec<Vec<u8>>),
    /// It is dropped, for there was too much to be held.
    Lost,
}

impl<'a> Records<'a> {
    /// Records that go to `events`.
    pub fn new(pieces: &'a Pieces, events: Events<'a>) -> Self {
        Records {
            pieces,
            events,
            state: State::Sent,
            piece: pieces.take(),
        }
    }

    /// From now on nothing is sent, until it is released.
    pub fn hold(&mut self) {
        self.state = State::Held(Vec::new());
    }

    /// Drops what is held. What comes now is sent.
    pub fn discard(&mut self) {
        self.state = State::Sent;
        self.piece.clear();
    }

    /// Sends what is held, and what comes now. `false` if it was too much, so that it must be
    /// written again.
    pub fn release(&mut self) -> Result<bool, Stopped> {
        match mem::replace(&mut self.state, State::Sent) {
            State::Sent => {}
            State::Held(pieces) => {
                for piece in pieces {
                    self.events.send(Event::Bytes(piece))?;
                }
            }
            State::Lost => return Ok(false),
        }
        Ok(true)
    }

    /// A writer of a stream, which stands in a JSON string if `json` is true.
    pub fn stream(&mut self, json: bool) -> Stream<'_, 'a> {
        Stream { record: self, json }
    }

    /// Ends the record.
    pub fn end(&mut self) -> Result<(), Stopped> {
        // As short as it is, for it may wait with many others.
        let short = self.piece.as_slice().into();
        self.events.send(Event::Bytes(short))?;
        self.piece.clear();
        self.events.send(Event::Record)
    }

    fn full(&mut self) -> Result<(), Stopped> {
        let piece = mem::replace(&mut self.piece, self.pieces.take());
        match &mut self.state {
            State::Sent => return self.events.send(Event::Bytes(piece)),
            State::Held(pieces) if (pieces.len() + 1) * PIECE < MOST_HELD => pieces.push(piece),
            State::Held(_) => self.state = State::Lost,
            State::Lost => {}
        }
        Ok(())
    }
}

impl Drop for Records<'_> {
    fn drop(&mut self) {
        self.pieces.give_back(mem::take(&mut self.piece));
    }
}

impl Write for Records<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if matches!(self.state, State::Lost) {
            return Ok(bytes.len());
        }
        let length = bytes.len().min(PIECE - self.piece.len());
        self.piece.extend_from_slice(&bytes[..length]);
        if self.piece.len() == PIECE {
            self.full().map_err(|_| io::ErrorKind::BrokenPipe)?;
        }
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A writer of a stream into a record.
pub struct Stream<'r, 'a> {
    record: &'r mut Records<'a>,
    json: bool,
}

impl Write for Stream<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.json {
            true => Json(&mut *self.record).write(bytes),
            false => self.record.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
