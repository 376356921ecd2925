//! An instruction by what it means: an opcode and the values of its operands.

use std::borrow::Cow;
use std::collections::HashMap;

use super::upvalues::{Captures, Origin, Pairs};
use crate::chunk::{Constant, Proto, Version};
use crate::opcodes::{BITRK, Instruction, Next, OpMode, Operand};

/// What an instruction does, so that two do the same if and only if they are equal. Constants and
/// upvalues are numbers that both functions share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Meaning {
    op: u8,
    /// Whether the second operand is a distance to jump.
    jumps: bool,
    operands: [i64; 3],
}

impl Meaning {
    /// Whether two do the same, wherever they jump to.
    pub fn agrees_but_for_jumps(&self, other: &Meaning) -> bool {
        let ([a, _, c], [other_a, _, other_c]) = (self.operands, other.operands);
        self == other || self.jumps && self.op == other.op && (a, c) == (other_a, other_c)
    }
}

/// An operand that refers to something, and the number in its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reference {
    None,
    Number(i64),
    Register(u16),
    Constant(usize),
    Upvalue(usize),
    Label(i32),
    Function(u32),
}

/// The operands of an instruction that comes after `before`.
pub(super) fn operands(
    version: Version,
    i: Instruction,
    before: Option<Instruction>,
) -> [Reference; 3] {
    let opcode = |i: Instruction| version.opcode(i.op());
    let row = opcode(i);
    let is_bare = before.is_some_and(|before| opcode(before).next_word_is_bare(before));
    if row.mode == OpMode::iNone || is_bare {
        // Nothing is known of it but its bits.
        return [
            Reference::Number(i.0.into()),
            Reference::None,
            Reference::None,
        ];
    }
    let after_loadkx = before.is_some_and(|before| opcode(before).next == Next::ExtraArg);
    let fields = [u16::from(i.a()), i.b(), i.c()];
    std::array::from_fn(|n| match row.operands[n] {
        Operand::Unused => Reference::None,
        Operand::Register => Reference::Register(fields[n]),
        Operand::Rk if fields[n] & BITRK != 0 => Reference::Constant((fields[n] & !BITRK).into()),
        Operand::Rk => Reference::Register(fields[n]),
        Operand::Upvalue => Reference::Upvalue(fields[n].into()),
        Operand::Number | Operand::Signed => Reference::Number(fields[n].into()),
        Operand::Constant => Reference::Constant(i.bx() as usize),
        Operand::Label => Reference::Label(i.sbx()),
        Operand::Function => Reference::Function(i.bx()),
        Operand::Decimal if after_loadkx => Reference::Constant(i.ax() as usize),
        Operand::Decimal => Reference::Number(i.ax().into()),
        // Those of later versions.
        _ => Reference::None,
    })
}

/// The instructions of a function, each with the one before it.
pub(super) fn instructions<'p>(
    p: &'p Proto,
) -> impl Iterator<Item = (Option<Instruction>, Instruction)> + 'p {
    p.code.iter().scan(None, |before, i| {
        let last = before.replace(i);
        Some((last, i))
    })
}

/// Numbers for constants, the same for equal ones, whichever function they are of.
#[derive(Default)]
pub(super) struct Values<'a>(HashMap<Value<'a>, i64>);

#[derive(PartialEq, Eq, Hash)]
enum Value<'a> {
    Nil,
    Boolean(bool),
    Integer(i64),
    /// Its bits, one pattern for all NaNs.
    Float(u64),
    String(Cow<'a, [u8]>),
}

impl<'a> Values<'a> {
    /// The numbers of a function's constants.
    pub fn of(&mut self, p: &'a Proto) -> Vec<i64> {
        p.k.iter().map(|constant| self.number(constant)).collect()
    }

    fn number(&mut self, constant: Constant<'a>) -> i64 {
        let value = match constant {
            Constant::Nil => Value::Nil,
            Constant::Boolean(value) => Value::Boolean(value),
            Constant::Integer(value) => Value::Integer(value),
            Constant::Float(value) if value.is_nan() => Value::Float(f64::NAN.to_bits()),
            Constant::Float(value) => Value::Float(value.to_bits()),
            Constant::String(string) => Value::String(string),
        };
        let next = self.0.len() as i64;
        *self.0.entry(value).or_insert(next)
    }
}

/// No register, number or constant is as large.
const FAR: i64 = 1 << 40;

/// The meanings of a function's instructions. `upvalue` gives an upvalue's number.
pub(super) fn meanings(
    version: Version,
    p: &Proto,
    constants: &[i64],
    upvalue: impl Fn(usize) -> i64,
) -> Vec<Meaning> {
    let constant = |index: usize| constants.get(index).map_or(FAR + index as i64, |k| *k);
    let number = |operand| match operand {
        Reference::None => 0,
        Reference::Number(n) => n,
        Reference::Register(register) => register.into(),
        // Below all registers, for either may stand in a field.
        Reference::Constant(index) => -1 - constant(index),
        Reference::Upvalue(index) => upvalue(index),
        Reference::Label(offset) => offset.into(),
        Reference::Function(index) => index.into(),
    };
    instructions(p)
        .map(|(before, i)| Meaning {
            op: i.op(),
            jumps: version.opcode(i.op()).is_jump(),
            operands: operands(version, i, before).map(number),
        })
        .collect()
}

/// The number of an upvalue of the chunk's.
pub(super) fn asked_upvalue(captures: &Captures, index: usize) -> i64 {
    number_of(captures.origin(index), Some)
}

/// The number of an upvalue of the answer's, the same as that of its partner.
pub(super) fn answer_upvalue(captures: &Captures, pairs: &Pairs, index: usize) -> i64 {
    number_of(captures.origin(index), |outside| pairs.of_answer(outside))
}

fn number_of(origin: Origin, partner: impl Fn(usize) -> Option<usize>) -> i64 {
    match origin {
        Origin::Outside(index) => match partner(index) {
            Some(partner) => partner as i64,
            None => FAR + index as i64,
        },
        Origin::Register { level, register } => -1 - (level as i64 * 256 + i64::from(register)),
        Origin::Missing(index) => 2 * FAR + i64::from(index),
    }
}
