//! Chunks to bytes and to both streams, and back: trees that no compiler writes, programs that one
//! did, and the fixtures.

use crate::common::trees::{any_chunk, chunk};
use crate::common::{self, luac, parse, programs, stream, stream_as, stream_of, terse};
use luadec_tok::chunk::{Chunk, Constant, LocVar, Proto, Upvaldesc};
use luadec_tok::stream::Language;
use luadec_tok::{Version, undump};
use proptest::prelude::*;

fn stripped(mut chunk: Chunk) -> Chunk {
    chunk.strip();
    chunk
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_terse_stream_turns_back_into_its_chunk(chunk in any_chunk()) {
        let text = terse(&chunk);
        let parsed = parse(&text).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        prop_assert_eq!(chunk.difference(&parsed), None, "{}", text);
        prop_assert_eq!(&parsed, &chunk);
        prop_assert_eq!(terse(&parsed), text);
    }

    #[test]
    fn both_streams_have_the_same_chunk(chunk in chunk()) {
        prop_assert_eq!(parse(&terse(&chunk)).unwrap(), parse(&stream(&chunk)).unwrap());
    }

    #[test]
    fn a_stream_turns_back_into_its_chunk(chunk in chunk()) {
        let text = stream(&chunk);
        let parsed = parse(&text).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(&parsed, &chunk);
        prop_assert_eq!(stream(&parsed), text);
    }

    #[test]
    fn a_chunk_is_read_as_it_was_written(chunk in chunk()) {
        let bytes = chunk.to_bytes();
        let undumped = undump(&bytes).unwrap();
        prop_assert_eq!(&undumped.chunk, &chunk);
        prop_assert_eq!(undumped.trailing, 0);
        prop_assert_eq!(undumped.chunk.to_bytes(), bytes);
    }

    #[test]
    fn stripping_is_idempotent_and_commutes_with_the_stream(chunk in chunk()) {
        let once = stripped(chunk.clone());
        prop_assert_eq!(&stripped(once.clone()), &once);
        let parsed = parse(&stream(&chunk)).unwrap();
        prop_assert_eq!(&stripped(parsed), &parse(&stream(&once)).unwrap());
    }

    #[test]
    fn a_program_comes_back_byte_for_byte(source in programs::program()) {
        for strip in [false, true] {
            let bytes = luac(source.as_bytes(), "program.lua", strip);
            let text = stream_of(&bytes);
            prop_assert_eq!(&parse(&text).unwrap().to_bytes(), &bytes);
            let text = terse(&Chunk::read(&bytes).unwrap());
            prop_assert_eq!(&parse(&text).unwrap().to_bytes(), &bytes);
            for irregular in ["<|Instruction|>", "<|Proto-locvars|>", "<|Proto-lineinfo|>", "<|Proto-p|>"] {
                prop_assert!(!text.contains(irregular), "{}", text);
            }
        }
        let full = luac(source.as_bytes(), "program.lua", false);
        prop_assert_eq!(
            common::stripped_stream_of(&full),
            stream_of(&luac(source.as_bytes(), "program.lua", true))
        );
    }
}

#[test]
fn a_fixture_comes_back_byte_for_byte() {
    for lua in common::files("", "lua") {
        let name = lua.file_name().unwrap().to_str().unwrap();
        for strip in [false, true] {
            let bytes = luac(&std::fs::read(&lua).unwrap(), name, strip);
            let chunk = Chunk::read(&bytes).unwrap();
            for language in [Language::Full, Language::Terse] {
                let text = stream_as(language, &chunk);
                assert!(
                    parse(&text).unwrap().to_bytes() == bytes,
                    "{name}, {language:?}"
                );
            }
        }
    }
}

#[test]
fn a_chunk_of_another_layout_comes_back_in_the_usual_one() {
    for file in common::files("widths", "luac") {
        let bytes = std::fs::read(&file).unwrap();
        let text = stream_of(&bytes);
        let standard = parse(&text).unwrap().to_bytes();
        assert_eq!(standard[12..17], [4, 8, 4, 8, 8], "{}", file.display());
        assert!(stream_of(&standard) == text, "{}", file.display());
    }
}

#[test]
fn spellings_of_another_dumper_become_those_of_luac() {
    let luac = luac(b"a = true", "a", false);
    // The constants: a short string with a size of one byte, and a boolean.
    let usual = b"\x04\x02a\x01\x01".as_slice();
    let at = luac.windows(usual.len()).position(|bytes| bytes == usual);
    let (before, after) = luac.split_at(at.unwrap());
    let after = &after[usual.len()..];
    let other = b"\x14\xFF\x02\0\0\0\0\0\0\0a\x01\x02".as_slice();
    let bytes = [before, other, after].concat();
    let chunk = Chunk::read(&bytes).unwrap();
    assert!(chunk.to_bytes() == luac);
    assert_eq!(chunk, Chunk::read(&luac).unwrap());
}

/// A stream does not distinguish NaNs, so all of them are equal.
#[test]
fn nans_are_equal() {
    for bits in [
        0x7FF8_0000_0000_0001,
        0xFFF8_0000_0000_0000,
        0x7FF0_0000_0000_0001,
    ] {
        let chunk = Chunk {
            extension: None,
            nupvalues: 0,
            version: Version::Lua53,
            main: Proto {
                k: [Constant::Float(f64::from_bits(bits))]
                    .into_iter()
                    .collect(),
                ..Proto::default()
            },
        };
        let parsed = parse(&stream(&chunk)).unwrap();
        assert_ne!(parsed.to_bytes(), chunk.to_bytes());
        assert_eq!(parsed, chunk);
        assert_eq!(chunk.difference(&parsed), None);
    }
    assert_ne!(Constant::Float(0.0), Constant::Float(-0.0));
    assert_ne!(Constant::Float(f64::NAN), Constant::Float(0.0));
}

/// Upvalues without names have NULL as names, unless the function has no debug information.
#[test]
fn names_of_upvalues_are_written_with_any_debug_information() {
    let bare = || Proto {
        upvalues: vec![Upvaldesc::default(); 3],
        ..Proto::default()
    };
    let bytes = |main: Proto| {
        Chunk {
            main,
            ..Chunk::default()
        }
        .to_bytes()
    };
    assert!(bytes(bare()).ends_with(&[0; 12]), "no lines, locals, names");
    let with: [fn(&mut Proto); 3] = [
        |p| p.source = Some(b"@x"[..].into()),
        |p| p.lineinfo = [1].into_iter().collect(),
        |p| p.locvars = [LocVar::default()].into_iter().collect(),
    ];
    for with in with {
        let mut main = bare();
        with(&mut main);
        let dumped = bytes(main);
        assert!(dumped.ends_with(&[3, 0, 0, 0, 0, 0, 0]));
        assert_eq!(Chunk::read(&dumped).unwrap().to_bytes(), dumped);
    }
}
