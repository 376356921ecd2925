//! The global variable that an instruction is about.

use super::meaning::{Reference, operands};
use crate::chunk::{Constant, Proto, Version};

/// The name of the global that the instruction at `pc` of a function reads or writes. Since Lua 5.2
/// a global is a field of the upvalue `_ENV`, so the function needs its upvalues' names. `None` where
/// there is no such instruction, or where its name is in a register.
pub fn global(version: Version, p: &Proto, pc: usize) -> Option<Vec<u8>> {
    let i = p.code.get(pc)?;
    let is_env = |index: usize| {
        let upvalue = p.upvalues.get(index);
        upvalue.and_then(|upvalue| upvalue.name.as_deref()) == Some(b"_ENV")
    };
    let name = match (version.opcode_of(i).name, operands(version, i, None)) {
        ("GETGLOBAL" | "SETGLOBAL", [_, Reference::Constant(name), ..]) => name,
        ("GETTABUP", [_, Reference::Upvalue(table), Reference::Constant(name), _])
        | ("SETTABUP", [Reference::Upvalue(table), Reference::Constant(name), ..])
            if is_env(table) =>
        {
            name
        }
        _ => return None,
    };
    match p.k.iter().nth(name)? {
        Constant::String(name) => Some(name.into_owned()),
        _ => None,
    }
}
