//! `compare::compare`: what counts as the same program, and what does not.

use crate::common::{fixture, luac};
use luadec_tok::chunk::{Chunk, Constant, Proto};
use luadec_tok::compare::{Comparison, DifferenceKind, compare, disassemble};
use luadec_tok::opcodes::Instruction;
use luadec_tok::{Version, undump};

/// Compares the chunk of one source, stripped or not, with that of another.
fn compared_with(asked: &str, answer: &str, strip: bool) -> Comparison {
    let (asked, answer) = (
        luac(asked.as_bytes(), "asked.lua", strip),
        luac(answer.as_bytes(), "answer.lua", false),
    );
    let (asked, answer) = (undump(&asked).unwrap(), undump(&answer).unwrap());
    compare(asked.chunk.version, &asked.chunk.main, &answer.chunk.main)
}

/// Compares with debug information and without, which makes no difference here.
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

/// Returns the first difference: its path, its kind and the two texts.
#[track_caller]
fn first(asked: &str, answer: &str) -> [String; 4] {
    let compared = compared(asked, answer);
    assert!(!compared.same && !compared.identical);
    let first = &compared.differences[0];
    [
        first.function.to_string(),
        first.kind.to_string(),
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
    const V: Version = Version::Lua53;
    let layout = V.layout();
    f.code = f
        .code
        .iter()
        .map(|i| match V.op(i) {
            // GETUPVAL A B, with its B exchanged.
            5 => V.instruction(5, [layout.a.get(i), 1 - layout.b.get(i), 0, 0]),
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
fn a_missing_function_and_one_too_many_are_told() {
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
        .map(|difference| format!("{}: {}", difference.function, difference.kind))
        .collect();
    // The main function of the answer ends where the chunk's goes on.
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
        "2 functions of 3 instructions"
    );
    // CLOSURE and SETTABUP; a LOADK and the CALL that is left alone after it; two functions.
    assert_eq!(compared.edit_distance, 2 + 2 + 3);
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
    // The functions between differ only in what they hand down.
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

/// Checks the number of edits that an answer costs, with debug information and without.
#[track_caller]
fn costs(edits: usize, asked: &str, answer: &str) -> Comparison {
    let compared = compared(asked, answer);
    assert_eq!(compared.edit_distance, edits, "{:#?}", compared.differences);
    compared
}

#[test]
fn functions_are_matched_by_what_they_share() {
    let functions = [
        "function a(x) return x + 1 end",
        "function b(x) g(x) end",
        "function c(x) return { x, a = x.y } end",
        "function d() return function(y) return y.z, h end end",
    ];
    let all = functions.join(" ");
    for (index, function) in functions.iter().enumerate() {
        let others = functions.iter().filter(|other| other != &function);
        let others: Vec<&str> = others.copied().collect();
        let missing = compared_with(&all, &others.join(" "), true);
        assert_eq!(
            missing.functions_same,
            missing.functions - missing.functions_missing - 1
        );
        let place = format!("main > function {index}");
        let told = missing
            .differences
            .iter()
            .find(|difference| difference.kind == DifferenceKind::Function);
        assert_eq!(
            told.map(|difference| difference.function.to_string()),
            Some(place)
        );
        // And in the other direction: the answer has one more.
        let extra = compared_with(&others.join(" "), &all, true);
        assert_eq!(extra.functions_same, extra.functions - 1);
        assert_eq!(extra.edit_distance, missing.edit_distance);
    }
    // CLOSURE and SETTABUP.
    let added = costs(2, &all, &format!("function e() end {all}"));
    let first = &added.differences[0];
    assert_eq!(
        (first.function.to_string(), added.functions_extra),
        ("main".to_owned(), 1)
    );
    let inside = added.differences.last().unwrap();
    assert_eq!(inside.answer, "a function of 0 instructions");
    // The path of a function in the answer is given too.
    let moved = compared_with(
        &all,
        &format!("function e() end {}", all.replace("+ 1", "+ 2")),
        false,
    );
    let told = moved
        .differences
        .iter()
        .find(|difference| difference.function.to_string() == "main > function 0");
    let place = told.and_then(|told| told.answer_function.as_ref());
    assert_eq!(
        place.map(ToString::to_string).as_deref(),
        Some("main > function 1")
    );
}

#[test]
fn registers_count_up_to_a_consistent_renaming() {
    let body = "if a.b then c(a, b) end for k, v in pairs(a) do d(k .. v) end return a, b, 1";
    let function = |before: &str, body: &str| format!("return function(a, b) {before} {body} end");
    let asked = function("", body);
    // The LOADNIL of the unused local, or one that is longer.
    costs(1, &asked, &function("local unused", body));
    costs(
        1,
        &function("local x", body),
        &function("local x, unused", body),
    );
    costs(
        1,
        &asked,
        &function("", &body.replace("d(", "local unused d(")),
    );
    // A register that is read instead of another is an error, each time.
    let reads = |first: &str, second: &str| {
        format!("return function(a, b) f(a, b, {first}) g(a, b, {second}) end")
    };
    costs(1, &reads("a", "a"), &reads("b", "a"));
    costs(2, &reads("a", "a"), &reads("b", "b"));
}

#[test]
fn one_error_costs_no_more_because_of_what_follows() {
    // One early constant of many, in a function that captures much.
    let asked = "local p, q, r return function(a) \
                 a.x = 'one' p.f(q, 'two') if r then q = r.s end return p, function() return q end end";
    costs(1, asked, &asked.replace("'one'", "'three'"));
    costs(1, asked, &asked.replace("'two'", "'three'"));
    costs(1, asked, &asked.replace("p.f", "p.g"));
    costs(1, asked, &asked.replace("return p", "return r"));
    // A jump that is longer because there is more before its target is the same.
    costs(
        2,
        "if a then b() c() end d()",
        "if a then b() e() c() end d()",
    );
    costs(1, "if a then b() end c()", "if a then b() c() end");
}

#[test]
fn what_shares_nothing_is_not_similar() {
    let asked = "local a, b = ... if a then b(a) else return a end while b do b = b.next end";
    for answer in ["", "while true do end"] {
        let compared = compared(asked, answer);
        assert_eq!(compared.similarity(), 0.0, "{answer}");
        assert_eq!(compared.edit_distance, compared.instructions, "{answer}");
    }
    // An empty chunk has no instruction that counts; only the same chunk is similar to it.
    assert_eq!(compared("", " -- nothing").similarity(), 1.0);
    assert_eq!(compared("", "f()").similarity(), 0.0);
}

#[test]
fn upvalues_are_paired_one_to_one() {
    let asked = "local x, y return function() return x.a, y.b, x end";
    for (answer, same) in [
        ("local x, y return function() return x.a, y.b, x end", true),
        // Two become one, and one becomes two.
        ("local x, y return function() return x.a, x.b, x end", false),
        ("local x, y return function() return x.a, y.b, y end", false),
    ] {
        for strip in [false, true] {
            let chunks = [asked, answer].map(|source| luac(source.as_bytes(), "x", strip));
            let [asked, answer] = &chunks;
            let (asked, answer) = (undump(asked).unwrap(), undump(answer).unwrap());
            let functions = (&asked.chunk.main.p[0], &answer.chunk.main.p[0]);
            let compared = compare(Version::Lua53, functions.0, functions.1);
            assert_eq!(compared.same, same, "{compared:?}");
        }
    }
}

#[test]
fn many_functions_and_long_ones_take_bounded_time() {
    let many = |step: usize| {
        let functions = (0..1000).map(|i| match i % step {
            0 => format!("f[{i}]=function() end\n"),
            _ => format!("f[{i}]=function(a) return a.x{}, {} end\n", i % 7, i % 11),
        });
        functions.collect::<String>()
    };
    let compared = compared_with(&many(3), &many(4), true);
    assert!(compared.similarity() > 0.4 && compared.similarity() < 1.0);
    let long = |by: usize| {
        let lines = (0..3000).map(|i| format!("a.x{} = b.y{}\n", i * by % 97, i * by % 89));
        lines.collect::<String>()
    };
    let compared = compared_with(&long(1), &long(3), true);
    assert!(compared.similarity() < 1.0);
}

/// Returns the text of the first instruction of each name, in the order of the tree.
fn first_of_each(version: Version, p: &Proto, found: &mut Vec<String>) {
    for text in (0..p.code.len()).filter_map(|pc| disassemble(version, p, pc)) {
        let name = |text: &str| text.split(' ').next().map(str::to_owned);
        if found.iter().all(|other| name(other) != name(&text)) {
            found.push(text);
        }
    }
    p.p.iter().for_each(|p| first_of_each(version, p, found));
}

#[test]
fn instructions_of_later_versions_have_their_own_operands() {
    let both = [
        "VARARGPREP 0",
        "LOADI R0 1",
        "CLOSURE R3 function 0",
        "SETTABUP U0(_ENV) \"up_and_down\" R5",
        "ADDI R3 R0 1",
        "MMBINI R0 1 6 0",
        "MMBINK R1 2.5 8 0",
        "LOADF R2 1",
        "JMP to 6",
        "EQK R0 \"text\" 1",
        "EQI R0 1 0 1",
        "EXTRAARG 0",
    ];
    let one = [
        [
            "NEWTABLE R3 2 3 0",
            "SETFIELD R3 \"x\" 1",
            "SELF R4 R3 \"method\"",
            "GETTABUP R4 U1(_ENV) \"other\"",
            "FORPREP R4 to 57",
            "FORLOOP R4 to 50",
            "TFORPREP R4 to 68",
            "TFORLOOP R4 to 61",
        ],
        [
            "NEWTABLE R4 2 3 0",
            "SETFIELD R4 \"x\" 1",
            "SELF R5 R4 \"method\"",
            "ERRNNIL R6 \"defined\"",
            "FORPREP R5 to 57",
            "FORLOOP R5 to 50",
            "TFORPREP R5 to 69",
            "TFORLOOP R5 to 61",
        ],
    ];
    for (directory, one) in ["lua54", "lua55"].iter().zip(one) {
        let bytes = fixture(&format!("{directory}/opcodes.luac"));
        let chunk = undump(&bytes).unwrap().chunk;
        let mut found = Vec::new();
        first_of_each(chunk.version, &chunk.main, &mut found);
        for text in both.iter().chain(&one) {
            assert!(
                found.iter().any(|found| found == text),
                "{text}: {found:#?}"
            );
        }
    }
}

/// A chunk with one instruction changed is not the same, whatever field the change is in.
#[test]
fn every_operand_of_later_versions_counts() {
    for directory in ["lua54", "lua55"] {
        let bytes = fixture(&format!("{directory}/opcodes.luac"));
        let chunk = undump(&bytes).unwrap().chunk;
        let version = chunk.version;
        let stripped = fixture(&format!("{directory}/opcodes.stripped.luac"));
        let stripped = undump(&stripped).unwrap().chunk;
        let untouched = compare(version, &stripped.main, &chunk.main);
        assert!(untouched.same && untouched.identical, "{untouched:?}");
        for (index, function) in chunk.main.p.iter().enumerate() {
            for pc in 0..function.code.len() {
                // The lowest bits of the opcode, A, k, B and C.
                for bit in [0, 7, 15, 16, 24] {
                    let mut other = chunk.clone();
                    let code = function
                        .code
                        .iter()
                        .enumerate()
                        .map(|(at, i)| match at == pc {
                            true => Instruction(i.0 ^ 1 << bit),
                            false => i,
                        });
                    other.main.p[index].code = code.collect();
                    let text = |chunk: &Chunk| disassemble(version, &chunk.main.p[index], pc);
                    let compared = compare(version, &chunk.main, &other.main);
                    assert!(!compared.identical);
                    // A field that is not an operand neither shows nor counts.
                    let unused = text(&chunk) == text(&other);
                    assert_eq!(
                        compared.same,
                        unused,
                        "{:?} {:?}",
                        text(&chunk),
                        text(&other)
                    );
                    assert_eq!(compared.edit_distance == 0, unused);
                    assert_eq!(compared.similarity() == 1.0, unused);
                }
            }
        }
    }
}

/// Makes a function of Lua 5.4 with nothing but code and constants.
fn function54(words: &[u32], constants: &[&'static str]) -> Proto<'static> {
    let strings = constants.iter().map(|name| name.as_bytes().into());
    Proto {
        code: words.iter().copied().map(Instruction).collect(),
        k: strings.map(Constant::String).collect(),
        upvalues: vec![luadec_tok::chunk::Upvaldesc {
            name: Some(b"_ENV".into()),
            ..Default::default()
        }],
        ..Proto::default()
    }
}

#[test]
fn numbers_of_constants_and_jumps_of_later_versions_are_understood() {
    // GETTABUP R0 U0 K, SETTABUP U0 K K, JMP.
    let code = |first: u32, second: u32, jump: u32| {
        [
            11 | first << 24,
            15 | 1 << 15 | first << 16 | second << 24,
            56 | (jump + (1 << 24) - 1) << 7,
        ]
    };
    let asked = function54(&code(0, 1, 5), &["a", "b"]);
    let version = Version::Lua54;
    let turned = function54(&code(1, 0, 5), &["b", "a"]);
    let compared = compare(version, &asked, &turned);
    assert!(compared.same && !compared.identical, "{compared:?}");
    let other = function54(&code(1, 0, 6), &["b", "a"]);
    let compared = compare(version, &asked, &other);
    let first = &compared.differences[0];
    assert_eq!(
        (first.asked.as_str(), first.answer.as_str()),
        ("JMP to 8", "JMP to 9")
    );
}
