//! What the threads that make records tell the one that writes them.

use std::io;
use std::mem;
use std::sync::mpsc::SyncSender;

use thiserror::Error;

use super::seen::Fingerprint;
use crate::command::dataset::drop::Dropped;
use crate::command::dataset::tokens::id_record::IdRecord;

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

/// The receiver is gone: the run has failed and says so itself.
#[derive(Debug, Error)]
#[error("the receiver is gone")]
pub struct ReceiverGone;

/// Sends events in batches, so that the receiver wakes rarely.
pub struct EventSender<'a> {
    sender: &'a SyncSender<Vec<Event>>,
    waiting: Vec<Event>,
    /// The memory that the waiting events take, in bytes.
    size: usize,
}

/// How much is sent at once, in bytes.
const BATCH: usize = 256 << 10;

impl<'a> EventSender<'a> {
    /// Events to `sender`.
    pub fn new(sender: &'a SyncSender<Vec<Event>>) -> Self {
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
            self.sender.send(waiting).map_err(|_| ReceiverGone)?;
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

/// Writing to the receiver fails only if it is gone.
impl From<io::Error> for ReceiverGone {
    fn from(_: io::Error) -> Self {
        ReceiverGone
    }
}
