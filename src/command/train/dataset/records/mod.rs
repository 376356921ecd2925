//! Records from a source: compile it, take its units, verify and send the records of each.

pub mod dedup;
pub mod events;
mod functions;
pub mod near;
mod proofs;
pub mod record;
mod source_text;
mod units;
mod verify;

use std::io::{self, Write};
use std::sync::Arc;

use luadec_tok::chunk::Chunk;
use luadec_tok::stream::Text;
use luadec_tok::{LUA_SIGNATURE, undump};
use sha2::{Digest, Sha256};

use super::arguments::{Container, Dedup, IdsFormat, RecordArgs};
use super::dropped::{Dropped, Reason};
use super::ids::RecordEncoder;
use super::prompt::Prompt;
use super::sources::LuaSource;
use super::split::PartDraw;
use crate::command::io::memory::probe;
use crate::command::train::compile::{Compiler, Limits};
use crate::command::train::hash::{self, hex};
use crate::command::train::outline;
use dedup::{Known, Seen, UnitCode};
use events::{
    EventSender, MAX_HELD, Pieces, ReceiverGone, RecordEvent, RecordWriter, SourceEnd, SourceStart,
    Stopped, UnitStart,
};
use proofs::{AnsweredUnit, Proofs};
use record::{Escaping, RecordFacts, WholeContent, WholeRecord, frame, ids_line};
use units::{Asked, CompiledSource, Unit};
use verify::{CAPACITY, verify};

/// The state that the threads that make records share.
#[derive(Clone, Copy)]
pub struct Tools<'a> {
    pub options: &'a RecordArgs,
    /// True if records are written to a terminal.
    pub terminal: bool,
    pub compiler: &'a Compiler,
    pub encoder: Option<&'a RecordEncoder>,
    pub seen: &'a Seen,
    pub pieces: &'a Pieces,
    /// Draws the key `split` of records, if they have it.
    pub parts: Option<PartDraw<'a>>,
    pub container: Container,
}

/// Makes the records of a source. Each is verified before any part of it is sent. Units that are in
/// `seen` are skipped; new ones are not added here.
///
/// # Errors
/// The receiver of the events is gone, or a record that was sent in part cannot be completed.
pub fn make(
    source: &LuaSource,
    end: SourceEnd,
    tools: Tools,
    mut events: EventSender,
) -> Result<(), Stopped> {
    let place = source.place();
    let split = tools.parts.map(|parts| parts.name(&place));
    events.send(RecordEvent::Source(Box::new(SourceStart {
        path: Arc::clone(&source.path),
        place: place.into_owned(),
        meta: source.meta.clone(),
    })))?;
    let mut make = RecordMaker {
        source,
        options: tools.options,
        escaping: Escaping::new(tools.options.format, tools.terminal),
        compiler: tools.compiler,
        encoder: tools.encoder,
        seen: tools.seen,
        container: tools.container,
        split,
        sha256: source.sha256(),
        out: RecordWriter::new(tools.pieces, events),
    };
    match make.source() {
        Err(Failure::Reason(reason)) => make.dropped(None, None, reason)?,
        Err(Failure::Stopped(stopped)) => return Err(stopped),
        Ok(()) => {}
    }
    Ok(make.send(RecordEvent::End(end))?)
}

/// Returns the most memory that a source of this length takes, in bytes.
pub fn cost(length: u64, container: Container) -> usize {
    /// Full streams are at most so many times longer than their sources, but for tiny ones.
    const STREAM: usize = 64;
    let whole = match container {
        Container::Jsonl => 0,
        Container::Arrow => STREAM.saturating_mul(length as usize),
    };
    memory(length) + MAX_HELD.max(whole)
}

/// The memory that a source takes at least, in multiples of its length: Lua and libraries cannot do
/// with less.
const LEAST: usize = 8;

/// Returns the most memory that the chunk of a source of this length takes, including verification,
/// in bytes. It is also Lua's limit. The worst case measured, tables of short strings, takes 25
/// times the source.
fn memory(length: u64) -> usize {
    (1 << 20) + 32 * length as usize
}

struct RecordMaker<'a> {
    source: &'a LuaSource,
    options: &'a RecordArgs,
    escaping: Escaping,
    compiler: &'a Compiler,
    encoder: Option<&'a RecordEncoder>,
    seen: &'a Seen,
    container: Container,
    split: Option<&'a str>,
    sha256: String,
    out: RecordWriter<'a>,
}

/// Why no more records of a source are made.
enum Failure {
    Reason(Reason),
    Stopped(Stopped),
}

impl<R: Into<Reason>> From<R> for Failure {
    fn from(reason: R) -> Self {
        Failure::Reason(reason.into())
    }
}

impl From<Stopped> for Failure {
    fn from(stopped: Stopped) -> Self {
        Failure::Stopped(stopped)
    }
}

impl RecordMaker<'_> {
    fn source(&mut self) -> Result<(), Failure> {
        let bytes = &self.source.bytes;
        probe(LEAST * bytes.len()).map_err(Reason::from)?;
        if bytes.starts_with(LUA_SIGNATURE) {
            return Err(Reason::Chunk.into());
        }
        let text = source_text::text(bytes)?;
        let limits = Limits {
            memory: memory(bytes.len() as u64),
            seconds: self.options.max_seconds,
        };
        let path = &self.source.path;
        let compiled = self.compiler.compile(bytes, path, limits);
        let compiled =
            compiled.map_err(|error| Reason::of_compiler(error, text, self.compiler.version()))?;
        let undumped = undump(&compiled).map_err(|error| Reason::Unverified(error.to_string()))?;
        let mut chunk = undumped.chunk;
        if let Some(dialect) = self.compiler.dialect() {
            let opcodes = dialect.opcodes(chunk.version);
            let opcodes = opcodes.map_err(|error| Reason::Unverified(error.to_string()))?;
            chunk.extend(&opcodes.extension);
        }
        self.compiler.name_source(&mut chunk, path);
        if is_empty(&chunk) {
            return Err(Reason::Empty.into());
        }
        let source = CompiledSource::new(text, chunk, self.options);
        let units = source.units(self.options)?;
        if source.is_whole() {
            self.send(RecordEvent::Fallback).map_err(Stopped::from)?;
        }
        let hashes = source.hashes();
        let proofs = Proofs::new(self.options, self.compiler, limits.seconds);
        let batch = proofs.as_ref().map_or(1, Proofs::batch);
        let mut units = units.peekable();
        while units.peek().is_some() {
            let batch = units.by_ref().take(batch).collect();
            self.units(batch, proofs.as_ref(), &hashes)?;
        }
        Ok(())
    }

    /// Makes the records of units, in their order. `hashes` are those of their chunk.
    fn units(
        &mut self,
        units: Vec<Unit>,
        proofs: Option<&Proofs>,
        hashes: &[String; 2],
    ) -> Result<(), Stopped> {
        let mut answered = Vec::new();
        for unit in units {
            let function = unit.path.map(|path| path.to_string());
            let code = UnitCode::of(&unit.asked, self.options.needs_signatures());
            let code = code.map_err(|error| Reason::of(&error, Reason::Unverified));
            let (answer, code) = match (unit.answer, code) {
                (Ok(answer), Ok(code)) => (answer, code),
                (Err(reason), _) | (_, Err(reason)) => {
                    self.dropped(function, None, reason)?;
                    continue;
                }
            };
            let (seed, text) = (self.options.seed(), answer.as_bytes());
            answered.push(AnsweredUnit {
                function,
                asked: unit.asked,
                variants: self.options.strip.variants(seed, text),
                answer,
                known: match self.options.dedup {
                    Dedup::None => Ok(Known::default()),
                    _ => self.seen.find(&code, Known::default()),
                },
                code,
                refused: Default::default(),
            });
        }
        if let Some(proofs) = proofs {
            proofs.prove(&mut answered);
        }
        let mut answered = answered.into_iter();
        answered.try_for_each(|unit| self.unit(unit, hashes))
    }

    /// Makes the records of a unit.
    fn unit(&mut self, mut unit: AnsweredUnit, hashes: &[String; 2]) -> Result<(), Stopped> {
        match unit.known {
            Err(repeat) => {
                let event = RecordEvent::Duplicate(repeat, unit.function);
                return Ok(self.send(event)?);
            }
            Ok(_) if self.options.dedup == Dedup::None => {}
            Ok(known) => self.send(RecordEvent::Unit(Box::new(UnitStart {
                code: unit.code,
                known,
                function: unit.function.clone(),
            })))?,
        }
        for &stripped in unit.variants {
            if let Some(reason) = unit.refused[usize::from(stripped)].take() {
                self.dropped(unit.function.clone(), Some(stripped), reason)?;
                continue;
            }
            if let (true, Asked::Chunk(chunk)) = (stripped, &mut unit.asked) {
                chunk.strip();
            }
            self.record(&unit, stripped, hashes)?;
        }
        Ok(())
    }

    /// Makes a record. It is held back until it is verified; one that is too long for that is
    /// emitted twice.
    fn record(
        &mut self,
        unit: &AnsweredUnit,
        stripped: bool,
        hashes: &[String; 2],
    ) -> Result<(), Stopped> {
        let stream = self.options.stream();
        let (text, function) = (&*unit.answer, unit.function.as_deref());
        let prompt = match &unit.asked {
            Asked::Chunk(chunk) => Prompt::Stream(stream.language(), chunk),
            Asked::Outline(outlines, _) => Prompt::Outline(&outlines[usize::from(stripped)]),
        };
        let outline = match prompt {
            Prompt::Stream(..) => None,
            Prompt::Outline(outline) => Some(outline::id(outline)),
        };
        let asked = Sha256::new().chain_update(stream.name());
        let id: [u8; 16] = hash::start(
            match (prompt, &outline) {
                // The chunk stands for its stream, which is up to fifty times longer.
                (Prompt::Stream(_, chunk), _) => asked.chain_update(chunk.to_bytes()),
                (Prompt::Outline(_), outline) => {
                    asked.chain_update(outline.as_deref().unwrap_or_default())
                }
            }
            .chain_update(text),
        );
        let drop = |make: &mut Self, reason| {
            Ok(make.dropped(function.map(str::to_owned), Some(stripped), reason)?)
        };
        let encoded = match self.encoder.map(|encoder| encoder.encode(prompt, text)) {
            Some(Err(reason)) => return drop(self, reason),
            Some(Ok(encoded)) => Some(encoded),
            None => None,
        };
        let tokens = encoded.as_ref().map(|encoded| encoded.ids.len() as u32);
        let chunk = outline
            .as_ref()
            .map(|_| hashes[usize::from(stripped)].clone());
        let signature = unit.code.signature.filter(|_| self.options.signatures);
        let facts = RecordFacts {
            id: hex(&id),
            path: Arc::clone(&self.source.path),
            function: unit.function.clone(),
            outline,
            chunk,
            split: self.split.map(str::to_owned),
            stripped,
            stream: stream.name(),
            lua: prompt.version().to_string(),
            sha256: self.sha256.clone(),
            code: hex(&unit.code.fingerprint),
            minhash: signature.map(|signature| signature.letters()),
            instructions: prompt.instructions(),
            tokens,
            meta: self.source.meta.clone(),
        };
        let form = self.encoder.and_then(|encoder| encoder.form);
        if let (Some(form), Some(encoded)) = (form, encoded) {
            if let Err(reason) = verify(prompt, self.options.max_bytes, io::sink()) {
                return drop(self, reason);
            }
            if form == IdsFormat::Jsonl {
                self.out.write_all(ids_line(&encoded, &facts).as_bytes())?;
                return Ok(self.out.end(tokens)?);
            }
            return self.whole(facts, WholeContent::Ids(encoded));
        }
        if self.container == Container::Arrow {
            let most = self.options.max_bytes.unwrap_or(MAX_STREAM).min(MAX_STREAM);
            let mut stream = StreamText::default();
            if let Err(reason) = verify(prompt, Some(most), &mut stream) {
                return drop(self, reason);
            }
            let stream = match String::from_utf8(stream.0) {
                Ok(stream) => stream,
                Err(error) => return drop(self, Reason::Unverified(error.to_string())),
            };
            let answer = text.to_owned();
            return self.whole(facts, WholeContent::Text { stream, answer });
        }
        let frame = frame(self.options.format, &facts);
        let json = self.escaping == Escaping::Json;
        self.out.hold();
        self.out.write_all(frame.before.as_bytes())?;
        let out = self.out.stream(json);
        if let Err(reason) = verify(prompt, self.options.max_bytes, out) {
            self.out.discard();
            return drop(self, reason);
        }
        if !self.out.release()? {
            self.out.write_all(frame.before.as_bytes())?;
            let mut stream = Text::new(self.out.stream(json), CAPACITY);
            prompt.emit(&mut stream)?;
            stream.flush()?;
        }
        self.out.write_all(frame.between.as_bytes())?;
        self.out.write_all(self.escaping.source(text).as_bytes())?;
        self.out.write_all(frame.after.as_bytes())?;
        Ok(self.out.end(tokens)?)
    }

    /// Sends a record for a file with columns.
    fn whole(&mut self, facts: RecordFacts, content: WholeContent) -> Result<(), Stopped> {
        let tokens = facts.tokens;
        let record = Box::new(WholeRecord { facts, content });
        self.send(RecordEvent::Whole(record))?;
        Ok(self.send(RecordEvent::Record(tokens))?)
    }

    fn dropped(
        &mut self,
        function: Option<String>,
        stripped: Option<bool>,
        reason: Reason,
    ) -> Result<(), ReceiverGone> {
        let path = self.source.path.to_string();
        self.send(RecordEvent::Dropped(Dropped {
            path,
            function,
            stripped,
            reason,
            meta: None,
        }))
    }

    fn send(&mut self, event: RecordEvent) -> Result<(), ReceiverGone> {
        self.out.events.send(event)
    }
}

/// The length in bytes above which a stream is dropped if it must be in memory as a whole.
const MAX_STREAM: u64 = 256 << 20;

/// A stream that is in memory as a whole.
#[derive(Default)]
struct StreamText(Vec<u8>);

impl Write for StreamText {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_reserve(bytes.len())?;
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Returns whether a chunk does nothing: its main function only returns, from Lua 5.4 on after
/// preparing its arguments.
fn is_empty(chunk: &Chunk) -> bool {
    let least = if chunk.version.byte() < 0x54 { 1 } else { 2 };
    chunk.main.code.len() <= least
}
