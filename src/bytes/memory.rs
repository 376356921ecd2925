//! Growth that fails instead of aborting when memory runs out, for data whose size the input
//! decides.

use std::borrow::Cow;
use std::collections::TryReserveError;

/// A list that can grow by one element, or fail.
pub(crate) trait TryPush<T> {
    fn try_push(&mut self, element: T) -> Result<(), TryReserveError>;
}

impl<T> TryPush<T> for Vec<T> {
    #[inline(always)]
    fn try_push(&mut self, element: T) -> Result<(), TryReserveError> {
        if self.len() == self.capacity() {
            self.try_reserve(1)?;
        }
        self.push(element);
        Ok(())
    }
}

/// Collects elements into a list.
pub(crate) fn try_collect<T>(
    elements: impl ExactSizeIterator<Item = T>,
) -> Result<Vec<T>, TryReserveError> {
    let mut list = Vec::new();
    list.try_reserve_exact(elements.len())?;
    list.extend(elements);
    Ok(list)
}

/// Returns the text as one that borrows nothing.
pub(crate) fn try_own(text: Cow<[u8]>) -> Result<Cow<'static, [u8]>, TryReserveError> {
    match text {
        Cow::Owned(text) => Ok(text.into()),
        Cow::Borrowed(text) => Ok(try_collect(text.iter().copied())?.into()),
    }
}
