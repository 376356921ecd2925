//! The constants and functions of a function, in the order in which the compiler met them.

use super::code::instructions;
use crate::chunk::{Constant, Proto};
use crate::disasm::Reference;
use crate::version::Version;

/// A constant or a function of a function.
#[derive(Clone, Debug)]
pub enum Mention<'p> {
    /// A constant.
    Constant(Constant<'p>),
    /// A function inside.
    Function(&'p Proto<'p>),
}

/// Returns the constants and the functions of a function, each kind in the order of its numbers. A
/// constant that the code uses before a closure comes before its function, and so does the key under
/// which the closure is stored.
pub fn mentions<'p>(version: Version, p: &'p Proto<'p>) -> Vec<Mention<'p>> {
    let mut mentions = Vec::new();
    let mut constants = p.k.iter();
    let mut count = 0;
    let mut functions = p.p.iter();
    // Mentions the constants up to the last that an instruction uses.
    let mut until = |mentions: &mut Vec<Mention<'p>>, operands: &[Reference]| {
        for operand in operands {
            if let Reference::Constant(index) = *operand {
                while count <= index
                    && let Some(constant) = constants.next()
                {
                    mentions.push(Mention::Constant(constant));
                    count += 1;
                }
            }
        }
    };
    let decoded: Vec<_> = instructions(version, p).collect();
    for (at, i) in decoded.iter().enumerate() {
        let is_closure = |operand: &Reference| matches!(operand, Reference::Function(_));
        if !i.operands.iter().any(is_closure) {
            until(&mut mentions, &i.operands);
            continue;
        }
        let closure = i.operands[0];
        let store = decoded.get(at + 1).filter(|next| {
            let name = version.opcode(next.op).name();
            let last = next.operands.iter().rev().find(|i| **i != Reference::None);
            name.starts_with("SET") && last == Some(&closure)
        });
        if let Some(store) = store {
            until(&mut mentions, &store.operands);
        }
        mentions.extend(functions.next().map(Mention::Function));
    }
    mentions.extend(constants.map(Mention::Constant));
    mentions.extend(functions.map(Mention::Function));
    mentions
}
