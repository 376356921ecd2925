//! Goldens. Every `fixtures/NAME.lua` has `NAME.luac`, as luac5.3 writes it, and `NAME.txt`,
//! `NAME.stripped.txt`, `NAME.terse` and `NAME.stripped.terse`. To add one, put `NAME.lua` there
//! and run with `BLESS=1`.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;

use crate::common::{files, fixture, golden, luac, stream_of, stripped, stripped_stream_of, terse};
use luadec_tok::chunk::{Chunk, Proto};
use luadec_tok::{Version, undump};

#[test]
fn chunks_are_those_of_lua() {
    for lua in files("", "lua") {
        let name = lua.file_name().unwrap().to_str().unwrap();
        golden(
            &lua.with_extension("luac"),
            &luac(&fs::read(&lua).unwrap(), name, false),
        );
    }
}

#[test]
fn streams() {
    for lua in files("", "lua") {
        let chunk = fs::read(lua.with_extension("luac")).unwrap();
        golden(
            &lua.with_extension("txt"),
            format!("{}\n", stream_of(&chunk)).as_bytes(),
        );
        let stripped = format!("{}\n", stripped_stream_of(&chunk));
        golden(&lua.with_extension("stripped.txt"), stripped.as_bytes());
    }
}

#[test]
fn terse_streams() {
    for lua in files("", "lua") {
        let chunk = fs::read(lua.with_extension("luac")).unwrap();
        let full = format!("{}\n", terse(&Chunk::read(&chunk).unwrap()));
        golden(&lua.with_extension("terse"), full.as_bytes());
        let bare = format!("{}\n", terse(&stripped(&chunk)));
        golden(&lua.with_extension("stripped.terse"), bare.as_bytes());
    }
}

#[test]
fn a_stripped_stream_is_that_of_luac_s() {
    for lua in files("", "lua") {
        let name = lua.file_name().unwrap().to_str().unwrap();
        let source = fs::read(&lua).unwrap();
        let stripped = luac(&source, name, true);
        assert_eq!(
            stripped_stream_of(&luac(&source, name, false)),
            stream_of(&stripped),
            "{name}"
        );
        assert_eq!(
            stripped_stream_of(&stripped),
            stream_of(&stripped),
            "{name}"
        );
    }
}

/// The stream that the project began with has two wrong tokens: `<|Proto-sizecode|>0`, although two
/// instructions follow, and `<|Constant|>5e-324`, which is the integer 1 read as a double.
#[test]
fn the_first_stream_is_reproduced_except_for_two_mistakes() {
    let seed = String::from_utf8(fixture("seed-demo.txt")).unwrap();
    let right = seed
        .trim_end()
        .replacen(
            "<|Proto-sizecode|>0<|/Proto-sizecode|>",
            "<|Proto-sizecode|>2<|/Proto-sizecode|>",
            1,
        )
        .replacen(
            "<|Constant|>5e-324<|/Constant|>",
            "<|Constant|>1<|/Constant|>",
            1,
        );
    assert_ne!(seed.trim_end(), right);
    assert_eq!(stream_of(&fixture("demo.luac")), right);
}

#[test]
fn the_fixtures_hold_all_opcodes() {
    let mut found = BTreeSet::new();
    for file in files("", "luac") {
        let bytes = fs::read(file).unwrap();
        if let Ok(undumped) = undump(&bytes) {
            opcodes(&undumped.chunk.main, &mut found);
        }
    }
    for (source, _) in large_programs() {
        opcodes(
            &Chunk::read(&luac(source.as_bytes(), "large.lua", false))
                .unwrap()
                .main,
            &mut found,
        );
    }
    let all: BTreeSet<u8> = (0..Version::Lua53.opcodes().len() as u8).collect();
    assert_eq!(found, all);
}

fn opcodes(p: &Proto, found: &mut BTreeSet<u8>) {
    found.extend(p.code.iter().map(|i| Version::Lua53.op(i)));
    p.p.iter().for_each(|p| opcodes(p, found));
}

/// Programs with more constants than Bx can count, for LOADKX, and more elements than C can, for a
/// SETLIST with C = 0; each with what its stream must contain.
fn large_programs() -> [(String, &'static str); 2] {
    let mut constants = String::from("local t = {}\n");
    for i in 0..262_200 {
        writeln!(constants, "t = {i}.5").unwrap();
    }
    let elements = format!("return {{{}}}", "1,".repeat(51_200));
    [
        (
            constants,
            "<|OP_LOADKX|><|Instruction-T=0|><|Instruction-A=1|><|Instruction-B=OpArgN|>",
        ),
        (
            elements,
            "<|Instruction-C-R=0|><|Instruction-MODE=iABC|><|Instruction-INLINE=true|><|Instruction-JUMP=false|>",
        ),
    ]
}

#[test]
fn an_extra_argument_belongs_to_the_instruction_before() {
    for (source, wanted) in large_programs() {
        let bytes = luac(source.as_bytes(), "large.lua", false);
        let mut chunk = Chunk::read(&bytes).unwrap();
        // The last instructions suffice; all of them make a stream of 500 MB.
        let main = &mut chunk.main;
        let before = main.code.len() - 100;
        main.code = main.code.iter().skip(before).collect();
        main.lineinfo = main.lineinfo.iter().skip(before).collect();
        let stream = chunk.to_tokens().unwrap();
        let (_, after) = stream.split_once(wanted).expect(wanted);
        let (_, next) = after.split_once("<|/Instruction|>").unwrap();
        let (next, _) = next.split_once("<|Instruction-T=").unwrap();
        assert!(next.ends_with("<|OP_EXTRAARG|>"), "{next}");
        assert_eq!(Chunk::parse(&stream).unwrap(), chunk);
    }
}

#[test]
fn every_layout_gives_the_same_stream() {
    for stripped in ["", ".stripped"] {
        let native = stream_of(&fixture(&format!("widths/widths.x86_64{stripped}.luac")));
        for file in files("widths", "luac") {
            if file.to_str().unwrap().contains(".stripped.") == stripped.is_empty() {
                continue;
            }
            assert!(
                stream_of(&fs::read(&file).unwrap()) == native,
                "{}",
                file.display()
            );
        }
    }
}
