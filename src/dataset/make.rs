//! A source to its records.

use std::fmt;
use std::io::{self, Write};
use std::sync::mpsc::{SendError, SyncSender};

use sha2::{Digest, Sha256};
use thiserror::Error;

use super::verify::verify;
use super::{Format, Labels, Reason, Strip, check, compile};
use crate::proto::{Chunk, Proto};
use crate::stream::Text;
use crate::undump;

/// A source, as it was found.
#[derive(Debug)]
pub struct Source {
    /// Its name in records and chunks: a path with `/`.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What records to make.
#[derive(Clone, Debug)]
pub struct Options {
    /// Their form.
    pub format: Format,
    /// The variants of each source.
    pub strip: Strip,
    /// What the draws depend on, beside the content.
    pub seed: u64,
    /// The length of the longest stream that is wanted, in bytes.
    pub max_bytes: Option<u64>,
}

/// What comes of a source, in this order: for each record its bytes in pieces and its end, or why
/// it is dropped; and the end of the source.
#[derive(Debug)]
pub enum Event {
    /// The next bytes of a record.
    Bytes(Vec<u8>),
    /// The record whose bytes came is complete.
    Record,
    /// A source, or a variant of it, gives no record.
    Dropped(Dropped),
    /// Nothing more comes of the source.
    End,
}

/// What gives no record.
#[derive(Debug)]
pub struct Dropped {
    /// The path of the source.
    pub path: String,
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
        let variant = match self.stripped {
            None => "",
            Some(false) => " (with debug information)",
            Some(true) => " (stripped)",
        };
        write!(f, "{}{variant}: dropped: {}", self.path, self.reason)
    }
}

/// Nobody takes what comes any more.
#[derive(Debug, Error)]
#[error("nobody takes the records any more")]
pub struct Stopped;

/// Makes the records of a source. Each is verified before any of it is sent.
///
/// # Errors
/// The receiver of the events is gone.
pub fn make(source: &Source, options: &Options, events: &SyncSender<Event>) -> Result<(), Stopped> {
    let out = Text::new(Pieces(events), CAPACITY);
    let mut make = Make {
        source,
        options,
        out,
    };
    match make.source() {
        Err(Failure::Reason(reason)) => make.dropped(None, reason)?,
        Err(Failure::Stopped) => return Err(Stopped),
        Ok(()) => {}
    }
    events.send(Event::End)?;
    Ok(())
}

/// The length of the longest source that is read, in bytes.
pub const MOST_SOURCE: u64 = 12 << 20;

/// The most memory that a source of so many bytes takes, its chunk and their proof included, in
/// bytes. Lua gets no more; tables of short strings, the worst there is, come to 25 times the
/// source.
pub fn cost(length: u64) -> usize {
    (1 << 20) + 32 * length as usize
}

/// How much of a record is sent at once.
const CAPACITY: usize = 256 << 10;

struct Make<'a> {
    source: &'a Source,
    options: &'a Options,
    out: Text<Pieces<'a>>,
}

/// Why a source gives no more.
enum Failure {
    Reason(Reason),
    Stopped,
}

impl From<Reason> for Failure {
    fn from(reason: Reason) -> Self {
        Failure::Reason(reason)
    }
}

impl From<Stopped> for Failure {
    fn from(_: Stopped) -> Self {
        Failure::Stopped
    }
}

impl From<SendError<Event>> for Stopped {
    fn from(_: SendError<Event>) -> Self {
        Stopped
    }
}

/// Writing fails only where the receiver is gone.
impl From<io::Error> for Stopped {
    fn from(_: io::Error) -> Self {
        Stopped
    }
}

impl Make<'_> {
    fn source(&mut self) -> Result<(), Failure> {
        let text = check::text(&self.source.bytes)?;
        let compiled = compile(
            &self.source.bytes,
            &self.source.path,
            cost(self.source.bytes.len() as u64),
        )?;
        let undumped = undump(&compiled).map_err(|error| Reason::Unverified(error.to_string()))?;
        self.unit(text, undumped.chunk)?;
        Ok(())
    }

    /// The variants of a text and its chunk.
    fn unit(&mut self, text: &str, mut chunk: Chunk) -> Result<(), Stopped> {
        let variants = self
            .options
            .strip
            .variants(self.options.seed, text.as_bytes());
        for &stripped in variants {
            if stripped {
                chunk.strip();
            }
            match verify(&chunk, self.options.max_bytes) {
                Ok(()) => self.record(text, &chunk, stripped)?,
                Err(reason) => self.dropped(Some(stripped), reason)?,
            }
        }
        Ok(())
    }

    fn record(&mut self, text: &str, chunk: &Chunk, stripped: bool) -> Result<(), Stopped> {
        let variant: &[u8] = if stripped { b"stripped" } else { b"full" };
        let id = Sha256::new()
            .chain_update(variant)
            .chain_update(text)
            .finalize();
        let labels = Labels {
            id: &hex(&id[..16]),
            path: &self.source.path,
            stripped,
            sha256: &hex(&Sha256::digest(&self.source.bytes)),
            instructions: instructions(&chunk.main),
        };
        self.options
            .format
            .write(chunk, text, &labels, &mut self.out)?;
        self.out.flush()?;
        self.send(Event::Record)
    }

    fn dropped(&mut self, stripped: Option<bool>, reason: Reason) -> Result<(), Stopped> {
        let path = self.source.path.clone();
        self.send(Event::Dropped(Dropped {
            path,
            stripped,
            reason,
        }))
    }

    fn send(&mut self, event: Event) -> Result<(), Stopped> {
        self.out.get_mut().0.send(event)?;
        Ok(())
    }
}

/// The instructions of a function and of all inside it.
fn instructions(p: &Proto) -> usize {
    p.code.len() + p.p.iter().map(instructions).sum::<usize>()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A writer that sends what it is given.
struct Pieces<'a>(&'a SyncSender<Event>);

impl Write for Pieces<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let sent = self.0.send(Event::Bytes(bytes.to_vec()));
        sent.map_err(|_| io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
