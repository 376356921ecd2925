//! Functions taken out of their files: canonical answers, the author's layout, holes.

use luadec_tok::Version;
use luadec_tok::source::{FunctionId, Inside, NodeKind, Source, parse, parse_answer};

use super::canonical::texts;
use crate::common::{fixture, json_lines};

/// Returns the answers of all functions, outermost first.
fn answers(source: &Source, inside: Inside) -> Vec<String> {
    let functions = 0..source.functions.len() as FunctionId;
    let answer = |function| source.answer(function, inside).unwrap();
    functions.map(answer).collect()
}

#[track_caller]
fn check(version: Version, text: &str, wanted: &[&str]) {
    let source = parse(text.as_bytes(), version).unwrap();
    assert_eq!(answers(&source, Inside::Holes), wanted, "{text}");
}

#[test]
fn the_examples_have_their_answers() {
    for (source, wanted) in [
        ("outlines/nested.lua", "outlines/nested.answers"),
        ("scopes.lua", "outlines/scopes.answers"),
    ] {
        let text = fixture(source);
        let wanted = json_lines(&fixture(wanted));
        for version in Version::ALL {
            // scopes.lua has a `goto`.
            let Ok(source) = parse(&text, version) else {
                assert_eq!(version, Version::Lua51);
                continue;
            };
            let found = answers(&source, Inside::Holes);
            let wanted: Vec<&str> = wanted
                .iter()
                .map(|row| row["answer"].as_str().unwrap())
                .collect();
            assert_eq!(found, wanted, "{version}");
        }
    }
}

#[test]
fn a_hole_stands_wherever_a_function_may() {
    check(
        Version::Lua55,
        "local function f(a) end function M.x:run(...) end M.y = function() end \
         global function g() end f(function() end, {function() end, k = function() end}) \
         return function() end",
        &[
            "local function f<|Hole|>\nfunction M.x:run<|Hole|>\nM.y = function<|Hole|>\n\
             global function g<|Hole|>\n\
             f(function<|Hole|>, {function<|Hole|>, k = function<|Hole|>})\n\
             return function<|Hole|>",
            "function(a) end",
            "function(self, ...) end",
            "function() end",
            "function() end",
            "function() end",
            "function() end",
            "function() end",
            "function() end",
        ],
    );
}

#[test]
fn compile_time_constants_of_enclosing_functions_are_values() {
    check(
        Version::Lua54,
        "local a <const>, k <const> = 1, 2 * -3 local s <const> = 'x' .. 'y' local n <const> = 'name'\n\
         local t <const>, z <const> = not nil, 0 local m <const> = k // 4 | 1 local i <const> = 1e999\n\
         function f()\n\
           local own <const> = k g() k.x = 1 k() ;(k)()\n\
           local t2 = {[n] = k, [k] = n} x = k^2, 2^k, -k, k..n..k, #n, n:len(), n.x\n\
           return a, s, t, z, m, i, own, function() return own, k end\n\
         end",
        &[
            "local a <const>, k <const> = 1, 2 * -3\nlocal s <const> = \"x\" .. \"y\"\n\
             local n <const> = \"name\"\nlocal t <const>, z <const> = not nil, 0\n\
             local m <const> = k // 4 | 1\nlocal i <const> = 1e999\nfunction f<|Hole|>",
            "function()\n\tlocal own <const> = -6\n\tg()\n\t;(-6).x = 1\n\t;(-6)()\n\t;(-6)()\n\
             \tlocal t2 = {name = -6, [-6] = \"name\"}\n\
             \tx = (-6) ^ 2, 2 ^ -6, - -6, -6 .. \"name\" .. -6, #\"name\", (\"name\"):len(), (\"name\").x\n\
             \treturn a, s, t, 0, -1, 1e999, own, function<|Hole|>\nend",
            "function()\n\treturn -6, -6\nend",
        ],
    );
    // Before 5.4 a constant is a variable; a name that hides it is one too.
    check(
        Version::Lua54,
        "local k <const> = 1 function f(k) return k end return function() local k = k return k end",
        &[
            "local k <const> = 1\nfunction f<|Hole|>\nreturn function<|Hole|>",
            "function(k)\n\treturn k\nend",
            "function()\n\tlocal k = 1\n\treturn k\nend",
        ],
    );
}

#[test]
fn globals_under_a_captured_env_are_fields_of_it() {
    let text = "x = 1 local function f(_ENV) y = x function z.a() return function() z = _ENV end end \
                return function() local _ENV = {} return y end end";
    for version in [Version::Lua52, Version::Lua55] {
        check(
            version,
            text,
            &[
                "x = 1\nlocal function f<|Hole|>",
                "function(_ENV)\n\ty = x\n\tfunction z.a<|Hole|>\n\treturn function<|Hole|>\nend",
                "function()\n\treturn function<|Hole|>\nend",
                "function()\n\t_ENV.z = _ENV\nend",
                "function()\n\tlocal _ENV = {}\n\treturn y\nend",
            ],
        );
    }
    check(
        Version::Lua53,
        "local _ENV = {} return function() function x() end function y.a:b() end end",
        &[
            "local _ENV = {}\nreturn function<|Hole|>",
            "function()\n\tfunction _ENV.x<|Hole|>\n\tfunction _ENV.y.a:b<|Hole|>\nend",
            "function() end",
            "function(self) end",
        ],
    );
    check(
        Version::Lua51,
        "local _ENV = {} return function() x = 1 end",
        &[
            "local _ENV = {}\nreturn function<|Hole|>",
            "function()\n\tx = 1\nend",
        ],
    );
}

#[test]
fn functions_can_be_written_out() {
    let text = b"local k <const> = 'x'\nfunction M:run( n ) -- run\n\treturn function() return k , n end end";
    let source = parse(text, Version::Lua54).unwrap();
    assert_eq!(
        source.answer(1, Inside::Written).unwrap(),
        "function(self, n)\n\treturn function()\n\t\treturn \"x\", n\n\tend\nend"
    );
    assert_eq!(
        source.answer(0, Inside::Written).unwrap(),
        source.canonical()
    );
    let taken_out =
        |function, inside| String::from_utf8(source.taken_out(function, inside)).unwrap();
    assert_eq!(
        taken_out(0, Inside::Holes),
        "local k <const> = 'x'\nfunction M:run<|Hole|>"
    );
    assert_eq!(
        taken_out(1, Inside::Holes),
        "function(self, n ) -- run\n\treturn function<|Hole|> end"
    );
    assert_eq!(
        taken_out(1, Inside::Written),
        "function(self, n ) -- run\n\treturn function() return  \"x\"  , n end end"
    );
}

#[test]
fn only_answers_have_holes() {
    for version in Version::ALL {
        let text = b"function f<|Hole|>";
        assert_eq!(
            parse(text, version).unwrap_err().to_string(),
            "line 1: expected `(`, found `<`"
        );
        let source = parse_answer(text, version).unwrap();
        assert!(source.functions[1].is_hole);
        assert_eq!(
            source.nodes[source.functions[1].node as usize].kind,
            NodeKind::Hole
        );
        // In strings and comments it is text.
        let source = parse_answer(b"f('<|Hole|>') --<|Hole|>", version).unwrap();
        assert_eq!(source.functions.len(), 1);
        assert_eq!(source.canonical(), "f(\"<|Hole|>\")");
        for (text, error) in [
            ("x = <|Hole|>", "expected an expression, found `<|Hole|>`"),
            (
                "f<|Hole|>",
                "an expression is not a statement unless it is a call",
            ),
            ("function<|Hole|>", "expected a name, found `<|Hole|>`"),
            (
                "function f<|Hole|> end",
                "expected a statement, found `end`",
            ),
            (
                "function f()<|Hole|> end",
                "expected an expression, found `<|Hole|>`",
            ),
        ] {
            let found = parse_answer(text.as_bytes(), version).unwrap_err();
            assert_eq!(
                found.to_string(),
                format!("line 1: {error}"),
                "{version}: {text}"
            );
        }
    }
}

/// Checks every function of the fixtures: its answers are unchanged when they are made canonical again,
/// and have a hole for each function inside.
#[test]
fn answers_are_canonical() {
    for version in Version::ALL {
        let mut count = 0;
        for (path, text) in texts() {
            let Ok(source) = parse(&text, version) else {
                continue;
            };
            for function in 0..source.functions.len() as FunctionId {
                for inside in [Inside::Holes, Inside::Written] {
                    let answer = source.answer(function, inside).unwrap();
                    let again = parse_answer(answer.as_bytes(), version).unwrap();
                    assert_eq!(again.canonical(), answer, "{version}: {}", path.display());
                    let holes = again.functions.iter().filter(|function| function.is_hole);
                    let wanted = match inside {
                        Inside::Holes => source.functions_in(function).count(),
                        Inside::Written => 0,
                    };
                    assert_eq!(
                        holes.count(),
                        wanted,
                        "{version}: {}: {answer}",
                        path.display()
                    );
                }
                count += 1;
            }
        }
        println!("{version}: {count} functions");
        assert!(count > 50, "{version}: {count}");
    }
}
