//! The public functions of the library.

use crate::common::{files, fixture};
use luadec_tok::chunk::{Chunk, Constant, Proto};
use luadec_tok::opcodes::Instruction;
use luadec_tok::{Version, view};

#[test]
fn lists_are_indexed_and_iterated() {
    let bytes = fixture("demo.luac");
    let main = Chunk::read(&bytes).unwrap().main;
    let constants = [Constant::String(b"a".into()), Constant::Integer(1)];
    assert!(main.k.iter().eq(constants));
    let mut words = 0;
    for instruction in &main.code {
        assert_eq!(main.code.get(words), Some(instruction));
        words += 1;
    }
    assert_eq!(words, 2);
}

#[test]
fn instructions_display_with_a_version() {
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

/// 3 is LOADNIL in Lua 5.1, LOADBOOL in 5.2 and 5.3, and LOADK in 5.4 and 5.5.
#[test]
fn chunks_show_the_mnemonics_of_their_version() {
    for (version, mnemonic) in Version::ALL.into_iter().zip([
        "LOADNIL 0 0 0",
        "LOADBOOL 0 0 0",
        "LOADBOOL 0 0 0",
        "LOADK 0 0",
        "LOADK 0 0",
    ]) {
        let main = Proto {
            code: [Instruction(3)].into_iter().collect(),
            ..Proto::default()
        };
        let inside = Proto {
            p: vec![main],
            ..Proto::default()
        };
        let shown = format!("{:?}", Chunk::of_function(version, inside));
        assert!(shown.contains(&format!("code: [{mnemonic}]")), "{shown}");
    }
}

#[test]
fn functions_come_in_the_order_of_a_listing() {
    for version in ["", "lua51/", "lua52/", "lua54/", "lua55/"] {
        let bytes = fixture(&format!("{version}opcodes.luac"));
        let chunk = Chunk::read(&bytes).unwrap();
        let listing = chunk.listing();
        let is_heading = |line: &&str| line.starts_with("main <") || line.starts_with("function <");
        let headings: Vec<&str> = listing.lines().filter(is_heading).collect();
        let functions: Vec<_> = chunk.functions().collect();
        assert_eq!(functions.len(), headings.len());
        for (function, heading) in functions.iter().zip(headings) {
            let path = function.path.to_string().replace(" > function ", "/");
            assert!(heading.ends_with(&format!("; {path}")), "{heading} {path}");
            let instructions: Vec<_> = function.instructions().collect();
            assert_eq!(instructions.len(), function.proto.code.len());
            for (pc, i) in instructions.iter().enumerate() {
                assert_eq!(i.pc(), pc);
                assert_eq!(i.line(), function.proto.lineinfo.get(pc));
                let opcode = chunk.version.opcode_of(i.word());
                assert!(i.to_string().starts_with(opcode.name()), "{i}");
            }
        }
    }
}

/// 63 is an opcode only from Lua 5.4 on, and the word after a SETLIST of Lua 5.1 is an operand.
#[test]
fn unknown_opcodes_are_those_of_the_version() {
    let unknown = |version, words: &[u32]| {
        let main = Proto {
            code: words.iter().map(|word| Instruction(*word)).collect(),
            ..Proto::default()
        };
        let inside = Proto {
            p: vec![Proto::default(), main],
            ..Proto::default()
        };
        let path = Chunk::of_function(version, inside).find_unknown();
        path.map(|path| path.to_string())
    };
    let second = Some("main > function 1 > instruction 1".to_owned());
    for version in Version::ALL {
        let is_later = version >= Version::Lua54;
        let wanted = second.clone().filter(|_| !is_later);
        assert_eq!(unknown(version, &[0, 63]), wanted, "{version}");
        assert_eq!(unknown(version, &[0, 127]), second, "{version}");
    }
    const SETLIST_51: u32 = 34;
    assert_eq!(unknown(Version::Lua51, &[SETLIST_51, 63]), None);
}

#[test]
fn a_text_holds_one_stream() {
    let text = String::from_utf8(fixture("demo.terse")).unwrap();
    assert!(Chunk::parse(&format!("\n{text}\n")).is_ok());
    for (text, wanted) in [
        (
            String::new(),
            "line 1, byte 1, main: expected <|Proto|>, found the end of the stream",
        ),
        (
            format!("{text}\n{text}"),
            "line 3, byte 1, main: expected the end of the text, which holds one stream, found <|Proto|>",
        ),
    ] {
        assert_eq!(Chunk::parse(&text).unwrap_err().to_string(), wanted);
    }
}

#[test]
fn a_comment_line_is_passed_over() {
    let bytes = fixture("demo.luac");
    let commented = [&b"#!/usr/bin/lua\n"[..], &bytes].concat();
    let chunk = Chunk::read(&bytes).unwrap();
    assert_eq!(Chunk::read(&commented).unwrap(), chunk);
    let partial = view::read(&commented).unwrap();
    assert_eq!(partial.chunk(), Some(&chunk));
}

#[test]
fn an_owned_chunk_outlives_its_bytes() {
    let owned = |bytes: Vec<u8>| Chunk::read(&bytes).map(Chunk::into_owned);
    let mut count = 0;
    for directory in [".", "lua51", "lua52", "lua54", "lua55"] {
        for file in files(directory, "luac") {
            let bytes = std::fs::read(&file).unwrap();
            let Ok(chunk) = owned(bytes.clone()) else {
                continue;
            };
            let borrowed = Chunk::read(&bytes).unwrap();
            let name = file.display();
            assert_eq!(chunk.difference(&borrowed), None, "{name}");
            assert_eq!(chunk.to_bytes(), borrowed.to_bytes(), "{name}");
            count += 1;
        }
    }
    assert!(count > 10, "only {count} chunks");
}

#[test]
fn a_difference_is_found_where_it_is() {
    let text = String::from_utf8(fixture("functions.txt")).unwrap();
    let chunk = Chunk::parse(&text).unwrap();
    assert_eq!(chunk.difference(&chunk), None);
    let differs = |change: &dyn Fn(&mut Chunk)| {
        let mut other = chunk.clone();
        change(&mut other);
        assert_ne!(other, chunk);
        chunk.difference(&other).expect("it differs").to_string()
    };
    let in_function = |change: fn(&mut Proto)| differs(&|c| change(&mut c.main.p[3]));
    assert_eq!(differs(&|c| c.nupvalues = 0), "main");
    assert_eq!(
        differs(&|c| c.main.k = change(c.main.k.iter(), |k| k.truncate(1))),
        "main > constant 1"
    );
    assert_eq!(
        differs(&|c| c.main.p[2].maxstacksize += 1),
        "main > function 2"
    );
    assert_eq!(
        in_function(|p| p.code = change(p.code.iter(), |code| code[1].0 ^= 1 << 31)),
        "main > function 3 > instruction 1"
    );
    assert_eq!(
        in_function(|p| p.lineinfo = change(p.lineinfo.iter(), |lines| lines[0] = 0)),
        "main > function 3 > line 0"
    );
    assert_eq!(
        in_function(|p| p.locvars = change(p.locvars.iter(), |locvars| locvars[1].endpc = 0)),
        "main > function 3 > local 1"
    );
    assert_eq!(
        in_function(|p| p.upvalues[0].idx = 9),
        "main > function 3 > upvalue 0"
    );
    assert_eq!(
        in_function(|p| p.source = None),
        "main > function 3 > source"
    );
    assert_eq!(differs(&|c| c.main.p.truncate(4)), "main > function 4");
    let fields: [fn(&mut Proto); 5] = [
        |p| p.linedefined += 1,
        |p| p.lastlinedefined += 1,
        |p| p.numparams ^= 1,
        |p| p.is_vararg ^= 1,
        |p| p.maxstacksize ^= 1,
    ];
    for field in fields {
        assert_eq!(in_function(field), "main > function 3");
    }
}

fn change<T, L: FromIterator<T>>(list: impl Iterator<Item = T>, change: impl Fn(&mut Vec<T>)) -> L {
    let mut elements: Vec<T> = list.collect();
    change(&mut elements);
    elements.into_iter().collect()
}
