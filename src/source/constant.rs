//! Compile-time constants: the variables with `<const>` that Lua 5.4 and later replace by their values.

use std::collections::HashMap;

use super::Source;
use super::literal::{self, NumberValue};
use super::scope::{Attribute, Binding, VariableId, VariableKind};
use super::token::TokenKind;
use super::tree::{NodeId, NodeKind};
use crate::Version;

/// The value of a compile-time constant.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Constant {
    Nil,
    Boolean(bool),
    Number(NumberValue),
    String(Vec<u8>),
}

impl Constant {
    pub fn is_negative(&self) -> bool {
        match self {
            Constant::Number(NumberValue::Integer(value)) => *value < 0,
            Constant::Number(NumberValue::Float(value)) => *value < 0.0,
            _ => false,
        }
    }

    /// Writes it as an expression. A negative number starts with `-`, except the least integer.
    pub fn write(&self, out: &mut String, version: Version) {
        match self {
            Constant::Nil => out.push_str("nil"),
            Constant::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
            Constant::Number(NumberValue::Integer(value)) if *value != i64::MIN => {
                out.push_str(&value.to_string());
            }
            Constant::Number(NumberValue::Float(value)) => {
                literal::write_float(out, *value, version);
            }
            Constant::Number(number) => literal::write_value(out, *number, version),
            Constant::String(value) => literal::write_string(out, value),
        }
    }

    fn is_true(&self) -> bool {
        !matches!(self, Constant::Nil | Constant::Boolean(false))
    }
}

impl Source<'_> {
    /// Returns true if the compiler replaces a variable by its value, so that it has no register and no
    /// function captures it.
    pub fn is_compile_time_constant(&self, variable: VariableId) -> bool {
        self.constants.contains_key(&variable)
    }

    /// Finds the compile-time constants (`localstat` of lparser.c): the last variable of a `local`
    /// statement with as many values as variables, if it has `<const>` and its value is folded.
    pub(super) fn find_constants(&mut self) {
        if self.version < Version::Lua54 {
            return;
        }
        let candidates = (0..).zip(&self.variables).filter(|(_, variable)| {
            variable.kind == VariableKind::Local && variable.attribute == Attribute::Const
        });
        let candidates: HashMap<u32, VariableId> = candidates
            .map(|(id, variable)| (variable.token, id))
            .collect();
        if candidates.is_empty() {
            return;
        }
        for id in 0..self.nodes.len() as NodeId {
            if self.nodes[id as usize].kind == NodeKind::Local
                && let Some((token, value)) = self.last_of_as_many(id)
                && let Some(variable) = candidates.get(&token)
                && let Some(value) = self.folded(value)
            {
                self.constants.insert(*variable, value);
            }
        }
    }

    /// Returns the token of the last name of a `local` statement, and its value, if there are as many
    /// values as names.
    fn last_of_as_many(&self, local: NodeId) -> Option<(u32, NodeId)> {
        let node = self.nodes[local as usize];
        let (mut names, mut last, mut is_attribute) = (0, node.first, false);
        for token in node.first + 1..node.last {
            match self.tokens[token as usize].kind {
                TokenKind::Assign => break,
                TokenKind::Less => is_attribute = true,
                TokenKind::Greater => is_attribute = false,
                TokenKind::Name if !is_attribute => (names, last) = (names + 1, token),
                _ => {}
            }
        }
        let values: Vec<NodeId> = self.children(local).collect();
        let value = values.last()?;
        (values.len() == names).then_some((last, *value))
    }

    /// Returns the value of an expression that the compiler folds (`luaK_exp2const` of lcode.c).
    fn folded(&self, id: NodeId) -> Option<Constant> {
        let node = self.nodes[id as usize];
        let text = || self.token(node.first);
        Some(match node.kind {
            NodeKind::Nil => Constant::Nil,
            NodeKind::True => Constant::Boolean(true),
            NodeKind::False => Constant::Boolean(false),
            NodeKind::Number => Constant::Number(literal::number(text(), self.version)),
            NodeKind::String => {
                Constant::String(literal::string_value(text(), self.version).into_owned())
            }
            NodeKind::Parenthesized => self.folded(id + 1)?,
            NodeKind::Name => {
                let name = self
                    .names
                    .binary_search_by_key(&node.first, |name| name.token);
                match self.names[name.ok()?].binding {
                    Binding::Variable(variable) => self.constants.get(&variable)?.clone(),
                    _ => return None,
                }
            }
            NodeKind::Unary => {
                let value = self.folded(id + 1)?;
                match (self.tokens[node.first as usize].kind, value) {
                    (TokenKind::Not, value) => Constant::Boolean(!value.is_true()),
                    (TokenKind::Minus, Constant::Number(NumberValue::Integer(value))) => {
                        Constant::Number(NumberValue::Integer(value.wrapping_neg()))
                    }
                    (TokenKind::Minus, Constant::Number(NumberValue::Float(value))) => {
                        float(-value)?
                    }
                    (TokenKind::Tilde, Constant::Number(value)) => {
                        Constant::Number(NumberValue::Integer(!integer(value)?))
                    }
                    _ => return None,
                }
            }
            NodeKind::Binary => {
                let mut operands = self.children(id);
                let mut operand = operands.next()?;
                let mut left = self.folded(operand)?;
                for right in operands {
                    let operator = self.nodes[operand as usize].last;
                    let operator = self.tokens[operator as usize].kind;
                    left = match operator {
                        TokenKind::And if left.is_true() => self.folded(right)?,
                        TokenKind::Or if !left.is_true() => self.folded(right)?,
                        _ => match (left, self.folded(right)?) {
                            (Constant::Number(a), Constant::Number(b)) => {
                                arithmetic(operator, a, b)?
                            }
                            _ => return None,
                        },
                    };
                    operand = right;
                }
                left
            }
            _ => return None,
        })
    }
}

/// Returns the result of an operation, if it is one that the compiler folds (`constfolding` of lcode.c).
fn arithmetic(operator: TokenKind, a: NumberValue, b: NumberValue) -> Option<Constant> {
    use NumberValue::{Float, Integer};
    use TokenKind::*;
    let is_zero = match b {
        Integer(b) => b == 0,
        Float(b) => b == 0.0,
    };
    if is_zero && matches!(operator, Slash | DoubleSlash | Percent) {
        return None;
    }
    let integers = match (a, b) {
        (Integer(a), Integer(b)) => match operator {
            Plus => Some(a.wrapping_add(b)),
            Minus => Some(a.wrapping_sub(b)),
            Star => Some(a.wrapping_mul(b)),
            DoubleSlash => Some(floor_div(a, b)),
            Percent => Some(a.wrapping_sub(floor_div(a, b).wrapping_mul(b))),
            _ => None,
        },
        _ => None,
    };
    if let Some(value) = integers {
        return Some(Constant::Number(Integer(value)));
    }
    let bits = |of: fn(i64, i64) -> i64| {
        let value = of(integer(a)?, integer(b)?);
        Some(Constant::Number(Integer(value)))
    };
    let (x, y) = (as_float(a), as_float(b));
    match operator {
        Ampersand => bits(|a, b| a & b),
        Pipe => bits(|a, b| a | b),
        Tilde => bits(|a, b| a ^ b),
        ShiftLeft => bits(shift_left),
        ShiftRight => bits(|a, b| shift_left(a, b.wrapping_neg())),
        Plus => float(x + y),
        Minus => float(x - y),
        Star => float(x * y),
        Slash => float(x / y),
        Caret => float(if y == 2.0 { x * x } else { x.powf(y) }),
        DoubleSlash => float((x / y).floor()),
        Percent => {
            let rest = x % y;
            let is_other_side = rest != 0.0 && (rest < 0.0) != (y < 0.0);
            float(if is_other_side { rest + y } else { rest })
        }
        _ => None,
    }
}

/// Returns a float, unless the compiler leaves the operation to the machine: for NaN and zeros.
fn float(value: f64) -> Option<Constant> {
    (!value.is_nan() && value != 0.0).then_some(Constant::Number(NumberValue::Float(value)))
}

fn as_float(number: NumberValue) -> f64 {
    match number {
        NumberValue::Integer(value) => value as f64,
        NumberValue::Float(value) => value,
    }
}

/// Returns the integer with the same value, if there is one.
fn integer(number: NumberValue) -> Option<i64> {
    match number {
        NumberValue::Integer(value) => Some(value),
        NumberValue::Float(value) => {
            let is_integer = value.floor() == value && (-TWO_63..TWO_63).contains(&value);
            is_integer.then_some(value as i64)
        }
    }
}

const TWO_63: f64 = 9_223_372_036_854_775_808.0;

fn floor_div(a: i64, b: i64) -> i64 {
    let quotient = a.wrapping_div(b);
    let is_inexact = a.wrapping_rem(b) != 0;
    quotient - i64::from(is_inexact && (a < 0) != (b < 0))
}

/// Shifts to the left, or to the right by a negative number.
fn shift_left(a: i64, by: i64) -> i64 {
    let bits = a as u64;
    let distance = by.unsigned_abs();
    (match by {
        _ if distance >= 64 => 0,
        0.. => bits << distance,
        _ => bits >> distance,
    }) as i64
}
