//! Answers that try to pass for something else. Nothing false is ever called proven.

use serde_json::json;

use super::{Asked, compiles};

const SOURCE: &str = "local f = function(x)\n\treturn function() return x end\nend\nreturn f";

/// Assembles with a wrong answer to the function in the middle.
#[track_caller]
fn refuse(answer: &str) {
    let assembled = Asked::new(SOURCE, true).with(1, answer).assemble();
    let shown = &answer[..answer.len().min(80)];
    assert_eq!(assembled.status, 3, "{shown}: {}", assembled.messages);
    assert_eq!(assembled.report["same"], json!(false), "{shown}");
    assert_ne!(assembled.outcomes()[1], "proven", "{shown}");
    assert!(compiles(&assembled.file), "{shown}: {}", assembled.file);
}

#[test]
fn an_answer_is_one_function_with_its_holes() {
    for answer in [
        "",
        "return x",
        "function(x)\n\treturn function<|Hole|>\nend end",
        "function(x)\n\treturn function<|Hole|>\nend\nprint(1)",
        "function(x)\n\treturn function<|Hole|>\nend, print(1)",
        "function(x)\n\treturn function<|Hole|>\nend)(print(1)",
        "function f(x)\n\treturn function<|Hole|>\nend",
        "local function f(x)\n\treturn function<|Hole|>\nend",
        "function(x)\n\treturn x\nend",
        "function(x)\n\treturn function<|Hole|>, function<|Hole|>\nend",
        "function(x)\n\treturn function() return x end\nend",
        "function(x)\n\treturn \"<|Hole|>\"\nend",
        "function(x)\n\t-- function<|Hole|>\n\treturn x\nend",
        "function(x)\n\treturn <|Hole|>\nend",
        "function(x) <|Hole|>",
        "function<|Hole|>",
        "<|Hole|>",
        "function(x) return function<|Hole|> end -- \n end",
        "function(x) return function<|Hole|> --[[ end",
        "function(x)\n\tlocal _ENV = {}\n\treturn function<|Hole|>\nend",
        "function(y)\n\tlocal x\n\treturn function<|Hole|>\nend",
        "function(...)\n\tlocal x = ...\n\treturn function<|Hole|>\nend",
        "\u{1b}Lua",
        "#!/bin/sh\nfunction(x)\n\treturn x\nend",
        "<|Proto|><|N0|>",
    ] {
        refuse(answer);
    }
}

#[test]
fn a_long_answer_and_a_deep_one_are_refused() {
    refuse(&format!(
        "function(x) return function<|Hole|> end --{}",
        "x".repeat(10_000_000)
    ));
    refuse(&format!(
        "function(x) local a = {} return function<|Hole|> end",
        "1 + ".repeat(20_000) + "1"
    ));
    refuse(&format!(
        "function(x) return {}function<|Hole|>{} end",
        "(".repeat(10_000),
        ")".repeat(10_000)
    ));
    refuse(&format!(
        "function(x) {} return function<|Hole|> end",
        "local a ".repeat(300)
    ));
    refuse(&"function(x) ".repeat(10_000));
    refuse(&format!(
        "function(x) {} end",
        "return function<|Hole|>".repeat(10_000)
    ));
}

/// Lua counts one level of nesting for each of these functions. The innermost have no room for a statement.
#[test]
fn functions_as_deep_as_lua_allows_are_assembled() {
    for depth in [100, 198] {
        let open: String = (0..depth)
            .map(|i| format!("local function f{i}()\n"))
            .collect();
        let source = format!("{open}{}", "end\n".repeat(depth));
        let asked = Asked::new(&source, false);
        asked.assemble().is_proven(&asked.canonical);
        asked.write("answers.jsonl", &[]);
        let assembled = asked.run(&["answers.jsonl"]);
        assert_eq!(assembled.status, 3, "{}", assembled.messages);
        assert_eq!(assembled.outcomes(), vec!["missing"; depth + 1]);
        assert!(compiles(&assembled.file), "{}", assembled.file);
    }
}

/// Answers with the same code, but functions in expressions, for which Lua counts two levels.
#[test]
fn answers_that_are_too_deep_together_become_skeletons() {
    let depth = 150;
    let source = format!(
        "{}{}",
        "local function f()\n".repeat(depth),
        "end\n".repeat(depth)
    );
    let mut asked = Asked::new(&source, true);
    for answer in &mut asked.answers {
        *answer = answer.replace("local function f<|Hole|>", "local f = function<|Hole|>");
    }
    let assembled = asked.assemble();
    assert_eq!(assembled.status, 3, "{}", assembled.messages);
    assert!(compiles(&assembled.file), "{}", assembled.file);
    let error = assembled.report["by_function"][0]["error"]
        .as_str()
        .unwrap();
    assert!(
        error.starts_with("the answers do not fit together: "),
        "{error}"
    );
}

/// An answer with the right code is proven, whatever it looks like.
#[test]
fn harmless_noise_is_removed() {
    for answer in [
        "function(x)\n\treturn function<|Hole|>\nend -- end",
        "```lua\nfunction(x)\n\treturn function<|Hole|>\nend\n```",
        "<think>\nfunction(y) end\n</think>\nfunction(x) return function<|Hole|> end<|im_end|>",
        "function(x) --[[ <|Hole|> ]] return function <|Hole|>; end",
    ] {
        let assembled = Asked::new(SOURCE, true).with(1, answer).assemble();
        assert_eq!(assembled.status, 0, "{answer}: {}", assembled.messages);
    }
}

/// Text of the chunk is escaped in a comment, which it could end otherwise.
#[test]
fn a_comment_stays_a_comment() {
    let source = "local t = {}\nfunction t.f() return [[a\nos.exit() --]] .. t[']]\\r\\nx()'] end";
    let asked = Asked::new(source, false).with(1, "function()\n\treturn t\nend");
    let assembled = asked.assemble();
    assert_eq!(assembled.status, 3);
    assert_eq!(assembled.outcomes(), ["proven", "closest"]);
    let comment: Vec<&str> = assembled
        .file
        .lines()
        .filter(|line| line.contains("--"))
        .collect();
    assert_eq!(comment.len(), 1, "{}", assembled.file);
    assert!(comment[0].starts_with("-- not proven: "));
    assert_eq!(assembled.file.lines().count(), 5, "{}", assembled.file);
}

/// The name of a variable in a chunk may be anything.
#[test]
fn only_names_are_taken_from_the_chunk() {
    use luadec_tok::Chunk;
    use luadec_tok::chunk::LocVar;

    let source = "local a, b, c = 1, 2, 3\nreturn a, b, c";
    let bytes = crate::common::luac(source.as_bytes(), "asked.lua", false);
    let mut chunk = Chunk::read(&bytes).unwrap();
    let names: [&[u8]; 3] = [b"a\nos.exit()", b"end", b"good"];
    let locals: Vec<LocVar> = chunk
        .main
        .locvars
        .iter()
        .zip(names)
        .map(|(local, name)| LocVar {
            varname: Some(name.to_vec().into()),
            ..local
        })
        .collect();
    chunk.main.locvars = locals.into_iter().collect();
    let mut asked = Asked::of_chunk(&chunk.to_bytes(), source);
    asked.ids = super::ids(&chunk);
    asked
        .assemble()
        .is_proven("local a, b, good = 1, 2, 3\nreturn a, b, good");
}
