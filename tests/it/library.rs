//! What users of the library rely on besides the conversions.

use crate::common::fixture;
use luadec_tok::chunk::Constant;
use luadec_tok::opcodes::Instruction;
use luadec_tok::{Version, undump, view};

#[test]
fn lists_are_indexed_and_iterated() {
    let bytes = fixture("demo.luac");
    let main = undump(&bytes).unwrap().chunk.main;
    assert_eq!(main.k.get(0), Some(Constant::String(b"a".into())));
    assert_eq!(main.k.get(1), Some(Constant::Integer(1)));
    assert_eq!(main.k.get(2), None);
    let mut constants = 0;
    for constant in &main.k {
        assert_eq!(main.k.get(constants), Some(constant));
        constants += 1;
    }
    assert_eq!(constants, main.k.len());
    let mut words = 0;
    for instruction in &main.code {
        assert_eq!(main.code.get(words), Some(instruction));
        words += 1;
    }
    assert_eq!(words, 2);
}

#[test]
fn instructions_show_what_they_do() {
    for (word, shown) in [
        (0x8040_4008, "SETTABUP 0 256 257"),
        (0x0000_4001, "LOADK 0 1"),
        (0x7FFF_C01E, "JMP 0 0"),
        (0x0000_006E, "EXTRAARG 1"),
        (0x0000_003F, "UNKNOWN 63"),
    ] {
        assert_eq!(Instruction(word).display(Version::Lua53).to_string(), shown);
    }
    for (word, shown) in [
        (0x0001_0003, "LOADK 0 2"),
        (0x8000_0138, "JMP 3"),
        (0x0201_8012, "SETFIELD 0 1 2 1"),
        (0x8001_0081, "LOADI 1 3"),
        (0x0000_007F, "UNKNOWN 127"),
    ] {
        assert_eq!(Instruction(word).display(Version::Lua54).to_string(), shown);
    }
}

#[test]
fn a_comment_line_is_passed_over() {
    let bytes = fixture("demo.luac");
    let commented = [&b"#!/usr/bin/lua\n"[..], &bytes].concat();
    assert_eq!(undump(&commented).unwrap(), undump(&bytes).unwrap());
    let partial = view::read(&commented).unwrap();
    assert_eq!(partial.chunk(), Some(&undump(&bytes).unwrap().chunk));
}
