//! What the code of a function, and of those inside it, does with the variables around it.

use std::borrow::Cow;
use std::collections::HashMap;

use super::captures::{Captures, Origin};
use super::code::{Reference, operands, words};
use crate::chunk::{Constant, Proto, Version};

/// A use of something that a function does not have itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access<'p> {
    /// A global variable of Lua 5.1, by its name. Later versions have fields of `_ENV` instead.
    Global(Cow<'p, [u8]>),
    /// The upvalue of the outermost function with this index is read or written, or is indexed by
    /// something that is not a constant string.
    Upvalue(usize),
    /// The field of this name in the upvalue with this index: in Lua 5.2 and later that is how a
    /// global variable is used.
    UpvalueField(usize, Cow<'p, [u8]>),
    /// The field of this name in any other table.
    Field(Cow<'p, [u8]>),
}

/// The uses in the code of a function and of those inside it. Those of each function come in the order
/// of its code.
pub fn accesses<'p>(version: Version, p: &'p Proto) -> Vec<Access<'p>> {
    let mut found = Vec::new();
    add(version, p, &Captures::outermost(p), &mut found);
    found
}

fn add<'p>(version: Version, p: &'p Proto, captures: &Captures, found: &mut Vec<Access<'p>>) {
    let constants: Vec<Constant> = p.k.iter().collect();
    let string = |index: usize| match constants.get(index) {
        Some(Constant::String(string)) => Some(string.clone()),
        _ => None,
    };
    // The constants that registers hold: a name beyond constant 255 is loaded before it is used.
    let mut loaded: HashMap<u32, usize> = HashMap::new();
    // From Lua 5.4 on `_ENV` is loaded before such a name.
    let mut env = None;
    for word in words(version, p) {
        if word.captures.is_some() {
            continue;
        }
        let [a, b, c, ..] = operands(version, word.i, word.before);
        let key = |key| match key {
            Reference::Constant(index) => string(index),
            Reference::Register(register) => loaded.get(&register).and_then(|k| string(*k)),
            _ => None,
        };
        let upvalue = |index: usize, key: Option<Cow<'p, [u8]>>| match captures.origin(index) {
            Origin::Outside(index) => Some(match key {
                None => Access::Upvalue(index),
                Some(key) => Access::UpvalueField(index, key),
            }),
            _ => key.map(Access::Field),
        };
        let name = version.opcode_of(word.i).name;
        if let Some(index) = env.take() {
            let key = match (name, b) {
                ("LOADK", Reference::Constant(k)) if k > 255 => string(k),
                _ => None,
            };
            found.extend(upvalue(index, key));
        }
        found.extend(match (name, a, b, c) {
            ("GETGLOBAL" | "SETGLOBAL", _, Reference::Constant(name), _) => {
                string(name).map(Access::Global)
            }
            ("GETUPVAL", _, Reference::Upvalue(index), _) if version >= Version::Lua54 => {
                env = Some(index);
                None
            }
            ("GETUPVAL" | "SETUPVAL", _, Reference::Upvalue(index), _) => upvalue(index, None),
            ("GETTABUP", _, Reference::Upvalue(index), k)
            | ("SETTABUP", Reference::Upvalue(index), k, _) => upvalue(index, key(k)),
            ("GETTABLE" | "GETFIELD", _, _, k) | ("SETTABLE" | "SETFIELD", _, k, _) => {
                key(k).map(Access::Field)
            }
            _ => None,
        });
        if let Reference::Register(register) = a
            && version.opcode_of(word.i).a
        {
            match (name, b) {
                ("LOADK", Reference::Constant(k)) => loaded.insert(register, k),
                _ => loaded.remove(&register),
            };
        }
    }
    for (p, captures) in p.p.iter().zip(captures.inside(version, p)) {
        add(version, p, &captures, found);
    }
}
