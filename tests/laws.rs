//! The laws of the stream and the chunk, over trees that no compiler wrote and programs that one
//! did.

mod common;
#[path = "common/programs.rs"]
mod programs;
#[path = "common/trees.rs"]
mod trees;

use std::collections::HashSet;

use common::{luac, parse, stream, stream_of};
use luadec_tok::chunk::{Chunk, Proto};
use luadec_tok::stream::vocabulary;
use luadec_tok::{dump, undump};
use proptest::prelude::*;
use trees::chunk;

fn stripped(mut chunk: Chunk) -> Chunk {
    chunk.strip();
    chunk
}

/// The tokens as a tokenizer finds them, which knows of no escapes: every `<|…|>`, and every `\xNN`.
fn spans(stream: &str) -> Vec<&str> {
    let mut spans = Vec::new();
    let mut rest = stream;
    while let Some(start) = rest.find(['<', '\\']) {
        rest = &rest[start..];
        let length = match rest.as_bytes() {
            [b'<', b'|', ..] => rest.find("|>").expect("an open token closes") + 2,
            [b'\\', b'x', ..] => 4,
            _ => {
                rest = &rest[1..];
                continue;
            }
        };
        spans.push(&rest[..length]);
        rest = &rest[length..];
    }
    spans
}

/// The tokens that the texts in a chunk add: the bytes that have no other spelling.
fn texts(p: &Proto) -> usize {
    use luadec_tok::chunk::Constant;
    let constants = p.k.iter().filter_map(|k| match k {
        Constant::String(text) => Some(text),
        _ => None,
    });
    let names = p.locvars.iter().filter_map(|l| l.varname);
    let upvalues = p.upvalues.iter().filter_map(|u| u.name.clone());
    let all = constants
        .chain(names)
        .chain(upvalues)
        .chain(p.source.clone());
    let spelled = |text: &[u8]| {
        let pairs = |wanted: &[u8; 2]| text.windows(2).filter(|pair| pair == wanted).count();
        let plain = |byte: &u8| (b' '..=b'~').contains(byte) || (0x07..=0x0D).contains(byte);
        pairs(b"<|") + pairs(b"\\x") + text.iter().filter(|byte| !plain(byte)).count()
    };
    all.map(|text| spelled(&text)).sum::<usize>() + p.p.iter().map(texts).sum::<usize>()
}

/// The same chunk with every text empty.
fn textless(p: &mut Proto) {
    use luadec_tok::chunk::{Constant, LocVar};
    let constants = p.k.iter().map(|k| match k {
        Constant::String(_) => Constant::String(Default::default()),
        k => k,
    });
    p.k = constants.collect();
    let locvars = p.locvars.iter().map(|l| LocVar {
        varname: l.varname.map(|_| Default::default()),
        ..l
    });
    p.locvars = locvars.collect();
    let names = p.upvalues.iter_mut().map(|u| &mut u.name);
    let names = names.chain([&mut p.source]);
    names.flatten().for_each(|text| *text = Default::default());
    p.p.iter_mut().for_each(textless);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_stream_turns_back_into_its_chunk(chunk in chunk()) {
        let text = stream(&chunk);
        let parsed = parse(&text).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(&parsed, &chunk);
        prop_assert_eq!(stream(&parsed), text);
    }

    #[test]
    fn a_chunk_is_read_as_it_was_written(chunk in chunk()) {
        let bytes = dump(&chunk);
        let undumped = undump(&bytes).unwrap();
        prop_assert_eq!(&undumped.chunk, &chunk);
        prop_assert_eq!(undumped.trailing, 0);
        prop_assert_eq!(dump(&undumped.chunk), bytes);
    }

    #[test]
    fn stripping_twice_is_stripping_once_and_commutes_with_the_stream(chunk in chunk()) {
        let once = stripped(chunk.clone());
        prop_assert_eq!(&stripped(once.clone()), &once);
        let parsed = parse(&stream(&chunk)).unwrap();
        prop_assert_eq!(&stripped(parsed), &parse(&stream(&once)).unwrap());
    }

    #[test]
    fn the_vocabulary_is_closed_and_no_text_adds_to_the_structure(mut chunk in chunk()) {
        let text = stream(&chunk);
        let spans_of_all = spans(&text);
        let tokens: HashSet<&str> = vocabulary().collect();
        for span in &spans_of_all {
            prop_assert!(tokens.contains(span), "{} is not in the vocabulary", span);
        }
        let added = texts(&chunk.main);
        textless(&mut chunk.main);
        prop_assert_eq!(spans_of_all.len(), spans(&stream(&chunk)).len() + added);
    }

    #[test]
    fn a_program_comes_back_byte_for_byte(source in programs::program()) {
        for strip in [false, true] {
            let bytes = luac(source.as_bytes(), "program.lua", strip);
            let text = stream_of(&bytes);
            prop_assert_eq!(dump(&parse(&text).unwrap()), bytes);
        }
        let full = luac(source.as_bytes(), "program.lua", false);
        prop_assert_eq!(
            common::stripped_stream_of(&full),
            stream_of(&luac(source.as_bytes(), "program.lua", true))
        );
    }
}

/// A string that spells the token of a byte, and what may stand around it.
#[test]
fn no_string_forges_the_token_of_a_byte() {
    let stream_with = |text: &[u8]| {
        let main = Proto {
            source: Some(text.to_vec().into()),
            k: [luadec_tok::chunk::Constant::String(text.to_vec().into())]
                .into_iter()
                .collect(),
            ..Proto::default()
        };
        stream(&Chunk { nupvalues: 0, main })
    };
    for (text, wanted) in [
        (&b"\\x41"[..], "\\x5Cx41"),
        (b"\\\\x41", "\\\\\\x5Cx41"),
        (b"\\x", "\\x5Cx"),
        (b"\\X41", "\\\\X41"),
        (b"\\\xE9", "\\\\\\xE9"),
        (b"x\\", "x\\\\"),
        (b"<|x|>\\x7C>", "\\x3C|x|>\\x5Cx7C>"),
    ] {
        let stream = stream_with(text);
        let (_, found) = stream.split_once("<|Proto-source|>").unwrap();
        assert_eq!(found.split_once("<|").unwrap().0, wanted);
        assert!(stream.contains(&format!("<|Constant|>\"{wanted}\"<|/Constant|>")));
        let parsed = parse(&stream).unwrap();
        assert_eq!(parsed.main.source.as_deref(), Some(text));
    }
    // Wherever a long text is cut into pieces.
    for length in 200..300 {
        let text = [&vec![b'.'; length], &b"\\x41"[..]].concat();
        assert!(stream_with(&text).contains(".\\x5Cx41<|"), "{length}");
    }
}

#[test]
fn a_fixture_comes_back_byte_for_byte() {
    for lua in common::files("", "lua") {
        let name = lua.file_name().unwrap().to_str().unwrap();
        for strip in [false, true] {
            let bytes = luac(&std::fs::read(&lua).unwrap(), name, strip);
            assert!(dump(&parse(&stream_of(&bytes)).unwrap()) == bytes, "{name}");
        }
    }
}

#[test]
fn a_chunk_of_another_layout_comes_back_in_the_standard_one() {
    for file in common::files("widths", "luac") {
        let bytes = std::fs::read(&file).unwrap();
        let text = stream_of(&bytes);
        let standard = dump(&parse(&text).unwrap());
        assert_eq!(standard[12..17], [4, 8, 4, 8, 8], "{}", file.display());
        assert!(stream_of(&standard) == text, "{}", file.display());
    }
}

#[test]
fn what_another_dumper_spells_is_dumped_as_luac_does() {
    let luac = luac(b"a = true", "a", false);
    // The constants: a short string with a size of one byte, and a boolean.
    let usual = b"\x04\x02a\x01\x01".as_slice();
    let at = luac.windows(usual.len()).position(|bytes| bytes == usual);
    let (before, after) = luac.split_at(at.unwrap());
    let after = &after[usual.len()..];
    let other = b"\x14\xFF\x02\0\0\0\0\0\0\0a\x01\x02".as_slice();
    let bytes = [before, other, after].concat();
    let chunk = undump(&bytes).unwrap().chunk;
    assert!(dump(&chunk) == luac);
    assert_eq!(chunk, undump(&luac).unwrap().chunk);
}

#[test]
fn the_vocabulary_is_the_published_one_and_what_it_lacks() {
    let published = String::from_utf8(common::fixture("published-tokens.txt")).unwrap();
    let mut wanted: Vec<String> = published.lines().map(str::to_owned).collect();
    assert_eq!(wanted.len(), 4239);
    for register in 256..512 {
        wanted.push(format!("<|Instruction-B-R={register}|>"));
        wanted.push(format!("<|Instruction-C-R={register}|>"));
    }
    wanted.push("<|im_start|>".to_owned());
    wanted.push("<|im_end|>".to_owned());
    wanted.sort();
    assert_eq!(wanted.len(), 4753);
    assert!(vocabulary().eq(wanted));
}
