//! The two streams of a chunk.

use std::collections::BTreeSet;
use std::io::{self, Write};

use thiserror::Error;

use super::fragments;
use super::sink::{Sink, Text};
use super::{full, terse, tokens};
use crate::chunk::Chunk;
use crate::dialect::Dialect;
use crate::version::Version;

/// The language of a stream. Both hold a whole chunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Every field of every instruction, with everything it means: at least 50 tokens per
    /// instruction.
    #[default]
    Full,
    /// Each thing once, in the order of the source: five or six tokens per instruction.
    Terse,
}

/// A chunk of another version than Lua 5.3, which has no full stream.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a chunk of {} has no full stream, only Lua 5.3 does; use the terse stream", .0.name())]
pub struct NoFullStream(pub Version);

impl Language {
    /// Returns an error if chunks of a version have no stream in this language.
    ///
    /// # Errors
    /// Only Lua 5.3 has a full stream: its tokens for an instruction are defined for no other
    /// version.
    pub fn check(self, version: Version) -> Result<(), NoFullStream> {
        match (self, version) {
            (Language::Terse, _) | (_, Version::Lua53) => Ok(()),
            (Language::Full, _) => Err(NoFullStream(version)),
        }
    }

    /// Returns [`check`](Self::check) as an error of writing.
    pub(crate) fn check_io(self, chunk: &Chunk) -> io::Result<()> {
        self.check(chunk.version)
            .map_err(|problem| io::Error::new(io::ErrorKind::Unsupported, problem))
    }

    /// Writes the stream of `chunk` in this language, without its line end, to `text`.
    ///
    /// # Errors
    /// Those of the writer, and the error of [`check`](Self::check) as
    /// [`io::ErrorKind::Unsupported`].
    pub fn emit<W: Write>(self, chunk: &Chunk, text: &mut Text<W>) -> io::Result<()> {
        self.emit_text(chunk, text)
    }

    /// Emits a stream as text. Not generic, so that callers in other crates do not compile the emitters
    /// once more.
    fn emit_text(self, chunk: &Chunk, text: &mut Text<dyn Write + '_>) -> io::Result<()> {
        self.emit_to(chunk, text)
    }

    /// Returns every token that a stream in this language can hold, in any version, sorted by their
    /// bytes. This includes the 256 bytes `\x00` to `\xFF`, and the two tokens that a chat record
    /// adds, `<|im_start|>` and `<|im_end|>`.
    ///
    /// The vocabulary of terse streams includes the tokens of [outlines](super::Outline).
    ///
    /// The build script collects them from the fragments that the emitter writes, so no stream can
    /// hold any other token.
    pub fn vocabulary(self) -> impl Iterator<Item = &'static str> {
        fragments::vocabulary_of(match self {
            Language::Full => tokens::IN_FULL,
            Language::Terse => !tokens::IN_FULL,
        })
    }

    /// Returns the tokens that streams of a version can hold; none if the version has no such
    /// streams.
    pub fn vocabulary_of(self, version: Version) -> impl Iterator<Item = &'static str> {
        fragments::vocabulary_of(match (self, version) {
            (Language::Full, Version::Lua53) => tokens::IN_FULL,
            (Language::Full, _) => 0,
            (Language::Terse, _) => tokens::in_terse(version),
        })
    }
}

impl Language {
    /// Returns the tokens that streams of a dialect's chunks can hold and those of plain Lua cannot,
    /// sorted by their bytes.
    pub fn added_tokens(self, dialect: &Dialect) -> impl Iterator<Item = String> + use<> {
        let base = dialect.base.iter();
        let base = base.filter(|version| self.check(**version).is_ok());
        let mut added = BTreeSet::new();
        for version in base {
            let extension = dialect.opcodes_of(*version).extension;
            let opcodes = extension.opcodes.iter();
            added.extend(opcodes.map(|opcode| tokens::opcode(opcode.row.name())));
            let packed = extension.has_packed_lines.then_some(terse::PACKED_LINES);
            added.extend(packed.map(str::to_owned));
        }
        added.into_iter()
    }

    /// Emits the stream of `chunk` to any sink.
    pub(crate) fn emit_to<S: Sink + ?Sized>(self, chunk: &Chunk, sink: &mut S) -> io::Result<()> {
        self.check_io(chunk)?;
        match self {
            Language::Full => full::emit(chunk, sink),
            Language::Terse => terse::emit(chunk, sink),
        }
    }

    /// Passes all fragments of the language to `see`, in the order of their numbers.
    #[cfg(feature = "tokenizer")]
    pub(crate) fn each_fragment(self, see: impl FnMut(&'static [u8])) {
        match self {
            Language::Full => fragments::full::each(see),
            Language::Terse => fragments::terse::each(see),
        }
    }
}

/// Returns whether to register a token of the vocabulary as special. Tokens that are part of answers
/// are not special, because `skip_special_tokens` would remove them there: the bytes, `\x00` to
/// `\xFF`, and `<|Hole|>`.
pub fn is_special(token: &str) -> bool {
    token.starts_with("<|") && token.as_bytes() != fragments::terse::HOLE.tokens()
}

/// Returns the tokens that only outlines have: `<|Hole|>` and, from Lua 5.2 on, `<|Env|>`.
pub fn vocabulary_of_outlines() -> impl Iterator<Item = &'static str> {
    Language::Terse
        .vocabulary()
        .filter(|token| fragments::is_of_outlines(token))
}

/// Returns the vocabularies of both streams together, without duplicates, sorted by their bytes.
pub fn vocabulary_of_both() -> impl Iterator<Item = &'static str> {
    fragments::vocabulary_of(!0)
}
