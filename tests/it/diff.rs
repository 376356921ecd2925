//! `compare::diff`: the instructions that only one of two chunks has.

use std::fs;

use luadec_tok::Version;
use luadec_tok::chunk::{Chunk, Proto};
use luadec_tok::compare::{
    DetailChange, FunctionDiff, InstructionChange, compare, diff, disassemble,
};

use crate::common::{files, luac, stripped};

fn compiled(source: &str) -> Vec<u8> {
    luac(source.as_bytes(), "x.lua", false)
}

/// The differences of two sources, as lines.
fn lines(old: &str, new: &str) -> Vec<String> {
    let (old, new) = (compiled(old), compiled(new));
    let (old, new) = (Chunk::read(&old).unwrap(), Chunk::read(&new).unwrap());
    let functions = diff(Version::Lua53, &old.main, &new.main, false);
    let mut lines = Vec::new();
    for function in &functions {
        let (path, text) = match (&function.old, &function.new) {
            (Some(old), Some(new)) => (new.path.to_string(), Some((old.p, new.p))),
            (Some(old), None) => (format!("- {}", old.path), None),
            (None, Some(new)) => (format!("+ {}", new.path), None),
            (None, None) => unreachable!(),
        };
        lines.push(path);
        lines.extend(function.details.iter().map(|detail| match detail {
            DetailChange::Removed(text) => format!("-{text}"),
            DetailChange::Added(text) => format!("+{text}"),
        }));
        let Some((old, new)) = text else {
            continue;
        };
        let shown = |p: &Proto, pc| disassemble(Version::Lua53, p, pc).unwrap();
        lines.extend(
            function
                .instructions
                .iter()
                .filter_map(|change| match *change {
                    InstructionChange::Same(..) => None,
                    InstructionChange::Removed(pc) => Some(format!("-{}", shown(old, pc))),
                    InstructionChange::Added(pc) => Some(format!("+{}", shown(new, pc))),
                }),
        );
    }
    lines
}

#[test]
fn constants_and_jumps_are_compared_by_what_they_mean() {
    let long = "if a then f(1) g(2) end h(3)";
    // Every constant has another number, and the jump another distance.
    assert_eq!(
        lines(long, "if a then f(1) i(9) g(2) end h(3)"),
        [
            "main",
            "+GETTABUP R0 U0(_ENV) \"i\"",
            "+LOADK R1 9",
            "+CALL R0 2 1",
        ]
    );
    assert_eq!(
        lines(long, "if a then f(1) end g(2) h(3)"),
        ["main", "-JMP 0 to 9", "+JMP 0 to 6"]
    );
    assert_eq!(
        lines(long, "if a then f(1) g('2') end h(3)"),
        ["main", "-LOADK R1 2", "+LOADK R1 \"2\""]
    );
    // A local variable more moves the registers of all that follows.
    assert_eq!(
        lines("local b = 1 f(b) g(b)", "local a local b = 1 f(b) g(b)"),
        ["main", "+LOADNIL R0 0"]
    );
}

#[test]
fn registers_and_variables_that_are_only_exchanged_are_a_difference() {
    let lines = lines(
        "local a, b = f() local function g() return a end local function h() return b end",
        "local a, b = f() local function g() return b end local function h() return a end",
    );
    assert!(lines.len() >= 3, "{lines:?}");
}

#[test]
fn heads_of_functions_are_compared() {
    assert_eq!(
        lines(
            "function f(a) return 1 end",
            "function f(a, ...) return 1 end"
        ),
        ["main > function 0", "-takes no ...", "+takes ..."]
    );
    assert_eq!(
        lines(
            "function f(a) return 1 end",
            "function f(a, b) return 1 end"
        ),
        ["main > function 0", "-parameters 1", "+parameters 2"]
    );
}

#[test]
fn functions_are_matched_in_order() {
    let (f, g, h) = (
        "function f(a) return a + 1 end ",
        "function g(a) print(a.b.c, 'g') end ",
        "function h() for i = 1, 2 do end end ",
    );
    let old = [f, g, h].concat();
    let found = lines(&old, &[f, h].concat());
    assert_eq!(found.last().unwrap(), "- main > function 1", "{found:?}");
    let found = lines(&[f, h].concat(), &old);
    assert_eq!(found.last().unwrap(), "+ main > function 1", "{found:?}");
    let inner = "function f() return function() return 1 end end";
    assert_eq!(
        lines(inner, &inner.replace('1', "2")),
        [
            "main > function 0 > function 0",
            "-LOADK R0 1",
            "+LOADK R0 2"
        ]
    );
}

/// The instructions of both functions come in order, each once.
fn check(functions: &[FunctionDiff]) {
    for function in functions {
        let (Some(old), Some(new)) = (&function.old, &function.new) else {
            assert!(function.instructions.is_empty());
            continue;
        };
        let (mut next_old, mut next_new) = (0, 0);
        for change in &function.instructions {
            let (of_old, of_new) = match *change {
                InstructionChange::Same(old, new) => (Some(old), Some(new)),
                InstructionChange::Removed(old) => (Some(old), None),
                InstructionChange::Added(new) => (None, Some(new)),
            };
            assert!(of_old.is_none_or(|pc| pc == next_old));
            assert!(of_new.is_none_or(|pc| pc == next_new));
            next_old += usize::from(of_old.is_some());
            next_new += usize::from(of_new.is_some());
        }
        assert_eq!((next_old, next_new), (old.p.code.len(), new.p.code.len()));
        assert!((0.0..=1.0).contains(&function.similarity));
    }
}

/// Pairs of fixtures of every version: there is a difference exactly where it is not the same code.
#[test]
fn nothing_differs_exactly_where_the_code_is_the_same() {
    let mut same = 0;
    for directory in [".", "lua51", "lua52", "lua54", "lua55"] {
        let files: Vec<Vec<u8>> = files(directory, "luac")
            .iter()
            .map(|file| fs::read(file).unwrap())
            .collect();
        let chunks: Vec<Chunk> = files
            .iter()
            .filter_map(|bytes| Chunk::read(bytes).ok())
            .collect();
        for old in &chunks {
            for new in chunks.iter().filter(|new| new.version == old.version) {
                let functions = diff(old.version, &old.main, &new.main, false);
                check(&functions);
                let is_same = compare(old.version, &old.main, &new.main).same;
                assert_eq!(functions.is_empty(), is_same);
                assert!(functions.iter().all(|function| function.similarity < 1.0));
                check(&diff(old.version, &old.main, &new.main, true));
                same += usize::from(is_same);
            }
        }
    }
    assert!(same > 20, "{same}");
}

#[test]
fn debug_information_is_compared_if_asked_for() {
    let bytes = compiled("local a = 1\nreturn a");
    let (chunk, stripped) = (Chunk::read(&bytes).unwrap(), stripped(&bytes));
    let all = |old: &Proto, new: &Proto| diff(Version::Lua53, old, new, true).len();
    assert_eq!(all(&chunk.main, &chunk.main), 0);
    let found = diff(Version::Lua53, &stripped.main, &chunk.main, true);
    assert_eq!(found[0].similarity, 1.0);
    assert!(
        found[0]
            .details
            .contains(&DetailChange::Added("local a 2 4".to_owned()))
    );
    assert!(diff(Version::Lua53, &stripped.main, &chunk.main, false).is_empty());
}

/// Long functions with nothing in common take linear memory, and time that does not grow with the
/// square of their lengths.
#[test]
fn long_functions_take_bounded_time() {
    let source = |from: usize| {
        let calls = (from..from + 20_000).map(|i| format!("f{}({i})", i % 50));
        compiled(&calls.collect::<Vec<_>>().join(" "))
    };
    let (old, new) = (source(0), source(1_000_000));
    let (old, new) = (Chunk::read(&old).unwrap(), Chunk::read(&new).unwrap());
    let functions = diff(Version::Lua53, &old.main, &new.main, false);
    check(&functions);
    assert_eq!(functions.len(), 1);
}
