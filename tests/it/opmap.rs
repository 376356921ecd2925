//! Opcode maps: chunks with other opcode numbers are read as if they had Lua's own.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use crate::common::{fixture, fixtures, golden, parse, stream, stream_as, terse};
use luadec_tok::chunk::{Chunk, Proto};
use luadec_tok::opcodes::Instruction;
use luadec_tok::opmap::{OpcodeMap, find};
use luadec_tok::stream::Language;
use luadec_tok::{Version, undump};

/// Returns the numbers of a VM that has shuffled all of them, including unused ones.
fn shuffled(version: Version, seed: u64) -> Vec<u8> {
    let mut numbers: Vec<u8> = (0..version.opcode_values() as u8).collect();
    let mut state = seed;
    for i in (1..numbers.len()).rev() {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        numbers.swap(i, (state >> 33) as usize % (i + 1));
    }
    numbers
}

/// Returns a chunk as that VM has it.
fn foreign<'a>(chunk: &Chunk<'a>, numbers: &[u8]) -> Chunk<'a> {
    let mut chunk = chunk.clone();
    renumber(&mut chunk.main, chunk.version, numbers);
    chunk
}

fn renumber(p: &mut Proto, version: Version, numbers: &[u8]) {
    let mask = numbers.len() as u32 - 1;
    let mut bare = false;
    let code = p.code.iter().map(|i| {
        let op = i.0 & mask;
        // In Lua 5.1 the word after a SETLIST without C is a number.
        let is_bare = bare;
        bare = !is_bare && version == Version::Lua51 && op == 34 && version.layout().c.get(i) == 0;
        match is_bare {
            true => i,
            false => Instruction(i.0 & !mask | u32::from(numbers[op as usize])),
        }
    });
    p.code = code.collect();
    p.p.iter_mut().for_each(|p| renumber(p, version, numbers));
}

/// Returns all chunks of the fixtures that can be read.
fn chunks() -> Vec<(PathBuf, Vec<u8>)> {
    let mut directories = vec![fixtures()];
    let mut chunks = Vec::new();
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("opmap") {
                directories.push(path);
            } else if path.extension().is_some_and(|ending| ending == "luac") {
                let bytes = fs::read(&path).unwrap();
                if undump(&bytes).is_ok() {
                    chunks.push((path, bytes));
                }
            }
        }
    }
    chunks.sort();
    chunks
}

#[test]
fn a_shuffled_chunk_gives_its_map_and_then_the_same_streams() {
    let chunks = chunks();
    assert!(chunks.len() > 20);
    let versions = chunks
        .iter()
        .map(|(_, bytes)| undump(bytes).unwrap().chunk.version);
    let versions: BTreeSet<Version> = versions.collect();
    assert!(
        Version::ALL
            .iter()
            .all(|version| versions.contains(version))
    );
    for (seed, (path, bytes)) in (0..).zip(&chunks) {
        let original = undump(bytes).unwrap().chunk;
        let version = original.version;
        let shuffled = foreign(&original, &shuffled(version, seed));
        let name = path.display();

        let map = find(&shuffled, &original).unwrap_or_else(|error| panic!("{name}: {error}"));
        let text = map.to_string();
        assert_eq!(OpcodeMap::parse(version, &text), Ok(map.clone()), "{name}");
        let mut read = shuffled.clone();
        map.to_own(&mut read).unwrap();
        assert_eq!(read.difference(&original), None, "{name}");

        assert_eq!(terse(&read), terse(&original), "{name}");
        let mut back = parse(&terse(&read)).unwrap();
        map.to_foreign(&mut back).unwrap();
        assert_eq!(back.to_bytes(), shuffled.to_bytes(), "{name}");
        if version == Version::Lua53 {
            assert_eq!(stream(&read), stream(&original), "{name}");
        }
    }
}

/// The map from a source with nearly every opcode reads all other chunks of that VM.
#[test]
fn a_map_found_once_reads_all_chunks() {
    let opcodes = fixture("opcodes.luac");
    let opcodes = undump(&opcodes).unwrap().chunk;
    let numbers = shuffled(Version::Lua53, 5);
    let map = find(&foreign(&opcodes, &numbers), &opcodes).unwrap();
    // Only a source with more than 2^18 constants or table elements uses them.
    assert_eq!(map.unnamed().collect::<Vec<_>>(), ["LOADKX", "EXTRAARG"]);
    assert_eq!(map.names().count(), 45);
    for (path, bytes) in chunks() {
        let original = undump(&bytes).unwrap().chunk;
        // A chunk of a modified Lua has opcodes that the source lacks.
        if original.version != Version::Lua53 || original.find_impossible().is_some() {
            continue;
        }
        let shuffled = foreign(&original, &numbers);
        let mut read = shuffled.clone();
        map.to_own(&mut read).unwrap();
        assert_eq!(stream(&read), stream(&original), "{}", path.display());
        map.to_foreign(&mut read).unwrap();
        assert_eq!(read, shuffled, "{}", path.display());
    }
}

fn chunk_of(words: &[u32]) -> Chunk<'static> {
    Chunk {
        main: Proto {
            code: words.iter().copied().map(Instruction).collect(),
            ..Proto::default()
        },
        ..Chunk::default()
    }
}

/// A number without a name is read neither as the opcode that Lua gives it nor as another unknown one.
#[test]
fn numbers_without_a_name_are_unknown_opcodes_and_come_back() {
    // Only 38, RETURN, and 50, MOVE, have a name.
    let map = OpcodeMap::parse(Version::Lua53, ".op 38 return\n.op 50 move").unwrap();
    let keeps = |number: u32| {
        let foreign = chunk_of(&[0xABCD_EF00 & !0x3F | number]);
        let mut own = foreign.clone();
        map.to_own(&mut own).map_err(|error| error.to_string())?;
        let op = Version::Lua53.op(own.main.code.get(0).unwrap());
        let mut back = parse(&stream_as(Language::Terse, &own)).unwrap();
        assert_eq!(back.difference(&own), None);
        map.to_foreign(&mut back).unwrap();
        assert_eq!(back.difference(&foreign), None, "{number}");
        Ok::<u8, String>(op)
    };
    assert_eq!(keeps(38), Ok(38));
    assert_eq!(keeps(50), Ok(0));
    // The unknown opcodes 47 to 63 stay the same; 50 is free for the first of the others.
    for number in (47..64).filter(|number| *number != 50) {
        assert_eq!(keeps(number), Ok(number as u8));
    }
    assert_eq!(keeps(0), Ok(50));
    assert_eq!(
        keeps(1),
        Err(
            "main > instruction 0: the opcode map has no name for number 1, and too few names to keep it as an unknown opcode: add a line .op 1 NAME"
                .to_owned()
        )
    );
    // Views show it as unknown.
    assert_eq!(map.shown(Instruction(0xABCD_EF01)).0, 0xABCD_EF3F);
    let mut chunk = chunk_of(&[38, 13]);
    let error = map.to_foreign(&mut chunk).unwrap_err();
    assert_eq!(
        error.to_string(),
        "main > instruction 1: the opcode map has no number for ADD"
            .replace("ADD", Version::Lua53.opcode(13).name())
    );
}

#[test]
fn maps_are_read_as_unluac_reads_them() {
    let text =
        "; a comment\n.op 3 move ; .op 4\n  .op\t5 OP_LoadK\r\n\n.op 63 LOADKX .op 0\nloadbool";
    let map = OpcodeMap::parse(Version::Lua53, text).unwrap();
    assert_eq!(
        map.to_string(),
        ".op 0 loadbool\n.op 3 move\n.op 5 loadk\n.op 63 loadkx\n"
    );
    let errors = [
        (
            "",
            "1: no opcodes; expected lines of the form .op NUMBER NAME",
        ),
        (
            "\n\n",
            "2: no opcodes; expected lines of the form .op NUMBER NAME",
        ),
        (
            ".op 1 move\nop 2 loadk",
            "2: expected .op NUMBER NAME, found \"op\"",
        ),
        (
            ".op 1 move\n.op 2",
            "2: expected .op NUMBER NAME, found the end of the text",
        ),
        (
            ".op 64 move",
            "1: expected an opcode number from 0 to 63, found \"64\"",
        ),
        (
            ".op -1 move",
            "1: expected an opcode number from 0 to 63, found \"-1\"",
        ),
        (
            ".op +1 move",
            "1: expected an opcode number from 0 to 63, found \"+1\"",
        ),
        (".op 1\nmov", "2: Lua 5.3 has no opcode \"mov\""),
        (".op 1 unknown", "1: Lua 5.3 has no opcode \"unknown\""),
        (".op 1 getglobal", "1: Lua 5.3 has no opcode \"getglobal\""),
        (
            ".op 1 move\n.op 1 loadk",
            "2: number 1 already has a name, MOVE",
        ),
        (
            ".op 1 move\n.op 2 OP_MOVE",
            "2: MOVE already has a number, 1",
        ),
    ];
    for (text, message) in errors {
        let error = OpcodeMap::parse(Version::Lua53, text).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
    assert!(OpcodeMap::parse(Version::Lua51, ".op 1 getglobal").is_ok());
}

#[test]
fn chunks_that_do_not_match_have_no_map() {
    let message = |foreign: &Chunk, original: &Chunk| {
        find(foreign, original).map_or_else(|error| error.to_string(), |map| map.to_string())
    };
    let bytes = fixture("functions.luac");
    let original = undump(&bytes).unwrap().chunk;
    assert!(original.main.p.len() > 1);
    let main = |words: &[u32]| chunk_of(words);

    assert_eq!(
        message(&main(&[0x41, 0x82]), &main(&[0x40, 0x85])),
        ".op 1 move\n.op 2 getupval\n"
    );
    assert_eq!(
        message(&main(&[5, 6, 5]), &main(&[0, 1, 2])),
        "main > instruction 2: number 5 is LOADKX here, but MOVE at main > instruction 0"
    );
    assert_eq!(
        message(&main(&[5, 6, 7]), &main(&[0, 1, 1])),
        "main > instruction 2: LOADK has number 7 here, but 6 at main > instruction 1"
    );
    assert_eq!(
        message(&main(&[5, 0x46]), &main(&[0, 0x81])),
        "main > instruction 1: the operands differ: 0x00000046 in the foreign chunk, 0x00000081 in the original"
    );
    assert_eq!(
        message(&main(&[5, 6]), &main(&[0])),
        "main: 2 instructions in the foreign chunk, 1 in the original"
    );
    assert_eq!(
        message(&main(&[5]), &main(&[47])),
        "main > instruction 0: the original has the unknown opcode 47; is it the foreign chunk?"
    );
    let mut fewer = original.clone();
    fewer.main.p.pop();
    assert_eq!(
        message(&fewer, &original),
        format!(
            "main: {} functions in the foreign chunk, {} in the original",
            fewer.main.p.len(),
            original.main.p.len()
        )
    );
    let mut inside = original.clone();
    let code: Vec<Instruction> = inside.main.p[1].code.iter().collect();
    inside.main.p[1].code = code[1..].iter().copied().collect();
    assert_eq!(
        message(&inside, &original),
        format!(
            "main > function 1: {} instructions in the foreign chunk, {} in the original",
            code.len() - 1,
            code.len()
        )
    );
    let other = Chunk {
        version: Version::Lua51,
        ..original.clone()
    };
    assert_eq!(
        message(&other, &original),
        "main: the foreign chunk is of Lua 5.1, the original of Lua 5.3"
    );
}

/// The fixtures of the examples and transcripts, from the VM of an imaginary game.
#[test]
fn the_game_is_up_to_date() {
    let numbers = shuffled(Version::Lua53, 16);
    for name in ["opcodes", "double"] {
        let bytes = fixture(&format!("{name}.luac"));
        let chunk = undump(&bytes).unwrap().chunk;
        let path = fixtures().join(format!("opmap/{name}.luac"));
        golden(&path, &foreign(&chunk, &numbers).to_bytes());
    }
}
