//! A main function that does nothing but define one function.

use luadec_tok::chunk::Proto;

/// How many instructions of a main function have nothing to do with the definition of its first
/// function: 0 for `function a.b:c() … end`, `local function f() … end`, `return function() … end`
/// and `x = function() … end`, each behind a declaration of local variables or without. `None` where
/// there is no function in it.
pub fn around(main: &Proto) -> Option<usize> {
    let (_, others) = main.p.split_first()?;
    let names: Vec<&str> = main.code.iter().map(|i| i.opcode().name).collect();
    let closure = names.iter().position(|name| *name == "CLOSURE")?;
    let (before, after) = (&names[..closure], &names[closure + 1..]);
    let way = |name: &&str| matches!(*name, "LOADNIL" | "GETTABUP" | "GETUPVAL" | "GETTABLE");
    let before = match before.iter().all(way) {
        true => 0,
        false => before.len(),
    };
    let after = match after {
        ["SETTABUP" | "SETUPVAL" | "SETTABLE" | "MOVE", after @ ..] => after,
        _ => after,
    };
    let after = after.iter().filter(|name| **name != "RETURN").count();
    Some(before + after + others.iter().map(instructions).sum::<usize>())
}

/// The instructions of a function and of all inside it.
fn instructions(p: &Proto) -> usize {
    p.code.len() + p.p.iter().map(instructions).sum::<usize>()
}
