//! What wrong streams get: one exact message for each thing that can be wrong, and nothing
//! mended in silence.

use crate::common::{fixture, parse, stream};
use luadec_tok::chunk::{Chunk, Proto};
use luadec_tok::stream::{Chunks, ReadError, vocabulary};

fn demo() -> String {
    String::from_utf8(fixture("demo.txt"))
        .unwrap()
        .trim_end()
        .to_owned()
}

/// The message for the demo's stream with one piece replaced; the place is written `@`
/// where it is the beginning of that piece, else `_`.
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
            "does not fit OP_SETTABUP (its T is 0)",
        ),
        (
            "<|Instruction-A=0|>",
            "<|Instruction-A=1|>",
            "does not fit OP_SETTABUP (its A flag is 0)",
        ),
        (
            "<|Instruction-B=OpArgK|>",
            "<|Instruction-B=OpArgR|>",
            "does not fit OP_SETTABUP (its B mask is OpArgK)",
        ),
        (
            "<|Instruction-B-ISK=true|>",
            "<|Instruction-B-ISK=false|>",
            "does not fit B=256 (its ISK is true)",
        ),
        (
            "<|Instruction-B-K=0|>",
            "<|Instruction-B-K=3|>",
            "does not fit B=256 (its K is 0)",
        ),
        (
            "<|Instruction-B-R=256|>",
            "<|Instruction-B-R=0|>",
            "does not fit B=256 (its R is 256)",
        ),
        (
            "<|Instruction-C=OpArgK|>",
            "<|Instruction-C=OpArgU|>",
            "does not fit OP_SETTABUP (its C mask is OpArgK)",
        ),
        (
            "<|Instruction-C-ISK=true|>",
            "<|Instruction-C-ISK=false|>",
            "does not fit C=257 (its ISK is true)",
        ),
        (
            "<|Instruction-C-K=1|>",
            "<|Instruction-C-K=255|>",
            "does not fit C=257 (its K is 1)",
        ),
        (
            "<|Instruction-C-R=257|>",
            "<|Instruction-C-R=511|>",
            "does not fit C=257 (its R is 257)",
        ),
        (
            "<|Instruction-MODE=iABC|>",
            "<|Instruction-MODE=iABx|>",
            "does not fit OP_SETTABUP (its MODE is iABC)",
        ),
        (
            "<|Instruction-INLINE=false|>",
            "<|Instruction-INLINE=true|>",
            "does not fit OP_SETTABUP with C=257 (its INLINE is false)",
        ),
        (
            "<|Instruction-JUMP=false|>",
            "<|Instruction-JUMP=true|>",
            "does not fit OP_SETTABUP (its JUMP is false)",
        ),
    ] {
        assert_eq!(message(old, new), format!("{first}{new} {wanted}"));
    }
    assert_eq!(
        message("131329", "131330"),
        format!("{first}131330 does not fit A=0, B=256 and C=257 (its Bx is 131329)")
    );
    assert_eq!(
        message("258<|/Instruction-sBx|>", "-258<|/Instruction-sBx|>"),
        format!("{first}-258 does not fit A=0, B=256 and C=257 (its sBx is 258)")
    );
    assert_eq!(
        message("33620224", "033620224"),
        format!("{first}033620224 does not fit A=0, B=256 and C=257 (its Ax is 33620224)")
    );
    // Of B's four tokens the field itself decides, so that another B is at odds with all before it.
    assert_eq!(
        message("<|Instruction-B=256|>", "<|Instruction-B=258|>"),
        "line 1, byte _, main > instruction 0: <|Instruction-B-K=0|> does not fit B=258 (its K is 2)"
    );
}

#[test]
fn an_instruction_is_not_one() {
    let first = "line 1, byte @, main > instruction 0: ";
    assert_eq!(
        message("<|OP_SETTABUP|>", "<|OP_UNKNOWN|>"),
        format!(
            "{first}<|OP_UNKNOWN|> cannot be turned back: the stream does not say which opcode it was"
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
            "line 1, byte {}, main > instruction 3: 2 does not fit instruction 3 with sBx=-3 (its target is 1)",
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
        "line 1, byte _, main > constant 1: 2 does not fit constant 1 (its index is 1)"
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
        "line 1, byte @, main: expected a whole number from 0, found -2"
    );
    assert_eq!(
        message("2<|/Proto-sizek|>", "2147483648<|/Proto-sizek|>"),
        "line 1, byte @, main: expected a whole number from 0, found 2147483648"
    );
    assert_eq!(
        message("2<|/Proto-sizek|>", "02<|/Proto-sizek|>"),
        "line 1, byte @, main: expected a whole number from 0, found 02"
    );
    let line = "a whole number from -2147483648";
    for (of, range) in [
        ("sizelocvars", "a whole number from 0"),
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
        "line 1, byte @, main: expected <|Proto-maxstacksize=0|> to <|Proto-maxstacksize=255|>, found \
         <|Proto-maxstacksize=256|>"
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
            "line 1, byte {}, main > function 0 > source: <|NULL|> does not fit a function inside one that has a \
             source (it would have its parent's)",
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
            ", {path}: functions are nested deeper than 200, Lua's own limit"
        )),
        "{error}"
    );
}

#[test]
fn lines_and_what_is_no_stream() {
    let demo = demo();
    assert_eq!(
        parse("\x1bLua").unwrap_err().to_string(),
        "line 1, byte 1, main: this is a Lua chunk, not a token stream; `luadec-tok` without `decode` converts it"
    );
    assert_eq!(
        parse("a=1\n").unwrap_err().to_string(),
        "line 1, byte 1, main: expected <|Proto|>, found a=1"
    );
    // A stream that is cut off is told from the one after it, which is not lost.
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
fn white_space_between_tokens_is_passed_over() {
    for name in ["demo.txt", "strings.txt", "jumps.txt", "functions.txt"] {
        let text = String::from_utf8(fixture(name)).unwrap();
        // Between a token that ends an element, or says it all, and the next.
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

/// A stream cut into its tokens and what is between them.
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

/// A text is refused, or it is the streams of what it was read as.
fn refused_or_exact(text: &str) {
    let chunks: Result<Vec<Chunk>, ReadError> = Chunks::new(text.as_bytes()).collect();
    if let Ok(chunks) = chunks {
        let streams: String = chunks.iter().map(stream).collect();
        assert!(streams == text, "{text}\nwas read as\n{streams}");
    }
}

#[test]
fn nothing_is_mended() {
    let tokens: Vec<&str> = vocabulary().collect();
    // The longer streams repeat the tokens of an instruction, 29 of them; 7 hits each of these.
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
