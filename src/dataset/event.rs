//! What is said of the sources while their records are made.

use std::fmt;
use std::io;
use std::mem;
use std::sync::mpsc::SyncSender;

use thiserror::Error;

use super::{Fingerprint, Reason};

/// What comes of a source: first [`Source`](Event::Source) if it could be read, last
/// [`End`](Event::End), and between them what its units give.
#[derive(Debug)]
pub enum Event {
    /// The path of the source that comes.
    Source(String),
    /// The source's functions cannot be told apart, so that the whole of it is the only unit.
    Fallback,
    /// What comes up to the next of these is of a unit with this fingerprint. It counts only if
    /// nothing before it with the same one gave a record.
    Unit(Fingerprint),
    /// A unit that had come before.
    Duplicate,
    /// The next bytes of a record.
    Bytes(Vec<u8>),
    /// The record whose bytes came is complete.
    Record,
    /// A source, or a variant of a unit of it, gives no record.
    Dropped(Dropped),
    /// Nothing more comes of the source.
    End,
}

/// What gives no record.
#[derive(Debug)]
pub struct Dropped {
    /// The path of the source.
    pub path: String,
    /// The function in it, where it is one.
    pub function: Option<String>,
    /// The variant, where it is just one.
    pub stripped: Option<bool>,
    /// Why.
    pub reason: Reason,
}

impl Dropped {
    /// A source that gives nothing.
    pub fn new(path: String, reason: Reason) -> Self {
        Dropped {
            path,
            function: None,
            stripped: None,
            reason,
        }
    }
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.path)?;
        if let Some(function) = &self.function {
            write!(f, ", {function}")?;
        }
        f.write_str(match self.stripped {
            None => "",
            Some(false) => " (with debug information)",
            Some(true) => " (stripped)",
        })?;
        write!(f, ": dropped: {}", self.reason)
    }
}

/// Nobody takes what comes any more.
#[derive(Debug, Error)]
#[error("nobody takes the records any more")]
pub struct Stopped;

/// Sends events, many at once: who takes them is woken seldom.
pub struct Events<'a> {
    sender: &'a SyncSender<Vec<Event>>,
    waiting: Vec<Event>,
    /// The memory that they take, in bytes.
    size: usize,
}

/// How much is sent at once, in bytes.
const MOST: usize = 256 << 10;

impl<'a> Events<'a> {
    /// Events to `sender`.
    pub fn new(sender: &'a SyncSender<Vec<Event>>) -> Self {
        Events {
            sender,
            waiting: Vec::new(),
            size: 0,
        }
    }

    /// Sends an event, with others before it or after it; [`Event::End`] with all before it.
    ///
    /// # Errors
    /// The receiver is gone.
    pub fn send(&mut self, event: Event) -> Result<(), Stopped> {
        self.size += size_of::<Event>();
        if let Event::Bytes(bytes) = &event {
            self.size += bytes.capacity();
        }
        let end = matches!(event, Event::End);
        self.waiting.push(event);
        if end || self.size >= MOST {
            self.size = 0;
            let waiting = mem::take(&mut self.waiting);
            self.sender.send(waiting).map_err(|_| Stopped)?;
        }
        Ok(())
    }

    /// Says that nothing but this comes of a source.
    ///
    /// # Errors
    /// The receiver is gone.
    pub fn only(mut self, dropped: Dropped) -> Result<(), Stopped> {
        self.send(Event::Dropped(dropped))?;
        self.send(Event::End)
    }
}

/// Writing events fails only where the receiver is gone.
impl From<io::Error> for Stopped {
    fn from(_: io::Error) -> Self {
        Stopped
    }
}
