//! Strings that are copied as arrays of fixed size.

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
    /// The text that is the first `len` bytes, if it is short enough.
    #[inline(always)]
    pub fn new(padded: &'l [u8; PADDED], len: usize) -> Option<Self> {
        (len <= PADDED).then_some(PaddedText { padded, len })
    }

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
