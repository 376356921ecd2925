//! Dialects: chunks of modified versions of Lua, made from stock chunks by a tool that knows their
//! layouts by itself.

mod rewrite;
mod text;

use std::fs;

use crate::common::{fixtures, luac, parse};
use luadec_tok::chunk::Chunk;
use luadec_tok::dialect::{BUILTIN, Dialect};
use luadec_tok::stream::{Chunks, Language, Parser, Text, Verify};
use luadec_tok::{Detected, Header, Version, detect, dump_in, undump, undump_in};
use rewrite::{Build, Numbers, Value, fit, read, rewrite, write};

/// Every build that a dialect stands for. The first of a version is the one that the dialect writes.
fn builds() -> Vec<(&'static str, Build)> {
    let stock = Build::stock;
    let both = |build: Build| {
        [false, true].map(|big_endian| Build {
            big_endian,
            ..build.clone()
        })
    };
    let mut builds = Vec::new();
    let androlua: &[(u32, u32)] = &[(46, 47), (47, 46)];
    let androlua2: &[(u32, u32)] = &[(46, 46), (47, 48), (48, 47)];
    for build in both(stock(0x53)) {
        builds.push((
            "androlua",
            Build {
                opcodes: androlua,
                ..build.clone()
            },
        ));
        for size_t in [8, 4] {
            builds.push((
                "androlua2",
                Build {
                    opcodes: androlua2,
                    size_t,
                    ..build.clone()
                },
            ));
        }
        for format in [1, 0] {
            let says_size_t = false;
            builds.push((
                "xlua",
                Build {
                    format,
                    size_t: 4,
                    says_size_t,
                    ..build.clone()
                },
            ));
        }
        for (size_t, kind) in [(8, 0), (4, 0), (8, 1)] {
            let (tags, kind) = ([3, 19], Some(kind));
            builds.push((
                "tags54",
                Build {
                    tags,
                    kind,
                    size_t,
                    ..build.clone()
                },
            ));
        }
    }
    for version in [0x51, 0x52] {
        for build in both(stock(version)) {
            for (size_t, negates) in [(4, false), (4, true), (8, true)] {
                builds.push((
                    "luaj",
                    Build {
                        size_t,
                        negates,
                        ..build.clone()
                    },
                ));
            }
        }
    }
    for build in both(stock(0x51)) {
        for numbers in [Numbers::Double, Numbers::Int32, Numbers::Float32] {
            let (size_t, is_nodemcu) = (4, true);
            builds.push((
                "nodemcu",
                Build {
                    size_t,
                    is_nodemcu,
                    numbers,
                    ..build.clone()
                },
            ));
        }
        for size_t in [4, 8] {
            let numbers = Numbers::Lnum;
            builds.push((
                "lnum",
                Build {
                    numbers,
                    size_t,
                    ..build.clone()
                },
            ));
        }
    }
    builds
}

/// The most chunks of a version.
const MOST: usize = 40;

/// The stock chunks of a version, stripped and not, in the layout of x86-64.
fn chunks(version: u8) -> Vec<Vec<u8>> {
    let mut chunks = Vec::new();
    let mut directories = vec![fixtures()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("opmap") {
                directories.push(path);
            } else if path.extension().is_some_and(|ending| ending == "luac") {
                chunks.push(fs::read(&path).unwrap());
            } else if path.extension().is_some_and(|ending| ending == "lua") && version == 0x53 {
                let source = fs::read(&path).unwrap();
                let lua = mlua::Lua::new();
                if lua.load(source.as_slice()).into_function().is_ok() {
                    chunks.push(luac(&source, "input.lua", false));
                }
            }
        }
    }
    chunks.retain(|bytes| bytes.get(4) == Some(&version));
    let mut stock = Vec::new();
    for bytes in chunks {
        let Ok(undumped) = undump(&bytes) else {
            continue;
        };
        let mut chunk = undumped.chunk;
        // The bytes of x86-64, with and without debug information.
        stock.push(chunk.to_bytes());
        chunk.strip();
        stock.push(chunk.to_bytes());
    }
    stock.sort();
    stock.dedup();
    // Enough of them, of every length.
    let step = (stock.len() / MOST).max(1);
    stock.into_iter().step_by(step).collect()
}

/// Reads a chunk of a dialect with Lua's own opcodes.
fn read_in<'a>(bytes: &'a [u8], dialect: &Dialect) -> Chunk<'a> {
    let undumped = undump_in(bytes, dialect).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(undumped.trailing, 0);
    let mut chunk = undumped.chunk;
    dialect
        .opcodes_of(chunk.version)
        .to_own(&mut chunk)
        .unwrap();
    chunk
}

/// Returns the stream of a chunk, which turns back into it and holds tokens of the vocabulary only.
fn stream_in(chunk: &Chunk, language: Language, dialect: &Dialect) -> String {
    let mut verify = Verify::new(Vec::new(), true);
    verify.begin(chunk);
    let mut text = Text::new(verify, 0);
    language.emit(chunk, &mut text).unwrap();
    text.flush().unwrap();
    assert!(
        text.get_mut()
            .take()
            .is_some_and(|parsed| chunk.difference(&parsed).is_none())
    );
    let stream = String::from_utf8(text.finish().unwrap().into_inner()).unwrap();
    let added: Vec<String> = language.added_tokens(dialect).collect();
    let known: Vec<&str> = language.vocabulary_of(chunk.version).collect();
    for token in stream
        .split_inclusive("|>")
        .filter_map(|part| part.rfind("<|").map(|at| &part[at..]))
    {
        assert!(
            known.binary_search(&token).is_ok() || added.iter().any(|added| added == token),
            "{token}"
        );
    }
    stream
}

fn parse_in(stream: &str, dialect: &Dialect) -> Chunk<'static> {
    Chunks::new(stream.as_bytes())
        .in_dialect(dialect)
        .next()
        .unwrap()
        .unwrap()
}

/// Writes a chunk with the header of another.
fn write_in(mut chunk: Chunk, dialect: &Dialect, header: &Header) -> Vec<u8> {
    dialect
        .opcodes_of(chunk.version)
        .to_foreign(&mut chunk)
        .unwrap();
    dump_in(&chunk, dialect, header).unwrap()
}

#[test]
fn every_build_of_a_dialect_is_read_and_the_first_is_written() {
    let stock: Vec<(u8, Vec<Vec<u8>>)> = [0x51, 0x52, 0x53].map(|v| (v, chunks(v))).into();
    let mut firsts = Vec::new();
    for (name, build) in builds() {
        let dialect = Dialect::builtin(name).unwrap();
        let is_first = !firsts.contains(&(name, build.version));
        firsts.push((name, build.version));
        let (_, chunks) = stock
            .iter()
            .find(|(version, _)| *version == build.version)
            .unwrap();
        let plain = Build::stock(build.version);
        let mut tried = 0;
        for bytes in chunks {
            let mut tree = read(bytes, &plain);
            fit(&mut tree.main, &build);
            let bytes = &write(&tree, &plain);
            tried += 1;
            let foreign = write(&tree, &build);
            // The tool itself comes back.
            assert_eq!(
                rewrite(&foreign, &build, &plain),
                *bytes,
                "{name} {build:?}"
            );
            let chunk = read_in(&foreign, &dialect);
            let expected = Chunk::read(bytes).unwrap();
            let mut same = chunk.clone();
            same.extension = None;
            clear_kinds(&mut same.main);
            let is_same = same.to_bytes() == expected.to_bytes();
            assert!(
                is_same,
                "{name} {build:?}: {:?}",
                expected.difference(&same)
            );
            // In its own layout.
            let undumped = undump_in(&foreign, &dialect).unwrap();
            let terse = stream_in(&chunk, Language::Terse, &dialect);
            let back = parse_in(&terse, &dialect);
            if !build.negates {
                let written = write_in(back.clone(), &dialect, &undumped.header);
                assert_eq!(written, foreign, "{name} {build:?}");
            }
            if is_first {
                let header = Header::of_dialect(&dialect, chunk.version);
                assert_eq!(
                    write_in(back, &dialect, &header),
                    foreign,
                    "{name} {build:?}"
                );
                if chunk.version == Version::Lua53 {
                    let full = stream_in(&chunk, Language::Full, &dialect);
                    let back = parse_in(&full, &dialect);
                    assert_eq!(
                        write_in(back, &dialect, &header),
                        foreign,
                        "{name} {build:?}"
                    );
                }
            }
        }
        assert!(tried >= 2, "{name} {build:?}: {tried} chunks");
    }
    assert!(
        BUILTIN
            .iter()
            .all(|(name, _)| firsts.iter().any(|(tried, _)| tried == name))
    );
}

fn clear_kinds(p: &mut luadec_tok::chunk::Proto) {
    p.upvalues.iter_mut().for_each(|upvalue| upvalue.kind = 0);
    p.p.iter_mut().for_each(clear_kinds);
}

#[test]
fn a_chunk_that_only_one_dialect_reads_is_found() {
    for (name, build) in builds() {
        let dialect = Dialect::builtin(name).unwrap();
        if dialect.is_plain_format() || name == "lnum" {
            continue;
        }
        let plain = Build::stock(build.version);
        let (mut found, mut misread) = (0, 0);
        for bytes in chunks(build.version) {
            let mut tree = read(&bytes, &plain);
            fit(&mut tree.main, &build);
            let foreign = write(&tree, &build);
            let reached = match undump(&foreign) {
                Ok(undumped) if undumped.trailing == 0 => {
                    misread += 1;
                    continue;
                }
                Ok(undumped) => foreign.len() - undumped.trailing,
                Err(error) => error.offset,
            };
            match detect(&foreign, reached) {
                Detected::One(other, _) => assert_eq!(other, name, "{build:?}"),
                other => panic!("{name} {build:?}: {other:?}"),
            }
            found += 1;
        }
        let is_stock = build.size_t == 4 && !build.negates && name == "luaj";
        assert!(found > 0 || is_stock, "{name} {build:?}");
        assert!(
            misread == 0 || matches!(name, "luaj" | "nodemcu"),
            "{name} {build:?}: {misread}"
        );
    }
}

#[test]
fn stock_chunks_are_never_taken_for_a_dialect() {
    let (mut damaged, mut taken) = (0, Vec::new());
    for version in [0x51, 0x52, 0x53] {
        for bytes in chunks(version) {
            let step = (bytes.len() / 40).max(1);
            for at in (5..bytes.len()).step_by(step) {
                for change in [0x01, 0x80, 0xFF] {
                    let mut bytes = bytes.clone();
                    bytes[at] ^= change;
                    let reached = match undump(&bytes) {
                        Ok(_) => continue,
                        Err(error) => error.offset,
                    };
                    damaged += 1;
                    if let Detected::One(name, _) = detect(&bytes, reached) {
                        taken.push((name, at, change));
                    }
                }
            }
        }
    }
    println!(
        "{damaged} damaged chunks that cannot be read, {} taken for a dialect",
        taken.len()
    );
    assert!(damaged > 1000);
    assert!(taken.len() * 1000 <= damaged, "{damaged}: {taken:?}");
}

/// The code of a chunk of AndroLua+ with its own opcodes.
#[test]
fn added_opcodes_have_names_in_streams_and_views() {
    let dialect = Dialect::builtin("androlua").unwrap();
    let source = b"local a, b = 1, 2 local c = a local d = b return c, d";
    let mut tree = read(&luac(source, "a.lua", true), &Build::stock(0x53));
    // MOVE becomes NEWARRAY, whose number among Lua's is the first free one.
    for word in &mut tree.main.code {
        if *word & 63 == 0 {
            *word = *word & !63 | 47;
        }
    }
    let opcodes: &[(u32, u32)] = &[(46, 47), (47, 46)];
    let bytes = write(
        &tree,
        &Build {
            opcodes,
            ..Build::stock(0x53)
        },
    );
    let chunk = read_in(&bytes, &dialect);
    let terse = stream_in(&chunk, Language::Terse, &dialect);
    assert!(
        terse.contains("<|OP_NEWARRAY|><|R2|><|N0|><|OP_NEWARRAY|><|R3|><|N1|>"),
        "{terse}"
    );
    let full = stream_in(&chunk, Language::Full, &dialect);
    let instruction = "<|/Proto-code-idx|><|Instruction|><|OP_NEWARRAY|><|Instruction-T=0|>\
        <|Instruction-A=1|><|Instruction-B=OpArgU|><|Instruction-B-ISK=false|>\
        <|Instruction-B-K=1|><|Instruction-B-R=1|><|Instruction-C=OpArgN|>\
        <|Instruction-C-ISK=false|><|Instruction-C-K=0|><|Instruction-C-R=0|>\
        <|Instruction-MODE=iABC|><|Instruction-INLINE=false|><|Instruction-JUMP=false|>\
        <|Instruction-A=3|><|Instruction-B=1|><|Instruction-C=0|><|Instruction-Bx|>";
    assert!(full.contains(instruction), "{full}");
    for stream in [terse, full] {
        let back = parse_in(&stream, &dialect);
        let header = Header::of_dialect(&dialect, Version::Lua53);
        assert_eq!(write_in(back, &dialect, &header), bytes);
        let error = parse(&stream).unwrap_err().to_string();
        assert!(error.contains("<|OP_NEWARRAY|>"), "{error}");
    }
    let instructions = chunk.functions().next().unwrap();
    let words: Vec<String> = instructions.instructions().map(|i| i.to_string()).collect();
    assert_eq!(words[2..4], ["NEWARRAY R2 0", "NEWARRAY R3 1"]);
    assert_eq!(chunk.find_unknown(), None);
    assert!(chunk.find_impossible().is_none());
    let wrong = r"<|OP_NEWARRAY|><|R2|><|R0|>";
    let terse = chunk
        .to_terse()
        .replace("<|OP_NEWARRAY|><|R2|><|N0|>", wrong);
    let mut parser = Parser::default().in_dialect(&dialect);
    let error = parser
        .feed(&mut terse.as_bytes(), true)
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("expected <|N0|> to <|N511|>, found <|R0|>"),
        "{error}"
    );
}

/// A tag that a dialect adds for true or false is written, although the version's own would do.
#[test]
fn booleans_are_written_with_the_tags_of_the_dialect() {
    let dialect = Dialect::parse(".base 5.3 .tag 10 false .tag 11 true").unwrap();
    let stock = luac(b"x = true y = false", "a.lua", true);
    let chunk = Chunk::read(&stock).unwrap();
    let header = Header::of_dialect(&dialect, Version::Lua53);
    let bytes = write_in(chunk.clone(), &dialect, &header);
    assert!(bytes.len() == stock.len() - 2 && undump(&bytes).is_err());
    assert_eq!(read_in(&bytes, &dialect).difference(&chunk), None);
    // As from Lua 5.4 on.
    let dialect = Dialect::parse(".base 5.3 .tag 1 false .tag 17 true").unwrap();
    let bytes = write_in(chunk.clone(), &dialect, &header);
    assert_eq!(read_in(&bytes, &dialect).difference(&chunk), None);
}

/// A string constant that is NULL stays one.
#[test]
fn null_constants_come_back() {
    let dialect = Dialect::builtin("luaj").unwrap();
    let build = Build {
        size_t: 4,
        ..Build::stock(0x51)
    };
    let bytes = fs::read(fixtures().join("sample51.luac")).unwrap();
    let stock = Chunk::read(&bytes).unwrap().to_bytes();
    let mut tree = read(&stock, &Build::stock(0x51));
    let text = tree
        .main
        .constants
        .iter_mut()
        .find(|value| matches!(value, Value::Text(_)));
    *text.unwrap() = Value::Text(None);
    let bytes = write(&tree, &build);
    let chunk = read_in(&bytes, &dialect);
    let terse = stream_in(&chunk, Language::Terse, &dialect);
    assert!(terse.contains("|><|NULL|>"));
    let header = Header::of_dialect(&dialect, Version::Lua51);
    assert_eq!(
        write_in(parse_in(&terse, &dialect), &dialect, &header),
        bytes
    );
    assert!(undump(&bytes).is_err());
}
