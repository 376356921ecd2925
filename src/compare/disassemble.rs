//! An instruction as a line of text, with its operands' values.

use std::fmt::Write;

use super::code::{Reference, operands};
use crate::chunk::{Constant, Proto, Version};
use crate::stream::{ESCAPE_MAX, ESCAPE_SLACK, Float, escape};

/// The most bytes of a string that are shown.
const MOST_SHOWN: usize = 60;

/// The instruction at `pc` of a function as text, without a number: `GETTABUP R0 U0(_ENV) "print"`,
/// `JMP 0 to 12`. A jump says where to, counted from 0 as `pc` is. Printable ASCII, whatever the
/// chunk holds. `None` where the code has no such instruction.
pub fn disassemble(version: Version, p: &Proto, pc: usize) -> Option<String> {
    let i = p.code.get(pc)?;
    let before = pc.checked_sub(1).and_then(|before| p.code.get(before));
    let mut text = version.opcode_of(i).name.to_owned();
    for operand in operands(version, i, before) {
        match operand {
            Reference::None => continue,
            Reference::Number(n) => write!(text, " {n}"),
            Reference::Register(register) => write!(text, " R{register}"),
            Reference::Constant(index) => write!(text, " {}", constant(p, index)),
            Reference::Upvalue(index) => write!(text, " U{index}{}", name(p, index)),
            Reference::Label(distance) => write!(text, " to {}", pc as i64 + 1 + distance),
            Reference::Function(index) => write!(text, " function {index}"),
        }
        .expect("a string takes all");
    }
    Some(text)
}

fn name(p: &Proto, index: usize) -> String {
    let name = p
        .upvalues
        .get(index)
        .and_then(|upvalue| upvalue.name.as_deref());
    name.map_or_else(String::new, |name| format!("({})", shown(name, false)))
}

fn constant(p: &Proto, index: usize) -> String {
    match p.k.iter().nth(index) {
        None => format!("constant {index}, which is not there"),
        Some(Constant::Nil) => "nil".to_owned(),
        Some(Constant::Boolean(value)) => value.to_string(),
        Some(Constant::Integer(value)) => value.to_string(),
        Some(Constant::Float(value)) => ascii(Float::new().format(value)),
        Some(Constant::String(string)) => format!("\"{}\"", shown(&string, true)),
    }
}

/// A string as in a stream, or what it begins with.
fn shown(string: &[u8], quoted: bool) -> String {
    let start = &string[..string.len().min(MOST_SHOWN)];
    let mut text = [0; MOST_SHOWN * ESCAPE_MAX + ESCAPE_SLACK];
    let length = escape(start, quoted, &mut text);
    let rest = if start.len() < string.len() {
        "..."
    } else {
        ""
    };
    ascii(&text[..length]) + rest
}

fn ascii(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}
