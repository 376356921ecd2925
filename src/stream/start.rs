//! How a stream begins.

use super::fragments::full::PROTO;

/// The start of the token that says the version of a stream, where it is not Lua 5.3's.
pub(crate) const LUA: &[u8] = b"<|Lua-";

/// How many bytes tell whether a stream begins with them.
pub(crate) const START_MAX: usize = b"<|Proto|>".len();

/// Whether a text begins as a stream does. White space before that is not passed over.
pub fn is_stream(text: &[u8]) -> bool {
    text.starts_with(PROTO.tokens()) || text.starts_with(LUA)
}
