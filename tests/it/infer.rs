//! The dialect of a modified Lua, found from one source compiled by it and by Lua.

use std::sync::Arc;

use crate::common::{fixture, fixtures, golden, luac};
use luadec_tok::chunk::{Chunk, Constant};
use luadec_tok::dialect::Dialect;
use luadec_tok::infer::{Inferred, infer};
use luadec_tok::opcodes::Instruction;
use luadec_tok::{Header, Version, dump_in, undump_in};

/// The chunk with nearly every opcode of a version.
fn opcodes(version: Version) -> Vec<u8> {
    match version {
        Version::Lua53 => fixture("opcodes.luac"),
        _ => fixture(&format!(
            "lua{}/opcodes.luac",
            version.to_string().replace('.', "")
        )),
    }
}

/// Returns the chunk as a dialect stores it.
fn foreign(chunk: &Chunk, dialect: &Dialect) -> Vec<u8> {
    let mut chunk = chunk.clone();
    let opcodes = dialect.opcodes_of(chunk.version);
    opcodes.to_foreign(&mut chunk).unwrap();
    dump_in(&chunk, dialect, &Header::of_dialect(dialect, chunk.version)).unwrap()
}

/// Checks that the dialect is found, reads the chunk, and writes it back byte for byte. Returns its lines
/// but for opcodes.
fn found(version: Version, text: &str) -> Vec<String> {
    let bytes = opcodes(version);
    let original = Chunk::read(&bytes).unwrap();
    let made = Dialect::parse(&format!(".base {version}\n{text}"));
    let made = made.unwrap_or_else(|error| panic!("{version} {text}: {error}"));
    let foreign = foreign(&original, &made);
    let inferred = infer(&foreign, &original);
    let inferred = inferred.unwrap_or_else(|error| panic!("{version} {text}: {error}"));
    let Inferred::Dialect(dialect, _) = inferred else {
        panic!("{version} {text}: no dialect");
    };
    let printed = dialect.to_string();
    assert_eq!(Dialect::parse(&printed).as_ref(), Ok(&*dialect));
    let mut read = undump_in(&foreign, &dialect).unwrap().chunk;
    let opcodes = dialect.opcodes_of(version);
    opcodes.to_own(&mut read).unwrap();
    assert_eq!(read.difference(&original), None, "{version} {text}");
    opcodes.to_foreign(&mut read).unwrap();
    let written = dump_in(&read, &dialect, &Header::of_dialect(&dialect, version)).unwrap();
    assert!(written == foreign, "{version} {text} found as {printed}");
    let lines = printed.lines().filter(|line| !line.starts_with(".op"));
    lines.map(str::to_owned).collect()
}

#[test]
fn each_difference_is_found() {
    for version in Version::ALL {
        let base = format!(".base {version}");
        let same = |lines: &[&str]| {
            let wanted: Vec<&str> = [base.as_str()].iter().chain(lines).copied().collect();
            assert_eq!(found(version, &lines.join("\n")), wanted);
        };
        same(&[".format 7"]);
        same(&[".version 99"]);
        same(&[".header - format"]);
        if version != Version::Lua51 {
            same(&[".signature 47 61 6D 65 21"]);
            same(&[".header - LUAC_DATA"]);
        }
        if version > Version::Lua52 {
            same(
                &[".tag 3 float", ".tag 19 integer"].map(|line| match version {
                    Version::Lua53 => match line {
                        ".tag 3 float" => ".tag 3 integer",
                        _ => ".tag 19 float",
                    },
                    _ => line,
                }),
            );
            same(&[".tag 65 string"]);
        }
        same(
            &[".format 1", ".header - Instruction", ".size Instruction 4"][..match version {
                Version::Lua51 | Version::Lua52 => 1,
                _ => 3,
            }],
        );
        if version < Version::Lua54 {
            same(&[".format 1", ".header - size_t", ".size size_t 4"]);
        }
    }
}

#[test]
fn places_of_fields_are_found() {
    for version in [Version::Lua51, Version::Lua52, Version::Lua53] {
        // The opcode on top, as the mirror of Lua's words.
        let top = [
            ".field op 26 6",
            ".field A 18 8",
            ".field B 0 9",
            ".field C 9 9",
            ".field Bx 0 18",
            ".field Ax 0 26",
        ];
        assert_eq!(found(version, &top.join("\n"))[1..], top);
        let swapped = [".field B 14 9", ".field C 23 9"];
        assert_eq!(found(version, &swapped.join("\n"))[1..], swapped);
    }
    let moved = [
        ".field op 25 7",
        ".field A 0 8",
        ".field B 9 8",
        ".field C 17 8",
        ".field k 8 1",
        ".field Bx 8 17",
        ".field Ax 0 25",
    ];
    assert_eq!(found(Version::Lua54, &moved.join("\n"))[1..], moved);
}

/// Numbers, tags, places and header at once.
#[test]
fn several_differences_are_found() {
    let text = "\
.signature 1B 47 61 6D 65
.format 5
.header - size_t
.op 0 loadk
.op 1 move
.op 50 return
.field B 14 9
.field C 23 9
.tag 3 integer
.tag 19 float
.upvalues kind
.size size_t 4
.endian big";
    let lines = found(Version::Lua53, text);
    let wanted = text.lines().filter(|line| !line.starts_with(".op"));
    assert!(lines[1..].iter().eq(wanted), "{lines:?}");
}

/// Plain Lua reads an integer of LNUM as a double, so the opcodes alone show no difference.
#[test]
fn integers_of_lnum_are_found() {
    let bytes = opcodes(Version::Lua51);
    let original = Chunk::read(&bytes).unwrap();
    let text = ".base 5.1\n.tag 9 integer\n.size Integer 4\n";
    let lnum = Dialect::parse(text).unwrap();
    // In the chunk of LNUM's own compiler, numbers without a fraction are integers.
    let mut chunk = original.clone();
    let numbers = chunk.main.k.iter().map(|constant| match constant {
        Constant::Float(1.0) => Constant::Integer(1),
        other => other,
    });
    chunk.main.k = numbers.collect();
    assert_ne!(chunk, original);
    let Ok(Inferred::Dialect(dialect, _)) = infer(&foreign(&chunk, &lnum), &original) else {
        panic!("no dialect");
    };
    assert_eq!(dialect.to_string(), text);
}

#[test]
fn where_only_numbers_differ_there_is_a_map() {
    let original = opcodes(Version::Lua53);
    let original = Chunk::read(&original).unwrap();
    let game = fixture("opmap/opcodes.luac");
    assert!(matches!(infer(&game, &original), Ok(Inferred::Map(_))));
    // Another layout says itself, and bytes after a chunk are no difference.
    let made =
        Dialect::parse(".base 5.3 .op 0 loadk .op 1 move .size size_t 4 .endian big").unwrap();
    let mut chunk = foreign(&original, &made);
    chunk.push(0);
    assert!(matches!(infer(&chunk, &original), Ok(Inferred::Map(_))));
}

#[test]
fn chunks_that_do_not_match_have_no_dialect() {
    let original = opcodes(Version::Lua53);
    let original = Chunk::read(&original).unwrap();
    let message = |foreign: &[u8]| infer(foreign, &original).unwrap_err().to_string();
    assert_eq!(
        message(b"print(1)"),
        "at 0x0: this looks like Lua source; compile it first: luac5.3 -o out.luac in.lua"
    );
    assert_eq!(
        message(&fixture("double.luac")),
        "main > instruction 1: the operands differ: 0x01000026 in the foreign chunk, 0x0000006c in the original"
    );
    assert!(message(&fixture("opcodes.luac")[..500]).contains("unexpected end of data"));
    // An integer in place of a float, with the same code.
    let [integer, float] =
        ["return 7, 8", "return 7, 8.5"].map(|source| luac(source.as_bytes(), "a.lua", true));
    let different = infer(&integer, &Chunk::read(&float).unwrap()).unwrap_err();
    assert_eq!(
        different.to_string(),
        "the constants have other types than the original's: the chunks are not of one source"
    );
    // One MOVE does not show which of its zeros is which field.
    let one = |word: u32| {
        let mut chunk = Chunk::default();
        chunk.main.code.push(Instruction(word));
        chunk
    };
    let few = infer(&one(5 << 26).to_bytes(), &one(0)).map(|inferred| format!("{inferred:?}"));
    let few = few.unwrap_err().to_string();
    assert!(
        few.contains("places; use a source that uses more of the language"),
        "{few}"
    );
}

/// A source with one kind of numbers shows one tag; the other kind has what is left.
#[test]
fn tags_that_the_source_does_not_use_are_found() {
    for source in ["print(7, 'x')", "print(1.5, 'x')", "print(true, 1.5)"] {
        for booleans in ["", " .tag 1 false .tag 17 true"] {
            let text = format!(".base 5.3 .tag 3 integer .tag 19 float{booleans}");
            let made = Dialect::parse(&text).unwrap();
            let bytes = luac(source.as_bytes(), "a.lua", false);
            let original = Chunk::read(&bytes).unwrap();
            let foreign = foreign(&original, &made);
            let Ok(Inferred::Dialect(dialect, _)) = infer(&foreign, &original) else {
                panic!("{text}, {source}: no dialect");
            };
            let read = undump_in(&foreign, &dialect).unwrap().chunk;
            assert_eq!(read.difference(&original), None, "{text}, {source}");
            let kinds = dialect.to_string();
            let numbers = [".tag 3 integer\n", ".tag 19 float\n"];
            assert!(numbers.iter().all(|tag| kinds.contains(tag)), "{kinds}");
        }
    }
}

/// The chunks of docs/DIALECTS.md, from an imaginary game and from AndroLua+.
#[test]
fn the_chunks_of_the_page_are_up_to_date() {
    let game = "\
.base 5.3
.format 01
.header - size_t
.op 0 loadk
.op 1 move
.op 13 sub
.op 14 add
.tag 3 integer
.tag 19 float
.size size_t 4";
    let write = |name: &str, chunk: &Chunk, dialect: &Dialect| {
        let path = fixtures().join(format!("dialect/{name}.luac"));
        golden(&path, &foreign(chunk, dialect));
    };
    let dialect = Dialect::parse(game).unwrap();
    for name in ["opcodes", "double"] {
        let bytes = fixture(&format!("{name}.luac"));
        write(name, &Chunk::read(&bytes).unwrap(), &dialect);
    }
    // local a = [1, 2]
    let arrays = [
        ("array", Dialect::builtin("androlua").unwrap()),
        (
            "array2",
            Dialect::parse(&format!(
                "{game} .op 46 newarray A:register B:number sets A"
            ))
            .unwrap(),
        ),
    ];
    for (name, dialect) in arrays {
        let lua = luac(b"local a = {1, 2}", "array.lua", false);
        let mut chunk = Chunk::read(&lua).unwrap();
        let extension = dialect.opcodes_of(chunk.version).extension;
        chunk.extension = Some(Arc::new(extension));
        let number = chunk.extension().number(b"NEWARRAY").unwrap();
        let code = chunk.main.code.iter().map(|i| {
            let is_table = chunk.version.opcode_of(i).name() == "NEWTABLE";
            match is_table {
                true => Instruction(i.0 & !(0x1FF << 14) & !0x3F | u32::from(number)),
                false => i,
            }
        });
        chunk.main.code = code.collect();
        write(name, &chunk, &dialect);
    }
}
