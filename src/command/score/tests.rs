//! Answers to functions that were asked for alone.

use luadec_tok::chunk::{Chunk, Proto};

use super::answer::Scored;
use super::attempt::compiled;
use crate::command::compile::{Compiler, Lua};

/// The function that a path of indices leads to in the chunk of a source.
fn asked(source: &str, path: &[usize], strip: bool) -> Chunk<'static> {
    let bytes: &'static [u8] = compiled(&Compiler::in_helper(Lua::Own), source.as_bytes(), 1)
        .unwrap()
        .leak();
    let main: Proto = luadec_tok::undump(bytes).unwrap().chunk.main;
    let function = path.iter().fold(main, |p, i| p.p[*i].clone());
    let mut chunk = Chunk::of_function(luadec_tok::Version::Lua53, function);
    if strip {
        chunk.strip();
    }
    chunk
}

fn score(asked: &Chunk, answer: &str) -> Scored {
    super::answer::score(&Compiler::in_helper(Lua::Own), asked, answer.as_bytes(), 1)
}

fn is_same(scored: &Scored) -> Option<bool> {
    let outcome = scored.outcome.as_ref().ok();
    outcome.map(|attempt| attempt.comparison.same)
}

/// Asks for the first function of a source, with names and stripped, and holds what comes of an
/// answer.
#[track_caller]
fn holds(source: &str, answer: &str, wanted: Option<bool>) {
    for strip in [false, true] {
        let scored = score(&asked(source, &[0], strip), answer);
        assert_eq!(is_same(&scored), wanted, "{answer}, stripped: {strip}");
        if wanted == Some(true) {
            assert!(
                scored
                    .outcome
                    .is_ok_and(|attempt| attempt.comparison.identical)
            );
        }
    }
}

#[test]
fn a_function_may_be_written_in_every_way() {
    let source = "local x, M = 1, {}\nfunction M.f(a) return a + x, y, M end";
    for answer in [
        "function M.f(a) return a + x, y, M end",
        "local function f(a) return a + x, y, M end -- the end",
        "function M.a.b:c() return self + x, y, M end",
        "function(a) return a + x, y, M end",
        "function (a) return a + x, y, M end -- the end",
        "-- what it is\nfunction(a) return a + x, y, M end",
        "return function(a) return a + x, y, M end",
        "local f = function(a) return a + x, y, M end",
        "f = function(a) return a + x, y, M end",
        "\n\nM.f = function(a) return a + x, y, M end;",
    ] {
        holds(source, answer, Some(true));
    }
    for answer in [
        "function M.f(a, b) return a + x, y, M end",
        "function M.f(a) return a + x, z, M end",
        "function M.f(a) return x + a, y, M end",
        "return a + x, y, M",
        "",
    ] {
        holds(source, answer, Some(false));
    }
    holds(source, "function M.f(a) return a +", None);
    holds(source, "function M.f(a) return a end end", None);
}

#[test]
fn with_names_an_upvalue_is_no_other_one() {
    let source = "local x, y\nfunction f() return x end";
    let wrong = score(&asked(source, &[0], false), "function f() return y end");
    let difference = wrong.outcome.unwrap().comparison.differences.remove(0);
    assert_eq!(
        (difference.asked.as_str(), difference.answer.as_str()),
        ("GETUPVAL R0 U0(x)", "GETTABUP R0 U0(_ENV) \"y\"")
    );
    // Nothing but a name says which variable it is.
    let stripped = score(&asked(source, &[0], true), "function f() return y end");
    assert_eq!(is_same(&stripped), Some(true));
    // What the answer declares itself may be called as it likes.
    holds(source, "local z function f() return z end", Some(true));
    let recursive = "local function f(n) return f(n) end";
    holds(recursive, "local function g(n) return g(n) end", Some(true));
}

#[test]
fn stripped_upvalues_are_found_by_trying() {
    for (outside, answer) in [
        ("x", "function() return x end"),
        ("x", "function() x = 5 end"),
        ("x", "function() x.y = z end"),
        ("x", "function() x.y.z = x:f(z) end"),
        ("x, y", "function() x[y] = z end"),
        ("x, y", "function() x[y.z] = y end"),
        ("x, y, z", "function() x[y[z]] = z[x] end"),
        ("socket", "function() return socket.socket(print) end"),
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
    ] {
        let source = format!("local {outside}\nreturn {answer}");
        holds(&source, answer, Some(true));
        // As globals they are not the same.
        let source = format!("return {answer}");
        let local = score(
            &asked(&source, &[0], true),
            &format!("local {outside}\nreturn {answer}"),
        );
        assert_eq!(is_same(&local), Some(false), "{answer}");
    }
}

#[test]
fn many_upvalues_are_declared_where_lua_has_room() {
    let names: Vec<String> = (0..250).map(|i| format!("v{i}")).collect();
    let answer = format!("function() return {} end", names.join(" + "));
    let source = format!(
        "local {} return function() local {} return {answer} end",
        names[..150].join(","),
        names[150..].join(",")
    );
    let scored = score(&asked(&source, &[0, 0], false), &answer);
    assert!(scored.outcome.unwrap().comparison.identical);
}

#[test]
fn what_stands_inside_of_a_function_will_do_where_it_has_no_parameters() {
    let source = "local x\nreturn function() return x end";
    holds(source, "return x", Some(true));
    holds(source, "return x -- the end", Some(true));
    holds(
        "local x\nreturn function(...) return x, ... end",
        "return x, ...",
        Some(true),
    );
    holds(
        "local x\nreturn function() return x end",
        "return x, ...",
        Some(false),
    );
    let returns = "local x\nreturn function() return function() return x end end";
    holds(returns, "return function() return x end", Some(true));
    // Nothing is gained by ending the function that it is put into.
    holds(source, "return x end, function() return x", None);
}

#[test]
fn an_answer_that_does_more_is_not_the_same() {
    let source = "function f() return 1 end";
    for (answer, more) in [
        ("print(1) function f() return 1 end", 3),
        ("function f() return 1 end f()", 2),
        ("local M = {} function M.f() return 1 end", 1),
        ("function f() return 1 end function g() end", 3),
    ] {
        let scored = score(&asked(source, &[0], false), answer);
        let comparison = scored.outcome.unwrap().comparison;
        assert!(!comparison.same && !comparison.identical);
        assert_eq!(comparison.functions_same, 1);
        assert_eq!(comparison.edit_distance, more, "{answer}");
    }
}

#[test]
fn a_fence_is_taken_off_only_where_it_is_one() {
    let source = "function f() return 1 end";
    let fenced = score(
        &asked(source, &[0], false),
        "Sure:\n```lua\nfunction f() return 1 end\n```\n",
    );
    assert!(fenced.fenced);
    assert_eq!(is_same(&fenced), Some(true));
    assert_eq!(fenced.text, b"function f() return 1 end\n");
    let comment = "--[[\n```lua\nf()\n```\n]]\nfunction f() return 1 end";
    let scored = score(&asked(source, &[0], false), comment);
    assert!(!scored.fenced);
    assert_eq!(is_same(&scored), Some(true));
}

#[test]
fn what_exceeds_the_limits_fails_in_lua_s_words() {
    let source = asked("a = 1", &[], false);
    let message = |answer: &str| score(&source, answer).outcome.err().unwrap().to_string();
    assert_eq!(message("a = = 1"), "answer:1: unexpected symbol near '='");
    assert_eq!(
        message("\x1bLuaS"),
        "attempt to load a binary chunk (mode is 't')"
    );
    assert!(message(&"(".repeat(10_000)).contains("C levels"));
    assert!(message(&"a={".repeat(10_000)).contains("C levels"));
    assert!(message(&"function f() ".repeat(1000)).contains("C levels"));
}
