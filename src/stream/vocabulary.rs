//! The vocabulary.

use super::fragments::VOCABULARY;

/// Every token that a stream can hold, the 256 bytes `\x00` to `\xFF` among them, and the two that
/// a chat record adds, `<|im_start|>` and `<|im_end|>`; in the order of their bytes.
///
/// The build script collects it from the very fragments that the emitter writes, so no stream can
/// hold a token that is not in it.
pub fn vocabulary() -> impl Iterator<Item = &'static str> {
    VOCABULARY.lines()
}
