//! The tree.

use std::fmt::Write;

use luadec_tok::Version;
use luadec_tok::source::{NodeId, Source, parse_alone};

use crate::bodies::source_body;
use crate::common::files;

/// A tree as nested lists of kinds.
fn shown(source: &Source, node: NodeId, out: &mut String) {
    write!(out, "{:?}", source.nodes[node as usize].kind).unwrap();
    let children: Vec<NodeId> = source.children(node).collect();
    if !children.is_empty() {
        for (i, child) in children.into_iter().enumerate() {
            out.push_str(if i == 0 { "(" } else { " " });
            shown(source, child, out);
        }
        out.push(')');
    }
}

fn tree(text: &str, version: Version) -> String {
    let source = parse_alone(text.as_bytes(), version).unwrap();
    let mut out = String::new();
    shown(&source, 0, &mut out);
    out
}

#[test]
fn statements_and_expressions_have_their_parts_as_children() {
    for (text, wanted) in [
        ("", "Block"),
        (";;", "Block"),
        ("local a, b = 1, c", "Local(Number Name)"),
        ("local function f() end", "LocalFunction(Function(Block))"),
        (
            "function a.b:c() return end",
            "FunctionStatement(Function(Block(Return)))",
        ),
        (
            "a.b, c = 1, 2",
            "Assignment(Targets(Suffixed(Name Field) Name) Number Number)",
        ),
        (
            "f(1, 2):g'x'",
            "CallStatement(Suffixed(Name Call(Number Number) Method(String)))",
        ),
        (
            "f{1, a = 2, [b] = 3}",
            "CallStatement(Suffixed(Name Call(Table(Number NamedField(Number) KeyedField(Name Number)))))",
        ),
        ("do end", "Do(Block)"),
        ("while a do break end", "While(Name Block(Break))"),
        (
            "repeat goto l ::l:: until a",
            "Repeat(Block(Goto Label) Name)",
        ),
        (
            "if a then elseif b then else end",
            "If(Name Block Name Block Block)",
        ),
        (
            "for i = 1, 2, 3 do end",
            "NumericFor(Number Number Number Block)",
        ),
        ("for a, b in c, d do end", "GenericFor(Name Name Block)"),
        (
            "return nil, true, false, ...",
            "Return(Nil True False Vararg)",
        ),
        (
            "return (a)[1]",
            "Return(Suffixed(Parenthesized(Name) Index(Number)))",
        ),
        ("return function() end", "Return(Function(Block))"),
        // Operators of a chain take all before them as their left operand.
        (
            "return a + b * c - d",
            "Return(Binary(Name Binary(Name Name) Name))",
        ),
        (
            "return a or b and c == d or e",
            "Return(Binary(Name Binary(Name Binary(Name Name)) Name))",
        ),
        (
            "return a .. b .. c",
            "Return(Binary(Name Binary(Name Name)))",
        ),
        ("return a ^ b ^ c", "Return(Binary(Name Binary(Name Name)))"),
        (
            "return -a ^ b + c",
            "Return(Binary(Unary(Binary(Name Name)) Name))",
        ),
        (
            "return not - a < b",
            "Return(Binary(Unary(Unary(Name)) Name))",
        ),
        (
            "return 2 ^ - a ^ b",
            "Return(Binary(Number Unary(Binary(Name Name))))",
        ),
    ] {
        let wanted = match wanted {
            "Block" => "Block".to_owned(),
            one => format!("Block({one})"),
        };
        assert_eq!(tree(text, Version::Lua54), wanted, "{text}");
    }
    assert_eq!(tree("function(a) end", Version::Lua54), "Function(Block)");
    let globals = "global a, b = 1 global * global function f() end";
    assert_eq!(
        tree(globals, Version::Lua55),
        "Block(Global(Number) Global GlobalFunction(Function(Block)))"
    );
}

#[test]
fn nodes_nest_and_no_token_is_lost() {
    for file in files(".", "lua").into_iter().chain(files("dataset", "lua")) {
        source_body(&std::fs::read(file).unwrap());
    }
}
