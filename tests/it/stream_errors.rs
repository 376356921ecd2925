//! Wrong full streams: one exact message for each error, and nothing is corrected silently.

use std::io::Read;

use crate::common::{fixture, parse, stream};
use luadec_tok::chunk::{Chunk, Proto};
use luadec_tok::stream::{Chunks, Language, ReadError};

fn demo() -> String {
    String::from_utf8(fixture("demo.txt"))
        .unwrap()
        .trim_end()
        .to_owned()
}

/// Returns the message for the demo's stream with one piece replaced; the place is written `@` if
/// it is the start of that piece, otherwise `_`.
fn message(old: &str, new: &str) -> String {
    let demo = demo();
    let at = demo.find(old).expect("the piece is in the stream");
    let error = parse(&demo.replacen(old, new, 1)).expect_err("the stream should be refused");
    let place = if error.byte == at + 1 { "@" } else { "_" };
    error
        .to_string()
        .replace(&format!("byte {},", error.byte), &format!("byte {place},"))
}

#[test]
fn an_instruction_disagrees_with_itself() {
    let first = "line 1, byte @, main > instruction 0: ";
    for (old, new, wanted) in [
        (
            "<|Instruction-T=0|>",
            "<|Instruction-T=1|>",
            "contradicts OP_SETTABUP, whose T is 0",
        ),
        (
            "<|Instruction-A=0|>",
            "<|Instruction-A=1|>",
            "contradicts OP_SETTABUP, whose A flag is 0",
        ),
        (
            "<|Instruction-B=OpArgK|>",
            "<|Instruction-B=OpArgR|>",
            "contradicts OP_SETTABUP, whose B mask is OpArgK",
        ),
        (
            "<|Instruction-B-ISK=true|>",
            "<|Instruction-B-ISK=false|>",
            "contradicts B=256, whose ISK is true",
        ),
        (
            "<|Instruction-B-K=0|>",
            "<|Instruction-B-K=3|>",
            "contradicts B=256, whose K is 0",
        ),
        (
            "<|Instruction-B-R=256|>",
            "<|Instruction-B-R=0|>",
            "contradicts B=256, whose R is 256",
        ),
        (
            "<|Instruction-C=OpArgK|>",
            "<|Instruction-C=OpArgU|>",
            "contradicts OP_SETTABUP, whose C mask is OpArgK",
        ),
        (
            "<|Instruction-C-ISK=true|>",
            "<|Instruction-C-ISK=false|>",
            "contradicts C=257, whose ISK is true",
        ),
        (
            "<|Instruction-C-K=1|>",
            "<|Instruction-C-K=255|>",
            "contradicts C=257, whose K is 1",
        ),
        (
            "<|Instruction-C-R=257|>",
            "<|Instruction-C-R=511|>",
            "contradicts C=257, whose R is 257",
        ),
        (
            "<|Instruction-MODE=iABC|>",
            "<|Instruction-MODE=iABx|>",
            "contradicts OP_SETTABUP, whose MODE is iABC",
        ),
        (
            "<|Instruction-INLINE=false|>",
            "<|Instruction-INLINE=true|>",
            "contradicts OP_SETTABUP with C=257, whose INLINE is false",
        ),
        (
            "<|Instruction-JUMP=false|>",
            "<|Instruction-JUMP=true|>",
            "contradicts OP_SETTABUP, whose JUMP is false",
        ),
    ] {
        assert_eq!(message(old, new), format!("{first}{new} {wanted}"));
    }
    assert_eq!(
        message("131329", "131330"),
        format!("{first}131330 contradicts A=0, B=256 and C=257, whose Bx is 131329")
    );
    assert_eq!(
        message("258<|/Instruction-sBx|>", "-258<|/Instruction-sBx|>"),
        format!("{first}-258 contradicts A=0, B=256 and C=257, whose sBx is 258")
    );
    assert_eq!(
        message("33620224", "033620224"),
        format!("{first}033620224 contradicts A=0, B=256 and C=257, whose Ax is 33620224")
    );
    // The field itself is the last of B's four tokens, so another B contradicts all before it.
    assert_eq!(
        message("<|Instruction-B=256|>", "<|Instruction-B=258|>"),
        "line 1, byte _, main > instruction 0: <|Instruction-B-K=0|> contradicts B=258, whose K is 2"
    );
}

#[test]
fn an_instruction_is_not_one() {
    let first = "line 1, byte @, main > instruction 0: ";
    assert_eq!(
        message("<|OP_SETTABUP|>", "<|OP_UNKNOWN|>"),
        format!(
            "{first}<|OP_UNKNOWN|> cannot be converted back: the stream does not name the opcode"
        )
    );
    assert_eq!(
        message("<|OP_SETTABUP|>", "<|OP_GETGLOBAL|>"),
        format!(
            "{first}expected an opcode of Lua 5.3, <|OP_MOVE|> to <|OP_EXTRAARG|>, found <|OP_GETGLOBAL|>"
        )
    );
    assert_eq!(
        message("<|Instruction-B-K=0|>", ""),
        format!("{first}expected <|Instruction-B-K=0|>, found <|Instruction-B-R=256|>")
    );
    assert_eq!(
        message("<|Instruction-B=256|>", ""),
        format!("{first}expected <|Instruction-B=256|>, found <|Instruction-C=257|>")
    );
    assert_eq!(
        message("<|/Instruction-Bx|>", "<|/Instruction-Ax|>"),
        format!("{first}expected <|/Instruction-Bx|>, found <|/Instruction-Ax|>")
    );
    assert_eq!(
        message("131329", ""),
        format!("{first}expected 131329, found <|/Instruction-Bx|>")
    );
}

#[test]
fn a_jump_leads_elsewhere() {
    let text = String::from_utf8(fixture("jumps.txt")).unwrap();
    let wrong = text.replacen(
        "<|Jump-Target|>1<|/Jump-Target|>",
        "<|Jump-Target|>2<|/Jump-Target|>",
        1,
    );
    let error = parse(&wrong).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "line 1, byte {}, main > instruction 3: 2 contradicts instruction 3 with sBx=-3, whose target is 1",
            error.byte
        )
    );
    let missing = text.replacen("<|Jump-Target|>1<|/Jump-Target|>", "", 1);
    let error = parse(&missing).unwrap_err().to_string();
    assert!(
        error.ends_with("main > instruction 3: expected <|Jump-Target|>, found <|Proto-code-idx|>"),
        "{error}"
    );
    let extra = demo().replacen(
        "<|/Instruction|>",
        "<|/Instruction|><|Jump-Target|>1<|/Jump-Target|>",
        1,
    );
    let error = parse(&extra).unwrap_err().to_string();
    assert!(
        error.ends_with("main > instruction 1: expected <|Proto-code-idx|>, found <|Jump-Target|>"),
        "{error}"
    );
}

#[test]
fn sizes_and_indices() {
    assert_eq!(
        message("<|Proto-k-idx|>1", "<|Proto-k-idx|>2"),
        "line 1, byte _, main > constant 1: 2 contradicts constant 1, whose index is 1"
    );
    assert_eq!(
        message("<|Proto-sizek|>2", "<|Proto-sizek|>3"),
        "line 1, byte _, main > constant 2: expected <|Proto-k-idx|>, found <|/Proto-k|>"
    );
    assert_eq!(
        message("<|Proto-sizek|>2", "<|Proto-sizek|>1"),
        "line 1, byte _, main: expected <|/Proto-k|>, found <|Proto-k-idx|>"
    );
    assert_eq!(
        message("2<|/Proto-sizek|>", "-2<|/Proto-sizek|>"),
        "line 1, byte @, main: expected an integer from 0 to 2147483647, found -2"
    );
    assert_eq!(
        message("2<|/Proto-sizek|>", "2147483648<|/Proto-sizek|>"),
        "line 1, byte @, main: expected an integer from 0 to 2147483647, found 2147483648"
    );
    assert_eq!(
        message("2<|/Proto-sizek|>", "02<|/Proto-sizek|>"),
        "line 1, byte @, main: expected an integer from 0 to 2147483647, found 02"
    );
    let line = "an integer from -2147483648 to 2147483647";
    for (of, range) in [
        ("sizelocvars", "an integer from 0 to 2147483647"),
        ("linedefined", line),
        ("lastlinedefined", line),
    ] {
        assert_eq!(
            message(&format!("0<|/Proto-{of}|>"), &format!("-0<|/Proto-{of}|>")),
            format!("line 1, byte @, main: expected {range}, found -0")
        );
    }
    assert_eq!(
        message("1<|LineInfo-pad|>", "-0<|LineInfo-pad|>"),
        format!("line 1, byte @, main > line 0: expected {line}, found -0")
    );
    assert_eq!(
        message("<|Proto-maxstacksize=2|>", "<|Proto-maxstacksize=256|>"),
        "line 1, byte @, main: expected <|Proto-maxstacksize=0|> to <|Proto-maxstacksize=255|>, found <|Proto-maxstacksize=256|>"
    );
    assert_eq!(
        message("<|Proto-nupvalues=1|>", ""),
        "line 1, byte @, main: expected <|Proto-nupvalues=0|> to <|Proto-nupvalues=255|>, found <|Proto-numparams=0|>"
    );
}

#[test]
fn constants() {
    let at = "line 1, byte @, main > constant 1: ";
    for wrong in [
        "01",
        "+1",
        "-0",
        "1.50",
        "1e16",
        "0.00001",
        "NaN",
        "Inf",
        "infinity",
        "9223372036854775808",
        "Nil",
        "",
    ] {
        let found = if wrong.is_empty() {
            "<|/Constant|>"
        } else {
            wrong
        };
        assert_eq!(
            message("1<|/Constant|>", &format!("{wrong}<|/Constant|>")),
            format!("{at}expected a constant, found {found}")
        );
    }
    let at = "line 1, byte @, main > constant 0: ";
    for (wrong, found, expected) in [
        ("\\x41", "\\x41", "A"),
        ("\\x0A", "\\x0A", "\\n"),
        ("\\xff", "\\xff", "\\xFF"),
        ("\\x3C", "\\x3C", "<"),
        ("\\x5C", "\\x5C", "\\\\"),
        ("\\x5CX", "\\x5C", "\\\\"),
        ("\\\\x41", "\\\\", "\\x5C"),
        ("\"", "\"", "\\\""),
        ("\t", "\\t", "\\t"),
        ("\u{e9}", "\\xc3", "\\xC3"),
        (
            "\\q",
            "\\q",
            "an escape: \\a \\b \\t \\n \\v \\f \\r \\\\ \\\" or \\x and two upper-case digits",
        ),
        (
            "\\x4",
            "\\x",
            "an escape: \\a \\b \\t \\n \\v \\f \\r \\\\ \\\" or \\x and two upper-case digits",
        ),
    ] {
        assert_eq!(
            message("a\"<|/", &format!("{wrong}\"<|/")),
            format!("{at}expected {expected}, found {found}")
        );
    }
    assert_eq!(
        message("\"<|/Constant|>", "<|/Constant|>"),
        format!("{at}expected \", found <|/Constant|>")
    );
}

#[test]
fn names() {
    assert_eq!(
        message("_ENV", "\\\"ENV"),
        "line 1, byte @, main > upvalue 0: expected \", found \\\""
    );
    let demo = demo();
    let error = parse(&demo[..demo.find("_ENV").unwrap() + 2]).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "line 1, byte {}, main > upvalue 0: expected the end of a name, found the end of the stream",
            error.byte
        )
    );
    let error = parse(&demo.replacen("_ENV", "_ENV\n", 1)).unwrap_err();
    let end = demo.find("_ENV").unwrap() + 5;
    assert_eq!(
        error.to_string(),
        format!(
            "line 1, byte {end}, main > upvalue 0: expected the end of a name, found the end of the line"
        )
    );
    let inside = Proto {
        source: Some(b"=inside"[..].into()),
        ..Proto::default()
    };
    let main = Proto {
        source: Some(b"=outside"[..].into()),
        p: vec![inside],
        ..Proto::default()
    };
    let text = stream(&Chunk {
        main,
        ..Chunk::default()
    });
    let error = parse(&text.replace("=inside", "<|NULL|>")).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "line 1, byte {}, main > function 0 > source: expected a source, found <|NULL|>: a function inside one with a source has that source or its own",
            text.find("=inside").unwrap() + 1
        )
    );
}

#[test]
fn depth() {
    let nested = |functions: usize| {
        let mut main = Proto::default();
        for _ in 0..functions {
            main = Proto {
                p: vec![main],
                ..Proto::default()
            };
        }
        stream(&Chunk {
            main,
            ..Chunk::default()
        })
    };
    assert!(parse(&nested(200)).is_ok());
    let error = parse(&nested(201)).unwrap_err().to_string();
    let path = "main".to_owned() + &" > function 0".repeat(201);
    assert!(
        error.ends_with(&format!(
            ", {path}: functions are nested deeper than 200, the limit of Lua"
        )),
        "{error}"
    );
}

#[test]
fn other_lines() {
    let demo = demo();
    assert_eq!(
        parse("\x1bLua").unwrap_err().to_string(),
        "line 1, byte 1, main: this is a Lua chunk, not a token stream; convert it with `luadec-tok` without `decode`"
    );
    assert_eq!(
        parse("expected\n").unwrap_err().to_string(),
        "line 1, byte 1, main: expected <|Proto|>, found expected"
    );
    // A stream that is cut off does not swallow the one after it.
    let cut = demo.strip_suffix("<|/Proto|>").unwrap();
    let text = format!("{demo}\n\n{cut}\n{demo}\n{cut}");
    let read: Vec<String> = Chunks::new(text.as_bytes())
        .map(|chunk| match chunk {
            Ok(chunk) => stream(&chunk),
            Err(ReadError::Parse(error)) => error.to_string(),
            Err(ReadError::Io(error)) => panic!("{error}"),
        })
        .collect();
    let end = cut.len() + 1;
    assert_eq!(
        read,
        [
            demo.clone(),
            format!("line 3, byte {end}, main: expected <|/Proto|>, found the end of the line"),
            demo,
            format!("line 5, byte {end}, main: expected <|/Proto|>, found the end of the stream"),
        ]
    );
}

#[test]
fn white_space_between_tokens_is_skipped() {
    for name in ["demo.txt", "strings.txt", "jumps.txt", "functions.txt"] {
        let text = String::from_utf8(fixture(name)).unwrap();
        // White space after a token that ends an element, or is all of it.
        let mut spaced = String::new();
        for piece in pieces(text.trim_end()) {
            spaced.push_str(piece);
            if piece.starts_with("<|/") || piece.contains('=') && piece.starts_with("<|") {
                spaced.push_str("\n\t ");
            }
        }
        assert_eq!(stream(&parse(&spaced).unwrap()), text.trim_end(), "{name}");
    }
}

/// Splits a stream into its tokens and the text between them.
fn pieces(stream: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = stream;
    while !rest.is_empty() {
        let end = match rest.find("<|") {
            Some(0) => rest.find("|>").unwrap() + 2,
            Some(start) => start,
            None => rest.len(),
        };
        let (piece, after) = rest.split_at(end);
        pieces.push(piece);
        rest = after;
    }
    pieces
}

/// Checks that a text is refused, or is exactly the streams of its chunks.
fn refused_or_exact(text: &str) {
    let chunks: Result<Vec<Chunk>, ReadError> = Chunks::new(text.as_bytes()).collect();
    if let Ok(chunks) = chunks {
        let streams: String = chunks.iter().map(stream).collect();
        assert!(streams == text, "{text}\nwas read as\n{streams}");
    }
}

#[test]
fn nothing_is_corrected() {
    let tokens: Vec<&str> = Language::Full.vocabulary().collect();
    // The longer streams repeat the 29 tokens of an instruction; steps of 7 reach each of them.
    for (name, step) in [
        ("demo.txt", 1),
        ("jumps.txt", 7),
        ("numbers.stripped.txt", 7),
    ] {
        let text = String::from_utf8(fixture(name)).unwrap();
        let pieces = pieces(text.trim_end());
        for i in (0..pieces.len()).step_by(step) {
            let with = |middle: &[&str], after: usize| {
                [&pieces[..i], middle, &pieces[after..]].concat().concat()
            };
            refused_or_exact(&with(&[], i + 1));
            refused_or_exact(&with(&[pieces[i], pieces[i]], i + 1));
            if i + 1 < pieces.len() {
                refused_or_exact(&with(&[pieces[i + 1], pieces[i]], i + 2));
            }
            if pieces[i].starts_with("<|") {
                refused_or_exact(&with(&[tokens[i * 7919 % tokens.len()]], i + 1));
                let near = tokens.binary_search(&pieces[i]).unwrap();
                refused_or_exact(&with(&[tokens[(near + 1) % tokens.len()]], i + 1));
                refused_or_exact(&with(&[tokens[near.saturating_sub(1)]], i + 1));
            } else {
                for changed in [
                    "0",
                    "1",
                    "2",
                    "3",
                    "4",
                    "5",
                    "6",
                    "7",
                    "8",
                    "9",
                    "-1",
                    "nil",
                    "<",
                    "\"\"",
                    "00",
                    "1.0",
                    "262143",
                    "9999999999",
                ] {
                    refused_or_exact(&with(&[changed], i + 1));
                    refused_or_exact(&with(&[&format!("{}{changed}", pieces[i])], i + 1));
                }
            }
        }
    }
}

/// Whatever the pieces are that it comes in.
#[test]
fn files_of_other_kinds() {
    let listing = String::from_utf8(fixture("demo.listing")).unwrap();
    let source = "this looks like Lua source; compile it first: luac5.3 -o out.luac in.lua";
    for (text, wanted) in [
        (b"a = 1\nb = 2\n".as_slice(), source),
        (b"return 1", source),
        (
            listing.as_bytes(),
            "this is a listing, which cannot be converted; use the chunk that it lists",
        ),
        (
            b"G0x1YVMAGZMNChoKBAgECAh4",
            "this is a chunk in base64; decode it first: base64 -d",
        ),
        (
            b"\x1f\x8b\x08\0\0\0\0\0",
            "this is compressed with gzip; decompress it first: gzip -d",
        ),
        (
            b"BZh91AY&SY",
            "this is compressed with bzip2; decompress it first: bzip2 -d",
        ),
        (
            b"\x1bLua\x53\0\x19\x93",
            "this is a Lua chunk, not a token stream; convert it with `luadec-tok` without `decode`",
        ),
        (b"expected\n", "expected <|Proto|>, found expected"),
    ] {
        for piece in [1, 7, 4096] {
            let error = Chunks::new(Slow(text, piece)).next().unwrap().unwrap_err();
            let message = error.to_string();
            let (_, problem) = message.split_once("main: ").unwrap();
            assert_eq!(problem, wanted, "{piece}");
        }
    }
}

/// A reader that returns at most this many bytes at once.
struct Slow<'b>(&'b [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
        let length = self.1.min(room.len());
        self.0.read(&mut room[..length])
    }
}
