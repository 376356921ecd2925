//! A main function that does nothing but define one function.

use luadec_tok::chunk::{Proto, Version};

/// How many instructions of a main function have nothing to do with the definition of its first
/// function: 0 for `function a.b:c() … end`, `local function f() … end`, `global function f() … end`,
/// `return function() … end` and `x = function() … end`, each behind a declaration of local variables
/// or without. `None` where there is no function in it.
pub fn around(version: Version, main: &Proto) -> Option<usize> {
    let (first, others) = main.p.split_first()?;
    let names: Vec<&str> = main
        .code
        .iter()
        .map(|i| version.opcode_of(i).name)
        .collect();
    let closure = names.iter().position(|name| *name == "CLOSURE")?;
    // From Lua 5.4 on a function that takes `...` begins so.
    let start = usize::from(names[0] == "VARARGPREP");
    let after = &names[closure + 1..];
    // In Lua 5.1 a word for each upvalue belongs to the CLOSURE.
    let captures = match version {
        Version::Lua51 => first.upvalues.len().min(after.len()),
        _ => 0,
    };
    // In Lua 5.5 a `global` must not have a value yet.
    let after = match &after[captures..] {
        ["GETTABUP", "ERRNNIL", after @ ..] => after,
        after => after,
    };
    let leads_to_it = |pc: usize| match names[pc] {
        "LOADNIL" | "GETGLOBAL" | "GETTABUP" | "GETUPVAL" | "GETTABLE" | "GETFIELD" => true,
        // From Lua 5.4 on, a name of more than 40 bytes is a key in a register.
        "LOADK" => matches!(
            names[pc + 1..],
            ["GETTABLE", ..] | ["CLOSURE", "SETTABLE", ..]
        ),
        _ => false,
    };
    let before = match (start..closure).all(leads_to_it) {
        true => 0,
        false => closure - start,
    };
    let after = match after {
        [
            "SETGLOBAL" | "SETTABUP" | "SETUPVAL" | "SETTABLE" | "SETFIELD" | "MOVE",
            after @ ..,
        ] => after,
        _ => after,
    };
    let after = after.iter().filter(|name| **name != "RETURN").count();
    Some(before + after + others.iter().map(instructions).sum::<usize>())
}

/// The instructions of a function and of all inside it.
fn instructions(p: &Proto) -> usize {
    p.code.len() + p.p.iter().map(instructions).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use luadec_tok::opcodes::Instruction;

    use super::*;

    #[test]
    fn a_global_function_of_lua_5_5() {
        let version = Version::Lua55;
        let word = |name: &&str| {
            let mut words = (0..0x80).map(Instruction);
            words.find(|i| version.opcode_of(*i).name == *name).unwrap()
        };
        let around = |names: &[&str]| {
            let main = Proto {
                code: names.iter().map(word).collect(),
                p: vec![Proto::default()],
                ..Proto::default()
            };
            around(version, &main)
        };
        let definition = [
            "VARARGPREP",
            "CLOSURE",
            "GETTABUP",
            "ERRNNIL",
            "SETTABUP",
            "RETURN",
        ];
        assert_eq!(around(&definition), Some(0));
        assert_eq!(
            around(&["VARARGPREP", "CLOSURE", "GETTABUP", "SETTABUP", "RETURN"]),
            Some(2)
        );
    }
}
