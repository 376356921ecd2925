//! The fixed runs of tokens, rendered by the build script as constants.

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

/// Those of the full stream.
pub(crate) mod full {
    use super::Fragment;
    include!(concat!(env!("OUT_DIR"), "/full.rs"));
}

/// Those of the terse stream, a token each.
pub(crate) mod terse {
    use super::Fragment;
    include!(concat!(env!("OUT_DIR"), "/terse.rs"));
}

/// What the streams hold between them.
pub(crate) mod both {
    include!(concat!(env!("OUT_DIR"), "/both.rs"));
}
