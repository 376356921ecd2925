//! Code that Lua loads but no compiler emits.

use std::fs;

use crate::common::{files, luac};
use luadec_tok::Version;
use luadec_tok::chunk::{Chunk, Constant, Proto, Upvaldesc};
use luadec_tok::opcodes::{BITRK, Instruction};

/// Returns what is impossible about code in the second function inside a function with three registers,
/// two constants, one upvalue and one function.
fn found(version: Version, code: &[Instruction]) -> String {
    let inside = Proto {
        maxstacksize: 3,
        code: code.iter().copied().collect(),
        k: [Constant::Nil, Constant::Nil].into_iter().collect(),
        upvalues: vec![Upvaldesc::default()],
        p: vec![Proto::default()],
        ..Proto::default()
    };
    let main = Proto {
        p: vec![Proto::default(), inside],
        ..Proto::default()
    };
    let chunk = Chunk::of_function(version, main);
    let found = chunk.find_impossible();
    found.map_or_else(String::new, |impossible| {
        let text = impossible.to_string();
        text.strip_prefix("main > function 1 > ")
            .unwrap()
            .to_owned()
    })
}

/// Returns the instruction of an opcode with these operands.
fn instruction(version: Version, name: &str, operands: [u32; 4]) -> Instruction {
    let op = version.opcodes().iter().position(|row| row.name() == name);
    let op = op.unwrap_or_else(|| panic!("{version} has no {name}"));
    version.instruction(op as u8, operands)
}

#[test]
fn operands_beyond_what_the_function_has() {
    for version in Version::ALL {
        let one = |name, operands| found(version, &[instruction(version, name, operands)]);
        let k = BITRK;
        assert_eq!(one("MOVE", [2, 2, 0, 0]), "", "{version}");
        assert_eq!(
            one("MOVE", [3, 0, 0, 0]),
            "instruction 0: MOVE with register 3, but the function has 3"
        );
        assert_eq!(
            one("MOVE", [0, 3, 0, 0]),
            "instruction 0: MOVE with register 3, but the function has 3"
        );
        assert_eq!(one("SETTABLE", [0, 2, 1 | k, 0]), "");
        assert_eq!(
            one("SETTABLE", [0, 2, 2 | k, 0]),
            "instruction 0: SETTABLE with constant 2, but the function has 2"
        );
        assert_eq!(
            one("SETTABLE", [0, 2, 3, 0]),
            "instruction 0: SETTABLE with register 3, but the function has 3"
        );
        assert_eq!(one("LOADK", [0, 1, 0, 0]), "");
        assert_eq!(
            one("LOADK", [0, 300, 0, 0]),
            "instruction 0: LOADK with constant 300, but the function has 2"
        );
        assert_eq!(one("GETUPVAL", [0, 0, 0, 0]), "");
        assert_eq!(
            one("GETUPVAL", [0, 1, 0, 0]),
            "instruction 0: GETUPVAL with upvalue 1, but the function has 1"
        );
        assert_eq!(one("CLOSURE", [0, 0, 0, 0]), "");
        assert_eq!(
            one("CLOSURE", [0, 1, 0, 0]),
            "instruction 0: CLOSURE with function 1, but the function has 1"
        );
        // Counts are not operands that refer to something.
        assert_eq!(one("CALL", [0, 200, 200, 0]), "");
    }
    let global = |name| {
        let global = instruction(Version::Lua55, "ERRNNIL", [0, name, 0, 0]);
        found(Version::Lua55, &[global])
    };
    assert_eq!(global(0) + &global(2), "");
    assert_eq!(
        global(3),
        "instruction 0: ERRNNIL with constant 2, but the function has 2"
    );
}

/// Lua 5.4 and 5.5 write RETURN and RETURN0 with the first register after all that there are.
#[test]
fn an_empty_range_of_registers_is_nowhere() {
    for version in Version::ALL {
        let range = |b| found(version, &[instruction(version, "RETURN", [3, b, 0, 0])]);
        assert_eq!(range(1), "");
        assert_eq!(
            range(2),
            "instruction 0: RETURN with register 3, but the function has 3"
        );
        if version >= Version::Lua54 {
            let one = |name| found(version, &[instruction(version, name, [3, 0, 0, 0])]);
            assert_eq!(one("RETURN0"), "");
            assert_eq!(
                one("RETURN1"),
                "instruction 0: RETURN1 with register 3, but the function has 3"
            );
        }
    }
}

#[test]
fn unknown_opcodes() {
    for version in Version::ALL {
        let op = version.opcodes().len() as u8;
        assert_eq!(
            found(version, &[Instruction(op.into())]),
            format!("instruction 0: unknown opcode {op}")
        );
    }
}

#[test]
fn instructions_that_need_another() {
    for version in Version::ALL {
        let make = |name, operands| instruction(version, name, operands);
        let plain = make("MOVE", [0, 0, 0, 0]);
        let test = make("TEST", [0, 0, 0, 0]);
        let jump = make("JMP", [0; 4]);
        assert_eq!(found(version, &[test, jump, plain]), "");
        let alone = "instruction 1: TEST without JMP after it";
        assert_eq!(found(version, &[plain, test, plain]), alone);
        assert_eq!(found(version, &[plain, test]), alone);
        if version == Version::Lua51 {
            // The word after this SETLIST is its C, whatever it looks like.
            let setlist = make("SETLIST", [0, 1, 0, 0]);
            assert_eq!(found(version, &[setlist, Instruction(!0), plain]), "");
            assert_eq!(
                found(version, &[setlist, Instruction(!0), Instruction(!0)]),
                "instruction 2: unknown opcode 63"
            );
            continue;
        }
        let extra = make("EXTRAARG", [1, 0, 0, 0]);
        assert_eq!(
            found(version, &[plain, extra]),
            "instruction 1: EXTRAARG after no instruction that takes it"
        );
        assert_eq!(
            found(version, &[extra]),
            "instruction 0: EXTRAARG after no instruction that takes it"
        );
        let setlist = |has_more: bool| match version {
            Version::Lua54 | Version::Lua55 => make("SETLIST", [0, 1, 1, has_more.into()]),
            _ => make("SETLIST", [0, 1, (!has_more).into(), 0]),
        };
        let loadkx = make("LOADKX", [0; 4]);
        assert_eq!(found(version, &[setlist(true), extra, plain]), "");
        assert_eq!(found(version, &[setlist(false), plain]), "");
        assert_eq!(found(version, &[loadkx, extra]), "");
        assert_eq!(
            found(version, &[setlist(false), extra]),
            "instruction 1: EXTRAARG after no instruction that takes it"
        );
        for (before, name) in [(setlist(true), "SETLIST"), (loadkx, "LOADKX")] {
            let alone = format!("instruction 1: {name} without EXTRAARG after it");
            assert_eq!(found(version, &[plain, before, plain]), alone);
            assert_eq!(found(version, &[plain, before]), alone);
        }
        // What follows is not its constant.
        assert_eq!(
            found(version, &[loadkx, make("LOADK", [0, 1, 0, 0])]),
            "instruction 0: LOADKX without EXTRAARG after it"
        );
        assert_eq!(
            found(version, &[loadkx, make("EXTRAARG", [2, 0, 0, 0])]),
            "instruction 0: LOADKX with constant 2, but the function has 2"
        );
    }
}

/// Lua 5.4 has the tags of integers and floats the other way round.
#[test]
fn numbers_with_the_tags_of_lua_54() {
    let found = |constants: &[Constant<'static>]| {
        let inside = Proto {
            k: constants.iter().cloned().collect(),
            ..Proto::default()
        };
        let main = Proto {
            p: vec![inside],
            ..Proto::default()
        };
        let chunk = Chunk::of_function(Version::Lua53, main);
        chunk
            .find_impossible()
            .map_or_else(String::new, |impossible| impossible.to_string())
    };
    let (one, minus_7) = (f64::from_bits(1), f64::from_bits(-7_i64 as u64));
    let half = Constant::Integer(0.5_f64.to_bits() as i64);
    let of_54 = [
        Constant::Nil,
        Constant::Float(one),
        half,
        Constant::Float(minus_7),
    ];
    assert_eq!(
        found(&of_54),
        "main > function 0 > constant 1: no numbers but ones such as 5e-324, which is 1 with the constant tags of Lua 5.4"
    );
    for usual in [Constant::Integer(3), Constant::Float(0.5)] {
        assert_eq!(found(&[of_54.to_vec(), vec![usual]].concat()), "");
    }
    assert_eq!(found(&[Constant::Float(0.0), Constant::Integer(0)]), "");
}

#[test]
fn chunks_of_compilers_have_none() {
    for directory in ["", "widths", "lua51", "lua52", "lua54", "lua55"] {
        for file in files(directory, "luac") {
            let bytes = fs::read(&file).unwrap();
            let chunk = Chunk::read(&bytes).unwrap();
            assert_eq!(chunk.find_impossible(), None, "{}", file.display());
        }
    }
    // More constants than LOADK reaches, and more elements than C of SETLIST.
    let elements: String = (0..263_000).map(|n| format!("{n}.5,")).collect();
    let source = format!("local t = {{{elements}}} x = -0.5");
    let bytes = luac(source.as_bytes(), "big", true);
    let chunk = Chunk::read(&bytes).unwrap();
    let names: Vec<&str> = chunk
        .functions()
        .flat_map(|function| function.instructions().map(|i| i.opcode().name()))
        .collect();
    assert!(names.contains(&"LOADKX") && names.contains(&"EXTRAARG"));
    assert_eq!(chunk.find_impossible(), None);
}
