//! The way of records from the threads that make them to the one that writes them. It is a sequence
//! of events. The bytes of a record are sent in pieces and held back until the record is verified.

use std::io::{self, Write};
use std::mem;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use thiserror::Error;

use super::dedup::{Known, Repeat, UnitCode};
use super::record::{WholeContent, WholeRecord};
use crate::command::io::json::JsonString;
use crate::command::train::dataset::dropped::Dropped;
use crate::command::train::hash::Fingerprint;

/// Something that happens while records are made. The events of a source begin with
/// [`Source`](RecordEvent::Source), if it could be read, and finish with [`End`](RecordEvent::End).
#[derive(Debug)]
pub enum RecordEvent {
    /// A source begins.
    Source(Box<SourceStart>),
    /// The source cannot be split into functions, so it is one unit as a whole.
    Fallback,
    /// A unit begins. It counts only if no earlier unit with such code has a record.
    Unit(Box<UnitStart>),
    /// A unit like one that was seen before, with the path of its function, if units are functions.
    Duplicate(Repeat, Option<String>),
    /// The next bytes of a record.
    Bytes(Vec<u8>),
    /// A whole record, for files with columns.
    Whole(Box<WholeRecord>),
    /// The record is complete. It has this many tokens, if they were counted.
    Record(Option<u32>),
    /// A source or a variant of a unit is dropped.
    Dropped(Dropped),
    /// The source ends.
    End(SourceEnd),
}

/// What is known about a source before its records.
#[derive(Debug)]
pub struct SourceStart {
    pub path: Arc<str>,
    /// What its group is named after.
    pub place: String,
    /// The other keys of its row, as a JSON object.
    pub meta: Option<Arc<str>>,
}

/// What is known about a source when all its records are made.
#[derive(Debug)]
pub struct SourceEnd {
    pub fingerprint: Fingerprint,
    /// True if it is the last of the rows that came together.
    pub ends_batch: bool,
}

/// What is known about a unit before its records.
#[derive(Debug)]
pub struct UnitStart {
    pub code: UnitCode,
    /// The units that are known not to be like it.
    pub known: Known,
    /// The path of its function, if units are functions.
    pub function: Option<String>,
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
    /// The source could not be obtained, or a record that was sent in part cannot be completed. The
    /// run ends.
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

/// Sends events in batches, so that the receiver rarely has to wake up.
pub struct EventSender<'a> {
    sender: &'a SyncSender<Result<Vec<RecordEvent>>>,
    waiting: Vec<RecordEvent>,
    /// The memory of the waiting events, in bytes.
    size: usize,
}

/// The size of a batch, in bytes.
const BATCH: usize = 256 << 10;

impl<'a> EventSender<'a> {
    /// Creates a sender of events to `sender`.
    pub fn new(sender: &'a SyncSender<Result<Vec<RecordEvent>>>) -> Self {
        EventSender {
            sender,
            waiting: Vec::new(),
            size: 0,
        }
    }

    /// Sends an event, perhaps later with others. [`RecordEvent::End`] sends all waiting events.
    ///
    /// # Errors
    /// The receiver is gone.
    pub fn send(&mut self, event: RecordEvent) -> Result<(), ReceiverGone> {
        self.size += size_of::<RecordEvent>();
        match &event {
            RecordEvent::Bytes(bytes) => self.size += bytes.capacity(),
            RecordEvent::Unit(unit) => self.size += size_of_val(&**unit),
            RecordEvent::Whole(record) => {
                self.size += size_of_val(&**record);
                self.size += match &record.content {
                    WholeContent::Text { stream, answer } => stream.len() + answer.len(),
                    WholeContent::Ids(encoded) => size_of_val(encoded.ids.as_slice()),
                };
            }
            _ => {}
        }
        let end = matches!(event, RecordEvent::End(_));
        self.waiting.push(event);
        if end || self.size >= BATCH {
            self.size = 0;
            let waiting = mem::take(&mut self.waiting);
            self.sender.send(Ok(waiting)).map_err(|_| ReceiverGone)?;
        }
        Ok(())
    }

    /// Sends the events of a source that is dropped.
    ///
    /// # Errors
    /// The receiver is gone.
    pub fn only(mut self, dropped: Dropped, source: SourceEnd) -> Result<(), ReceiverGone> {
        self.send(RecordEvent::Dropped(dropped))?;
        self.send(RecordEvent::End(source))
    }
}

/// The size of a piece of a record, in bytes.
pub const PIECE: usize = 64 << 10;

/// Buffers for reuse: allocating memory takes longer than filling it.
#[derive(Debug, Default)]
pub struct Pieces(Mutex<Vec<Vec<u8>>>);

impl Pieces {
    /// Returns an empty buffer.
    pub fn take(&self) -> Vec<u8> {
        let mut pieces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pieces.pop().unwrap_or_else(|| Vec::with_capacity(PIECE))
    }

    /// Takes back the buffer of a piece.
    pub fn give_back(&self, mut bytes: Vec<u8>) {
        if bytes.capacity() == PIECE {
            bytes.clear();
            let mut pieces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            pieces.push(bytes);
        }
    }
}

/// The most bytes of a record that are held back.
pub const MAX_HELD: usize = 1 << 20;

/// Sends the bytes of records in pieces.
pub struct RecordWriter<'a> {
    pieces: &'a Pieces,
    pub events: EventSender<'a>,
    held: Held,
    /// The last piece, not yet full.
    piece: Vec<u8>,
}

/// Whether full pieces are held back.
enum Held {
    /// They are sent at once.
    No,
    /// These wait.
    Yes(Vec<Vec<u8>>),
    /// There were too many to hold; all of them are lost.
    TooMany,
}

impl<'a> RecordWriter<'a> {
    /// Creates a writer of records to `events`.
    pub fn new(pieces: &'a Pieces, events: EventSender<'a>) -> Self {
        RecordWriter {
            pieces,
            events,
            held: Held::No,
            piece: pieces.take(),
        }
    }

    /// Holds back everything that is written from now on.
    pub fn hold(&mut self) {
        self.held = Held::Yes(Vec::new());
    }

    /// Discards what is held back, and stops holding back.
    pub fn discard(&mut self) {
        self.held = Held::No;
        self.piece.clear();
    }

    /// Sends what is held back, and stops holding back. Returns `false` if it was too much to hold;
    /// then it must be written again.
    pub fn release(&mut self) -> Result<bool, ReceiverGone> {
        match mem::replace(&mut self.held, Held::No) {
            Held::No => {}
            Held::Yes(pieces) => {
                for piece in pieces {
                    self.events.send(RecordEvent::Bytes(piece))?;
                }
            }
            Held::TooMany => return Ok(false),
        }
        Ok(true)
    }

    /// Returns a writer of a stream, which escapes it for a JSON string if `json` is true.
    pub fn stream(&mut self, json: bool) -> StreamWriter<'_, 'a> {
        StreamWriter { record: self, json }
    }

    /// Ends the record, which has this many tokens if they were counted.
    pub fn end(&mut self, tokens: Option<u32>) -> Result<(), ReceiverGone> {
        // Copied to its size, because it may wait with many others.
        let short = self.piece.as_slice().into();
        self.events.send(RecordEvent::Bytes(short))?;
        self.piece.clear();
        self.events.send(RecordEvent::Record(tokens))
    }

    fn full(&mut self) -> Result<(), ReceiverGone> {
        let piece = mem::replace(&mut self.piece, self.pieces.take());
        match &mut self.held {
            Held::No => return self.events.send(RecordEvent::Bytes(piece)),
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
