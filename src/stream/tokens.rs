//! How the tokens that both streams share are spelled.
//!
//! A part of the build script, as the grammars beside it.

/// `<|name|>`
pub fn open(name: &str) -> String {
    format!("<|{name}|>")
}

/// `<|/name|>`
pub fn close(name: &str) -> String {
    format!("<|/{name}|>")
}

/// `<|OP_name|>`
pub fn opcode(name: &str) -> String {
    format!("<|OP_{name}|>")
}

/// The absent name.
pub const NULL: &str = "<|NULL|>";

/// The tokens that any text can hold, and those that a chat record adds.
pub fn everywhere() -> impl Iterator<Item = String> {
    let bytes = (0..=255u8).map(|byte| format!("\\x{byte:02X}"));
    bytes.chain(["<|im_start|>", "<|im_end|>"].map(str::to_owned))
}
