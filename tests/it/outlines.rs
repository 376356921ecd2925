//! Outlines: examples, laws over fixtures and random trees, and one exact message for
//! each error.

use std::fmt::Write;

use crate::common::trees::{any_chunk, of_version};
use crate::common::{self, fixture};
use luadec_tok::Version;
use luadec_tok::chunk::Chunk;
use luadec_tok::stream::{Outline, Parser};
use proptest::prelude::*;

/// Returns a line for each function: its path, a tab and its outline.
fn lines(chunk: &Chunk) -> String {
    let mut lines = String::new();
    for (path, outline) in chunk.to_outlines() {
        writeln!(lines, "{path}\t{}", outline.to_terse()).unwrap();
    }
    lines
}

#[test]
fn examples() {
    for (name, chunk) in [
        ("nested", "outlines/nested.luac"),
        ("scopes", "scopes.luac"),
    ] {
        let bytes = fixture(chunk);
        let mut chunk = Chunk::read(&bytes).unwrap();
        let path = |ending: &str| common::fixtures().join(format!("outlines/{name}{ending}"));
        common::golden(&path(".outlines"), lines(&chunk).as_bytes());
        chunk.strip();
        common::golden(&path(".stripped.outlines"), lines(&chunk).as_bytes());
    }
}

/// Checks that the outlines of a chunk come back from their texts.
fn come_back(chunk: &Chunk) {
    for (path, outline) in chunk.to_outlines() {
        let text = outline.to_terse();
        let parsed =
            Outline::parse(&text).unwrap_or_else(|error| panic!("{path}: {error}\n{text}"));
        assert_eq!(parsed.to_terse(), text, "{path}");
        // The text may not tell that a function is main.
        let is_main = outline.is_main;
        let known = Outline {
            is_main,
            nupvalues: outline.nupvalues,
            ..parsed.clone()
        };
        assert_eq!(known, outline, "{path}: {text}");
        assert!(!parsed.is_main || is_main, "{path}: {text}");
    }
}

/// An outline is the same wherever its text is cut in two.
#[test]
fn outlines_may_come_in_pieces() {
    for directory in ["outlines", "lua51", "lua55"] {
        let file = common::files(directory, "luac").remove(0);
        let bytes = std::fs::read(&file).unwrap();
        let mut chunk = Chunk::read(&bytes).unwrap().into_owned();
        for _ in ["with debug information", "stripped"] {
            let (_, outline) = chunk.to_outlines().next().unwrap();
            let text = outline.to_terse();
            let whole = Outline::parse(&text).unwrap();
            for cut in 0..text.len() {
                let mut parser = Parser::of_outline();
                let mut rest = &text.as_bytes()[..cut];
                parser.feed(&mut rest, false).unwrap();
                let mut rest = &text.as_bytes()[cut - rest.len()..];
                parser.feed(&mut rest, true).unwrap();
                assert_eq!(
                    parser.take_outline().as_ref(),
                    Some(&whole),
                    "{cut}: {text}"
                );
            }
            chunk.strip();
        }
    }
}

#[test]
fn outlines_of_fixtures_come_back() {
    for directory in ["", "outlines", "lua51", "lua52", "lua54", "lua55"] {
        for file in common::files(directory, "luac") {
            let bytes = std::fs::read(&file).unwrap();
            let Ok(mut chunk) = Chunk::read(&bytes) else {
                continue;
            };
            come_back(&chunk);
            let main = chunk.to_outlines().next().unwrap().1;
            assert_eq!(
                Outline::parse(&main.to_terse()).unwrap().is_main,
                main.is_main
            );
            chunk.strip();
            come_back(&chunk);
            let main = chunk.to_outlines().next().unwrap().1;
            assert_eq!(
                Outline::parse(&main.to_terse()).unwrap().is_main,
                main.is_main
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn outlines_of_any_chunk_come_back(chunk in any_chunk(), is_main in any::<bool>()) {
        for version in Version::ALL {
            let mut chunk = of_version(&chunk, version);
            if is_main {
                let p = &mut chunk.main;
                (p.linedefined, p.numparams, p.is_vararg) = (0, 0, 1);
                p.upvalues.resize(usize::from(version != Version::Lua51), Default::default());
            }
            come_back(&chunk);
            chunk.strip();
            come_back(&chunk);
        }
    }
}

/// Replaces, doubles and removes each token: what is not refused is the text of its outline.
#[test]
fn an_outline_has_one_text() {
    let mut accepted = 0;
    for name in ["nested", "nested.stripped", "scopes", "scopes.stripped"] {
        let text = String::from_utf8(fixture(&format!("outlines/{name}.outlines"))).unwrap();
        for line in text.lines() {
            let (_, text) = line.split_once('\t').unwrap();
            let tokens: Vec<&str> = text.split_inclusive("|>").collect();
            let others = [
                "", "<|Hole|>", "<|Env|>", "<|R0|>", "<|U0|>", "<|N1|>", "<|+1|>",
            ];
            for (i, token) in tokens.iter().enumerate() {
                let both = format!("{token}{token}");
                for other in others.into_iter().chain([&*both]) {
                    let mut tokens = tokens.clone();
                    tokens[i] = other;
                    let text = tokens.concat();
                    if let Ok(outline) = Outline::parse(&text) {
                        assert_eq!(outline.to_terse(), text);
                        accepted += 1;
                    }
                }
            }
        }
    }
    assert!(accepted > 500, "{accepted}");
}

/// Checks the message for an outline, whose `@` marks the place of the error.
#[track_caller]
fn refused(text: &str, wanted: &str) {
    let at = text.find('@').expect("the place is marked");
    let error =
        Outline::parse(&text.replacen('@', "", 1)).expect_err("the outline should be refused");
    assert_eq!((error.line, error.byte), (1, at + 1), "{error}");
    let place = format!("line 1, byte {}, ", at + 1);
    assert_eq!(error.to_string().strip_prefix(&place), Some(wanted));
}

/// The header of a main function without upvalues.
const MAIN: &str = "<|N0|><|N1|><|N2|><|+0|><|+0|>";

/// The start of a hole at a CLOSURE.
const HOLE: &str = "<|OP_CLOSURE|><|R0|><|Proto|><|N0|><|N0|><|N2|><|+1|><|+0|>";

#[test]
fn beginnings() {
    refused("@", "main: expected <|Proto|>, found the end of the stream");
    refused("@x", "main: expected <|Proto|>, found x");
    refused(
        "@<|Lua-5.6|><|Proto|>",
        "main: expected <|Proto|>, <|Lua-5.1|> or <|Lua-5.2|> or <|Lua-5.4|> or <|Lua-5.5|>, found <|Lua-5.6|>",
    );
    refused(
        "<|Proto|>@<|Proto-nupvalues=1|>",
        "main: expected <|N0|> to <|N255|>, found <|Proto-nupvalues=1|>",
    );
    refused(
        "<|Proto|><|N0|><|N0|><|N2|>@<|+1|><|+0|><|/Proto|>",
        "main: expected <|+0|>, where the function of an outline begins, found <|+1|>",
    );
    refused(
        "<|Proto|><|N0|><|N0|><|N2|><|+0|><|+0|><|/Proto|>@<|Proto|>",
        "main: expected the end of the text, which holds one outline, found <|Proto|>",
    );
}

#[test]
fn main_functions() {
    refused(
        "<|Proto|>@<|Proto-source|>x<|N0|><|N1|><|N2|><|+0|><|+0|><|/Proto|>",
        "main: expected no <|Proto-source|>: the function is not main, found <|Proto-source|>",
    );
    refused(
        "<|Proto|>@<|Proto-nupvalues|>3<|N0|><|N1|><|N2|><|+0|><|+0|><|/Proto|>",
        "main: expected no <|Proto-nupvalues|>: the function is not main, found <|Proto-nupvalues|>",
    );
    refused(
        &format!("<|Proto|>{MAIN}<|U0|><|R0|>@<|Env|><|U1|><|R1|><|/Proto|>"),
        "main: expected no <|Env|>: the function is not main, found <|Env|>",
    );
    refused(
        &format!("<|Proto|><|Proto-source|>x{MAIN}<|U0|><|R0|>@<|/Proto|>"),
        "main: expected <|Env|>, as the function is main, found <|/Proto|>",
    );
    let stripped = format!("<|Proto|>{MAIN}<|U0|><|R0|><|Env|><|/Proto|>");
    assert!(Outline::parse(&stripped).unwrap().is_main);
    let captures = format!("<|Proto|>{MAIN}<|U0|><|R0|><|/Proto|>");
    assert!(!Outline::parse(&captures).unwrap().is_main);
    let in_51 = |is_vararg| {
        format!("<|Lua-5.1|><|Proto|><|N0|><|N{is_vararg}|><|N2|><|+0|><|+0|><|/Proto|>")
    };
    assert!(Outline::parse(&in_51(2)).unwrap().is_main);
    assert!(!Outline::parse(&in_51(7)).unwrap().is_main);
}

#[test]
fn marks() {
    let main = format!("<|Proto|>{MAIN}<|U0|><|R0|><|Env|>{HOLE}");
    refused(
        &format!("<|Proto|>{MAIN}<|U0|><|U0|><|U1|><|R0|>@<|Env|><|/Proto|>"),
        "main > upvalue 1: expected no <|Env|>: the upvalue is a register, found <|Env|>",
    );
    refused(
        &format!("{main}<|U0|><|U0|>@<|Hole|><|/Proto|><|/Proto|>"),
        "main > function 0 > upvalue 0: expected <|Env|>, as the upvalue is _ENV, found <|Hole|>",
    );
    refused(
        &format!("{main}<|U0|><|R0|>@<|Env|><|Hole|><|/Proto|><|/Proto|>"),
        "main > function 0 > upvalue 0: expected no <|Env|>: the upvalue is not _ENV, found <|Env|>",
    );
    // A name does not tell whether an upvalue is `_ENV`, but two holes must agree on it.
    let named = format!("<|Proto|>{MAIN}<|U0|><|U0|><|Upvaldesc-name|>x{HOLE}<|U0|><|U0|>");
    refused(
        &format!("{named}<|Hole|><|/Proto|>{HOLE}<|U0|><|U0|>@<|Env|><|Hole|><|/Proto|><|/Proto|>"),
        "main > function 1 > upvalue 0: expected no <|Env|>: the upvalue is not _ENV, found <|Env|>",
    );
    refused(
        &format!("{named}<|Env|><|Hole|><|/Proto|>{HOLE}<|U0|><|U0|>@<|Hole|><|/Proto|><|/Proto|>"),
        "main > function 1 > upvalue 0: expected <|Env|>, as the upvalue is _ENV, found <|Hole|>",
    );
    refused(
        &format!("{named}<|Upvaldesc-name|>x@<|Env|><|Hole|><|/Proto|><|/Proto|>"),
        "main > function 0: expected <|Hole|>, found <|Env|>",
    );
    refused(
        "<|Lua-5.1|><|Proto|><|N0|><|N7|><|N2|><|+0|><|+0|><|U0|>@<|Env|><|/Proto|>",
        "main > upvalue 0: expected no <|Env|>: Lua 5.1 has no _ENV, found <|Env|>",
    );
}

#[test]
fn holes() {
    let function = format!("<|Proto|>{MAIN}{HOLE}");
    refused(
        &format!("{function}@<|OP_RETURN|><|R0|><|N1|><|/Proto|><|/Proto|>"),
        "main > function 0: expected <|Hole|>, found <|OP_RETURN|>",
    );
    refused(
        &format!("{function}<|Hole|>@<|OP_RETURN|><|R0|><|N1|><|/Proto|><|/Proto|>"),
        "main > function 0: expected <|/Proto|>, found <|OP_RETURN|>",
    );
    refused(
        &format!("<|Proto|>{MAIN}@<|Hole|><|/Proto|>"),
        "main > instruction 0: expected an instruction, a line, label or variable before one, or \
         <|/Proto|>, found <|Hole|>",
    );
    let hole = &HOLE["<|OP_CLOSURE|><|R0|>".len()..];
    let unplaced = format!("<|Proto|>{MAIN}<|Proto-p|>{hole}<|Hole|><|/Proto|><|/Proto|>");
    assert_eq!(Outline::parse(&unplaced).unwrap().function.p.len(), 1);
}

/// The parsers of streams refuse outlines by name.
#[test]
fn a_stream_is_not_an_outline() {
    let (_, outline) = Chunk::read(&fixture("outlines/nested.luac"))
        .map(|chunk| {
            chunk
                .to_outlines()
                .next()
                .map(|(path, outline)| (path, outline.to_terse()))
        })
        .unwrap()
        .unwrap();
    let hole = outline.find("<|Hole|>").unwrap() + 1;
    let error = Chunk::parse(&outline).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "line 1, byte {hole}, main > function 0 > instruction 0: <|Hole|> belongs to the outline of a function, \
             which is not a whole chunk; luadec-tok assemble makes a file of the answers to outlines"
        )
    );
    let env = format!("<|Proto|>{MAIN}<|U0|><|R0|><|Env|><|/Proto|>");
    assert_eq!(
        Chunk::parse(&env).unwrap_err().to_string(),
        "line 1, byte 52, main > instruction 0: <|Env|> belongs to the outline of a function, \
         which is not a whole chunk; luadec-tok assemble makes a file of the answers to outlines"
    );
}
