//! A record on its way out: in pieces, and held back until it is verified.

use std::io::{self, Write};
use std::mem;

use super::event::{Event, EventSender, ReceiverGone};
use super::pieces::{PIECE, Pieces};
use crate::command::io::json::JsonString;

/// How much of a record is held back at most, in bytes.
pub const MAX_HELD: usize = 1 << 20;

/// Takes the bytes of records and sends them.
pub struct RecordWriter<'a> {
    pieces: &'a Pieces,
    pub events: EventSender<'a>,
    state: State,
    /// The last piece, which is not full yet.
    piece: Vec<u8>,
}

/// What becomes of full pieces.
enum State {
    Sent,
    /// They wait.
    Held(Vec<Vec<u8>>),
    /// They are lost, because there were too many to hold.
    Lost,
}

impl<'a> RecordWriter<'a> {
    /// A writer of records that go to `events`.
    pub fn new(pieces: &'a Pieces, events: EventSender<'a>) -> Self {
        RecordWriter {
            pieces,
            events,
            state: State::Sent,
            piece: pieces.take(),
        }
    }

    /// Holds back what is written from now on.
    pub fn hold(&mut self) {
        self.state = State::Held(Vec::new());
    }

    /// Forgets what is held back, and holds back no more.
    pub fn discard(&mut self) {
        self.state = State::Sent;
        self.piece.clear();
    }

    /// Sends what is held back, and holds back no more. `false` if it was too much to hold, so that
    /// it must be written again.
    pub fn release(&mut self) -> Result<bool, ReceiverGone> {
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

    /// A writer of a stream, escaped for a JSON string if `json` is true.
    pub fn stream(&mut self, json: bool) -> StreamWriter<'_, 'a> {
        StreamWriter { record: self, json }
    }

    /// Ends the record, of so many tokens if they were counted.
    pub fn end(&mut self, tokens: Option<u32>) -> Result<(), ReceiverGone> {
        // Shrunk, because it may wait with many others.
        let short = self.piece.as_slice().into();
        self.events.send(Event::Bytes(short))?;
        self.piece.clear();
        self.events.send(Event::Record(tokens))
    }

    fn full(&mut self) -> Result<(), ReceiverGone> {
        let piece = mem::replace(&mut self.piece, self.pieces.take());
        match &mut self.state {
            State::Sent => return self.events.send(Event::Bytes(piece)),
            State::Held(pieces) if (pieces.len() + 1) * PIECE < MAX_HELD => pieces.push(piece),
            State::Held(_) => self.state = State::Lost,
            State::Lost => {}
        }
        Ok(())
    }
}

impl Drop for RecordWriter<'_> {
    fn drop(&mut self) {
        self.pieces.give_back(mem::take(&mut self.piece));
    }
}

impl Write for RecordWriter<'_> {
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

/// Writes a stream into a record.
pub struct StreamWriter<'r, 'a> {
    record: &'r mut RecordWriter<'a>,
    json: bool,
}

impl Write for StreamWriter<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.json {
            true => JsonString(&mut *self.record).write(bytes),
            false => self.record.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
