//! The constant tags of a dialect.

use super::{Dialect, TagKind};
use crate::version::Version;

impl Dialect {
    /// Returns the tags in chunks of a version, those of the dialect first: so the first tag of a kind
    /// is the one that is written.
    pub(crate) fn tags_of(&self, version: Version) -> Vec<(u8, TagKind)> {
        use TagKind::{Boolean, False, Float, Integer, LongString, Nil, String, True};
        let own: &[(u8, TagKind)] = match version {
            Version::Lua51 | Version::Lua52 => &[(0, Nil), (1, Boolean), (3, Float), (4, String)],
            Version::Lua53 => &[
                (0x00, Nil),
                (0x01, Boolean),
                (0x03, Float),
                (0x13, Integer),
                (0x04, String),
                (0x14, LongString),
            ],
            Version::Lua54 | Version::Lua55 => &[
                (0x00, Nil),
                (0x01, False),
                (0x11, True),
                (0x03, Integer),
                (0x13, Float),
                (0x04, String),
                (0x14, LongString),
            ],
        };
        let is_own = |tag: u8| self.tags.iter().all(|(other, _)| *other != tag);
        let own = own.iter().copied().filter(|(tag, _)| is_own(*tag));
        self.tags.iter().copied().chain(own).collect()
    }
}
