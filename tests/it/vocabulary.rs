//! The vocabularies: they have every token of a stream, and no text in a chunk forges one.

use std::collections::HashSet;

use crate::common::trees::chunk;
use crate::common::{self, parse, stream, stream_as};
use luadec_tok::Version;
use luadec_tok::chunk::{Chunk, Constant, LocVar, Proto};
use luadec_tok::stream::{Language, is_special, vocabulary_of_both, vocabulary_of_outlines};
use proptest::prelude::*;

/// Finds the tokens as a tokenizer does, which knows no escapes: every `<|…|>`, and every `\xNN`.
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

/// Counts the tokens that the texts in a chunk add: the bytes that have no other spelling.
fn texts(p: &Proto) -> usize {
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

/// Empties every text.
fn textless(p: &mut Proto) {
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

/// Makes every text harmless; equal texts stay equal.
fn harmless(p: &mut Proto) {
    let harmless = |text: &[u8]| -> Vec<u8> {
        let letters = text.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        letters.map(|letter| b'a' + letter).collect()
    };
    let constants = p.k.iter().map(|k| match k {
        Constant::String(text) => Constant::String(harmless(&text).into()),
        k => k,
    });
    p.k = constants.collect();
    let locvars = p.locvars.iter().map(|l| LocVar {
        varname: l.varname.map(|name| harmless(&name).into()),
        ..l
    });
    p.locvars = locvars.collect();
    let names = p.upvalues.iter_mut().map(|u| &mut u.name);
    for text in names.chain([&mut p.source]).flatten() {
        *text = harmless(text).into();
    }
    p.p.iter_mut().for_each(self::harmless);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn texts_do_not_change_the_structure(chunk in chunk()) {
        for language in [Language::Full, Language::Terse] {
            let text = stream_as(language, &chunk);
            let tokens: HashSet<&str> = language.vocabulary().collect();
            let mut structure = spans(&text);
            for span in &structure {
                prop_assert!(tokens.contains(span), "{} is not in the vocabulary", span);
            }
            structure.retain(|span| span.starts_with('<'));
            let mut other = chunk.clone();
            harmless(&mut other.main);
            let other = stream_as(language, &other);
            prop_assert_eq!(structure, spans(&other));
        }
    }

    #[test]
    fn the_vocabulary_is_complete(mut chunk in chunk()) {
        let text = stream(&chunk);
        let spans_of_all = spans(&text);
        let tokens: HashSet<&str> = Language::Full.vocabulary().collect();
        for span in &spans_of_all {
            prop_assert!(tokens.contains(span), "{} is not in the vocabulary", span);
        }
        let added = texts(&chunk.main);
        textless(&mut chunk.main);
        prop_assert_eq!(spans_of_all.len(), spans(&stream(&chunk)).len() + added);
    }
}

/// A string that spells the token of a byte, in several surroundings.
#[test]
fn no_string_forges_the_token_of_a_byte() {
    let stream_with = |text: &[u8]| {
        let main = Proto {
            source: Some(text.to_vec().into()),
            k: [Constant::String(text.to_vec().into())]
                .into_iter()
                .collect(),
            ..Proto::default()
        };
        stream(&Chunk {
            main,
            ..Chunk::default()
        })
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
    // A long text is cut into pieces at any place.
    for length in 200..300 {
        let text = [&vec![b'.'; length], &b"\\x41"[..]].concat();
        assert!(stream_with(&text).contains(".\\x5Cx41<|"), "{length}");
    }
}

#[test]
fn the_full_vocabulary_extends_the_published_one() {
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
    assert!(Language::Full.vocabulary().eq(wanted));
}

#[test]
fn the_terse_vocabulary() {
    let numbered = |letter: &'static str, range: std::ops::Range<i32>| {
        range.map(move |n| format!("<|{letter}{n}|>"))
    };
    let mut wanted: Vec<String> = numbered("R", 0..256)
        .chain(numbered("K", 0..256))
        .chain(numbered("U", 0..256))
        .chain(numbered("N", 0..512))
        .chain(numbered("L", 0..256))
        .chain(numbered("+", 0..256))
        .chain(numbered("", -255..0))
        .chain((0..256).map(|byte| format!("\\x{byte:02X}")))
        .collect();
    let opcodes = Version::Lua53.opcodes();
    wanted.extend(opcodes.iter().map(|row| format!("<|OP_{}|>", row.name())));
    let structure = "K U L P Proto /Proto Proto-nupvalues Proto-source Upvaldesc-name LocVar /LocVar \
        LocVar-startpc LocVar-endpc Constant LineInfo LineInfo-pad Instruction NULL Proto-locvars \
        Proto-lineinfo Proto-p im_start im_end Hole Env";
    wanted.extend(
        structure
            .split_whitespace()
            .map(|name| format!("<|{name}|>")),
    );
    wanted.sort();
    let found = Language::Terse.vocabulary_of(Version::Lua53);
    assert!(found.eq(wanted.iter().map(String::as_str)));

    // Only what is part of answers is not special.
    let plain = wanted.iter().filter(|token| !is_special(token));
    assert!(
        plain
            .clone()
            .all(|token| token.starts_with("\\x") || token == "<|Hole|>")
    );
    assert_eq!(plain.count(), 257);

    // All versions together, and each of them.
    let all_of = |version| Language::Terse.vocabulary_of(version);
    let mut all = wanted;
    for version in Version::ALL {
        if version == Version::Lua53 {
            continue;
        }
        let mut own = vec![format!("<|Lua-{version}|>")];
        let names = version.opcodes().iter().map(|row| row.name());
        own.extend(names.map(|name| format!("<|OP_{name}|>")));
        let others = |token: &&str| token.starts_with("<|OP_") || token.starts_with("<|Lua-");
        let found = Language::Terse.vocabulary_of(version);
        let mut found: Vec<&str> = found.filter(others).collect();
        found.sort();
        own.sort();
        assert_eq!(found, own);
        let outlines = vocabulary_of_outlines();
        let outlines = outlines.filter(|token| all_of(version).any(|own| own == *token));
        assert_eq!(
            outlines.count(),
            if version == Version::Lua51 { 1 } else { 2 }
        );
        all.extend(own);
    }
    // Stored lines of 5.4 and 5.5, and numbers beyond 511 of 5.5.
    all.extend(
        [
            "<|Proto-abslineinfo|>",
            "<|AbsLineInfo-pc|>",
            "<|AbsLineInfo-line|>",
            "<|N|>",
        ]
        .map(String::from),
    );
    all.sort();
    all.dedup();
    assert!(Language::Terse.vocabulary().eq(all));

    let mut both: Vec<&str> = Language::Full
        .vocabulary()
        .chain(Language::Terse.vocabulary())
        .collect();
    both.sort();
    both.dedup();
    assert!(vocabulary_of_both().eq(both));
}
