//! A list of constants or of local variables.

use std::borrow::Cow;
use std::fmt;

use crate::error::UndumpError;
use crate::load::Load;
use crate::path::Step;

/// A list that need not be made to be gone through. Elements of a chunk in the layout of today's
/// machines stay there, found to be right but unread; those of others, and those added, are owned.
#[derive(Clone)]
pub struct List<'a, T> {
    /// The first elements, as they stand in the chunk, and how many they are.
    bytes: &'a [u8],
    unread: usize,
    /// The others.
    owned: Vec<T>,
}

/// What can be read from a chunk.
pub trait Element<'a>: Clone + PartialEq + fmt::Debug {
    /// Reads an element.
    fn load(load: &mut Load<'a>) -> Result<Self, UndumpError>;
}

impl<'a, T: Element<'a>> List<'a, T> {
    /// Reads so many elements; `step` leads to the one at an index.
    pub(crate) fn load(
        load: &mut Load<'a>,
        count: usize,
        what: &'static str,
        step: fn(usize) -> Step,
    ) -> Result<Self, UndumpError> {
        let at = |index| move |error: UndumpError| error.within(step(index));
        if !load.is_usual() {
            let mut owned = load.room(count, what)?;
            for index in 0..count {
                owned.push(T::load(load).map_err(at(index))?);
            }
            return Ok(owned.into());
        }
        let bytes = load.rest();
        let mut usual = Load::usual(bytes);
        for index in 0..count {
            if let Err(mut error) = T::load(&mut usual) {
                error.offset += load.position();
                return Err(at(index)(error));
            }
        }
        load.skip(usual.position());
        Ok(List {
            bytes,
            unread: count,
            owned: Vec::new(),
        })
    }

    /// The number of elements.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.unread + self.owned.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements in their order.
    #[inline(always)]
    pub fn iter(&self) -> impl Iterator<Item = Cow<'_, T>> {
        let mut load = Load::usual(self.bytes);
        let read = (0..self.unread).map_while(move |_| T::load(&mut load).ok());
        read.map(Cow::Owned)
            .chain(self.owned.iter().map(Cow::Borrowed))
    }

    /// The element at an index, if there is one. It is looked for from the start of the list, where
    /// that stands in a chunk.
    pub fn get(&self, index: usize) -> Option<Cow<'_, T>> {
        self.iter().nth(index)
    }

    /// Adds an element.
    #[inline(always)]
    pub fn push(&mut self, element: T) {
        self.owned.push(element);
    }

    /// The elements, owned from now on.
    pub fn to_mut(&mut self) -> &mut Vec<T> {
        if self.unread > 0 {
            *self = List::from(self.iter().map(Cow::into_owned).collect::<Vec<T>>());
        }
        &mut self.owned
    }
}

impl<T> From<Vec<T>> for List<'_, T> {
    fn from(owned: Vec<T>) -> Self {
        List {
            bytes: &[],
            unread: 0,
            owned,
        }
    }
}

impl<T> FromIterator<T> for List<'_, T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        Vec::from_iter(elements).into()
    }
}

impl<T> Default for List<'_, T> {
    fn default() -> Self {
        List::from(Vec::new())
    }
}

impl<'a, 'b, T: Element<'a> + PartialEq<U>, U: Element<'b>> PartialEq<List<'b, U>> for List<'a, T> {
    fn eq(&self, other: &List<'b, U>) -> bool {
        let mut pairs = self.iter().zip(other.iter());
        self.len() == other.len() && pairs.all(|(a, b)| *a == *b)
    }
}

impl<'a, T: Element<'a>> fmt::Debug for List<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
