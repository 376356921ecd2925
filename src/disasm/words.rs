//! An instruction as a line of text: with its operands' values, or with the numbers in its fields.

use std::fmt::{self, Write};

use super::operands::{Reference, operands};
use crate::chunk::{Constant, Extension, InstructionAt, Proto};
use crate::float::Float;
use crate::opcodes::{Instruction, InstructionSet, OpMode};
use crate::stream::{ESCAPE_MAX, ESCAPE_SLACK, escape};
use crate::version::{Version, with_version};

/// The most bytes of a string that are shown.
pub(crate) const MOST_SHOWN: usize = 60;

/// The instruction at `pc` of a function as text, without a number: `GETTABUP R0 U0(_ENV) "print"`,
/// `JMP 0 to 12`. The target of a jump is counted from 0, as `pc` is. The text is printable ASCII,
/// whatever the chunk holds. `None` where the code has no such instruction.
pub fn disassemble(version: Version, p: &Proto, pc: usize) -> Option<String> {
    disassemble_in(Extension::NONE, version, p, pc)
}

/// Returns what [`disassemble`] does for a function of a dialect's chunk.
pub fn disassemble_in(
    extension: &Extension,
    version: Version,
    p: &Proto,
    pc: usize,
) -> Option<String> {
    let i = p.code.get(pc)?;
    let mut text = String::new();
    write_words(&mut text, extension, version, p, pc, i).expect("a string takes all");
    Some(text)
}

/// Writes what [`disassemble`] returns for the instruction `i` at `pc`.
fn write_words(
    out: &mut impl Write,
    extension: &Extension,
    version: Version,
    p: &Proto,
    pc: usize,
    i: Instruction,
) -> fmt::Result {
    let before = pc.checked_sub(1).and_then(|before| p.code.get(before));
    out.write_str(extension.opcode_of(version, i).name())?;
    for operand in operands(extension, version, i, before) {
        match operand {
            Reference::None => {}
            Reference::Number(n) => write!(out, " {n}")?,
            Reference::Register(register) => write!(out, " R{register}")?,
            Reference::Constant(index) => write!(out, " {}", constant(p, index))?,
            Reference::Upvalue(index) => write!(out, " U{index}{}", name(p, index))?,
            Reference::Label(distance) => write!(out, " to {}", pc as i64 + 1 + distance)?,
            Reference::Function(index) => write!(out, " function {index}")?,
        }
    }
    Ok(())
}

impl fmt::Display for InstructionAt<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write_words(
            f,
            self.extension,
            self.version,
            self.proto,
            self.pc,
            self.word,
        )
    }
}

impl fmt::Debug for InstructionAt<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {self}", self.pc)
    }
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
        Some(Constant::Null) => "NULL".to_owned(),
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

impl Instruction {
    /// The instruction as a version of Lua reads it: the opcode and the numbers in its fields.
    ///
    /// ```
    /// use luadec_tok::Version;
    /// use luadec_tok::opcodes::Instruction;
    ///
    /// let word = Instruction(0x0000_8003);
    /// assert_eq!(word.display(Version::Lua53).to_string(), "LOADBOOL 0 0 2");
    /// assert_eq!(word.display(Version::Lua54).to_string(), "LOADK 0 1");
    /// ```
    pub fn display(self, version: Version) -> impl fmt::Display {
        Numbers { version, i: self }
    }
}

struct Numbers {
    version: Version,
    i: Instruction,
}

impl fmt::Display for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        with_version!(self.version, V => write_numbers::<V>(f, self.i))
    }
}

fn write_numbers<S: InstructionSet>(f: &mut fmt::Formatter, i: Instruction) -> fmt::Result {
    let (row, layout) = (S::row(S::op(i)), S::LAYOUT);
    f.write_str(row.name())?;
    match row.mode {
        OpMode::iNone => return write!(f, " {}", S::op(i)),
        OpMode::iAsBx => return write!(f, " {} {}", layout.a.get(i), layout.bx.signed(i)),
        OpMode::isJ => return write!(f, " {}", layout.ax.signed(i)),
        _ => {}
    }
    for field in (0..S::OPERANDS).map_while(|index| S::field(row.mode, index)) {
        write!(f, " {}", field.get(i))?;
    }
    Ok(())
}
