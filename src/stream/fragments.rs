//! The fixed runs of tokens, rendered by the build script as constants.

use std::ops::Deref;

/// A run of whole tokens that is known at build time. It is copied as an array of fixed size, which
/// is faster than copying only its length; the next fragment overwrites the excess.
pub(crate) struct Fragment<const N: usize> {
    bytes: [u8; N],
    len: u8,
}

impl<const N: usize> Fragment<N> {
    /// Returns the tokens and their padding.
    #[inline(always)]
    pub fn padded(&self) -> &[u8; N] {
        &self.bytes
    }

    /// Returns the length of the tokens in bytes.
    #[inline(always)]
    #[allow(clippy::len_without_is_empty, reason = "a fragment is never empty")]
    pub fn len(&self) -> usize {
        self.len.into()
    }

    /// Returns the tokens.
    #[inline(always)]
    pub fn tokens(&self) -> &[u8] {
        &self.bytes[..self.len()]
    }
}

/// A fragment with its number among all fragments of its stream. A sink that writes text copies the
/// fragment. Any other sink looks it up by its number in a table of its own, so the rows of this
/// one stay narrow.
#[derive(Clone, Copy)]
pub(crate) struct Numbered<const N: usize> {
    fragment: &'static Fragment<N>,
    #[cfg_attr(
        not(feature = "tokenizer"),
        allow(dead_code, reason = "only token ids need it")
    )]
    number: usize,
}

impl<const N: usize> Numbered<N> {
    /// Returns the fragment.
    #[inline(always)]
    pub fn fragment(self) -> &'static Fragment<N> {
        self.fragment
    }

    /// Returns the number, counted from 0.
    #[cfg_attr(
        not(feature = "tokenizer"),
        expect(dead_code, reason = "only token ids need it")
    )]
    #[inline(always)]
    pub fn number(self) -> usize {
        self.number
    }
}

impl<const N: usize> Deref for Numbered<N> {
    type Target = Fragment<N>;

    #[inline(always)]
    fn deref(&self) -> &Fragment<N> {
        self.fragment
    }
}

/// Fragments that differ in one value, and are looked up by it.
pub(crate) struct Table<const N: usize, const ROWS: usize> {
    rows: [Fragment<N>; ROWS],
    /// The number of the first row.
    first: usize,
}

impl<const N: usize, const ROWS: usize> Table<N, ROWS> {
    /// Returns the fragment of a value.
    #[inline(always)]
    pub fn at(&'static self, value: usize) -> Numbered<N> {
        Numbered {
            fragment: &self.rows[value],
            number: self.first + value,
        }
    }

    /// Returns the fragment of a value, if it has one.
    #[inline(always)]
    pub fn find(&'static self, value: usize) -> Option<Numbered<N>> {
        (value < ROWS).then(|| self.at(value))
    }

    /// Returns the number of values that have a fragment.
    #[allow(clippy::len_without_is_empty, reason = "a table is never empty")]
    pub const fn len(&self) -> usize {
        ROWS
    }
}

impl<const N: usize, const ROWS: usize> Deref for Table<N, ROWS> {
    type Target = [Fragment<N>];

    #[inline(always)]
    fn deref(&self) -> &[Fragment<N>] {
        &self.rows
    }
}

/// The fragments of the full stream.
pub(crate) mod full {
    use super::{Fragment, Numbered, Table};
    include!(concat!(env!("OUT_DIR"), "/full.rs"));
}

/// The fragments of the terse stream, one token each.
pub(crate) mod terse {
    use super::{Fragment, Numbered, Table};
    include!(concat!(env!("OUT_DIR"), "/terse.rs"));
}

/// Returns whether only outlines have a token: `<|Hole|>` and `<|Env|>`.
pub(crate) fn is_of_outlines(token: &str) -> bool {
    [terse::HOLE.tokens(), terse::ENV.tokens()].contains(&token.as_bytes())
}

/// Every token of any stream, one per line, sorted by their bytes, and the streams that each is in.
mod vocabulary {
    include!(concat!(env!("OUT_DIR"), "/vocabulary.rs"));
}

/// Returns the tokens that are in one of these streams, sorted by their bytes.
pub(crate) fn vocabulary_of(streams: u8) -> impl Iterator<Item = &'static str> {
    let tokens = vocabulary::TOKENS.lines().zip(vocabulary::STREAMS);
    tokens
        .filter(move |(_, of)| *of & streams != 0)
        .map(|(token, _)| token)
}
