//! The spelling of the tokens that both streams share.
//!
//! A part of the build script, like both grammars.

use crate::version::Version;

/// `<|name|>`
pub fn open(name: &str) -> String {
    format!("<|{name}|>")
}

/// `<|/name|>`
pub fn close(name: &str) -> String {
    format!("<|/{name}|>")
}

/// `<|name=value|>`
pub fn with(name: &str, value: impl std::fmt::Display) -> String {
    format!("<|{name}={value}|>")
}

/// `<|OP_name|>`
pub fn opcode(name: &str) -> String {
    format!("<|OP_{name}|>")
}

/// The absent name.
pub const NULL: &str = "<|NULL|>";

/// What stands for a nested function in an outline and in its answer.
pub const HOLE: &str = "<|Hole|>";

/// The mark of an upvalue of an outline that is `_ENV`.
pub const ENV: &str = "<|Env|>";

/// Returns the tokens that any text can hold, and those that a chat record adds.
pub fn everywhere() -> impl Iterator<Item = String> {
    let bytes = (0..=255u8).map(|byte| format!("\\x{byte:02X}"));
    bytes.chain(["<|im_start|>", "<|im_end|>"].map(str::to_owned))
}

/// The full stream, as a bit among the streams that a token is in.
pub const IN_FULL: u8 = 1;

/// The terse streams of a version, as such a bit.
pub fn in_terse(version: Version) -> u8 {
    IN_FULL << (1 + version as u8 - Version::Lua51 as u8)
}
