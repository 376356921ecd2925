//! A list of constants or of local variables.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use crate::chunk::Element;
use crate::dump::Dump;
use crate::error::UndumpError;
use crate::load::Load;
use crate::path::Step;

/// A list of elements as they stand in a chunk in the usual layout (little-endian, `int` of 4
/// bytes, all else of 8). It borrows from a chunk in that layout; each element is read when it is
/// come to.
#[derive(Clone)]
pub struct PackedList<'a, T> {
    /// Elements that can be read, and nothing else.
    bytes: Cow<'a, [u8]>,
    len: usize,
    of: PhantomData<T>,
}

impl<'a, T: Element> PackedList<'a, T> {
    /// Reads so many elements; `step` leads to the one at an index.
    pub(crate) fn load(
        load: &mut Load<'a>,
        count: usize,
        step: fn(usize) -> Step,
    ) -> Result<Self, UndumpError> {
        let at = |index| move |error: UndumpError| error.within(step(index));
        if !load.is_usual() {
            let mut list = PackedList::default();
            for index in 0..count {
                list.push(&T::load(load).map_err(at(index))?);
            }
            return Ok(list);
        }
        let mut usual = Load::usual(load.rest());
        for index in 0..count {
            if let Err(mut error) = T::load(&mut usual) {
                error.offset += load.position();
                return Err(at(index)(error));
            }
        }
        Ok(PackedList {
            bytes: Cow::Borrowed(load.skip(usual.position())),
            len: count,
            of: PhantomData,
        })
    }

    /// The number of elements.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The elements in their order.
    #[inline(always)]
    pub fn iter(&self) -> impl Iterator<Item = T::Read<'_>> {
        let mut load = Load::usual(&self.bytes);
        (0..self.len).map_while(move |_| T::load(&mut load).ok())
    }

    /// Adds an element.
    #[inline]
    pub fn push(&mut self, element: &T::Read<'_>) {
        T::dump(element, &mut Dump::to(self.bytes.to_mut()));
        self.len += 1;
    }

    /// The elements as `luac` writes them, in the usual layout. A chunk that it did not write may
    /// have other bytes for the same.
    pub(crate) fn dump(&self, dump: &mut Dump) {
        match &self.bytes {
            Cow::Owned(bytes) => dump.bytes(bytes),
            Cow::Borrowed(_) => self.iter().for_each(|element| T::dump(&element, dump)),
        }
    }
}

impl<'b, T: Element> FromIterator<T::Read<'b>> for PackedList<'_, T> {
    fn from_iter<I: IntoIterator<Item = T::Read<'b>>>(elements: I) -> Self {
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

impl<T: Element> PartialEq for PackedList<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len
            && (self.bytes == other.bytes || self.iter().zip(other.iter()).all(|(a, b)| a == b))
    }
}

impl<T: Element> fmt::Debug for PackedList<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
