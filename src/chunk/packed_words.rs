//! A list of 32-bit words: the instructions of a function, or their lines.

use std::borrow::Cow;
use std::collections::TryReserveError;
use std::fmt;
use std::marker::PhantomData;

use byteorder::{BE, ByteOrder};

use crate::bytes::{TryPush, try_collect};
use crate::opcodes::Instruction;

/// A list of instructions or lines. The words of a little-endian chunk are borrowed from it; those
/// of a big-endian chunk are owned.
#[derive(Clone)]
pub struct PackedWords<'a, T> {
    words: Cow<'a, [[u8; 4]]>,
    of: PhantomData<T>,
}

/// A type that a chunk stores as a word. The trait is sealed: it cannot be named outside the crate.
pub trait PackedWord: Copy + fmt::Debug {
    /// The name of a list's count.
    const COUNT: &'static str;

    /// Converts from the word.
    fn from_word(word: u32) -> Self;
    /// Converts to the word.
    fn to_word(self) -> u32;
}

impl PackedWord for Instruction {
    const COUNT: &'static str = "sizecode";

    #[inline(always)]
    fn from_word(word: u32) -> Self {
        Instruction(word)
    }

    #[inline(always)]
    fn to_word(self) -> u32 {
        self.0
    }
}

impl PackedWord for i32 {
    const COUNT: &'static str = "sizelineinfo";

    #[inline(always)]
    fn from_word(word: u32) -> Self {
        word as i32
    }

    #[inline(always)]
    fn to_word(self) -> u32 {
        self as u32
    }
}

impl<'a, T: PackedWord> PackedWords<'a, T> {
    /// Makes a list of the words in `bytes`, 4 bytes each.
    ///
    /// # Errors
    /// Memory runs out for the words of a big-endian chunk, which cannot be borrowed.
    pub(crate) fn of_bytes(bytes: &'a [u8], big_endian: bool) -> Result<Self, TryReserveError> {
        let words = bytes.as_chunks().0;
        let words = if big_endian {
            let mut own = Vec::new();
            own.try_reserve_exact(words.len())?;
            own.extend(words.iter().map(|word| BE::read_u32(word).to_le_bytes()));
            Cow::Owned(own)
        } else {
            Cow::Borrowed(words)
        };
        Ok(PackedWords {
            words,
            of: PhantomData,
        })
    }

    /// Returns the number of words.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Returns whether the list is empty.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Returns the word at an index.
    #[inline(always)]
    pub fn get(&self, index: usize) -> Option<T> {
        self.words.get(index).map(of_bytes)
    }

    /// Returns the last word.
    #[inline(always)]
    pub fn last(&self) -> Option<T> {
        self.words.last().map(of_bytes)
    }

    /// Returns the words in order.
    #[inline(always)]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = T> {
        self.words.iter().map(of_bytes)
    }

    /// Adds a word.
    #[inline(always)]
    pub fn push(&mut self, word: T) {
        self.words.to_mut().push(word.to_word().to_le_bytes());
    }

    /// Adds a word.
    ///
    /// # Errors
    /// Memory runs out.
    #[inline(always)]
    pub(crate) fn try_push(&mut self, word: T) -> Result<(), TryReserveError> {
        self.words.to_mut().try_push(word.to_word().to_le_bytes())
    }

    /// Collects the words of an iterator.
    ///
    /// # Errors
    /// Memory runs out.
    pub(crate) fn try_of(words: impl ExactSizeIterator<Item = T>) -> Result<Self, TryReserveError> {
        let words = words.map(|word| word.to_word().to_le_bytes());
        Ok(PackedWords {
            words: Cow::Owned(try_collect(words)?),
            of: PhantomData,
        })
    }

    /// Reserves room for `additional` more words.
    pub fn reserve(&mut self, additional: usize) {
        self.words.to_mut().reserve(additional);
    }

    /// Reserves room for `additional` more words.
    ///
    /// # Errors
    /// Memory runs out.
    pub(crate) fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        self.words.to_mut().try_reserve(additional)
    }

    /// Returns the list as one that borrows from this one.
    pub(crate) fn borrowed(&self) -> PackedWords<'_, T> {
        PackedWords {
            words: Cow::Borrowed(&self.words),
            of: PhantomData,
        }
    }

    /// Returns the list as one that borrows nothing.
    pub fn into_owned(self) -> PackedWords<'static, T> {
        PackedWords {
            words: Cow::Owned(self.words.into_owned()),
            of: PhantomData,
        }
    }

    /// Returns the words as little-endian bytes.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.words.as_flattened()
    }
}

impl<'l, T: PackedWord> IntoIterator for &'l PackedWords<'_, T> {
    type Item = T;
    type IntoIter = std::iter::Map<std::slice::Iter<'l, [u8; 4]>, fn(&[u8; 4]) -> T>;

    fn into_iter(self) -> Self::IntoIter {
        self.words.iter().map(of_bytes)
    }
}

#[inline(always)]
fn of_bytes<T: PackedWord>(bytes: &[u8; 4]) -> T {
    T::from_word(u32::from_le_bytes(*bytes))
}

impl<T: PackedWord> FromIterator<T> for PackedWords<'_, T> {
    fn from_iter<I: IntoIterator<Item = T>>(words: I) -> Self {
        let words = words.into_iter().map(|word| word.to_word().to_le_bytes());
        PackedWords {
            words: Cow::Owned(words.collect()),
            of: PhantomData,
        }
    }
}

impl<T> Default for PackedWords<'_, T> {
    fn default() -> Self {
        PackedWords {
            words: Cow::Borrowed(&[]),
            of: PhantomData,
        }
    }
}

impl<T> PartialEq for PackedWords<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        self.words == other.words
    }
}

impl<T: PackedWord> fmt::Debug for PackedWords<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
