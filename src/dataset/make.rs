//! A source to its records.

use std::io::Write;

use sha2::{Digest, Sha256};

use super::functions::{Function, fit, functions};
use super::record::{MOST_HELD, Records};
use super::seen::fingerprint;
use super::verify::{CAPACITY, verify};
use super::{
    Dropped, Event, Events, Format, Labels, Pieces, Reason, Seen, Stopped, Strip, check, compile,
};
use crate::bytes::{Step, TreePath};
use crate::chunk::{Chunk, Proto, Version};
use crate::stream::{Text, emit};
use crate::undump;

/// A source, as it was found.
#[derive(Debug)]
pub struct Source {
    /// Its name in records and chunks: a path with `/`.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What else is known of it, as a JSON object, where it comes with such.
    pub meta: Option<String>,
}

/// What a record is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A source file.
    File,
    /// A function: every function but the main one.
    Function,
    /// Both, the file first.
    Both,
}

/// What records to make.
#[derive(Clone, Debug)]
pub struct Options {
    /// Their form.
    pub format: Format,
    /// What each is made of.
    pub unit: Unit,
    /// The variants of each unit.
    pub strip: Strip,
    /// What the draws depend on, beside the content.
    pub seed: u64,
    /// The length of the longest stream that is wanted, in bytes.
    pub max_bytes: Option<u64>,
    /// Whether units have fingerprints, so that duplicates can be told.
    pub dedup: bool,
}

/// Makes the records of a source. Each is verified before any of it is sent. Of the units that are
/// `seen`, which is only asked, nothing is made.
///
/// # Errors
/// The receiver of the events is gone.
pub fn make(
    source: &Source,
    options: &Options,
    seen: &Seen,
    pieces: &Pieces,
    mut events: Events,
) -> Result<(), Stopped> {
    events.send(Event::Source(source.path.clone()))?;
    let mut make = Make {
        source,
        options,
        seen,
        sha256: hex(&Sha256::digest(&source.bytes)),
        out: Records::new(pieces, events),
    };
    match make.source() {
        Err(Failure::Reason(reason)) => make.dropped(None, None, reason)?,
        Err(Failure::Stopped) => return Err(Stopped),
        Ok(()) => {}
    }
    make.send(Event::End)
}

/// The length of the longest source that is read, in bytes.
pub const MOST_SOURCE: u64 = 12 << 20;

/// The most memory that a source of so many bytes takes, in bytes.
pub fn cost(length: u64) -> usize {
    memory(length) + MOST_HELD
}

/// The most memory that such a source's chunk takes, its proof included, in bytes. Lua gets no more;
/// tables of short strings, the worst there is, come to 25 times the source.
fn memory(length: u64) -> usize {
    (1 << 20) + 32 * length as usize
}

struct Make<'a> {
    source: &'a Source,
    options: &'a Options,
    seen: &'a Seen,
    sha256: String,
    out: Records<'a>,
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

impl Make<'_> {
    fn source(&mut self) -> Result<(), Failure> {
        let bytes = &self.source.bytes;
        let text = check::text(bytes)?;
        let compiled = compile(bytes, &self.source.path, memory(bytes.len() as u64))?;
        let undumped = undump(&compiled).map_err(|error| Reason::Unverified(error.to_string()))?;
        let chunk = undumped.chunk;
        if self.options.unit == Unit::File {
            self.unit(text, chunk, None)?;
            return Ok(());
        }
        let functions = functions(text).filter(|functions| fit(functions, &chunk.main.p));
        if functions.is_none() {
            self.send(Event::Fallback)?;
        }
        if functions.is_none() || self.options.unit == Unit::Both {
            self.unit(text, chunk.clone(), Some(&TreePath::default()))?;
        }
        let functions = functions.unwrap_or_default();
        self.functions(text, &functions, &chunk.main, &mut TreePath::default())?;
        Ok(())
    }

    /// Each function of a function, and those inside it after it.
    fn functions(
        &mut self,
        text: &str,
        functions: &[Function],
        parent: &Proto,
        path: &mut TreePath,
    ) -> Result<(), Stopped> {
        for (i, (function, p)) in functions.iter().zip(&parent.p).enumerate() {
            path.0.push(Step::Function(i));
            let chunk = Chunk {
                version: Version::Lua53,
                nupvalues: p.upvalues.len() as u8,
                main: p.clone(),
            };
            self.unit(&text[function.range.clone()], chunk, Some(path))?;
            self.functions(text, &function.functions, p, path)?;
            path.0.pop();
        }
        Ok(())
    }

    /// The variants of a text and its chunk, which is the function at `path` where units are
    /// functions.
    fn unit(
        &mut self,
        text: &str,
        mut chunk: Chunk,
        path: Option<&TreePath>,
    ) -> Result<(), Stopped> {
        let function = path.map(TreePath::to_string);
        if self.options.dedup {
            let fingerprint = fingerprint(&chunk);
            if self.seen.contains(&fingerprint) {
                return self.send(Event::Duplicate);
            }
            self.send(Event::Unit(fingerprint))?;
        }
        let variants = self
            .options
            .strip
            .variants(self.options.seed, text.as_bytes());
        for &stripped in variants {
            if stripped {
                chunk.strip();
            }
            self.record(text, &chunk, stripped, function.as_deref())?;
        }
        Ok(())
    }

    /// A record is held until it is verified; one that is too long for that is written again.
    fn record(
        &mut self,
        text: &str,
        chunk: &Chunk,
        stripped: bool,
        function: Option<&str>,
    ) -> Result<(), Stopped> {
        let variant = if stripped { "stripped" } else { "full" };
        let id = Sha256::new()
            .chain_update(variant)
            .chain_update(function.unwrap_or_default())
            .chain_update(text)
            .finalize();
        let labels = Labels {
            id: &hex(&id[..16]),
            path: &self.source.path,
            function,
            stripped,
            sha256: &self.sha256,
            instructions: instructions(&chunk.main),
            meta: self.source.meta.as_deref(),
        };
        let frame = self.options.format.frame(&labels);
        self.out.hold();
        self.out.write_all(frame.before.as_bytes())?;
        let stream = self.out.stream(frame.json);
        if let Err(reason) = verify(chunk, self.options.max_bytes, stream) {
            self.out.discard();
            return self.dropped(function.map(str::to_owned), Some(stripped), reason);
        }
        if !self.out.release()? {
            self.out.write_all(frame.before.as_bytes())?;
            let mut stream = Text::new(self.out.stream(frame.json), CAPACITY);
            emit(chunk, &mut stream)?;
            stream.flush()?;
        }
        self.out.write_all(frame.between.as_bytes())?;
        self.out.write_all(frame.source(text).as_bytes())?;
        self.out.write_all(frame.after.as_bytes())?;
        self.out.end()
    }

    fn dropped(
        &mut self,
        function: Option<String>,
        stripped: Option<bool>,
        reason: Reason,
    ) -> Result<(), Stopped> {
        let path = self.source.path.clone();
        self.send(Event::Dropped(Dropped {
            path,
            function,
            stripped,
            reason,
        }))
    }

    fn send(&mut self, event: Event) -> Result<(), Stopped> {
        self.out.events.send(event)
    }
}

/// The instructions of a function and of all inside it.
fn instructions(p: &Proto) -> usize {
    p.code.len() + p.p.iter().map(instructions).sum::<usize>()
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}
