//! Answers compiled with --luac.

use std::fs;
use std::process::Output;

use serde_json::Value;

use super::{is_there, run};
use crate::common::{fixtures, json_lines};

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Creates a directory with a compiler that writes the same chunk for every source.
fn compiler_of(chunk: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let chunk = fixtures().join(chunk);
    let script = format!("cat > /dev/null; cat '{}'", chunk.display());
    fs::write(directory.path().join("luac.sh"), script).unwrap();
    fs::write(directory.path().join("answer.lua"), "an answer").unwrap();
    directory
}

#[test]
fn chunks_of_other_versions_are_scored_with_their_compilers() {
    for version in ["lua51", "lua52", "lua54", "lua55"] {
        let directory = compiler_of(&format!("{version}/opcodes.luac"));
        let chunk = fixtures().join(version).join("opcodes.luac");
        let chunk = chunk.to_str().unwrap();
        let arguments = ["score", chunk, "answer.lua", "--luac", "sh luac.sh"];
        let same = run(&directory, arguments);
        assert!(same.status.success(), "{}", stderr(&same));
        let line: Value = serde_json::from_slice(&same.stdout).unwrap();
        assert_eq!(
            (&line["same"], &line["identical"]),
            (&true.into(), &true.into())
        );
        let stripped = chunk.replace(".luac", ".stripped.luac");
        let same = run(
            &directory,
            ["score", &stripped, "answer.lua", "--luac", "sh luac.sh"],
        );
        assert!(same.status.success(), "{}", stderr(&same));
    }
    let directory = compiler_of("sample51.luac");
    let chunk = fixtures().join("lua51/opcodes.luac");
    let chunk = chunk.to_str().unwrap();
    let differs = run(
        &directory,
        ["score", chunk, "answer.lua", "--luac", "sh luac.sh"],
    );
    assert_eq!(differs.status.code(), Some(1));
    let message = stderr(&differs);
    assert!(
        message.starts_with("luadec-tok: answer.lua: main, instruction 0: asked for "),
        "{message}"
    );
    let own = run(&directory, ["score", chunk, "answer.lua"]);
    assert_eq!(
        stderr(&own),
        format!(
            "luadec-tok: {chunk}: the chunk is of Lua 5.1, but answers are compiled as Lua 5.3; \
             use --luac luac5.1\n"
        )
    );
}

/// The globals that are declared around a function of Lua 5.5 are not in its own text.
#[test]
fn a_global_function_may_use_other_globals() {
    if !is_there("luac5.5") {
        return;
    }
    for declared in ["*", "print", "<const> *"] {
        let directory = tempfile::tempdir().unwrap();
        let source = format!(
            "global {declared}\nlocal x\n\
             global function H() print(x) return function() print(x) end end\n"
        );
        fs::write(directory.path().join("a.lua"), source).unwrap();
        let records = "dataset --stream terse --unit function --answers original --strip both \
                       --luac luac5.5 -o rows.jsonl a.lua";
        let made = run(&directory, records.split_whitespace());
        assert!(made.status.success(), "{}", stderr(&made));
        let scored = run(&directory, ["score", "rows.jsonl", "--luac", "luac5.5"]);
        let scores = json_lines(&scored.stdout);
        assert_eq!(scores.len(), 4);
        for line in scores {
            assert_eq!(line["identical"], true, "{declared}: {line}");
        }
    }
}

/// The source of a file or a function is the right answer, another source a wrong one.
#[test]
fn installed_compilers_score_right_and_wrong_answers() {
    for version in ["5.1", "5.2", "5.3", "5.4"] {
        let luac = format!("luac{version}");
        if !is_there(&luac) {
            continue;
        }
        let directory = tempfile::tempdir().unwrap();
        let source = "local x, M = 1, {}\n\
                      function M.f(a) local function g() x = x + a return M, y end return g end\n\
                      local t = {1, 2, x, ...}\n\
                      function M:h() return function() return self, t, x, print(M) end end\n\
                      function a.b.c:d() for i = 1, 2.5 do self[i] = i * 2 - x end end\n\
                      function a_name_that_is_too_long_to_be_a_field_of_an_instruction() end\n\
                      return M\n";
        fs::write(directory.path().join("a.lua"), source).unwrap();
        let records = "dataset --stream terse --unit both --strip both -o rows.jsonl a.lua --luac";
        let mut arguments: Vec<&str> = records.split(' ').collect();
        arguments.push(&luac);
        let made = run(&directory, &arguments);
        assert!(made.status.success(), "{}", stderr(&made));
        let scores = |rows: &str| {
            let scored = run(&directory, ["score", rows, "--luac", &luac]);
            assert!(scored.status.success(), "{}", stderr(&scored));
            json_lines(&scored.stdout)
        };
        let right = scores("rows.jsonl");
        assert_eq!(right.len(), 14);
        for line in &right {
            assert_eq!(line["identical"], true, "{version}: {line}");
        }
        // The wrong answers capture another variable and read another global.
        let rows = fs::read_to_string(directory.path().join("rows.jsonl")).unwrap();
        for (right, wrong) in [("self, t, x", "self, x, t"), ("return M, y", "return M, z")] {
            assert!(rows.contains(right));
            fs::write(
                directory.path().join("wrong.jsonl"),
                rows.replace(right, wrong),
            )
            .unwrap();
            let wrong = scores("wrong.jsonl")
                .iter()
                .filter(|line| line["same"] == false)
                .count();
            assert!(wrong >= 2, "{version}: {wrong}");
        }
    }
}
