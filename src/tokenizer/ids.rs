//! The sink that turns what the emitter says into ids.

use std::io;
use std::sync::Arc;

use super::error::TokenizerError;
use super::load::{IdRow, Tokenizer};
use super::memo::{Memo, push};
use super::round_trip::LostText;
use crate::chunk::Chunk;
use crate::stream::{Numbered, Sink, TokenWriter};

/// How many ids are collected before they are handed on.
const CAPACITY: usize = 16 << 10;

/// What takes ids, in pieces.
pub trait TakeIds {
    /// Takes the next ids.
    ///
    /// # Errors
    /// They could not be written.
    fn take(&mut self, ids: &[u32]) -> io::Result<()>;
}

impl TakeIds for Vec<u32> {
    fn take(&mut self, ids: &[u32]) -> io::Result<()> {
        self.try_reserve(ids.len())?;
        self.extend_from_slice(ids);
        Ok(())
    }
}

/// The stream as ids. They are those that the tokenizer gives for the stream's text, without the
/// tokens that it may add around a text.
pub struct Ids<O> {
    tokenizer: Arc<Tokenizer>,
    memo: Memo,
    ids: Vec<u32>,
    out: O,
}

impl<O: TakeIds> Ids<O> {
    /// A sink that hands ids to `out`, and remembers those of values in so many bytes, and 16 MiB
    /// more.
    pub fn new(tokenizer: Arc<Tokenizer>, out: O, memory: usize) -> Self {
        Ids {
            memo: Memo::new(Arc::clone(&tokenizer), memory),
            tokenizer,
            ids: Vec::with_capacity(2 * CAPACITY),
            out,
        }
    }

    /// The sink, which decodes the ids of values again if it `checks` them.
    #[must_use]
    pub fn checking_texts(mut self, checks: bool) -> Self {
        self.memo.checks = checks;
        self
    }

    /// Takes the stream of a chunk, in the tokenizer's language. The last ids are handed on by
    /// [`flush`](Self::flush).
    ///
    /// # Errors
    /// Those of what takes the ids; and the tokenizer has no ids for a value.
    pub fn emit(&mut self, chunk: &Chunk) -> io::Result<()> {
        let version = self.tokenizer.check(chunk.version);
        version.map_err(io::Error::other)?;
        self.tokenizer.language().say(chunk, self)
    }

    /// Hands on all ids so far.
    ///
    /// # Errors
    /// Those of what takes the ids.
    pub fn flush(&mut self) -> io::Result<()> {
        let taken = self.out.take(&self.ids);
        self.ids.clear();
        taken
    }

    /// Hands on all ids and gives back what took them.
    ///
    /// # Errors
    /// Those of what takes the ids.
    pub fn finish(mut self) -> io::Result<O> {
        self.flush()?;
        Ok(self.out)
    }

    /// What takes the ids.
    pub fn get_mut(&mut self) -> &mut O {
        &mut self.out
    }

    /// The first control token of the tokenizer's own that a value held since this was last asked.
    pub fn take_control(&mut self) -> Option<String> {
        self.memo.control.take()
    }

    /// The first value whose ids decode to another since this was last asked.
    pub fn take_lost(&mut self) -> Option<LostText> {
        self.memo.lost.take()
    }

    /// After each value and element: hands on what there is enough of, and tells of what has no ids.
    #[inline(always)]
    fn said(&mut self) -> io::Result<()> {
        if self.ids.len() >= CAPACITY || self.memo.failed.is_some() {
            return self.hand_on();
        }
        Ok(())
    }

    #[cold]
    fn hand_on(&mut self) -> io::Result<()> {
        match self.memo.failed.take() {
            Some(TokenizerError::OutOfMemory) => Err(io::ErrorKind::OutOfMemory.into()),
            Some(error) => Err(io::Error::other(error)),
            None => self.flush(),
        }
    }
}

impl<O: TakeIds> Sink for Ids<O> {
    type Out<'a> = ElementIds<'a>;

    #[inline(always)]
    fn say(&mut self, say: impl FnOnce(&mut ElementIds<'_>)) -> io::Result<()> {
        say(&mut ElementIds {
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

/// What takes the ids of one element.
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
        // The quotes of a constant are encoded with it: they may be one token with its text.
        if word != "\"" {
            self.memo.text(word.as_bytes(), false, self.ids);
        }
    }
}
