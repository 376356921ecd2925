//! The global variable that an instruction is about.

use super::meaning::{Reference, operands};
use crate::chunk::{Constant, Proto, Version};

/// The name of the global that the instruction at `pc` of a function reads or writes. Since Lua 5.2
/// a global is a field of the upvalue `_ENV`, so the function needs its upvalues' names. From Lua 5.4
/// on `_ENV` is first loaded into a register where the name does not fit into the instruction: that is
/// the instruction then. `None` where there is no such instruction.
pub fn global(version: Version, p: &Proto, pc: usize) -> Option<Vec<u8>> {
    let named = |pc| {
        let i = p.code.get(pc)?;
        Some((version.opcode_of(i).name, operands(version, i, None)))
    };
    let is_env = |index: usize| {
        let upvalue = p.upvalues.get(index);
        upvalue.and_then(|upvalue| upvalue.name.as_deref()) == Some(b"_ENV")
    };
    let name = match named(pc)? {
        ("GETGLOBAL" | "SETGLOBAL", [_, Reference::Constant(name), ..]) => name,
        ("GETTABUP", [_, Reference::Upvalue(table), Reference::Constant(name), _])
        | ("SETTABUP", [Reference::Upvalue(table), Reference::Constant(name), ..])
            if is_env(table) =>
        {
            name
        }
        ("GETUPVAL", [_, Reference::Upvalue(table), ..]) if is_env(table) => match named(pc + 1)? {
            ("LOADK", [_, Reference::Constant(name), ..]) => name,
            _ => return None,
        },
        _ => return None,
    };
    match p.k.iter().nth(name)? {
        Constant::String(name) => Some(name.into_owned()),
        _ => None,
    }
}
