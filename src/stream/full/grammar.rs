//! How the tokens of the stream are spelled.
//!
//! A part of the build script, which renders from it every fixed run of tokens, and from those the
//! vocabulary (see `fragments.rs`). Emitter and parser use what it renders.

use crate::opcodes::{BITRK, OpArgMask, Opcode};

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

/// The absent name.
pub const NULL: &str = "<|NULL|>";

/// `<|OP_name|>`
pub fn opcode(row: &Opcode) -> String {
    format!("<|OP_{}|>", row.name)
}

/// From the end of the instruction's index to the mask of B: all that the opcode alone decides.
pub fn head(row: &Opcode) -> String {
    close("Proto-code-idx")
        + &open("Instruction")
        + &opcode(row)
        + &with("Instruction-T", u8::from(row.t))
        + &with("Instruction-A", u8::from(row.a))
        + &mask('B', row.b)
}

/// The mask of operand `B` or `C`.
pub fn mask(operand: char, mask: OpArgMask) -> String {
    with(&format!("Instruction-{operand}"), mask.name())
}

/// What the value of operand `B` or `C` means: whether it is a constant, and as which index, and
/// as which register.
pub fn operand(operand: char, value: u16) -> String {
    with(&format!("Instruction-{operand}-ISK"), value & BITRK != 0)
        + &with(&format!("Instruction-{operand}-K"), value & !BITRK)
        + &with(&format!("Instruction-{operand}-R"), value)
}

/// The mode and the flags INLINE and JUMP.
pub fn tail(row: &Opcode, inline: bool, jump: bool) -> String {
    with("Instruction-MODE", row.mode.name())
        + &with("Instruction-INLINE", inline)
        + &with("Instruction-JUMP", jump)
}

/// The value of the field `A`, `B` or `C`.
pub fn field(field: char, value: u16) -> String {
    with(&format!("Instruction-{field}"), value)
}

/// The token of a byte that no other text stands for.
pub fn byte(byte: u8) -> String {
    format!("\\x{byte:02X}")
}

/// The tokens that a chat record adds.
pub const CHAT: [&str; 2] = ["<|im_start|>", "<|im_end|>"];
