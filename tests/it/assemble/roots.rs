//! Chunks that `string.dump` wrote.

use luadec_tok::Chunk;
use luadec_tok::chunk::Proto;
use luadec_tok::opcodes::Instruction;

use super::{Asked, ids};
use crate::common;

/// Returns the first function of a source as a chunk, with its answers.
fn dumped(source: &str, strip: bool, answers: &[&str]) -> Asked {
    let bytes = common::luac(source.as_bytes(), "asked.lua", strip);
    let chunk = Chunk::read(&bytes).unwrap();
    let function = chunk.main.p[0].clone();
    let dumped = Chunk::of_function(chunk.version, function);
    let ids = ids(&dumped);
    let mut asked = Asked::of_chunk(&dumped.to_bytes(), "");
    asked.ids = ids;
    asked.answers = answers.iter().map(|answer| (*answer).to_owned()).collect();
    asked
}

#[test]
fn a_dumped_function_is_returned() {
    let source =
        "local a, b\nlocal function f(x) a = x return function() return b, print, x end end";
    let answers = [
        "function(x)\n\ta = x\n\treturn function<|Hole|>\nend",
        "function()\n\treturn b, print, x\nend",
    ];
    let expected = "local a, b\nreturn function(x)\n\ta = x\n\treturn function()\n\t\treturn b, print, x\n\tend\nend";
    dumped(source, false, &answers)
        .assemble()
        .is_proven(expected);
    let stripped = dumped(source, true, &answers).assemble();
    assert_eq!(stripped.status, 0, "{}{}", stripped.messages, stripped.file);
    assert!(
        stripped.file.ends_with("return b, print, x\n\tend\nend\n")
            || stripped.file.contains("print")
    );
}

#[test]
fn a_dumped_function_without_an_answer_is_a_skeleton() {
    let source = "local a\nlocal function f(x) a = x return print end";
    let mut asked = dumped(source, false, &["x"]);
    asked.ids = vec!["other".to_owned()];
    let assembled = asked.assemble();
    assert_eq!(assembled.status, 3);
    assert_eq!(
        assembled.file,
        "local a\n-- not proven: no answer\nreturn function(x)\n\tlocal _ = a, _ENV\n\terror(\"main was not \
         decompiled\")\nend\n"
    );
}

/// A function that no CLOSURE makes, or two, has no place in a source.
#[test]
fn a_function_without_one_place_is_refused_by_name() {
    let chunk = common::luac(b"local f = function() end", "asked.lua", true);
    let chunk = Chunk::read(&chunk).unwrap();
    let closure = chunk.main.code.get(0).unwrap();
    let code = |words: &[Instruction]| words.iter().copied().collect();
    let last = chunk.main.code.last().unwrap();
    for (words, message) in [
        (vec![last], "no CLOSURE makes this function"),
        (
            vec![closure, closure, last],
            "2 CLOSUREs make this function",
        ),
    ] {
        let main = Proto {
            code: code(&words),
            ..chunk.main.clone()
        };
        let bytes = Chunk::of_function(chunk.version, main).to_bytes();
        let asked = Asked::of_chunk(&bytes, "local f = function() end");
        let assembled = asked.assemble();
        assert_eq!(assembled.status, 1);
        assert_eq!(
            assembled.messages,
            format!(
                "luadec-tok: asked.luac: main > function 0: {message}, so no source has it; luac never \
                 writes that\n"
            )
        );
    }
}
