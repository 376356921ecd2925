//! The variables from outside of a function that its own instructions use.

use std::borrow::Cow;

use super::code::{ConstantIds, Decoded, instructions};
use crate::chunk::{Constant, Proto};
use crate::disasm::Reference;
use crate::version::Version;

/// A variable from outside of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutsideVariable<'p> {
    /// The variable that an upvalue captures.
    Upvalue(usize),
    /// A global variable with this name.
    Global(Cow<'p, [u8]>),
}

/// Returns the outside variables that a function's own instructions use, in the order of the code.
/// `env` is the upvalue that is the environment, whose fields are the global variables.
///
/// A name that does not fit into the instruction that accesses the global is found in the LOADK
/// that loads it before, or after the environment in Lua 5.4 and later.
pub fn outside_variables<'p>(
    version: Version,
    p: &'p Proto,
    env: Option<usize>,
) -> Vec<OutsideVariable<'p>> {
    let reader = Reader::new(version, p, env);
    let mut found = Vec::new();
    // For each register, the string that was loaded into it last.
    let mut loaded = vec![None; 256];
    let mut pending_env = false;
    for i in instructions(version, p) {
        let was_pending = std::mem::take(&mut pending_env);
        if let Some((register, name)) = reader.loaded_string(&i) {
            loaded[register as usize & 0xFF] = Some(name.clone());
            if was_pending {
                found.pop();
                found.push(OutsideVariable::Global(name));
            }
            continue;
        }
        let Some(variable) = reader.variable(&i, |register| loaded[register & 0xFF].clone()) else {
            continue;
        };
        pending_env = env.is_some_and(|env| variable == OutsideVariable::Upvalue(env));
        found.push(variable);
    }
    found
}

/// Walks through two functions until they differ in more than the outside variables that they use,
/// and returns the pairs of different variables on the way. The targets of jumps do not count.
///
/// This shows which names of an answer were taken for the wrong variables.
pub fn exchanged_variables<'p>(
    version: Version,
    (asked, asked_env): (&'p Proto, Option<usize>),
    (answer, answer_env): (&'p Proto, Option<usize>),
) -> Vec<(OutsideVariable<'p>, OutsideVariable<'p>)> {
    let (a, b) = (
        Reader::new(version, asked, asked_env),
        Reader::new(version, answer, answer_env),
    );
    let mut values = ConstantIds::default();
    let (k_a, k_b) = (values.of(asked), values.of(answer));
    let mut pairs = Vec::new();
    let both = instructions(version, asked).zip(instructions(version, answer));
    for (x, y) in both {
        let agree = |operands: (Reference, Reference)| match operands {
            (Reference::Label(_), Reference::Label(_)) => true,
            (Reference::Upvalue(_), Reference::Upvalue(_)) => true,
            (Reference::Constant(x), Reference::Constant(y)) => match (k_a.get(x), k_b.get(y)) {
                (None, None) => x == y,
                (x, y) => x == y,
            },
            (x, y) => x == y,
        };
        let operands = || x.operands.into_iter().zip(y.operands);
        let is_alike = x.op == y.op && operands().all(agree);
        // A string that is loaded may be the name of a global.
        let name = |reader: &Reader<'p>, i: &Decoded| {
            let loaded = reader.loaded_string(i).map(|(_, name)| name);
            loaded.map(OutsideVariable::Global)
        };
        let (of_x, of_y) = (a.variable(&x, |_| None), b.variable(&y, |_| None));
        let pair = match is_alike {
            true => of_x.zip(of_y),
            false => of_x.or(name(&a, &x)).zip(of_y.or(name(&b, &y))),
        };
        let is_pair = pair.is_some();
        pairs.extend(pair.filter(|(x, y)| x != y));
        // An access of a global and one of an upvalue may differ in nothing else.
        let first = (x.operands[0], y.operands[0]);
        let is_access = |reader: &Reader<'p>, i: &Decoded| {
            let name = reader.version.opcode(i.op).name();
            matches!(name, "GETUPVAL" | "GETGLOBAL" | "GETTABUP")
        };
        let is_exchange = is_pair && first.0 == first.1 && is_access(&a, &x) && is_access(&b, &y);
        let is_field = |reader: &Reader<'p>, i: &Decoded, env| {
            reader.version.opcode(i.op).name() == "GETTABUP"
                && !i.operands.contains(&Reference::Upvalue(env))
        };
        let has_field = asked_env.is_some_and(|env| is_field(&a, &x, env))
            || answer_env.is_some_and(|env| is_field(&b, &y, env));
        if !is_alike && (!is_exchange || has_field) {
            break;
        }
    }
    pairs
}

/// Tells which outside variables the instructions of a function use.
struct Reader<'p> {
    version: Version,
    constants: Vec<Constant<'p>>,
    env: Option<usize>,
}

impl<'p> Reader<'p> {
    fn new(version: Version, p: &'p Proto, env: Option<usize>) -> Reader<'p> {
        Reader {
            version,
            constants: p.k.iter().collect(),
            env,
        }
    }

    /// Returns the register that a LOADK or LOADKX writes, and the string. The constant of a LOADKX
    /// is in the next word, so its register is not known there.
    fn loaded_string(&self, i: &Decoded) -> Option<(u32, Cow<'p, [u8]>)> {
        let register = match (self.version.opcode(i.op).name(), i.operands[0]) {
            ("LOADK", Reference::Register(register)) => register,
            _ => return None,
        };
        Some((register, self.string(i.operands[1])?))
    }

    fn string(&self, operand: Reference) -> Option<Cow<'p, [u8]>> {
        let Reference::Constant(index) = operand else {
            return None;
        };
        match self.constants.get(index)? {
            Constant::String(string) => Some(string.clone()),
            _ => None,
        }
    }

    /// Returns the outside variable that an instruction uses. `loaded` are the strings in registers.
    fn variable(
        &self,
        i: &Decoded,
        loaded: impl Fn(usize) -> Option<Cow<'p, [u8]>>,
    ) -> Option<OutsideVariable<'p>> {
        let name = self.version.opcode(i.op).name();
        if matches!(name, "GETGLOBAL" | "SETGLOBAL") {
            return Some(OutsideVariable::Global(self.string(i.operands[1])?));
        }
        let at =
            (i.operands.iter()).position(|operand| matches!(operand, Reference::Upvalue(_)))?;
        let Reference::Upvalue(upvalue) = i.operands[at] else {
            return None;
        };
        let key = i.operands.get(at + 1).filter(|_| self.env == Some(upvalue));
        let key = key.and_then(|key| match (name, *key) {
            ("GETTABUP" | "SETTABUP", Reference::Register(register)) => loaded(register as usize),
            ("GETTABUP" | "SETTABUP", key) => self.string(key),
            _ => None,
        });
        Some(match key {
            Some(name) => OutsideVariable::Global(name),
            None => OutsideVariable::Upvalue(upvalue),
        })
    }
}
