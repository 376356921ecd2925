//! The two streams of a chunk.

use std::io::{self, Write};

use thiserror::Error;

use super::fragments;
use super::sink::{Sink, Text};
use super::{full, terse};
use crate::chunk::{Chunk, Version};

/// A stream's language. Both say the same chunk, whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Every field of every instruction, in all that it means: 50 tokens an instruction and more.
    #[default]
    Full,
    /// Each thing once, in the order of the source: five or six tokens an instruction.
    Terse,
}

/// The version of a chunk whose full stream was asked for: there is none.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a chunk of {}; the full stream is Lua 5.3's: -f terse converts it", .0.name())]
pub struct NoFullStream(pub Version);

impl Language {
    /// Whether there is a stream of a version's chunks in this language.
    ///
    /// # Errors
    /// The full stream is Lua 5.3's alone, as what it says of an instruction has no source in other
    /// versions.
    pub fn check(self, version: Version) -> Result<(), NoFullStream> {
        match (self, version) {
            (Language::Terse, _) | (_, Version::Lua53) => Ok(()),
            (Language::Full, _) => Err(NoFullStream(version)),
        }
    }

    /// [`check`](Self::check) as an error of writing.
    pub(crate) fn check_io(self, chunk: &Chunk) -> io::Result<()> {
        self.check(chunk.version)
            .map_err(|problem| io::Error::new(io::ErrorKind::Unsupported, problem))
    }

    /// Writes the stream of `chunk` in this language, without its line end, to `text`.
    ///
    /// # Errors
    /// Those of the writer, and what [`check`](Self::check) says as [`io::ErrorKind::Unsupported`].
    pub fn emit<W: Write>(self, chunk: &Chunk, text: &mut Text<W>) -> io::Result<()> {
        self.check_io(chunk)?;
        match self {
            Language::Full => full::emit(chunk, text),
            Language::Terse => terse::emit(chunk, text),
        }
    }

    /// Every token that a stream in this language can hold, of whichever version, the 256 bytes `\x00` to `\xFF` among them,
    /// and the two that a chat record adds, `<|im_start|>` and `<|im_end|>`; in the order of their
    /// bytes.
    ///
    /// The build script collects them from the very fragments that the emitter writes, so no stream
    /// can hold a token that is not among them.
    pub fn vocabulary(self) -> impl Iterator<Item = &'static str> {
        match self {
            Language::Full => fragments::full::VOCABULARY,
            Language::Terse => fragments::terse::VOCABULARY,
        }
        .lines()
    }

    /// Those of these tokens that streams of a version's chunks can hold; none if there are no such
    /// streams.
    pub fn vocabulary_of(self, version: Version) -> impl Iterator<Item = &'static str> {
        match (self, version) {
            (Language::Full, Version::Lua53) => fragments::full::VOCABULARY,
            (Language::Full, _) => "",
            (Language::Terse, _) => terse::vocabulary(version),
        }
        .lines()
    }
}

impl Language {
    /// Says the stream of `chunk` to any sink.
    pub(crate) fn say<S: Sink>(self, chunk: &Chunk, sink: &mut S) -> io::Result<()> {
        self.check_io(chunk)?;
        match self {
            Language::Full => full::emit(chunk, sink),
            Language::Terse => terse::emit(chunk, sink),
        }
    }

    #[cfg(feature = "tokenizer")]
    /// Shows all fragments of the language to `see`, in the order of their numbers.
    pub(crate) fn each_fragment(self, see: impl FnMut(&'static [u8])) {
        match self {
            Language::Full => fragments::full::each(see),
            Language::Terse => fragments::terse::each(see),
        }
    }
}

/// Writes the full stream of `chunk`, without its line end, to `text`.
///
/// # Errors
/// As for [`Language::emit`].
pub fn emit<W: Write>(chunk: &Chunk, text: &mut Text<W>) -> io::Result<()> {
    Language::Full.emit(chunk, text)
}

/// The vocabulary of the full stream.
pub fn vocabulary() -> impl Iterator<Item = &'static str> {
    Language::Full.vocabulary()
}

/// The vocabularies of both streams in one, without doubles, in the order of their bytes.
pub fn vocabulary_of_both() -> impl Iterator<Item = &'static str> {
    fragments::both::VOCABULARY.lines()
}
