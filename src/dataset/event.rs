//! What is said of the sources while their records are made.

use std::fmt;
use std::io;
use std::sync::mpsc::{SendError, SyncSender};

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

    /// Says that nothing but this comes of the source.
    ///
    /// # Errors
    /// The receiver of the events is gone.
    pub fn send(self, events: &SyncSender<Event>) -> Result<(), Stopped> {
        events.send(Event::Dropped(self))?;
        events.send(Event::End)?;
        Ok(())
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

impl From<SendError<Event>> for Stopped {
    fn from(_: SendError<Event>) -> Self {
        Stopped
    }
}

/// Writing events fails only where the receiver is gone.
impl From<io::Error> for Stopped {
    fn from(_: io::Error) -> Self {
        Stopped
    }
}
