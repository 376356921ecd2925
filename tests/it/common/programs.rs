//! Small random Lua programs.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        select(
            &[
                "nil",
                "true",
                "false",
                "...",
                "x",
                "y",
                "g",
                "{}",
                "1e400",
                "\"<|Proto|>\"",
                "'\\xff\\n'"
            ][..]
        )
        .prop_map(str::to_owned),
        any::<i64>().prop_map(|n| format!("({n})")),
        any::<f64>()
            .prop_filter("a literal", |n| n.is_finite())
            .prop_map(|n| format!("({n:e})")),
        "[a-z ]{0,50}".prop_map(|text| format!("'{text}'")),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            (
                inner.clone(),
                select(&["+", "-", "*", "//", "..", "==", "<", "and", "or", "&", ">>"][..]),
                inner.clone()
            )
                .prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            (select(&["not ", "-", "#", "~"][..]), inner.clone())
                .prop_map(|(op, a)| format!("({op}{a})")),
            vec(inner.clone(), 0..3).prop_map(|list| format!("{{k = x, {}}}", list.join(", "))),
            vec(inner.clone(), 0..3).prop_map(|list| format!("g({})", list.join(", "))),
            inner.prop_map(|a| format!("x[{a}]")),
        ]
    })
}

fn block() -> impl Strategy<Value = String> {
    let statement = prop_oneof![
        expression().prop_map(|a| format!("local x, y = {a}\n")),
        expression().prop_map(|a| format!("g = {a}\n")),
        expression().prop_map(|a| format!("g.field = {a}\n")),
    ];
    vec(statement, 0..4)
        .prop_map(|statements| statements.concat())
        .prop_recursive(4, 24, 3, |inner| {
            let one = prop_oneof![
                (expression(), inner.clone(), inner.clone())
                    .prop_map(|(a, b, c)| format!("if {a} then\n{b}else\n{c}end\n")),
                (expression(), inner.clone()).prop_map(|(a, b)| format!("while {a} do\n{b}end\n")),
                (expression(), inner.clone()).prop_map(|(a, b)| format!("repeat\n{b}until {a}\n")),
                inner
                    .clone()
                    .prop_map(|b| format!("for x = 1, 10 do\n{b}end\n")),
                inner
                    .clone()
                    .prop_map(|b| format!("for x, y in pairs(g) do\n{b}end\n")),
                inner
                    .clone()
                    .prop_map(|b| format!("local function x(y, ...)\n{b}end\n")),
                inner
                    .clone()
                    .prop_map(|b| format!("g = function(...)\n{b}return x, ...\nend\n")),
            ];
            vec(one, 1..3).prop_map(|statements| statements.concat())
        })
}

/// The source of a program.
pub fn program() -> impl Strategy<Value = String> {
    block().prop_map(|block| format!("local x, y\n{block}"))
}
