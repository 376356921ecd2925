//! Answers to functions.

use luadec_tok::chunk::{Chunk, Proto};

use super::judge::{Answered, Judge, compiled};
use super::result::Answer;
use super::row::AskedFor;
use crate::command::train::compile::Compiler;

/// Returns the function at a path of indices in the chunk of a source, as a chunk.
fn asked(source: &str, path: &[usize], strip: bool) -> Chunk<'static> {
    let compiler = Compiler::of_dialect(None, None).unwrap();
    let bytes: &'static [u8] = compiled(&compiler, source.as_bytes(), 1).unwrap().leak();
    let main: Proto = luadec_tok::undump(bytes).unwrap().chunk.main;
    let function = path.iter().fold(main, |p, i| p.p[*i].clone());
    let mut chunk = Chunk::of_function(luadec_tok::Version::Lua53, function);
    if strip {
        chunk.strip();
    }
    chunk
}

fn score(asked: &Chunk, answer: &str) -> Answer {
    let compiler = Compiler::of_dialect(None, None).unwrap();
    let judge = Judge {
        compiler: &compiler,
        seconds: 1,
        page: false,
        places: 0,
    };
    let answered = Answered {
        asked: &AskedFor::of_chunk(asked.clone().into_owned()),
        text: Some(answer.as_bytes()),
        known: None,
    };
    judge.judge(answered).answer
}

/// Returns whether an answer is the same. Returns `None` if it does not compile.
fn is_same(answer: &Answer) -> Option<bool> {
    answer.compiles.then_some(answer.same)
}

/// Checks an answer to the first function of a source, with names and stripped.
#[track_caller]
fn check(source: &str, answer: &str, [named, stripped]: [Option<bool>; 2]) {
    for (strip, expected) in [(false, named), (true, stripped)] {
        let scored = score(&asked(source, &[0], strip), answer);
        let error = &scored.error;
        assert_eq!(
            is_same(&scored),
            expected,
            "{answer}, stripped: {strip}, {error:?}"
        );
        assert_eq!(scored.identical, expected == Some(true), "{answer}");
    }
}

const SAME: [Option<bool>; 2] = [Some(true); 2];
const DIFFERS: [Option<bool>; 2] = [Some(false); 2];
const FAILS: [Option<bool>; 2] = [None; 2];

#[test]
fn a_function_can_be_written_in_many_ways() {
    let source = "local x, M = 1, {}\nfunction M.f(a) return a + x, y, M end";
    for answer in [
        "function M.f(a) return a + x, y, M end",
        "local function f(a) return a + x, y, M end -- the end",
        "function(a) return a + x, y, M end",
        "function (a) return a + x, y, M end -- the end",
        "-- what it is\nfunction(a) return a + x, y, M end",
        "return function(a) return a + x, y, M end",
        "local f = function(a) return a + x, y, M end",
        "f = function(a) return a + x, y, M end",
        "\n\nM.f = function(a) return a + x, y, M end;",
        "\u{FEFF}function f(a) return a + x, y, M end",
        "#!/usr/bin/lua\nfunction f(a) return a + x, y, M end",
        "# Answer\nfunction f(a) return a + x, y, M end",
    ] {
        check(source, answer, SAME);
    }
    for answer in [
        "function M.f(a, b) return a + x, y, M end",
        "function M.f(a) return x + a, y, M end",
    ] {
        check(source, answer, DIFFERS);
    }
    for answer in [
        "function M.f(a) return a +",
        "function M.f(a) return a end end",
        "return a + x, y, M",
        "local z function f(a) return a + x, y, M end",
        "",
    ] {
        check(source, answer, FAILS);
    }
    let method = "local x\nfunction M:f(a, ...) return self, a, x, ... end";
    check(
        method,
        "function M:f(a, ...) return self, a, x, ... end",
        SAME,
    );
    check(
        method,
        "function(self, a, ...) return self, a, x, ... end",
        SAME,
    );
    check(
        "function M:f() return self end",
        "function a:b() return self end",
        SAME,
    );
}

#[test]
fn names_mean_what_a_stream_with_names_says() {
    let same_when_stripped = [Some(false), Some(true)];
    for (source, answer, expected) in [
        // Another variable, and a global.
        (
            "local x, y function f() return x end",
            "function f() return y end",
            same_when_stripped,
        ),
        (
            "local x function f() return x end",
            "function f() return _ENV.x end",
            DIFFERS,
        ),
        (
            "function f() return x end",
            "function f() return _ENV.x end",
            SAME,
        ),
        // A module's prefix.
        (
            "local io function f(name) return io.open(name) end",
            "function f(name) return open(name) end",
            same_when_stripped,
        ),
        (
            "function f(name) return open(name) end",
            "function f(name) return io.open(name) end",
            same_when_stripped,
        ),
        // A global in the same function rules that out.
        (
            "local io function f(name) print(io.open(name)) end",
            "function f(name) print(open(name)) end",
            DIFFERS,
        ),
        // The answer's own name.
        (
            "local x local function f(a) return x(a) end",
            "local function f(a) return f(a) end",
            same_when_stripped,
        ),
        (
            "local function f(n) return f(n) end",
            "local function f(n) return f(n) end",
            SAME,
        ),
        (
            "function f(n) return f(n) end",
            "local function f(n) return f(n) end",
            DIFFERS,
        ),
        (
            "function f(a) open(a) end",
            "local function _ENV(a) open(a) end",
            DIFFERS,
        ),
        // One variable for two, and two for one.
        (
            "local x, y function f() return x, y end",
            "function f() return x, x end",
            DIFFERS,
        ),
        (
            "local x, y function f() return x, x end",
            "function f() return x, y end",
            DIFFERS,
        ),
    ] {
        check(source, answer, expected);
    }
}

#[test]
fn variables_of_stripped_functions_are_found_in_their_code() {
    for (outside, answer) in [
        ("x", "function() return x end"),
        ("x", "function() x = 5 end"),
        ("x", "function() x.y = z end"),
        ("x", "function() x.y.z = x:f(z) end"),
        ("x, y", "function() x[y] = z end"),
        ("x, y", "function() x[y.z] = y end"),
        ("x, y, z", "function() x[y[z]] = z[x] end"),
        ("socket", "function() return socket.socket(print) end"),
        ("socket", "function() return socket.socket() end"),
        ("a, b", "function() return a.b, b.a end"),
        (
            "x, y",
            "function() return function() return x end, function() y = x end end",
        ),
        (
            "x",
            "function() if x then return z.y end while x.y do x = nil end end",
        ),
        (
            "a, b, c, d, e, f",
            "function() return a, b.c(d), e .. f, g end",
        ),
        ("t", "function() local _ENV = t; return x, t end"),
        (
            "t",
            "function() local _ENV = {}; x = function() return y, t end end",
        ),
        // A name that is used only in the scope of a local `_ENV`, and a field of that name.
        ("t, x, y", "function() local _ENV = t; x() y.x = 1 end"),
        ("t, y", "function() local _ENV = t; x() y.x = 1 end"),
        // Names that are strings in the text, spelled in another way or not becoming constants.
        ("x", "function() return x['\\x78'], x end"),
        ("x", "function() return 'x' and x, not 'x', x end"),
        ("x, y", "function() return y, 'x' or x, x.x end"),
        ("y", "function() return y, 'x' or x, x.x end"),
    ] {
        let source = format!("local {outside}\nreturn {answer}");
        check(&source, answer, SAME);
    }
    // With globals only.
    check(
        "return function() x.y = z end",
        "function() x.y = z end",
        SAME,
    );
    check(
        "return function() return socket.socket() end",
        "function() return socket.socket() end",
        SAME,
    );
}

#[test]
fn a_variable_is_found_after_many_constants() {
    let source = include_str!("../../../../fixtures/score/lua53-constants-over-256.lua");
    let function = &source[source.find("function").unwrap()..];
    check(source, function, SAME);
}

#[test]
fn more_upvalues_than_local_variables_can_be_declared() {
    let names: Vec<String> = (0..250).map(|i| format!("v{i}")).collect();
    let answer = format!("function() return {} end", names.join(" + "));
    let source = format!(
        "local {} return function() local {} return {answer} end",
        names[..150].join(","),
        names[150..].join(",")
    );
    for strip in [false, true] {
        assert!(score(&asked(&source, &[0, 0], strip), &answer).identical);
    }
}

#[test]
fn anything_but_one_function_fails_with_its_reason() {
    let source = asked("function f() return 1 end", &[0], false);
    for (answer, reason) in [
        (
            "print(1) function f() return 1 end",
            "expected one function, found 2 statements",
        ),
        ("-- sorry", "expected one function, found nothing"),
        ("```", "expected one function, found nothing"),
        ("return 1", "expected one function, found another value"),
    ] {
        let scored = score(&source, answer);
        assert_eq!(scored.error.as_deref(), Some(reason), "{answer}");
    }
}

#[test]
fn a_fence_in_a_comment_is_not_removed() {
    let source = asked("function f() return 1 end", &[0], false);
    let fenced = score(&source, "Sure:\n```lua\nfunction f() return 1 end\n```\n");
    assert!(fenced.fenced && fenced.same);
    let comment = "--[[\n```lua\nf()\n```\n]]\nfunction f() return 1 end";
    let scored = score(&source, comment);
    assert!(!scored.fenced && scored.same);
}

#[test]
fn lua_s_own_messages_and_limits_apply() {
    let source = asked("a = 1", &[], false);
    let message = |answer: &str| score(&source, answer).error.unwrap();
    assert_eq!(message("a = = 1"), "answer:1: unexpected symbol near '='");
    assert_eq!(
        message("\x1bLuaS"),
        "attempt to load a binary chunk (mode is 't')"
    );
    assert!(message(&"(".repeat(10_000)).contains("C levels"));
    assert!(message(&"a={".repeat(10_000)).contains("C levels"));
    assert!(message(&"function f() ".repeat(1000)).contains("C levels"));
}
