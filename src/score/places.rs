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
    for (pc, function, upvalue) in captures(p) {
        let Some(word) = p.code.get(pc) else {
            break;
        };
        let is_register = Version::Lua51.opcode(word.op()).name == "MOVE";
        let upvalue = &mut p.p[function].upvalues[upvalue];
        upvalue.instack = is_register.into();
        upvalue.idx = word.b() as u8;
    }
    p.p.iter_mut().for_each(put_places);
}

/// The words that say what an upvalue captures: the index of each, of the function and of its
/// upvalue.
fn captures(p: &Proto) -> Vec<(usize, usize, usize)> {
    let mut captures = Vec::new();
    let mut pc = 0;
    while let Some(i) = p.code.get(pc) {
        pc += 1;
        let index = i.bx() as usize;
        if Version::Lua51.opcode(i.op()).name == "CLOSURE"
            && let Some(function) = p.p.get(index)
        {
            let words = 0..function.upvalues.len();
            captures.extend(words.map(|upvalue| (pc + upvalue, index, upvalue)));
            pc += function.upvalues.len();
        }
    }
    captures
}

/// The indices of the words that say something else.
pub(super) fn without_captures(version: Version, p: &Proto) -> Vec<usize> {
    let captures = match version {
        Version::Lua51 => captures(p),
        _ => Vec::new(),
    };
    let mut captures = captures.into_iter().map(|(pc, ..)| pc).peekable();
    let is_other = move |pc: &usize| captures.next_if_eq(pc).is_none();
    (0..p.code.len()).filter(is_other).collect()
}
