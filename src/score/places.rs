//! What the upvalues of a chunk of Lua 5.1 capture.

use std::borrow::Cow;

use crate::chunk::{Proto, Version};

/// The function with the places of all upvalues inside it. Lua 5.1 says them in the code: a word
/// after the CLOSURE for each, MOVE for a register and GETUPVAL for an upvalue.
pub(super) fn with_places<'p, 'a>(version: Version, p: &'p Proto<'a>) -> Cow<'p, Proto<'a>> {
    if version != Version::Lua51 {
        return Cow::Borrowed(p);
    }
    let mut p = p.clone();
    put_places(&mut p);
    Cow::Owned(p)
}

fn put_places(p: &mut Proto) {
    let mut pc = 0;
    while let Some(i) = p.code.get(pc) {
        pc += 1;
        if Version::Lua51.opcode(i.op()).name != "CLOSURE" {
            continue;
        }
        let Some(function) = p.p.get_mut(i.bx() as usize) else {
            continue;
        };
        for upvalue in &mut function.upvalues {
            let Some(word) = p.code.get(pc) else {
                break;
            };
            let is_register = Version::Lua51.opcode(word.op()).name == "MOVE";
            upvalue.instack = is_register.into();
            upvalue.idx = word.b() as u8;
            pc += 1;
        }
    }
    p.p.iter_mut().for_each(put_places);
}
