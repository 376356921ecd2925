//! Wrong terse streams: one exact message for each error, and nothing is corrected silently.

use std::io::Read;

use crate::common::{fixture, parse, terse};
use luadec_tok::Version;
use luadec_tok::chunk::{Chunk, Constant, LocVar, Proto, Upvaldesc};
use luadec_tok::opcodes::Instruction;
use luadec_tok::stream::{Chunks, Language, ParseError, ReadError};

/// Checks the message for a stream. `@` marks the place of the error; without it, that is the
/// start.
#[track_caller]
fn refused(stream: &str, wanted: &str) {
    let at = stream.find('@').expect("the place is marked");
    let error = parse(&stream.replacen('@', "", 1)).expect_err("the stream should be refused");
    assert_eq!((error.line, error.byte), (1, at + 1), "{error}");
    let place = format!("line 1, byte {}, ", at + 1);
    assert_eq!(error.to_string().strip_prefix(&place), Some(wanted));
    assert_eq!(error_of_bytes(&stream.replacen('@', "", 1)), *error);
}

/// Returns the error of a stream that comes byte by byte.
fn error_of_bytes(stream: &str) -> ParseError {
    struct Bytes<'s>(&'s [u8]);
    impl Read for Bytes<'_> {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            self.0.read(&mut out[..1])
        }
    }
    match Chunks::new(Bytes(stream.as_bytes())).next() {
        Some(Err(ReadError::Parse(error))) => *error,
        other => panic!("{other:?}"),
    }
}

/// Returns a stream whose function has this after its header, with a second line if it has lines.
fn with(body: &str) -> String {
    format!("<|Proto|><|N0|><|N0|><|N2|><|+0|><|+0|>{body}<|/Proto|>")
}

/// Checks the message for a stream without upvalues, whose main function's closure has none either.
#[track_caller]
fn body_refused(body: &str, wanted: &str) {
    refused(&with(body), wanted);
}

const RETURN: &str = "<|OP_RETURN|><|R0|><|N1|>";

#[track_caller]
fn good(stream: &str) -> Chunk<'static> {
    let chunk = parse(stream).expect(stream);
    assert_eq!(terse(&chunk), stream);
    chunk
}

#[test]
fn other_beginnings() {
    for second in ["<|R0|>", "<|NULL|>", "x"] {
        refused(
            &format!("<|Proto|>@{second}<|/Proto|>"),
            &format!(
                "main: expected <|Proto-nupvalues=0|> to <|Proto-nupvalues=255|> of a full stream, or \
                 <|Proto-source|> or <|N0|> to <|N255|> of a terse one, found {second}"
            ),
        );
    }
    good(&with(""));
}

#[test]
fn headers() {
    refused(
        "<|Proto|>@<|Proto-nupvalues|>0<|N0|><|N0|><|N2|><|+0|><|+0|><|/Proto|>",
        "main: expected no <|Proto-nupvalues|>: there are 0 upvalues, found <|Proto-nupvalues|>",
    );
    good("<|Proto|><|Proto-nupvalues|>1<|N0|><|N0|><|N2|><|+0|><|+0|><|/Proto|>");
    refused(
        "<|Proto|><|Proto-nupvalues|>@256<|N0|><|N0|><|N2|><|+0|><|+0|><|/Proto|>",
        "main: expected an integer from 0 to 255, found 256",
    );
    let upvalues = |count: usize| -> String {
        let upvalue = |i| match i {
            0..256 => format!("<|U{i}|><|R0|>"),
            _ => format!("<|U|>{i}<|R0|>"),
        };
        (0..count).map(upvalue).collect()
    };
    good(&with(&upvalues(255)));
    refused(
        &with(&upvalues(256)).replacen("<|Proto|>", "<|Proto|>@", 1),
        "main: expected <|Proto-nupvalues|>: there are 256 upvalues, found none",
    );
    let many = with(&upvalues(300)).replacen("<|N0|>", "<|Proto-nupvalues|>44<|N0|>", 1);
    good(&many);
    let error = parse(&many.replace("<|U|>299", "<|U|>298")).unwrap_err();
    assert_eq!(error.problem.to_string(), "expected 299, found 298");
    refused(
        "<|Proto|><|N0|>@<|N256|><|N2|><|+0|><|+0|><|/Proto|>",
        "main: expected <|N0|> to <|N255|>, found <|N256|>",
    );
    refused(
        "<|Proto|><|N0|><|N0|>@<|N02|><|+0|><|+0|><|/Proto|>",
        "main: expected <|N0|> to <|N255|>, found <|N02|>",
    );
    refused(
        &with("@<|/Proto-p|>"),
        "main > instruction 0: expected an instruction, a line, label or variable before one, or <|/Proto|>, found <|/Proto-p|>",
    );
}

#[test]
fn sources() {
    let nested = |inner: &str| {
        format!(
            "<|Proto|><|Proto-source|>=a<|N0|><|N0|><|N2|><|+0|><|+0|><|OP_CLOSURE|><|R0|><|Proto|>{inner}\
             <|N0|><|N0|><|N2|><|+0|><|+0|><|/Proto|><|/Proto|>"
        )
    };
    good(&nested(""));
    good(&nested("<|Proto-source|>=b"));
    refused(
        &nested("@<|Proto-source|>=a"),
        "main > function 0: expected <|N0|> to <|N255|>: the source is the enclosing function's, found <|Proto-source|>",
    );
    refused(
        &nested("<|Proto-nupvalues|>1").replace("<|Proto-nupvalues|>", "@<|Proto-nupvalues|>"),
        "main > function 0: expected <|N0|> to <|N255|>, found <|Proto-nupvalues|>",
    );
    refused(
        "<|Proto|><|Proto-source|>@\\x41<|N0|><|N0|><|N2|><|+0|><|+0|><|/Proto|>",
        "main: expected A, found \\x41",
    );
    let error = parse("<|Proto|><|Proto-source|>=abc").unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 1, byte 30, main: expected the end of a name, found the end of the stream"
    );
}

#[test]
fn lines() {
    let header = |lines: &str| format!("<|Proto|><|N0|><|N0|><|N2|>{lines}<|/Proto|>");
    good(&header("<|+255|><|-255|>"));
    good(&header("<|LineInfo|>256<|LineInfo|>-256"));
    good(&header("<|LineInfo|>-2147483648<|LineInfo|>4294967295"));
    refused(
        &header("@<|LineInfo|>255<|+0|>"),
        "main: expected <|+255|>, found <|LineInfo|>",
    );
    refused(
        &header("@<|LineInfo|>-1<|+0|>"),
        "main: expected <|-1|>, found <|LineInfo|>",
    );
    let any = "a line: <|+0|> to <|+255|>, <|-1|> to <|-255|> or <|LineInfo|>";
    for wrong in ["<|+256|>", "<|-0|>", "<|-256|>", "<|+01|>"] {
        refused(
            &header(&format!("@{wrong}<|+0|>")),
            &format!("main: expected {any}, found {wrong}"),
        );
    }
    refused(
        &header("<|LineInfo|>2147483647@<|+1|>"),
        "main: expected a line that fits into 32 bits, after line 2147483647, found <|+1|>",
    );
    good(&with(&format!("<|+0|>{RETURN}{RETURN}<|+1|>{RETURN}")));
    good(&with(&format!("{RETURN}{RETURN}")));
    body_refused(
        &format!("<|+1|>{RETURN}@<|+0|>{RETURN}"),
        "main > instruction 1: expected an instruction: the line is already 1, found <|+0|>",
    );
    body_refused(
        &format!("{RETURN}@<|+1|>{RETURN}"),
        "main > instruction 1: expected an instruction: the first has no line, found <|+1|>",
    );
    body_refused(
        &format!("<|+1|>@<|+1|>{RETURN}"),
        "main > instruction 0: expected an instruction, found <|+1|>",
    );
    body_refused(
        "<|+1|>@",
        "main > instruction 0: expected an instruction, found <|/Proto|>",
    );
}

#[test]
fn upvalues() {
    good(&with("<|U0|><|R0|><|U1|><|U255|><|Upvaldesc-name|>a"));
    good(&with("<|U0|><|N2|><|N0|>"));
    body_refused(
        "<|U0|><|R0|>@<|U2|><|R0|>",
        "main > upvalue 1: expected <|U1|>, found <|U2|>",
    );
    body_refused(
        "<|U0|>@<|N1|><|N0|>",
        "main > upvalue 0: expected <|U0|> to <|U255|>, <|R0|> to <|R255|> or <|N2|> to <|N255|>, found <|N1|>",
    );
    body_refused(
        "<|U0|><|N2|>@<|N256|>",
        "main > upvalue 0: expected <|N0|> to <|N255|>, found <|N256|>",
    );
    body_refused(
        "@<|U|>0<|R0|>",
        "main > upvalue 0: expected <|U0|>, found <|U|>",
    );
}

#[test]
fn operands() {
    let registers = "expected <|R0|> to <|R255|>";
    body_refused(
        "<|OP_MOVE|><|R0|>@<|R256|>",
        &format!("main > instruction 0: {registers}, found <|R256|>"),
    );
    body_refused(
        "<|OP_MOVE|><|R0|>@<|K0|>1",
        &format!("main > instruction 0: {registers}, found <|K0|>"),
    );
    body_refused(
        "<|OP_MOVE|><|R0|><|R1|>@<|R2|>",
        "main > instruction 1: expected an instruction, a line, label or variable before one, or <|/Proto|>, found <|R2|>",
    );
    body_refused(
        "<|OP_ADD|><|R0|><|R1|>@<|N2|>",
        "main > instruction 0: expected <|R0|> to <|R255|> or <|K0|> to <|K255|>, found <|N2|>",
    );
    body_refused(
        "<|OP_GETUPVAL|><|R0|>@<|R1|>",
        "main > instruction 0: expected <|U0|> to <|U255|>, found <|R1|>",
    );
    good(&with("<|OP_CALL|><|R0|><|N511|><|N0|>"));
    body_refused(
        "<|OP_CALL|><|R0|>@<|N512|><|N0|>",
        "main > instruction 0: expected <|N0|> to <|N511|>, found <|N512|>",
    );
    body_refused(
        "<|OP_EQ|>@<|N256|><|R0|><|R0|>",
        "main > instruction 0: expected <|N0|> to <|N255|>, found <|N256|>",
    );
    body_refused(
        "<|OP_EXTRAARG|>@67108864",
        "main > instruction 0: expected an integer from 0 to 67108863, found 67108864",
    );
    body_refused(
        "@<|OP_UNKNOWN|>",
        "main > instruction 0: expected an instruction, a line, label or variable before one, or <|/Proto|>, found <|OP_UNKNOWN|>",
    );
    body_refused(
        "<|OP_LOADK|><|R0|>@<|R0|>",
        "main > instruction 0: expected <|K0|> to <|K255|>, <|K|> or <|Constant|>, found <|R0|>",
    );
    body_refused(
        "<|OP_JMP|><|N0|>@1",
        "main > instruction 0: expected <|L0|> to <|L255|> or <|L|>, found 1",
    );
    body_refused(
        "<|OP_CLOSURE|><|R0|>@<|K0|>",
        "main > instruction 0: expected <|Proto|> or <|P|>, found <|K0|>",
    );
}

#[test]
fn words_that_operands_can_express() {
    let word = |i: Instruction| format!("<|Instruction|>{}", i.0);
    good(&with(&word(Instruction(63))));
    good(&with(&word(Version::Lua53.instruction(0, [0, 0, 1, 0]))));
    good(&with(&word(Version::Lua53.instruction(0, [0, 256, 0, 0]))));
    body_refused(
        &format!("@{}", word(Version::Lua53.instruction(0, [1, 2, 0, 0]))),
        "main > instruction 0: expected <|OP_MOVE|>, found <|Instruction|>",
    );
    body_refused(
        "<|Instruction|>@4294967296",
        "main > instruction 0: expected an integer from 0 to 4294967295, found 4294967296",
    );
    // Jumps to itself, out of the code and into it.
    let jump = |sbx: i32| word(Instruction(((sbx + 131_071) as u32) << 14 | 30));
    good(&with(&jump(-2)));
    good(&with(&jump(0)));
    body_refused(
        &format!("@{}", jump(-1)),
        "main > instruction 0: expected <|OP_JMP|>, found <|Instruction|>",
    );
    good(&with(&format!("{}{RETURN}", jump(1))));
    body_refused(
        &format!("{}@{}{RETURN}", jump(2), jump(0)),
        "main > instruction 1: expected <|OP_JMP|>, found <|Instruction|>",
    );
}

#[test]
fn labels() {
    good(&with("<|L0|><|OP_JMP|><|N0|><|L0|>"));
    body_refused(
        &format!("<|OP_JMP|><|N0|>@<|L0|>{RETURN}"),
        "main > instruction 0: expected a label that exists, found <|L0|>",
    );
    body_refused(
        &format!("<|L0|><|OP_JMP|><|N0|><|L0|>@<|L1|>{RETURN}"),
        "main > instruction 1: expected an instruction: no jump leads here, found <|L1|>",
    );
    body_refused(
        "@<|L1|><|OP_JMP|><|N0|><|L1|>",
        "main > instruction 0: expected <|L0|>, found <|L1|>",
    );
    body_refused(
        "<|L0|>@<|L1|><|OP_JMP|><|N0|><|L0|>",
        "main > instruction 0: expected an instruction, found <|L1|>",
    );
    body_refused(
        "<|+0|>@<|L0|><|OP_JMP|><|N0|><|L0|>",
        "main > instruction 0: expected an instruction, found <|L0|>",
    );
    body_refused(
        "<|OP_JMP|><|N0|><|L0|><|L0|>@",
        "main > instruction 1: expected an instruction, found <|/Proto|>",
    );
    body_refused(
        "<|L0|><|OP_JMP|><|N0|><|L|>@0",
        "main > instruction 0: expected an integer from 256 to 2147483647, found 0",
    );
    let far = |count: usize| {
        let code = RETURN.repeat(count);
        format!("<|OP_JMP|><|N0|>@<|L0|>{code}<|L0|>{RETURN}")
    };
    good(&with(&far(131_072).replace('@', "")));
    body_refused(
        &far(131_073),
        "main > instruction 0: expected a label that the jump can reach, found <|L0|>",
    );
    // More labels than have tokens.
    let jumps = |count: usize| -> String {
        let label = |i| match i {
            0..256 => format!("<|L{i}|>"),
            _ => format!("<|L|>{i}"),
        };
        (0..count)
            .map(|i| format!("{}<|OP_JMP|><|N0|>{}", label(i), label(i)))
            .collect()
    };
    let many = with(&jumps(258));
    good(&many);
    let at = many.find("<|L|>257").unwrap();
    let wrong = format!("{}<|L|>@258{}", &many[..at], &many[at + 8..]);
    refused(&wrong, "main > instruction 257: expected 257, found 258");
}

#[test]
fn constants() {
    let load = |mention: &str| format!("<|OP_LOADK|><|R0|>{mention}");
    good(&with(&format!("{}{}", load("<|K1|>1"), load("<|K0|>2"))));
    good(&with(&format!("{}{}", load("<|K7|>"), load("<|K0|>2"))));
    body_refused(
        &format!("{}{}", load("<|K0|>1"), load("<|K0|>@1")),
        "main > instruction 1: expected no value: constant 0 already has one, found 1",
    );
    body_refused(
        &format!("{}{}", load("<|K0|>"), load("<|K0|>@1")),
        "main > instruction 1: expected no value: constant 0 was mentioned before without one, found 1",
    );
    body_refused(
        &format!("{}{}", load("<|K0|>"), "<|K0|>@1"),
        "main > constant 0: expected no value: constant 0 was mentioned before without one, found 1",
    );
    body_refused(
        &format!("{}@", load("<|K1|>1")),
        "main > constant 0: expected <|K0|>, found <|/Proto|>",
    );
    body_refused(
        &format!("{}@<|K2|>2", load("<|K0|>1")),
        "main > constant 1: expected <|K1|>, found <|K2|>",
    );
    body_refused(
        "<|K0|>@",
        "main > constant 0: expected a constant, found <|/Proto|>",
    );
    body_refused(
        &load("<|K0|>@01"),
        "main > instruction 0: expected a constant, found 01",
    );
    body_refused(
        &load("@<|Constant|>1"),
        "main > instruction 0: expected <|K0|>, found <|Constant|>",
    );
    body_refused(
        &load("<|K|>@5<|Constant|>1"),
        "main > instruction 0: expected an integer from 256 to 262143, found 5",
    );
    body_refused(
        &load("<|K|>@262144"),
        "main > instruction 0: expected an integer from 256 to 262143, found 262144",
    );
    let all: String = (0..256).map(|n| load(&format!("<|K{n}|>{n}"))).collect();
    good(&with(&format!(
        "{all}{}{}",
        load("<|Constant|>0"),
        load("<|K|>256")
    )));
    good(&with(&format!(
        "{all}{}<|Constant|>0",
        load("<|K|>257<|Constant|>1")
    )));
    body_refused(
        &format!("{all}{}", load("@<|K|>256<|Constant|>1")),
        "main > instruction 256: expected <|Constant|>, found <|K|>",
    );
    body_refused(
        &format!("{all}{}@", load("<|K|>257<|Constant|>1")),
        "main > constant 256: expected <|Constant|>, found <|/Proto|>",
    );
    body_refused(
        &format!("{all}<|OP_ADD|><|R0|><|R0|>@<|Constant|>1"),
        "main > instruction 256: expected <|R0|> to <|R255|> or <|K0|> to <|K255|>, found <|Constant|>",
    );
}

#[test]
fn scopes() {
    good(&with(&format!("<|LocVar|>a<|/LocVar|>{RETURN}<|LocVar|>b")));
    good(&with(&format!(
        "<|LocVar|>a<|LocVar|>b{RETURN}<|/LocVar|><|/LocVar|><|LocVar|>c{RETURN}"
    )));
    body_refused(
        &format!("@<|/LocVar|>{RETURN}"),
        "main > instruction 0: expected an instruction: there is no variable to end, found <|/LocVar|>",
    );
    body_refused(
        &format!("<|LocVar|>a<|LocVar|>b<|/LocVar|>@<|/LocVar|>{RETURN}"),
        "main > instruction 0: expected the start of a variable, or an instruction, found <|/LocVar|>",
    );
    body_refused(
        &format!("<|LocVar|>a{RETURN}<|/LocVar|>@"),
        "main > instruction 1: expected an instruction, found <|/Proto|>",
    );
    body_refused(
        "<|LocVar|>a<|/LocVar|>@",
        "main > instruction 0: expected an instruction, found <|/Proto|>",
    );
    body_refused(
        "<|L0|>@<|LocVar|>a<|OP_JMP|><|N0|><|L0|>",
        "main > instruction 0: expected an instruction, found <|LocVar|>",
    );
    body_refused(
        "<|LocVar|>@<|NULL|><|/Proto|>",
        "main > instruction 0: expected an instruction, a line, label or variable before one, or <|/Proto|>, found <|NULL|>",
    );
}

#[test]
fn functions() {
    let f = with("");
    let closure = |what: &str| format!("<|OP_CLOSURE|><|R0|>{what}");
    good(&with(&format!("{}{}", closure(&f), closure("<|P|>0"))));
    good(&with(&format!("{}<|Proto-p|>{f}{f}", closure("<|P|>1"))));
    good(&with(&closure("<|P|>0")));
    body_refused(
        &format!("{}{}", closure("@<|P|>0"), closure(&f)),
        "main > function 0: expected <|Proto|>, as function 0 has no place yet, found <|P|>",
    );
    body_refused(
        &format!("{}{}<|Proto-p|>{f}", closure(&f), closure("@<|P|>1")),
        "main > function 1: expected <|Proto|>, as function 1 has no place yet, found <|P|>",
    );
    body_refused(
        "<|Proto-p|>@",
        "main > function 0: expected <|Proto|>, found <|/Proto|>",
    );
    let nested = |functions: usize| {
        let mut main = Proto::default();
        for _ in 0..functions {
            main = Proto {
                p: vec![main],
                ..Proto::default()
            };
        }
        terse(&Chunk {
            nupvalues: 0,
            main,
            ..Chunk::default()
        })
    };
    good(&nested(200));
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
fn lists_after_the_code() {
    let locvar =
        |start: i32, end: i32| format!("<|LocVar|>a<|LocVar-startpc|>{start}<|LocVar-endpc|>{end}");
    good(&with(&format!("<|Proto-locvars|>{}", locvar(0, 1))));
    good(&with(
        "<|Proto-locvars|><|LocVar|><|NULL|><|LocVar-startpc|>0<|LocVar-endpc|>0",
    ));
    good(&with(&format!(
        "{RETURN}{RETURN}<|Proto-locvars|>{}{}",
        locvar(0, 1),
        locvar(0, 2)
    )));
    body_refused(
        &format!(
            "{RETURN}{RETURN}@<|Proto-locvars|>{}{}",
            locvar(0, 2),
            locvar(0, 1)
        ),
        "main > local 2: expected <|LocVar|> at the start of each variable instead, found <|Proto-locvars|>",
    );
    body_refused(
        "@<|Proto-locvars|>",
        "main > local 0: expected <|LocVar|> at the start of each variable instead, found <|Proto-locvars|>",
    );
    body_refused(
        &format!("<|LocVar|>a@<|Proto-locvars|>{}", locvar(0, 1)),
        "main: expected <|/Proto|>, as the variables are already in the code, found <|Proto-locvars|>",
    );
    good(&with("<|Proto-lineinfo|>-5<|LineInfo-pad|>"));
    good(&with(&format!(
        "{RETURN}<|Proto-lineinfo|>5<|LineInfo-pad|>0<|LineInfo-pad|>"
    )));
    body_refused(
        &format!("{RETURN}@<|Proto-lineinfo|>5<|LineInfo-pad|>"),
        "main > line 1: expected a line before the first instruction, found <|Proto-lineinfo|>",
    );
    body_refused(
        "@<|Proto-lineinfo|>",
        "main > line 0: expected <|/Proto|>, as there are no lines, found <|Proto-lineinfo|>",
    );
    body_refused(
        &format!("<|+0|>{RETURN}@<|Proto-lineinfo|>5<|LineInfo-pad|>"),
        "main: expected <|/Proto|>, as the lines are already in the code, found <|Proto-lineinfo|>",
    );
    body_refused(
        &format!(
            "<|Proto-lineinfo|>5<|LineInfo-pad|>@<|Proto-locvars|>{}",
            locvar(0, 1)
        ),
        "main: expected <|/Proto|>, found <|Proto-locvars|>",
    );
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

/// Checks that a text is refused, or is exactly the stream of its chunk.
fn refused_or_exact(text: &str) {
    let chunks: Result<Vec<Chunk>, ReadError> = Chunks::new(text.as_bytes()).collect();
    if let Ok(chunks) = chunks {
        let streams: String = chunks.iter().map(terse).collect();
        assert!(streams == text, "{text}\nwas read as\n{streams}");
    }
}

/// Returns the stream of a chunk that needs every irregular form.
fn irregular() -> String {
    let jump = |sbx: i32| Instruction(((sbx + 131_071) as u32) << 14 | 30);
    let locvar = |startpc, endpc| LocVar {
        varname: Some(b"v"[..].into()),
        startpc,
        endpc,
    };
    let inner = Proto {
        code: [
            jump(0),
            jump(-1),
            Instruction(63),
            Version::Lua53.instruction(36, [0, 1, 1, 0]),
        ]
        .into_iter()
        .collect(),
        lineinfo: [4, 4, 300, 4].into_iter().collect(),
        locvars: [locvar(0, 4), locvar(1, 2), locvar(2, 2), locvar(4, 4)]
            .into_iter()
            .collect(),
        ..Proto::default()
    };
    let main = Proto {
        p: vec![inner.clone(), inner],
        code: [
            Version::Lua53.instruction(44, [0, 0, 1, 0]),
            Version::Lua53.instruction(13, [1, 257, 258, 0]),
        ]
        .into_iter()
        .collect(),
        k: [Constant::Nil, Constant::Float(0.5), Constant::Integer(-3)]
            .into_iter()
            .collect(),
        locvars: [locvar(0, 1), locvar(0, 2), locvar(-1, 2)]
            .into_iter()
            .collect(),
        lineinfo: [1, -2, 3].into_iter().collect(),
        upvalues: vec![Upvaldesc {
            instack: 7,
            ..Upvaldesc::default()
        }],
        ..Proto::default()
    };
    terse(&Chunk {
        nupvalues: 9,
        main,
        ..Chunk::default()
    })
}

#[test]
fn nothing_is_corrected() {
    let tokens: Vec<&str> = Language::Terse.vocabulary().collect();
    let irregular = irregular();
    let fixtures = [
        "demo.terse",
        "jumps.terse",
        "scopes.terse",
        "scopes.stripped.terse",
    ];
    let fixtures = fixtures.map(|name| String::from_utf8(fixture(name)).unwrap());
    for text in fixtures.iter().chain([&irregular]) {
        let text = text.trim_end();
        good(text);
        let pieces = pieces(text);
        // Long streams repeat themselves.
        for i in (0..pieces.len()).step_by(1 + pieces.len() / 60) {
            let with = |middle: &[&str], after: usize| {
                [&pieces[..i], middle, &pieces[after..]].concat().concat()
            };
            refused_or_exact(&with(&[], i + 1));
            refused_or_exact(&with(&[pieces[i], pieces[i]], i + 1));
            if i + 1 < pieces.len() {
                refused_or_exact(&with(&[pieces[i + 1], pieces[i]], i + 2));
            }
            for other in [
                &pieces[(i + 7) % pieces.len()],
                &tokens[i * 7919 % tokens.len()],
            ] {
                refused_or_exact(&with(&[other], i + 1));
                refused_or_exact(&with(&[pieces[i], other], i + 1));
            }
            for structure in tokens
                .iter()
                .filter(|token| {
                    token.as_bytes()[2].is_ascii_uppercase() && token.len() > 8
                        || token.contains('/')
                })
                .take(30)
            {
                refused_or_exact(&with(&[structure, pieces[i]], i + 1));
            }
            for changed in [
                "0",
                "1",
                "-1",
                "nil",
                "<|K0|>",
                "<|K1|>1",
                "<|N1|>",
                "<|+0|>",
                "<|+1|>",
                "<|-1|>",
                "<|L0|>",
                "<|/LocVar|>",
                "<|LocVar|>x",
                "<|P|>0",
                "<|Instruction|>0",
                "00",
                "1.0",
            ] {
                refused_or_exact(&with(&[changed], i + 1));
                refused_or_exact(&with(&[pieces[i], changed], i + 1));
            }
            if let Ok(near) = tokens.binary_search(&pieces[i]) {
                refused_or_exact(&with(&[tokens[(near + 1) % tokens.len()]], i + 1));
                refused_or_exact(&with(&[tokens[near.saturating_sub(1)]], i + 1));
            }
        }
    }
}
