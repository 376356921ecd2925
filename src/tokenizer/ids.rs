//! The sink that turns a stream into ids.

use std::io;
use std::sync::Arc;

use super::error::TokenizerError;
use super::load::{IdRow, Tokenizer};
use super::memo::{Memo, push};
use super::round_trip::LostText;
use crate::chunk::Chunk;
use crate::stream::{Language, Numbered, Outline, Sink, TokenWriter};

/// The number of ids that are collected before they are passed on.
const CAPACITY: usize = 16 << 10;

/// Takes ids in pieces.
pub trait TakeIds {
    /// Takes the next ids.
    ///
    /// # Errors
    /// The ids cannot be written.
    fn take(&mut self, ids: &[u32]) -> io::Result<()>;
}

impl TakeIds for Vec<u32> {
    fn take(&mut self, ids: &[u32]) -> io::Result<()> {
        self.try_reserve(ids.len())?;
        self.extend_from_slice(ids);
        Ok(())
    }
}

/// A sink for streams that turns them into ids: those of the stream's text in the tokenizer,
/// without the tokens that it may add around a text.
pub struct Ids<O: ?Sized> {
    tokenizer: Arc<Tokenizer>,
    memo: Memo,
    ids: Vec<u32>,
    out: O,
}

impl<O: TakeIds> Ids<O> {
    /// Creates a sink that passes ids to `out`. It remembers those of values in `memory` bytes and
    /// another 16 MiB.
    pub fn new(tokenizer: Arc<Tokenizer>, out: O, memory: usize) -> Self {
        Ids {
            memo: Memo::new(Arc::clone(&tokenizer), memory),
            tokenizer,
            ids: Vec::with_capacity(2 * CAPACITY),
            out,
        }
    }

    /// Returns the sink with this setting: whether it checks that the ids of values decode to the
    /// values.
    #[must_use]
    pub fn checking_texts(mut self, checks: bool) -> Self {
        self.memo.checks = checks;
        self
    }

    /// Emits the stream of a chunk in the tokenizer's language. [`flush`](Self::flush) passes on
    /// the last ids.
    ///
    /// # Errors
    /// `out` fails, or the tokenizer cannot encode a value.
    pub fn emit(&mut self, chunk: &Chunk) -> io::Result<()> {
        let version = self.tokenizer.check(chunk.version);
        version.map_err(io::Error::other)?;
        self.tokenizer
            .language()
            .emit_to(chunk, self as &mut Ids<dyn TakeIds + '_>)
    }

    /// Emits an outline, as [`emit`](Self::emit) does a stream.
    ///
    /// # Errors
    /// As for `emit`; the tokenizer was loaded for another stream, or lacks tokens of outlines.
    pub fn emit_outline(&mut self, outline: &Outline) -> io::Result<()> {
        let checked = self.tokenizer.check(outline.version);
        let checked = checked.and_then(|()| self.tokenizer.check_outlines());
        checked.map_err(io::Error::other)?;
        if self.tokenizer.language() != Language::Terse {
            return Err(io::Error::other("outlines are terse"));
        }
        outline.emit_to(self as &mut Ids<dyn TakeIds + '_>)
    }

    /// Passes on all ids and returns `out`.
    ///
    /// # Errors
    /// `out` fails.
    pub fn finish(mut self) -> io::Result<O> {
        self.flush()?;
        Ok(self.out)
    }
}

impl<O: TakeIds + ?Sized> Ids<O> {
    /// Passes on all ids so far.
    ///
    /// # Errors
    /// `out` fails.
    pub fn flush(&mut self) -> io::Result<()> {
        let taken = self.out.take(&self.ids);
        self.ids.clear();
        taken
    }

    /// Returns `out`.
    pub fn get_mut(&mut self) -> &mut O {
        &mut self.out
    }

    /// Returns the first control token of the tokenizer that a value contained since the last call.
    pub fn take_control(&mut self) -> Option<String> {
        self.memo.control.take()
    }

    /// Returns the first value since the last call whose ids decode to another text.
    pub fn take_lost(&mut self) -> Option<LostText> {
        self.memo.lost.take()
    }

    /// Called after each value and element: passes on ids if there are enough, and reports a value
    /// without ids.
    #[inline(always)]
    fn said(&mut self) -> io::Result<()> {
        if self.ids.len() >= CAPACITY || self.memo.failed.is_some() {
            return self.pass_on();
        }
        Ok(())
    }

    #[cold]
    fn pass_on(&mut self) -> io::Result<()> {
        match self.memo.failed.take() {
            Some(TokenizerError::OutOfMemory) => Err(io::ErrorKind::OutOfMemory.into()),
            Some(error) => Err(io::Error::other(error)),
            None => self.flush(),
        }
    }
}

impl<O: TakeIds + ?Sized> Sink for Ids<O> {
    type Out<'a> = ElementIds<'a>;

    #[inline(always)]
    fn write(&mut self, write: impl FnOnce(&mut ElementIds<'_>)) -> io::Result<()> {
        write(&mut ElementIds {
            fragments: &self.tokenizer.fragments,
            memo: &mut self.memo,
            ids: &mut self.ids,
        });
        self.said()
    }

    #[inline]
    fn text(&mut self, text: &[u8], quoted: bool) -> io::Result<()> {
        if quoted || !text.is_empty() {
            self.memo.text(text, quoted, &mut self.ids);
        }
        self.said()
    }
}

/// Takes the tokens of one element.
pub(crate) struct ElementIds<'a> {
    fragments: &'a [IdRow],
    memo: &'a mut Memo,
    ids: &'a mut Vec<u32>,
}

impl TokenWriter for ElementIds<'_> {
    #[inline(always)]
    fn fragment<const N: usize>(&mut self, fragment: Numbered<N>) {
        push(&self.fragments[fragment.number()], self.ids);
    }

    #[inline(always)]
    fn integer(&mut self, value: i64) {
        self.memo.integer(value, self.ids);
    }

    #[inline]
    fn float(&mut self, value: f64) {
        self.memo.float(value, self.ids);
    }

    #[inline]
    fn word(&mut self, word: &'static str) {
        // Quotes are encoded with their constant: they may be one token with its text.
        if word != "\"" {
            self.memo.text(word.as_bytes(), false, self.ids);
        }
    }

    fn token(&mut self, token: &str) {
        self.memo.token(token, self.ids);
    }
}
