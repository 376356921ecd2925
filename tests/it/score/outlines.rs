//! Answers to outlines: each holds for its own, in every version, and nothing wrong is the same.

use std::fs;
use std::path::{Path, PathBuf};

use luadec_tok::Chunk;
use serde_json::{Value, json};

use super::{is_there, lines, rows, run, text, write_rows};
use crate::common::{files, luac};

/// The real sources, and those with a place of every kind.
fn sources() -> Vec<PathBuf> {
    let mut sources = files("penlight", "lua");
    sources.extend(files("outlines", "lua"));
    sources
}

/// Returns the records of outlines of some sources, which a compiler makes.
fn records(directory: &Path, compiler: &[&str]) -> Vec<Value> {
    let sources = sources();
    let records = "dataset -q --unit outline --strip both --format completion -o all.jsonl";
    let mut arguments: Vec<&str> = records.split(' ').collect();
    arguments.extend(compiler);
    arguments.extend(sources.iter().map(|path| path.to_str().unwrap()));
    let made = run(directory, arguments);
    assert!(made.status.code() < Some(2), "{}", text(&made.stderr));
    let records = fs::read(directory.join("all.jsonl")).unwrap();
    crate::common::json_lines(&records)
}

#[test]
fn every_outline_has_its_own_answer() {
    for version in ["5.3", "5.1", "5.2", "5.4"] {
        let luac = format!("luac{version}");
        let compiler: &[&str] = match version {
            "5.3" => &[],
            _ if is_there(&luac) => &["--luac", &luac],
            _ => continue,
        };
        let directory = tempfile::tempdir().unwrap();
        let records = records(directory.path(), compiler);
        assert!(records.len() > 250, "{version}: {}", records.len());
        // Without the key that tells outlines, and with framing.
        let framed = records.iter().map(|record| {
            let answer = record["completion"].as_str().unwrap();
            let answer = format!("Here it is:\n```lua\n{answer}\n```");
            json!({"prompt": record["prompt"], "prediction": answer})
        });
        let framed: Vec<Value> = framed.collect();
        for (records, is_fenced) in [(&records, false), (&framed, true)] {
            write_rows(directory.path(), records);
            let mut arguments = vec!["score", "rows.jsonl"];
            arguments.extend(compiler);
            let scored = run(&directory, arguments);
            assert!(scored.status.success(), "{}", text(&scored.stderr));
            let scores = lines(&scored);
            assert_eq!(scores.len(), records.len());
            for (score, record) in scores.iter().zip(records) {
                let found = ["same", "identical", "fenced"].map(|key| score[key].as_bool());
                let wanted = [Some(true), Some(false), Some(is_fenced)];
                assert_eq!(found, wanted, "{version}: {score}\n{record}");
            }
        }
    }
}

/// Returns the stripped outline of a function of a source.
fn outline(source: &str, path: &str) -> String {
    let bytes = luac(source.as_bytes(), "a.lua", true);
    let chunk = Chunk::read(&bytes).unwrap();
    let mut outlines = chunk.to_outlines();
    let found = outlines.find(|(found, _)| found.to_string() == path);
    found.unwrap().1.to_terse()
}

/// What is wrong with each answer to an outline.
fn verdicts(outline: &str, answers: &[&str]) -> Vec<String> {
    let rows = rows(&[json!({"prompt": outline, "prediction": answers})]);
    let scored = run(&rows, ["score", "rows.jsonl"]);
    let line = lines(&scored).pop().unwrap();
    let samples = line["samples"]
        .as_array()
        .unwrap_or_else(|| panic!("{line}"));
    let verdict = |sample: &Value| match (&sample["error"], &sample["first_difference"]) {
        (Value::String(error), _) => error.clone(),
        (_, Value::Null) => "same".to_owned(),
        (_, first) => format!(
            "{}, {}: {} / {}",
            first["function"].as_str().unwrap(),
            first["what"].as_str().unwrap(),
            first["asked"].as_str().unwrap(),
            first["answer"].as_str().unwrap()
        ),
    };
    samples.iter().map(verdict).collect()
}

#[track_caller]
fn check(outline: &str, answers: &[(&str, &str)]) {
    let texts: Vec<&str> = answers.iter().map(|(answer, _)| *answer).collect();
    let found = verdicts(outline, &texts);
    for ((answer, wanted), found) in answers.iter().zip(found) {
        assert_eq!(found, *wanted, "{answer}");
    }
}

const SOURCE: &str = "local a, b = 1, 2 local function f(x) return a, x end \
                      function g() return f, b, print end return f, g";

#[test]
fn nothing_breaks_out_of_its_place() {
    check(
        &outline(SOURCE, "main"),
        &[
            (
                "local a, b = 1, 2 local function f<|Hole|> function g<|Hole|> return f, g",
                "same",
            ),
            (
                "local x, y = 1, 2; local function z<|Hole|> function g<|Hole|> return z, g --x",
                "same",
            ),
            (
                "local a, b = 1, 2 local function f<|Hole|> return f, g",
                "expected 2 holes, one for each function inside, found 1",
            ),
            (
                "local a, b = 1, 2 local function f<|Hole|> function g<|Hole|> function h<|Hole|> return f, g",
                "expected 2 holes, one for each function inside, found 3",
            ),
            (
                "local a, b = 1, 2 local function f<|Hole|> function g() return f, b, print end return f, g",
                "line 1: expected a hole, found a function that is written out",
            ),
            (
                "local a, b = 1, 2 function g<|Hole|> local function f<|Hole|> return f, g",
                "main, instruction 3: CLOSURE R3 function 1 / SETTABUP U0(_ENV) \"g\" R2",
            ),
            (
                "local a, b = 1, 2 local function f<|Hole|> end function g<|Hole|> return f, g",
                "line 1: expected a statement, found `end`",
            ),
            (
                "local a, b = 1, 2 local function f<|Hole|> function g<|Hole|> return f, g end",
                "line 1: expected a statement, found `end`",
            ),
            (
                "local a, b = 1, 2 local f = '<|Hole|>' function g<|Hole|> return f, g --<|Hole|>",
                "expected 2 holes, one for each function inside, found 1; \
                 <|Hole|> in a string or a comment is not a hole",
            ),
            (
                "local a, b = 1, 2 local f = <|Hole|> function g<|Hole|> return f, g",
                "line 1: expected an expression, found `<|Hole|>`",
            ),
            (
                "local a, b = 1, 2 local function f<|Hole|> function g<|Hole|> return f, g --[[",
                "line 1: unfinished long comment that starts at line 1",
            ),
            (
                "function(a) end",
                "expected the statements of a file, found a function",
            ),
            (
                "",
                "expected 2 holes, one for each function inside, found 0",
            ),
            (
                "do local a, b = 1, 2 end local function f<|Hole|> function g<|Hole|> return f, g",
                "main, instruction 2: CLOSURE R2 function 0 / CLOSURE R0 function 0",
            ),
            (
                "local a, b <const> = 1, 2 local function f<|Hole|> function g<|Hole|> return f, g",
                "line 1: expected an expression, found `<`",
            ),
            (
                "local a, b = 1, 2 local _ENV = nil local function f<|Hole|> function g<|Hole|> return f, g",
                "main, instruction 2: CLOSURE R2 function 0 / LOADNIL R2 0",
            ),
        ],
    );
    check(
        &outline(SOURCE, "main > function 0"),
        &[
            ("function(x) return a, x end", "same"),
            ("function(print) return v0, print end", "same"),
            ("local function any(x) return a, x end", "same"),
            ("return function(x) return a, x end", "same"),
            ("function(_ENV) return a, _ENV end", "same"),
            (
                "function(x) return a, x end end",
                "line 1: expected the end of the text, found `end`",
            ),
            (
                "function(x) return a, x end print()",
                "line 1: expected the end of the text, found `print`",
            ),
            ("return a, x", "expected one function, found 2 values"),
            ("function f<|Hole|>", "expected one function, found a hole"),
            (
                "return function<|Hole|>",
                "expected one function, found another value",
            ),
            (
                "function(x) return function<|Hole|>, x end",
                "expected no hole, because there is no function inside, found 1",
            ),
            ("function(x, ...) return a, x end", "main, vararg: 0 / 1"),
            (
                "function(x) return a, b end",
                "main, instruction 1: MOVE R2 R0 / GETTABUP R2 U1(_ENV (of the globals)) \"b\"",
            ),
        ],
    );
}

#[test]
fn a_global_is_not_a_field_of_a_captured_table() {
    let source = "local io = {} function f() return io.open end function g() return open end";
    let (field, global) = (
        outline(source, "main > function 0"),
        outline(source, "main > function 1"),
    );
    check(
        &field,
        &[
            ("function() return io.open end", "same"),
            ("function() return M.open end", "same"),
            (
                "function() return open end",
                "main, instruction 0: GETTABUP R0 U0(open) \"open\" / GETUPVAL R0 U0(open)",
            ),
        ],
    );
    check(
        &global,
        &[
            ("function() return open end", "same"),
            ("function() return _ENV.open end", "same"),
            ("local function f() return open end", "same"),
            // It returns itself, and a field of itself.
            (
                "local function open() return open end",
                "main, instruction 0: GETTABUP R0 U0(_ENV) \"open\" / GETUPVAL R0 U0(_ENV (of the globals))",
            ),
            (
                "local function _ENV() return open end",
                "main, instruction 0: GETTABUP R0 U0(_ENV) \"open\" / GETUPVAL R0 U0(_ENV (of the globals))",
            ),
            (
                "function() return io.open end",
                "main, instruction 0: GETTABUP R0 U0(_ENV) \"open\" / GETTABUP R0 U0(_ENV) \"io\"",
            ),
        ],
    );
}

/// The holes capture what the outline says, under whatever names.
#[test]
fn the_chunk_decides_what_a_name_is() {
    let source = "local a, b, c return function(x) local function f() return b end \
                  a[x] = c(g, f) return a end";
    check(
        &outline(source, "main > function 0"),
        &[
            (
                "function(x) local function f<|Hole|> a[x] = c(g, f) return a end",
                "same",
            ),
            (
                "function(y) local function h<|Hole|> p[y] = q(g, h) return p end",
                "same",
            ),
            (
                "function(x) local function f<|Hole|> a[x] = c(d, f) return a end",
                "main, instruction 2: GETTABUP R3 U3(_ENV) \"g\" / GETUPVAL R3 U0(d)",
            ),
            (
                "function(x) local function f<|Hole|> a[x] = c(a, f) return a end",
                "main, instruction 2: GETTABUP R3 U3(_ENV) \"g\" / GETUPVAL R3 U1(a)",
            ),
            (
                "function(x) local function f<|Hole|> a[x] = c(g, f) return c end",
                "main, instruction 6: GETUPVAL R2 U1(a) / GETUPVAL R2 U2(c)",
            ),
        ],
    );
    // A hole captures a register in which the answer has no variable, or another upvalue.
    let source =
        "local a return function() local b, c = 1 local f = function() return c, a end f(b, c) end";
    check(
        &outline(source, "main > function 0"),
        &[
            (
                "function() local b, c = 1 local f = function<|Hole|> f(b, c) end",
                "same",
            ),
            (
                "function() local b = 1, nil local f = function<|Hole|> f(b, c) end",
                "main, instruction 2: CLOSURE R2 function 0 / CLOSURE R1 function 0",
            ),
        ],
    );
}

#[test]
fn one_answer_can_be_scored() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();
    write("f.outline", &outline(SOURCE, "main > function 0"));
    write("main.outline", &outline(SOURCE, "main"));
    write("f.lua", "function(y) return A, y end");
    write(
        "main.lua",
        "local a, b = 1, 2 local function f<|Hole|> function g<|Hole|> return f, g",
    );
    for name in ["f", "main"] {
        let (outline, answer) = (format!("{name}.outline"), format!("{name}.lua"));
        let scored = run(&directory, ["score", &outline, &answer]);
        assert!(scored.status.success(), "{}", text(&scored.stderr));
    }
    let wrong = run(&directory, ["score", "f.outline", "main.lua"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert_eq!(
        text(&wrong.stderr),
        "luadec-tok: main.lua: expected one function, found 4 statements\n"
    );
}

/// Hostile answers take neither much time nor much memory.
#[test]
fn hostile_answers_are_bounded() {
    let outline = outline(SOURCE, "main > function 0");
    let many_names: String = (0..50_000).map(|i| format!("x{i}()")).collect();
    let answers = [
        format!("function(x) {} end", "x()".repeat(500_000)),
        format!("function(x) {many_names} end"),
        format!("function(x) {} end", "do ".repeat(100_000)),
        format!(
            "function(x) {} end",
            "local y = function<|Hole|> ".repeat(100_000)
        ),
        format!("function(x) return {}1 end", "-".repeat(1_000_001)),
    ];
    let answers: Vec<&str> = answers.iter().map(String::as_str).collect();
    let found = verdicts(&outline, &answers);
    assert!(found.iter().all(|verdict| verdict != "same"), "{found:?}");
}
