//! A function's instructions with what their operands refer to.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::chunk::{Constant, Extension, Proto};
use crate::disasm::{Reference, operands};
use crate::opcodes::{Instruction, InstructionSet, MAX_OPERANDS};
use crate::version::Lua51;
use crate::version::Version;

/// An instruction with its operands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decoded {
    /// Its index in the code.
    pub pc: usize,
    pub op: u8,
    pub operands: [Reference; MAX_OPERANDS],
}

/// Returns the instructions of a function in order, without the words that say what a function
/// captures: those are not instructions.
pub(super) fn instructions(version: Version, p: &Proto) -> impl Iterator<Item = Decoded> {
    words(version, p).filter_map(move |word| match word.captures {
        Some(_) => None,
        None => Some(Decoded {
            pc: word.pc,
            op: version.op(word.i),
            operands: operands(Extension::NONE, version, word.i, word.before),
        }),
    })
}

/// A word of a function's code.
pub(super) struct Word {
    pub pc: usize,
    pub i: Instruction,
    pub before: Option<Instruction>,
    /// The inner function and its upvalue, if the word says what that captures: in Lua 5.1 a
    /// CLOSURE is followed by a word for each upvalue.
    pub captures: Option<(usize, usize)>,
}

/// Returns the words of a function's code.
pub(super) fn words(version: Version, p: &Proto) -> impl Iterator<Item = Word> {
    let mut before = None;
    let mut function = 0;
    let mut captures = 0..0;
    p.code.iter().enumerate().map(move |(pc, i)| {
        let before = before.replace(i);
        let upvalue = captures.next();
        let is_bare =
            before.is_some_and(|i| version == Version::Lua51 && Lua51::takes_bare_word(i));
        if upvalue.is_none()
            && version == Version::Lua51
            && !is_bare
            && version.opcode_of(i).name() == "CLOSURE"
        {
            function = version.layout().bx.get(i) as usize;
            captures = 0..p.p.get(function).map_or(0, |p| p.upvalues.len());
        }
        Word {
            pc,
            i,
            before,
            captures: upvalue.map(|upvalue| (function, upvalue)),
        }
    })
}

/// Numbers constants, so that equal ones have the same number in all functions.
#[derive(Default)]
pub(super) struct ConstantIds<'a>(HashMap<ConstantKey<'a>, u32>);

#[derive(PartialEq, Eq, Hash)]
enum ConstantKey<'a> {
    Nil,
    Boolean(bool),
    Integer(i64),
    /// Its bits; all NaNs have the same.
    Float(u64),
    String(Cow<'a, [u8]>),
    Null,
}

impl<'a> ConstantIds<'a> {
    /// Returns the numbers of a function's constants.
    pub fn of(&mut self, p: &'a Proto) -> Vec<u32> {
        p.k.iter().map(|constant| self.number(constant)).collect()
    }

    fn number(&mut self, constant: Constant<'a>) -> u32 {
        let value = match constant {
            Constant::Nil => ConstantKey::Nil,
            Constant::Null => ConstantKey::Null,
            Constant::Boolean(value) => ConstantKey::Boolean(value),
            Constant::Integer(value) => ConstantKey::Integer(value),
            Constant::Float(value) if value.is_nan() => ConstantKey::Float(f64::NAN.to_bits()),
            Constant::Float(value) => ConstantKey::Float(value.to_bits()),
            Constant::String(string) => ConstantKey::String(string),
        };
        let next = self.0.len() as u32;
        *self.0.entry(value).or_insert(next)
    }
}
