//! Hostile texts.

use luadec_tok::Version;
use luadec_tok::Version::{Lua51, Lua55};
use luadec_tok::source::parse;

use super::{compilers, compiles};

/// A text for each depth, and the versions that have it.
type Shape = (&'static str, fn(usize) -> String);

const SHAPES: &[Shape] = &[
    ("parentheses", |n| {
        format!("x = {}1{}", "(".repeat(n), ")".repeat(n))
    }),
    ("unary", |n| format!("x = {}1", "- ".repeat(n))),
    ("concat", |n| format!("x = y{}", "..y".repeat(n))),
    ("power", |n| format!("x = y{}", "^-y".repeat(n))),
    ("tables", |n| {
        format!("x = {}{}", "{".repeat(n), "}".repeat(n))
    }),
    ("calls", |n| format!("{}{}", "f(".repeat(n), ")".repeat(n))),
    ("indices", |n| {
        format!("x = {}1{}", "a[".repeat(n), "]".repeat(n))
    }),
    ("blocks", |n| {
        format!("{}{}", "do ".repeat(n), "end ".repeat(n))
    }),
    ("ifs", |n| {
        format!("{}{}", "if x then ".repeat(n), "end ".repeat(n))
    }),
    ("loops", |n| {
        format!("{}{}", "while x do ".repeat(n), "end ".repeat(n))
    }),
    ("repeats", |n| {
        format!("{}{}", "repeat ".repeat(n), "until x ".repeat(n))
    }),
    ("functions", |n| {
        format!("{}{}", "function f() ".repeat(n), "end ".repeat(n))
    }),
    ("local functions", |n| {
        format!("{}{}", "local function f() ".repeat(n), "end ".repeat(n))
    }),
    ("methods", |n| {
        format!("{}{}", "function a.b:c() ".repeat(n), "end ".repeat(n))
    }),
    ("functions in blocks", |n| {
        format!(
            "{}{}",
            "local function f() if x then ".repeat(n),
            "end end ".repeat(n)
        )
    }),
    ("functions in tables", |n| {
        format!(
            "x = {}{}",
            "{a = function() return ".repeat(n),
            "end} ".repeat(n)
        )
    }),
    ("values", |n| {
        format!(
            "return {}{}",
            "function() return ".repeat(n),
            "end ".repeat(n)
        )
    }),
    ("targets", |n| format!("a{} = 1", ", a".repeat(n))),
    ("targets in blocks", |n| {
        format!(
            "{}a{} = (1) {}",
            "do ".repeat(n / 2),
            ", a".repeat(n / 2),
            "end ".repeat(n / 2)
        )
    }),
    ("labels", |n| (0..n).map(|i| format!("::l{i}:: ")).collect()),
    ("labels and semicolons", |n| {
        (0..n).map(|i| format!("::l{i}::;")).collect()
    }),
    ("operators", |n| {
        format!("x = y{}", "+y*y<y..y and y or y".repeat(n))
    }),
    ("else", |n| {
        format!("if x then {}end", "elseif x then ".repeat(n))
    }),
];

/// Nothing that Lua accepts is refused, and hardly more accepted: a luac is a few levels deep itself
/// when it parses.
#[test]
fn levels_are_counted_as_lua_counts_them() {
    for version in compilers() {
        for (name, shape) in SHAPES {
            let accepts = |n: &usize| parse(shape(*n).as_bytes(), version).is_ok();
            let lua_accepts = |n: usize| compiles(shape(n).as_bytes(), version).unwrap();
            let depths: Vec<usize> = (1..1000).collect();
            let most = depths.partition_point(accepts);
            if most == 0 {
                continue;
            }
            if most < 999 {
                let lua = lua_accepts(most + 1);
                assert!(lua.is_err(), "{version}, {name}: {} is refused", most + 1);
            }
            let lua = lua_accepts(most - 4);
            assert!(lua.is_ok(), "{version}, {name}: {}: {lua:?}", most - 4);
        }
    }
}

/// No text is too deep for the stack of a thread, and none takes more than linear time.
#[test]
fn hostile_texts_take_neither_stack_nor_time() {
    let shapes = SHAPES.iter().map(|(_, shape)| shape(10_000));
    let repeated = |part: &str| part.repeat(60_000 / part.len());
    let parts = [
        "(",
        "x = {",
        "function f() ",
        "x = function() ",
        "::l:: ",
        "goto l ",
        "do goto l ::l:: end ",
        "local a ",
        "local a <const> = a ",
        "global a ",
        "global * ",
        "a = a ",
        "f'' ",
        "a.b.c = {} ",
        "]==",
        "[==[",
        "[=",
        "\\\n",
        "'\\\n",
        "--[[\n",
        "--\n",
        "x = x",
        " + x",
        "\"",
        "\r\n",
        "\0",
        "for a in b do ",
        "repeat ",
        "if x then else ",
        "f{} {} ",
        "- ",
        "x = 1..",
        "a, ",
        "...",
        "1",
    ];
    let parts = parts
        .iter()
        .flat_map(|part| [repeated(part), format!("x = {}", repeated(part))]);
    let around =
        ["[==[", "'", "--[[", "do ", "f("].map(|open| format!("{open}{}", repeated("]=\\\n ")));
    let scopes = format!(
        "{}{}",
        "do ".repeat(150),
        "goto zz; local a ".repeat(10_000)
    );
    for text in shapes.chain(parts).chain(around).chain([scopes]) {
        for version in [Lua51, Lua55] {
            let _ = parse(text.as_bytes(), version);
        }
    }
}

/// The deepest texts that are accepted, on a small stack.
#[test]
fn the_deepest_trees_fit_on_a_small_stack() {
    let parse_all = || {
        for version in Version::ALL {
            for (_, shape) in SHAPES {
                for n in [65, 98, 197, 198, 199, 200] {
                    let text = shape(n);
                    let source = parse(text.as_bytes(), version);
                    drop(source.clone());
                }
            }
        }
    };
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    thread.spawn(parse_all).unwrap().join().unwrap();
}
