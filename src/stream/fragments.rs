//! The fixed runs of tokens, rendered by the build script as constants.

/// A run of whole tokens, known at build time. It is copied as an array of fixed size, which is
/// faster than copying just its length, and what is copied beyond the length is overwritten.
pub struct Fragment<const N: usize> {
    bytes: [u8; N],
    len: u8,
}

impl<const N: usize> Fragment<N> {
    /// The tokens and what pads them.
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

include!(concat!(env!("OUT_DIR"), "/fragments.rs"));
