//! The bodies of the fuzzers as plain functions, which panic when a property does not hold. The
//! targets in `fuzz/` run them on inputs from libFuzzer; `cargo test` runs them on the fixtures and
//! on earlier findings.

use luadec_tok::chunk::Chunk;
use luadec_tok::source::{NodeKind, Source, TokenKind, parse, parse_alone};
use luadec_tok::stream::{Chunks, Language, Outline, Text};
use luadec_tok::{Version, skip_comment, undump};

/// The header of a chunk of each version, in the layout of x86-64.
pub const HEADERS: [&[u8]; 5] = [
    b"\x1bLua\x51\x00\x01\x04\x08\x04\x08\x00",
    b"\x1bLua\x52\x00\x01\x04\x08\x04\x08\x00\x19\x93\r\n\x1a\n",
    b"\x1bLua\x53\x00\x19\x93\r\n\x1a\n\x04\x08\x04\x08\x08\x78\x56\x00\x00\x00\x00\x00\x00\
    \x00\x00\x00\x00\x00\x28\x77\x40",
    b"\x1bLua\x54\x00\x19\x93\r\n\x1a\n\x04\x08\x08\x78\x56\x00\x00\x00\x00\x00\x00\
    \x00\x00\x00\x00\x00\x28\x77\x40",
    b"\x1bLua\x55\x00\x19\x93\r\n\x1a\n\x04\x88\xa9\xff\xff\x04\x78\x56\x34\x12\
    \x08\x88\xa9\xff\xff\xff\xff\xff\xff\x08\x00\x00\x00\x00\x00\x28\x77\xc0",
];

/// Any bytes are read or refused. A chunk that is read has a stream, and can be written and read
/// again.
pub fn undump_body(bytes: &[u8]) {
    let Ok(undumped) = undump(skip_comment(bytes)) else {
        return;
    };
    for language in languages(&undumped.chunk) {
        stream(language, &undumped.chunk);
    }
    let again = undumped.chunk.to_bytes();
    assert_eq!(
        undump(&again).expect("a written chunk is read").chunk,
        undumped.chunk
    );
}

/// Any text is parsed or refused. A parsed text is the stream of its chunk, except for white space.
pub fn parse_body(text: &[u8]) {
    let visible = |text: &[u8]| -> Vec<u8> {
        text.iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect()
    };
    let shown = visible(text);
    if let Ok(Ok(outline)) = std::str::from_utf8(text).map(Outline::parse) {
        assert!(
            visible(outline.to_terse().as_bytes()) == shown,
            "not the text of its outline"
        );
    }
    let mut rest = shown.as_slice();
    for chunk in Chunks::new(text) {
        let Ok(chunk) = chunk else { return };
        let streams = languages(&chunk).map(|language| visible(&stream(language, &chunk)));
        let streams: Vec<_> = streams.collect();
        let after = streams
            .iter()
            .find_map(|stream| rest.strip_prefix(&stream[..]));
        rest =
            after.unwrap_or_else(|| panic!("not the stream of its chunk: {}", rest.escape_ascii()));
    }
    assert!(rest.is_empty(), "{} is left", rest.escape_ascii());
}

/// Any chunk that is read comes back from its streams, in any version.
pub fn round_trip_body(bytes: &[u8]) {
    for header in HEADERS {
        let file = [header, bytes].concat();
        let Ok(undumped) = undump(&file) else {
            continue;
        };
        let mut chunk = undumped.chunk;
        for _ in 0..2 {
            languages(&chunk).for_each(|language| comes_back(language, &chunk));
            chunk.strip();
        }
    }
}

/// Returns the languages in which the chunk has streams.
fn languages(chunk: &Chunk) -> impl Iterator<Item = Language> {
    let languages = [Language::Full, Language::Terse].into_iter();
    languages.filter(|language| language.check(chunk.version).is_ok())
}

/// A chunk comes back from its stream. The full stream must not have unknown opcodes.
fn comes_back(language: Language, chunk: &Chunk) {
    let text = stream(language, chunk);
    let mut parsed = Chunks::new(text.as_slice());
    let unknown = chunk.find_unknown().filter(|_| language == Language::Full);
    match (parsed.next(), unknown) {
        (Some(Ok(parsed)), None) => {
            assert_eq!(chunk.difference(&parsed), None);
            assert_eq!(parsed, *chunk);
            assert_eq!(stream(language, &parsed), text);
            assert_eq!(
                undump(&parsed.to_bytes())
                    .expect("a written chunk is read")
                    .chunk,
                *chunk
            );
        }
        (Some(Err(error)), Some(path)) => {
            assert!(error.to_string().contains(&path.to_string()), "{error}")
        }
        (parsed, unknown) => panic!("{parsed:?} with {unknown:?}"),
    }
    assert!(parsed.next().is_none());
}

/// Pieces of a small terse stream, one per byte.
const PIECES: [&str; 56] = [
    "<|Proto|><|N0|><|N0|><|N2|><|+0|><|+0|>",
    "<|/Proto|>",
    "<|U0|><|R0|>",
    "<|Upvaldesc-name|>u",
    "<|LocVar|>v",
    "<|/LocVar|>",
    "<|L0|>",
    "<|L1|>",
    "<|L|>256",
    "<|+0|>",
    "<|+1|>",
    "<|-1|>",
    "<|LineInfo|>300",
    "<|OP_MOVE|><|R0|><|R1|>",
    "<|OP_LOADK|><|R0|>",
    "<|OP_ADD|><|R0|>",
    "<|OP_JMP|><|N0|>",
    "<|OP_CLOSURE|><|R0|>",
    "<|OP_RETURN|><|R0|><|N1|>",
    "<|OP_EXTRAARG|>7",
    "<|R0|>",
    "<|K0|>",
    "<|K1|>",
    "<|K2|>",
    "<|K255|>",
    "<|K|>256",
    "<|K|>257",
    "<|Constant|>",
    "1",
    "\"s\"",
    "nil",
    "0.5",
    "<|N0|>",
    "<|N1|>",
    "<|P|>0",
    "<|P|>1",
    "<|Instruction|>63",
    "<|Instruction|>0",
    "<|Instruction|>2147450910",
    "<|Instruction|>2147483678",
    "<|Proto-p|>",
    "<|Proto-locvars|>",
    "<|LocVar|><|NULL|>",
    "<|LocVar-startpc|>0<|LocVar-endpc|>1",
    "<|LocVar-startpc|>1<|LocVar-endpc|>1",
    "<|Proto-lineinfo|>",
    "5<|LineInfo-pad|>",
    "<|Proto-source|>s",
    "<|Proto-source|><|NULL|>",
    "<|U1|>",
    "-0",
    "<|OP_GETGLOBAL|><|R0|>",
    "<|OP_JMP|>",
    "<|OP_SETLIST|><|R0|><|N1|><|N0|>",
    "<|OP_LOADNIL|><|R0|>",
    "<|OP_LOADKX|><|R0|>",
];

/// The starts of the terse streams of each version.
const STARTS: [&str; 5] = [
    "<|Lua-5.1|>",
    "<|Lua-5.2|>",
    "",
    "<|Lua-5.4|>",
    "<|Lua-5.5|>",
];

/// Any pieces of terse streams in any order are parsed or refused like other text.
pub fn terse_body(bytes: &[u8]) {
    let pieces = bytes
        .iter()
        .filter_map(|byte| PIECES.get(usize::from(*byte)));
    let body: String = pieces.copied().collect();
    for start in STARTS {
        parse_body(format!("{start}{}{body}{}", PIECES[0], PIECES[1]).as_bytes());
    }
}

fn stream(language: Language, chunk: &Chunk) -> Vec<u8> {
    let mut text = Text::new(Vec::new(), 0);
    language
        .emit(chunk, &mut text)
        .expect("a vector takes everything");
    let text = text.finish().expect("a vector takes everything");
    assert!(
        text.iter().all(|byte| (b' '..=b'~').contains(byte)),
        "a stream is printable ASCII"
    );
    text
}

/// Any text is parsed or refused, in every version. A parsed text is a tree over all its tokens.
pub fn source_body(text: &[u8]) {
    for version in Version::ALL {
        for source in [parse(text, version), parse_alone(text, version)]
            .iter()
            .flatten()
        {
            check_source(source);
        }
    }
}

/// Nodes nest, functions are at their nodes, and no token is lost.
fn check_source(source: &Source) {
    let tokens = source.tokens.len() as u32 - 1;
    assert_eq!(source.tokens[tokens as usize].kind, TokenKind::EndOfText);
    let root = source.nodes[0];
    assert_eq!(
        (root.first, root.last, root.end),
        (0, tokens, source.nodes.len() as u32)
    );
    for (id, node) in (0..).zip(&source.nodes) {
        assert!(node.end > id && node.first <= node.last);
        let mut at = node.first;
        for child in source.children(id) {
            let child = source.nodes[child as usize];
            assert!(
                at <= child.first && child.last <= node.last,
                "{node:?} {child:?}"
            );
            at = child.last;
        }
    }
    let mut at = 0;
    for token in &source.tokens {
        assert!(at <= token.range().start);
        at = token.range().end;
    }
    for (id, function) in (0..).zip(&source.functions).skip(1) {
        assert_eq!(
            source.nodes[function.node as usize].kind,
            NodeKind::Function
        );
        let text = &source.text[source.function_bytes(id)];
        assert!(text.ends_with(b"end"), "{}", text.escape_ascii());
        let open = source.token(function.open);
        assert_eq!(open, b"(");
        let parent = function.parent.unwrap();
        assert!(source.is_inside(id, parent) && !source.is_inside(parent, id));
        assert!(source.functions_in(parent).any(|inner| inner == id));
    }
    for name in &source.names {
        assert_eq!(source.tokens[name.token as usize].kind, TokenKind::Name);
    }
}
