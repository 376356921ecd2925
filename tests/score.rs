//! Function against function: what counts as the same program, and what does not.

mod common;

use common::luac;
use luadec_tok::score::{Comparison, compare};
use luadec_tok::{Version, undump};

/// The chunk of one source compared with that of another, the first of them stripped or not.
fn compared_with(asked: &str, answer: &str, strip: bool) -> Comparison {
    let (asked, answer) = (
        luac(asked.as_bytes(), "asked.lua", strip),
        luac(answer.as_bytes(), "answer.lua", false),
    );
    let (asked, answer) = (undump(&asked).unwrap(), undump(&answer).unwrap());
    compare(asked.chunk.version, &asked.chunk.main, &answer.chunk.main)
}

/// The same, with the debug information and without, which makes no difference here.
#[track_caller]
fn compared(asked: &str, answer: &str) -> Comparison {
    let named = compared_with(asked, answer, false);
    let stripped = compared_with(asked, answer, true);
    assert_eq!(
        (named.same, named.identical, named.edit_distance),
        (stripped.same, stripped.identical, stripped.edit_distance),
        "stripped"
    );
    named
}

/// The first difference: place, what, and the two texts.
#[track_caller]
fn first(asked: &str, answer: &str) -> [String; 4] {
    let compared = compared(asked, answer);
    assert!(!compared.same && !compared.identical);
    let first = &compared.differences[0];
    [
        first.function.to_string(),
        first.what.to_string(),
        first.asked.clone(),
        first.answer.clone(),
    ]
}

#[test]
fn names_lines_and_layout_do_not_count() {
    for (asked, answer) in [
        (
            "local a = 1\nreturn function(b) return a + b end",
            "local x=1 return function(y)return x+y end -- !",
        ),
        ("a = 'x'", "a=\"\\x78\"\n\n"),
        (
            "for i = 1, 2 do print(i) end",
            "for j=1,2 do\nprint(j)\nend",
        ),
        ("return 0x10, 1e1", "return 16, 10.0"),
    ] {
        let compared = compared(asked, answer);
        assert!(compared.same && compared.identical, "{asked} {answer}");
        assert_eq!(
            (compared.edit_distance, &compared.differences[..]),
            (0, &[][..])
        );
        assert_eq!(compared.functions, compared.functions_same);
        assert_eq!(compared.similarity(), 1.0);
    }
}

#[test]
fn the_numbers_of_constants_and_upvalues_do_not_count() {
    let (asked, answer) = (
        "local a, b\nreturn function() return a, b end",
        "local a, b\nreturn function() return a, b end",
    );
    let chunk = luac(asked.as_bytes(), "x", false);
    let mut swapped = undump(&chunk).unwrap().chunk.main;
    let f = &mut swapped.p[0];
    f.upvalues.swap(0, 1);
    f.code = f
        .code
        .iter()
        .map(|i| match i.op() {
            // GETUPVAL A B, with its B exchanged.
            5 => luadec_tok::opcodes::Instruction::new(5, i.a(), 1 - i.b(), 0),
            _ => i,
        })
        .collect();
    let answer = luac(answer.as_bytes(), "x", false);
    let answer = undump(&answer).unwrap().chunk.main;
    let compared = compare(Version::Lua53, &swapped, &answer);
    assert!(compared.same && !compared.identical, "{compared:?}");
}

#[test]
fn what_differs_is_shown_with_its_values() {
    assert_eq!(
        first("print('a', 1)", "print('a', 1.0)"),
        ["main", "instruction 2", "LOADK R2 1", "LOADK R2 1.0"]
    );
    assert_eq!(
        first(
            "local a, b\nfunction f() return b end",
            "local a, b\nfunction f() return a end"
        ),
        [
            "main > function 0",
            "instruction 0",
            "GETUPVAL R0 U0(b)",
            "GETUPVAL R0 U0(a)"
        ]
    );
    assert_eq!(
        first("if a then b() end", "while a do b() end"),
        ["main", "instruction 2", "JMP 0 to 5", "JMP 0 to 6"]
    );
    assert_eq!(
        first("function f(a) end", "function f(a, b) end"),
        ["main > function 0", "parameters", "1", "2"]
    );
    assert_eq!(
        first("function f() end", "function f(...) end"),
        ["main > function 0", "vararg", "0", "1"]
    );
    assert_eq!(
        first("x = {} y = 0.5", "x = {} y = 1.5"),
        [
            "main",
            "instruction 2",
            "SETTABUP U0(_ENV) \"y\" 0.5",
            "SETTABUP U0(_ENV) \"y\" 1.5"
        ]
    );
    assert_eq!(
        first("return", "return 1"),
        ["main", "instruction 0", "RETURN R0 1", "LOADK R0 1"]
    );
}

#[test]
fn strings_are_shown_as_ascii_and_not_whole() {
    let [_, _, asked, _] = first("x = '\\27[31m\u{e9}'", "x = 1");
    assert_eq!(asked, r#"SETTABUP U0(_ENV) "x" "\x1B[31m\xC3\xA9""#);
    let [_, _, asked, _] = first(&format!("x = '{}'", "y".repeat(1000)), "x = 1");
    assert_eq!(
        asked,
        format!("SETTABUP U0(_ENV) \"x\" \"{}...\"", "y".repeat(60))
    );
}

#[test]
fn functions_are_matched_by_their_places() {
    let compared = compared(
        "function a() f(1) end function b() f(2) end function c() f(function() end) end",
        "function a() f(1) end function b() f(3) end",
    );
    assert_eq!(
        (
            compared.functions,
            compared.functions_same,
            compared.functions_missing
        ),
        (5, 1, 2)
    );
    let found: Vec<String> = compared
        .differences
        .iter()
        .map(|difference| format!("{}: {}", difference.function, difference.what))
        .collect();
    // The main function of the answer ends where that of the chunk goes on.
    assert_eq!(
        found,
        [
            "main: instruction 4",
            "main > function 1: instruction 1",
            "main > function 2: function"
        ]
    );
    assert_eq!(
        compared.differences[2].asked,
        "2 functions of 5 instructions"
    );
    // CLOSURE and SETTABUP, a LOADK, and two functions.
    assert_eq!(compared.edit_distance, 2 + 1 + 5);
    let extra = compared_with("a()", "a() function b() end", false);
    assert_eq!((extra.functions, extra.functions_extra), (1, 1));
    assert!(!extra.same);
}

#[test]
fn an_upvalue_is_what_it_captures_however_many_functions_lie_between() {
    let deep = |name: &str| {
        format!(
            "local x, y\nreturn function() return function() return function() return {name} end end end"
        )
    };
    assert!(compared(&deep("x"), &deep("x")).identical);
    let differs = compared(&deep("x"), &deep("y"));
    // The functions between differ in nothing but what they hand down.
    assert_eq!(differs.differences.len(), 1);
    assert_eq!(
        differs.differences[0].function.to_string(),
        "main > function 0 > function 0 > function 0"
    );
}

#[test]
fn long_lists_and_many_constants_are_followed_through_their_extra_words() {
    let many = |last: &str| {
        let names = (0..300_000).map(|i| format!("{i},"));
        format!("return {{{}{last}}}", names.collect::<String>())
    };
    let compared = compared_with(&many("'a'"), &many("'b'"), true);
    let first = &compared.differences[0];
    assert_eq!(
        (first.asked.as_str(), first.answer.as_str()),
        ("EXTRAARG \"a\"", "EXTRAARG \"b\"")
    );
    assert_eq!((compared.edit_distance, compared.exact), (1, true));
}
