//! The constructs that are hard to put together again, in all versions.

use std::process::Command;

use super::Asked;
use crate::common::fixture;

/// Returns the chunk of a source, compiled with a command; `None` if it is not installed.
fn compiled(compiler: &str, source: &[u8], strip: bool) -> Option<Vec<u8>> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("asked.lua");
    std::fs::write(&path, source).unwrap();
    let mut command = Command::new(compiler);
    command
        .args(["-o", "-"])
        .args(strip.then_some("-s"))
        .arg(&path);
    let Ok(output) = command.output() else {
        eprintln!("skipped: {compiler} is not installed");
        return None;
    };
    assert!(
        output.status.success(),
        "{compiler}: {}",
        super::text(&output.stderr)
    );
    Some(output.stdout)
}

#[test]
fn own_answers_give_the_canonical_source() {
    for (name, compilers) in [
        (
            "all.lua",
            &["luac5.1", "luac5.2", "luac5.3", "luac5.4", "luac5.5"][..],
        ),
        ("goto.lua", &["luac5.2", "luac5.3", "luac5.4", "luac5.5"]),
        ("attribs.lua", &["luac5.4", "luac5.5"]),
        ("globals.lua", &["luac5.5"]),
    ] {
        let source = fixture(&format!("assemble/{name}"));
        for compiler in compilers {
            for strip in [false, true] {
                let Some(chunk) = compiled(compiler, &source, strip) else {
                    continue;
                };
                let asked = Asked::of_chunk(&chunk, super::text(&source));
                asked.write("answers.jsonl", &asked.rows());
                let mut arguments = vec!["answers.jsonl"];
                if *compiler != "luac5.3" {
                    arguments.extend(["--luac", compiler]);
                }
                let assembled = asked.run(&arguments);
                // Without names, some functions are identical and have one id. Answers have the values of
                // compile-time constants.
                match strip || name == "attribs.lua" {
                    true => assembled.is_proven(assembled.file.trim_end()),
                    false => assembled.is_proven(&asked.canonical),
                }
            }
        }
    }
}

/// The most variables and upvalues that each version allows.
#[test]
fn the_limits_of_lua_are_no_limit() {
    let locals = |count: usize| -> String {
        let names: Vec<String> = (0..count).map(|number| format!("v{number}")).collect();
        format!("local {}\n", names.join(", "))
    };
    let uses = |from: usize, to: usize| -> String {
        (from..to)
            .map(|number| format!("v{number} = {number}\n"))
            .collect()
    };
    let many_locals = format!("{}return function()\n{}end\n", locals(200), uses(0, 60));
    let many_upvalues = format!(
        "{}return function()\nlocal w = v0\nreturn function()\n{}end\nend\n",
        locals(200),
        uses(0, 200)
    );
    for (compiler, source) in [
        ("luac5.1", &many_locals),
        ("luac5.3", &many_locals),
        ("luac5.3", &many_upvalues),
        ("luac5.4", &many_upvalues),
    ] {
        let Some(chunk) = compiled(compiler, source.as_bytes(), false) else {
            continue;
        };
        let asked = Asked::of_chunk(&chunk, source);
        asked.write("answers.jsonl", &asked.rows());
        let assembled = asked.run(&["answers.jsonl", "--luac", compiler]);
        assembled.is_proven(&asked.canonical);
    }
}

#[test]
fn the_version_of_the_compiler_is_that_of_the_chunk() {
    let Some(chunk) = compiled("luac5.4", b"return 1", false) else {
        return;
    };
    let asked = Asked::of_chunk(&chunk, "return 1");
    let assembled = asked.assemble();
    assert_eq!(assembled.status, 1);
    assert_eq!(
        assembled.messages,
        "luadec-tok: asked.luac: the chunk is of Lua 5.4, but answers are compiled as Lua 5.3; use \
         --luac luac5.4\n"
    );
    assert!(assembled.file.is_empty());
}
