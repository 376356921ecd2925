//! Strings that are copied as arrays of fixed size.

use super::constant::Constant;
use super::packed::tag;
use super::packed_list::Elements;

/// The length of the array, and of the longest string that it is copied with.
pub(crate) const PADDED: usize = 32;

/// A short text with what follows it in the chunk. To copy all of that takes no longer than to ask
/// how long the text is.
#[derive(Clone, Copy)]
pub(crate) struct PaddedText<'l> {
    padded: &'l [u8; PADDED],
    len: usize,
}

impl<'l> PaddedText<'l> {
    /// The text and its padding.
    #[inline(always)]
    pub fn padded(self) -> &'l [u8; PADDED] {
        self.padded
    }

    /// The number of bytes of the text.
    #[inline(always)]
    pub fn len(self) -> usize {
        self.len
    }

    /// The text.
    #[inline(always)]
    pub fn text(self) -> &'l [u8] {
        &self.padded[..self.len]
    }
}

impl<'l> Elements<'l, Constant<'_>> {
    /// The next constant if it is a short string with enough behind it. If not, it is still the
    /// next.
    #[inline(always)]
    pub(crate) fn next_padded(&mut self) -> Option<PaddedText<'l>> {
        const VARIANT: u8 = tag::SHORT_STRING ^ tag::LONG_STRING;
        let (&[tag, size], rest) = self.bytes.split_first_chunk()?;
        let padded = rest.first_chunk()?;
        // A size counts a final NUL; NULL has none.
        let len = usize::from(size).wrapping_sub(1);
        if tag & !VARIANT != tag::SHORT_STRING || len > PADDED {
            return None;
        }
        self.left = self.left.checked_sub(1)?;
        self.bytes = &rest[len..];
        Some(PaddedText { padded, len })
    }
}
