//! How records get from the threads that make them to the one that writes them: as events, the bytes of
//! records in pieces, held back until the record is verified.

use std::io::{self, Write};
use std::mem;
use std::sync::mpsc::SyncSender;
use std::sync::{Mutex, PoisonError};

use anyhow::Result;
use thiserror::Error;

use crate::command::dataset::dropped::Dropped;
use crate::command::dataset::hash::Fingerprint;
use crate::command::dataset::ids::IdRecord;
use crate::command::io::json::JsonString;

/// What comes of a source: first [`Source`](Event::Source) if it could be read, finally
/// [`End`](Event::End), and in between what its units give.
#[derive(Debug)]
pub enum Event {
    /// A source begins; its path.
    Source(String),
    /// The source's functions cannot be told apart, so it is one unit as a whole.
    Fallback,
    /// A unit with this fingerprint begins. It counts only if no earlier unit with the same
    /// fingerprint gave a record.
    Unit(Fingerprint),
    /// A unit that was seen before.
    Duplicate,
    /// The next bytes of a record.
    Bytes(Vec<u8>),
    /// All of a record, as ids.
    Ids(Box<IdRecord>),
    /// The record is complete; how many tokens it has, if that is known.
    Record(Option<u32>),
    /// A source, or a variant of one of its units, gives no record.
    Dropped(Dropped),
    /// The source with this fingerprint ends.
    End(Fingerprint),
}

/// The receiver is gone: the run has failed and reports that itself.
#[derive(Debug, Error)]
#[error("the receiver is gone")]
pub struct ReceiverGone;

/// Why no more records of a source are made.
#[derive(Debug, Error)]
pub enum Stopped {
    #[error(transparent)]
    ReceiverGone(#[from] ReceiverGone),
    /// The source cannot be found, or a record of which a part was sent cannot be completed. Either
    /// ends the run.
    #[error(transparent)]
    Failed(#[from] anyhow::Error),
}

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Self {
        match error.downcast() {
            Ok(ReceiverGone) => Stopped::ReceiverGone(ReceiverGone),
            Err(error) => Stopped::Failed(error.into()),
        }
    }
}

/// Sends events in batches, so that the receiver wakes rarely.
pub struct EventSender<'a> {
    sender: &'a SyncSender<Result<Vec<Event>>>,
    waiting: Vec<Event>,
    /// The memory that the waiting events take, in bytes.
    size: usize,
}

/// How much is sent at once, in bytes.
const BATCH: usize = 256 << 10;

impl<'a> EventSender<'a> {
    /// Events to `sender`.
    pub fn new(sender: &'a SyncSender<Result<Vec<Event>>>) -> Self {
        EventSender {
            sender,
            waiting: Vec::new(),
            size: 0,
        }
    }

    /// Sends an event, perhaps together with others. [`Event::End`] sends all that wait.
    ///
    /// # Errors
    /// The receiver is gone.
    pub fn send(&mut self, event: Event) -> Result<(), ReceiverGone> {
        self.size += size_of::<Event>();
        match &event {
            Event::Bytes(bytes) => self.size += bytes.capacity(),
            Event::Ids(record) => self.size += size_of_val(record.ids.as_slice()),
            _ => {}
        }
        let end = matches!(event, Event::End(_));
        self.waiting.push(event);
        if end || self.size >= BATCH {
            self.size = 0;
            let waiting = mem::take(&mut self.waiting);
            self.sender.send(Ok(waiting)).map_err(|_| ReceiverGone)?;
        }
        Ok(())
    }

    /// Sends that a source gives nothing.
    ///
    /// # Errors
    /// The receiver is gone.
    pub fn only(mut self, dropped: Dropped, source: Fingerprint) -> Result<(), ReceiverGone> {
        self.send(Event::Dropped(dropped))?;
        self.send(Event::End(source))
    }
}

/// How much of a record is handed over at once, in bytes.
pub const PIECE: usize = 64 << 10;

/// Buffers that can be filled again: allocating fresh memory takes longer than filling it.
#[derive(Debug, Default)]
pub struct Pieces(Mutex<Vec<Vec<u8>>>);

impl Pieces {
    /// An empty buffer.
    pub fn take(&self) -> Vec<u8> {
        let mut pieces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pieces.pop().unwrap_or_else(|| Vec::with_capacity(PIECE))
    }

    /// Takes back the bytes of an event if they are such a buffer.
    pub fn give_back(&self, mut bytes: Vec<u8>) {
        if bytes.capacity() == PIECE {
            bytes.clear();
            let mut pieces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            pieces.push(bytes);
        }
    }
}

/// How much of a record is held back at most, in bytes.
pub const MAX_HELD: usize = 1 << 20;

/// Takes the bytes of records and sends them.
pub struct RecordWriter<'a> {
    pieces: &'a Pieces,
    pub events: EventSender<'a>,
    held: Held,
    /// The last piece, which is not full yet.
    piece: Vec<u8>,
}

/// Whether full pieces are held back.
enum Held {
    /// They are sent at once.
    No,
    /// These wait.
    Yes(Vec<Vec<u8>>),
    /// There were too many to hold, and all of them are lost.
    TooMany,
}

impl<'a> RecordWriter<'a> {
    /// A writer of records that go to `events`.
    pub fn new(pieces: &'a Pieces, events: EventSender<'a>) -> Self {
        RecordWriter {
            pieces,
            events,
            held: Held::No,
            piece: pieces.take(),
        }
    }

    /// Holds back what is written from now on.
    pub fn hold(&mut self) {
        self.held = Held::Yes(Vec::new());
    }

    /// Forgets what is held back, and holds back no more.
    pub fn discard(&mut self) {
        self.held = Held::No;
        self.piece.clear();
    }

    /// Sends what is held back, and holds back no more. `false` if it was too much to hold, so that
    /// it must be written again.
    pub fn release(&mut self) -> Result<bool, ReceiverGone> {
        match mem::replace(&mut self.held, Held::No) {
            Held::No => {}
            Held::Yes(pieces) => {
                for piece in pieces {
                    self.events.send(Event::Bytes(piece))?;
                }
            }
            Held::TooMany => return Ok(false),
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
        match &mut self.held {
            Held::No => return self.events.send(Event::Bytes(piece)),
            Held::Yes(pieces) if (pieces.len() + 1) * PIECE < MAX_HELD => pieces.push(piece),
            Held::Yes(_) => self.held = Held::TooMany,
            Held::TooMany => {}
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
        if matches!(self.held, Held::TooMany) {
            return Ok(bytes.len());
        }
        let length = bytes.len().min(PIECE - self.piece.len());
        self.piece.extend_from_slice(&bytes[..length]);
        if self.piece.len() == PIECE {
            self.full().map_err(io::Error::other)?;
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
