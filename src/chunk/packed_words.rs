//! A list of 32-bit words: the instructions of a function, or the lines of them.

use std::borrow::Cow;
use std::collections::TryReserveError;
use std::fmt;
use std::marker::PhantomData;

use byteorder::{BE, ByteOrder};

use crate::bytes::{TryPush, try_collect};
use crate::opcodes::Instruction;

/// A list of instructions or of lines. The words of a little-endian chunk are borrowed from it, 4
/// bytes each; those of a big-endian one are owned.
#[derive(Clone)]
pub struct PackedWords<'a, T> {
    words: Cow<'a, [[u8; 4]]>,
    of: PhantomData<T>,
}

/// What a chunk stores as a word. The trait cannot be named outside the crate, so these are all
/// there are.
pub trait PackedWord: Copy + fmt::Debug {
    /// What the count of a list of these is called.
    const COUNT: &'static str;

    /// From the word.
    fn from_word(word: u32) -> Self;
    /// To the word.
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
    /// The words that the bytes consist of, 4 bytes each.
    ///
    /// # Errors
    /// There is no memory for the words of a big-endian chunk, which cannot be borrowed.
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

    /// The number of words.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The word at an index, if there is one.
    #[inline(always)]
    pub fn get(&self, index: usize) -> Option<T> {
        self.words.get(index).map(of_bytes)
    }

    /// The last word, if there is one.
    #[inline(always)]
    pub fn last(&self) -> Option<T> {
        self.words.last().map(of_bytes)
    }

    /// The words in order.
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
    /// There is no memory for it.
    #[inline(always)]
    pub(crate) fn try_push(&mut self, word: T) -> Result<(), TryReserveError> {
        self.words.to_mut().try_push(word.to_word().to_le_bytes())
    }

    /// The words of an iterator.
    ///
    /// # Errors
    /// There is no memory for them.
    pub(crate) fn try_of(words: impl ExactSizeIterator<Item = T>) -> Result<Self, TryReserveError> {
        let words = words.map(|word| word.to_word().to_le_bytes());
        Ok(PackedWords {
            words: Cow::Owned(try_collect(words)?),
            of: PhantomData,
        })
    }

    /// Makes room for `additional` more words.
    pub fn reserve(&mut self, additional: usize) {
        self.words.to_mut().reserve(additional);
    }

    /// As [`reserve`](Self::reserve), with an error where there is no memory.
    pub(crate) fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        self.words.to_mut().try_reserve(additional)
    }

    /// The list as one that borrows nothing.
    pub fn into_owned(self) -> PackedWords<'static, T> {
        PackedWords {
            words: Cow::Owned(self.words.into_owned()),
            of: PhantomData,
        }
    }

    /// The words as little-endian bytes.
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
