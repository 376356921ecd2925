//! The fixed runs of tokens, rendered by the build script as constants.

use std::ops::Deref;

/// A run of whole tokens, known at build time. It is copied as an array of fixed size, which is
/// faster than copying just its length; the next one overwrites the excess.
pub(crate) struct Fragment<const N: usize> {
    bytes: [u8; N],
    len: u8,
}

impl<const N: usize> Fragment<N> {
    /// The tokens and their padding.
    #[inline(always)]
    pub fn padded(&self) -> &[u8; N] {
        &self.bytes
    }

    /// The number of bytes of the tokens.
    #[inline(always)]
    #[allow(clippy::len_without_is_empty, reason = "a fragment is never empty")]
    pub fn len(&self) -> usize {
        self.len.into()
    }

    /// The tokens.
    #[inline(always)]
    pub fn tokens(&self) -> &[u8] {
        &self.bytes[..self.len()]
    }
}

/// A fragment together with its number among all fragments of its stream. A sink that writes text
/// copies the fragment; one that writes something else looks it up by the number, in a table of its
/// own beside this one, so that the rows here stay narrow.
#[derive(Clone, Copy)]
pub(crate) struct Numbered<const N: usize> {
    fragment: &'static Fragment<N>,
    number: usize,
}

impl<const N: usize> Numbered<N> {
    /// The fragment.
    #[inline(always)]
    pub fn fragment(self) -> &'static Fragment<N> {
        self.fragment
    }

    /// The number, counted from 0.
    #[cfg_attr(
        not(feature = "tokenizer"),
        expect(dead_code, reason = "only token ids are looked up by it")
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

/// Fragments that differ in one value, by which they are looked up.
pub(crate) struct Table<const N: usize, const ROWS: usize> {
    rows: [Fragment<N>; ROWS],
    /// The number of the first row.
    first: usize,
}

impl<const N: usize, const ROWS: usize> Table<N, ROWS> {
    /// The fragment of a value.
    #[inline(always)]
    pub fn at(&'static self, value: usize) -> Numbered<N> {
        Numbered {
            fragment: &self.rows[value],
            number: self.first + value,
        }
    }

    /// The fragment of a value, if it has one.
    #[inline(always)]
    pub fn find(&'static self, value: usize) -> Option<Numbered<N>> {
        (value < ROWS).then(|| self.at(value))
    }

    /// How many values have a fragment.
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

/// Those of the full stream.
pub(crate) mod full {
    use super::{Fragment, Numbered, Table};
    include!(concat!(env!("OUT_DIR"), "/full.rs"));
}

/// Those of the terse stream, a token each.
pub(crate) mod terse {
    use super::{Fragment, Numbered, Table};
    include!(concat!(env!("OUT_DIR"), "/terse.rs"));
}

/// What the streams hold between them.
pub(crate) mod both {
    include!(concat!(env!("OUT_DIR"), "/both.rs"));
}
