//! A list of constants or of local variables.

use std::borrow::Cow;
use std::collections::TryReserveError;
use std::fmt;
use std::marker::PhantomData;

use crate::bytes::{Layout, Writer};

use super::contents::Constant;
use super::packed::{Packed, PaddedText, unpack_padded};

/// A list of [`Constant`](super::Constant)s or [`LocVar`](super::LocVar)s, packed as in a chunk of
/// Lua 5.3 in the usual layout (little-endian, `int` of 4 bytes, everything else of 8). The list of
/// a chunk in that layout borrows from the chunk. Elements are unpacked as they are reached, so
/// there is no access by index.
#[derive(Clone)]
pub struct PackedList<'a, T> {
    /// Exactly `len` packed elements.
    bytes: Cow<'a, [u8]>,
    len: usize,
    of: PhantomData<T>,
}

impl<'a, T: Packed> PackedList<'a, T> {
    /// Makes a list of the `len` elements in `bytes`. The caller has checked that they are there:
    /// unpacking relies on it.
    pub(crate) fn of_packed(bytes: &'a [u8], len: usize) -> Self {
        PackedList {
            bytes: Cow::Borrowed(bytes),
            len,
            of: PhantomData,
        }
    }

    /// Returns the number of elements.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns whether the list is empty.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the elements in order.
    #[inline(always)]
    pub fn iter(&self) -> Elements<'_, T> {
        Elements {
            bytes: &self.bytes,
            left: self.len,
            of: PhantomData,
        }
    }

    /// Adds an element.
    ///
    /// # Panics
    /// Memory runs out.
    #[inline]
    pub fn push(&mut self, element: &T::Of<'_>) {
        self.try_push(element).expect("memory for an element");
    }

    /// Adds an element.
    ///
    /// # Errors
    /// Memory runs out.
    #[inline]
    pub(crate) fn try_push(&mut self, element: &T::Of<'_>) -> Result<(), TryReserveError> {
        let bytes = self.own()?;
        let end = bytes.len();
        let mut writer = Writer::new(bytes, Layout::USUAL);
        T::pack(element, &mut writer);
        let written = writer.finish();
        match written {
            Ok(()) => self.len += 1,
            Err(_) => bytes.truncate(end),
        }
        written
    }

    /// Returns the list as one that borrows from this one.
    pub(crate) fn borrowed(&self) -> PackedList<'_, T> {
        PackedList::of_packed(&self.bytes, self.len)
    }

    /// Returns the list as one that borrows nothing.
    ///
    /// # Panics
    /// Memory runs out.
    pub fn into_owned(mut self) -> PackedList<'static, T::Of<'static>> {
        let bytes = self.own().expect("memory for a copy");
        PackedList {
            bytes: Cow::Owned(std::mem::take(bytes)),
            len: self.len,
            of: PhantomData,
        }
    }

    /// Makes the list own its packed elements, so that more can be added.
    #[inline]
    fn own(&mut self) -> Result<&mut Vec<u8>, TryReserveError> {
        if let Cow::Borrowed(_) = self.bytes {
            let mut bytes = Vec::new();
            let mut writer = Writer::new(&mut bytes, Layout::USUAL);
            self.iter()
                .for_each(|element| T::pack(&element, &mut writer));
            writer.finish()?;
            self.bytes = Cow::Owned(bytes);
        }
        Ok(self.bytes.to_mut())
    }

    /// Returns the elements as `luac` of Lua 5.3 packs them, if they were packed here. Borrowed
    /// elements are not returned, as another writer may have spelled them differently.
    pub(crate) fn packed(&self) -> Option<&[u8]> {
        match &self.bytes {
            Cow::Owned(bytes) => Some(bytes),
            Cow::Borrowed(_) => None,
        }
    }
}

/// The elements of a [`PackedList`] in order.
#[derive(Clone)]
pub struct Elements<'l, T> {
    /// The packed elements that are left.
    bytes: &'l [u8],
    left: usize,
    of: PhantomData<T>,
}

impl<'l> Elements<'l, Constant<'_>> {
    /// Takes the next constant if it is a short string with enough bytes after it.
    #[inline(always)]
    pub(crate) fn next_padded(&mut self) -> Option<PaddedText<'l>> {
        let left = self.left.checked_sub(1)?;
        let text = unpack_padded(&mut self.bytes)?;
        self.left = left;
        Some(text)
    }
}

impl<'l, T: Packed> Iterator for Elements<'l, T> {
    type Item = T::Of<'l>;

    #[inline(always)]
    fn next(&mut self) -> Option<T::Of<'l>> {
        self.left = self.left.checked_sub(1)?;
        Some(T::unpack(&mut self.bytes))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<T: Packed> ExactSizeIterator for Elements<'_, T> {}

impl<'l, T: Packed> IntoIterator for &'l PackedList<'_, T> {
    type Item = T::Of<'l>;
    type IntoIter = Elements<'l, T>;

    fn into_iter(self) -> Elements<'l, T> {
        self.iter()
    }
}

impl<'b, T: Packed> FromIterator<T::Of<'b>> for PackedList<'_, T> {
    fn from_iter<I: IntoIterator<Item = T::Of<'b>>>(elements: I) -> Self {
        let mut list = PackedList::default();
        elements.into_iter().for_each(|element| list.push(&element));
        list
    }
}

impl<T> Default for PackedList<'_, T> {
    fn default() -> Self {
        PackedList {
            bytes: Cow::Borrowed(&[]),
            len: 0,
            of: PhantomData,
        }
    }
}

impl<T: Packed> PartialEq for PackedList<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len
            && (self.bytes == other.bytes || self.iter().zip(other.iter()).all(|(a, b)| a == b))
    }
}

impl<T: Packed> fmt::Debug for PackedList<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
