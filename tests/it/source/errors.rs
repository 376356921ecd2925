//! What is said of a text that is not Lua.

use luadec_tok::Version;
use luadec_tok::Version::{Lua51, Lua52, Lua53, Lua54, Lua55};
use luadec_tok::source::parse;

#[test]
fn the_reason_names_the_line_and_what_is_wrong() {
    let long = "x".repeat(50);
    for (version, text, message) in [
        (
            Lua54,
            "x = = 1",
            "line 1: expected an expression, found `=`",
        ),
        (
            Lua54,
            "\n\nx =",
            "line 3: expected an expression, found the end of the text",
        ),
        (Lua54, "end", "line 1: expected a statement, found `end`"),
        (Lua54, "local 1", "line 1: expected a name, found `1`"),
        (Lua54, "if x do", "line 1: expected `then`, found `do`"),
        (Lua54, "x = {[1] 2}", "line 1: expected `=`, found `2`"),
        (
            Lua54,
            "for x do",
            "line 1: expected `=` or `in`, found `do`",
        ),
        (
            Lua54,
            "function f(1)",
            "line 1: expected a parameter, found `1`",
        ),
        (Lua54, "a:b = 1", "line 1: expected arguments, found `=`"),
        (
            Lua54,
            "::l",
            "line 1: expected `::`, found the end of the text",
        ),
        (
            Lua54,
            "x = '\\255' y",
            "line 1: an expression is not a statement unless it is a call",
        ),
        (
            Lua54,
            &format!("x = 1 {long} y"),
            "line 1: an expression is not a statement unless it is a call",
        ),
        (
            Lua54,
            &format!("goto {long}"),
            "line 1: no visible label `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...` for `goto`",
        ),
        (
            Lua54,
            "x = f(\n1\n",
            "line 3: expected `)` to close `(` at line 1, found the end of the text",
        ),
        (
            Lua54,
            "local function f()\nif x then\nend",
            "line 3: expected `end` to close `function` at line 1, found the end of the text",
        ),
        (
            Lua54,
            "repeat\nx = {1\n}\nend",
            "line 4: expected `until` to close `repeat` at line 1, found `end`",
        ),
        (Lua54, "x = 'a\ny", "line 1: unfinished string"),
        (Lua54, "x = 'a", "line 1: unfinished string"),
        (
            Lua54,
            "\nx = [[a\n\n",
            "line 4: unfinished long string that starts at line 2",
        ),
        (
            Lua54,
            "\n--[[a\n\n",
            "line 4: unfinished long comment that starts at line 2",
        ),
        (
            Lua51,
            "x = [[ [[ ]]",
            "line 1: `[[` inside of a long bracket of level 0",
        ),
        (
            Lua54,
            "x = [=a",
            "line 1: invalid delimiter of a long string",
        ),
        (Lua54, "x = '\\q'", "line 1: invalid escape sequence"),
        (Lua52, "x = '\\u{41}'", "line 1: invalid escape sequence"),
        (
            Lua54,
            "x = '\\256'",
            "line 1: escape sequence with a value that is too large",
        ),
        (
            Lua53,
            "x = '\\u{110000}'",
            "line 1: escape sequence with a value that is too large",
        ),
        (Lua54, "x = 3in", "line 1: malformed number `3i`"),
        (Lua54, "x = 0xZ", "line 1: malformed number `0xZ`"),
        (Lua54, "x = \u{e9}", "line 1: expected Lua, found `\\xc3`"),
        (
            Lua51,
            "f\n()",
            "line 2: ambiguous syntax: a call or a new statement",
        ),
        (
            Lua54,
            "function f() return ... end",
            "line 1: `...` outside of a vararg function",
        ),
        (
            Lua54,
            "(x) = 1",
            "line 1: only a name, a field or an index can be assigned to",
        ),
        (Lua54, "break", "line 1: `break` outside of a loop"),
        (
            Lua54,
            "\ngoto l\n",
            "line 3: no visible label `l` for `goto`",
        ),
        (
            Lua54,
            "::l::\n::l::",
            "line 2: label `l` is already defined at line 1",
        ),
        (
            Lua54,
            "goto l local x ::l:: x = 1",
            "line 1: `goto` `l` jumps into the scope of a variable",
        ),
        (
            Lua54,
            "local x <const> = 1 x = 2",
            "line 1: `x` is a constant and cannot be assigned to",
        ),
        (
            Lua54,
            "local x <foo> = 1",
            "line 1: unknown attribute `foo`",
        ),
        (
            Lua54,
            "local x <close>, y <close> = 1",
            "line 1: more than one variable to close in one statement",
        ),
        (
            Lua55,
            "global x <close>",
            "line 1: a global variable cannot be closed",
        ),
        (
            Lua55,
            "global x y = 1",
            "line 1: variable `y` is not declared",
        ),
        (
            Lua55,
            "global _ENV, x x = 1",
            "line 1: `_ENV` is global when `x` is accessed",
        ),
    ] {
        let error = parse(text.as_bytes(), version).unwrap_err();
        assert_eq!(error.to_string(), message, "{version}: {text:?}");
    }
    for version in Version::ALL {
        let deep = format!("x = {}", "(".repeat(1000));
        let error = parse(deep.as_bytes(), version).unwrap_err();
        assert_eq!(error.to_string(), "line 1: more than 200 levels of nesting");
        assert_eq!(error.offset, 4 + 199, "{version}");
    }
}
