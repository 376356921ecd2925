//! An instruction by what it means: an opcode and the values of its operands.

use std::borrow::Cow;
use std::collections::HashMap;

use super::upvalues::{Captures, Origin, Pairs};
use crate::chunk::{Constant, Proto, Version};
use crate::opcodes::lua51::Lua51;
use crate::opcodes::lua52::Lua52;
use crate::opcodes::lua54::Lua54;
use crate::opcodes::lua55::Lua55;
use crate::opcodes::{BITRK, Instruction, InstructionSet, Lua53, MAX_OPERANDS, Operand};

/// What an instruction does, so that two do the same if and only if they are equal. Constants and
/// upvalues are numbers that both functions share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Meaning {
    op: u8,
    operands: [i64; MAX_OPERANDS],
    /// How far it jumps from the next instruction, if it does.
    distance: i64,
}

impl Meaning {
    /// Whether two do the same, wherever they jump to.
    pub fn agrees_but_for_jumps(&self, other: &Meaning) -> bool {
        (self.op, self.operands) == (other.op, other.operands)
    }
}

/// An operand that refers to something, and the number in its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reference {
    None,
    Number(i64),
    Register(u32),
    Constant(usize),
    Upvalue(usize),
    /// How far a jump goes from the next instruction.
    Label(i64),
    Function(u32),
}

/// The operands of an instruction that comes after `before`.
pub(super) fn operands(
    version: Version,
    i: Instruction,
    before: Option<Instruction>,
) -> [Reference; MAX_OPERANDS] {
    match version {
        Version::Lua51 => operands_of::<Lua51>(i, before),
        Version::Lua52 => operands_of::<Lua52>(i, before),
        Version::Lua53 => operands_of::<Lua53>(i, before),
        Version::Lua54 => operands_of::<Lua54>(i, before),
        Version::Lua55 => operands_of::<Lua55>(i, before),
    }
}

fn operands_of<S: InstructionSet>(
    i: Instruction,
    before: Option<Instruction>,
) -> [Reference; MAX_OPERANDS] {
    let row = S::row(S::op(i));
    let mut references = [Reference::None; MAX_OPERANDS];
    if row.is_unknown() || before.is_some_and(S::takes_bare_word) {
        // Nothing is known of it but its bits.
        references[0] = Reference::Number(i.0.into());
        return references;
    }
    let fields = S::fields(i);
    for (index, reference) in references.iter_mut().enumerate().take(S::OPERANDS) {
        let field = fields[index];
        let constant_if_flagged = field.checked_sub(BITRK.into());
        *reference = match S::operand(row, index) {
            Operand::Unused => Reference::None,
            Operand::Register => Reference::Register(field),
            Operand::Rk => match constant_if_flagged {
                Some(constant) => Reference::Constant(constant as usize),
                None => Reference::Register(field),
            },
            Operand::Upvalue => Reference::Upvalue(field as usize),
            Operand::Signed => Reference::Number((field as i32).into()),
            Operand::Constant => Reference::Constant(field as usize),
            Operand::Name => match field.checked_sub(1) {
                Some(constant) => Reference::Constant(constant as usize),
                None => Reference::Number(0),
            },
            label if label.is_label() => Reference::Label(S::distance(label, field)),
            Operand::Function => Reference::Function(field),
            // The extra argument of a LOADKX; others have a number in theirs.
            Operand::Decimal if before.is_some_and(|i| S::row(S::op(i)).name == "LOADKX") => {
                Reference::Constant(field as usize)
            }
            _ => Reference::Number(field.into()),
        };
    }
    references
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
        Reference::None | Reference::Label(_) => 0,
        Reference::Number(n) => n,
        Reference::Register(register) => register.into(),
        // Below all registers, for either may stand in a field.
        Reference::Constant(index) => -1 - constant(index),
        Reference::Upvalue(index) => upvalue(index),
        Reference::Function(index) => index.into(),
    };
    let distance = |operand: &Reference| match operand {
        Reference::Label(distance) => Some(*distance),
        _ => None,
    };
    instructions(p)
        .map(|(before, i)| {
            let operands = operands(version, i, before);
            Meaning {
                op: version.op(i),
                operands: operands.map(number),
                distance: operands.iter().find_map(distance).unwrap_or_default(),
            }
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
