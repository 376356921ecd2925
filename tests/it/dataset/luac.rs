//! `--luac`: scripts that act as compilers, and the real compilers if they are installed.
#![cfg(unix)]

use std::process::Command;

use serde_json::Value;

use super::run::{Folder, stderr};
use crate::common::{self, fixture};

/// Creates a compiler, `sh luac.sh CHUNK`, that writes this chunk for every source, or misbehaves
/// as the first word of the source asks.
fn directory() -> Folder {
    let directory = Folder::new();
    let script = r#"
chunk=$1
test "$2 $3 $4 $5" = "-o - - " || { echo "luac: wrong arguments: $*" >&2; exit 1; }
read -r word rest
case $word in
    refuse) echo "/bin/luac: stdin:$rest" >&2; exit 1;;
    memory) echo "luac: not enough memory" >&2; exit 1;;
    quiet) exit 3;;
    slow) sleep 60; exit 0;;
    chatty) while :; do echo "luac: stdin:1: and so on" >&2; done;;
    endless) cat /dev/zero; sleep 60;;
    garbage) echo "no chunk"; exit 0;;
    die) kill -9 $$;;
esac
cat "$chunk"
"#;
    directory.write("luac.sh", script.as_bytes());
    for chunk in ["demo.luac", "lua51/opcodes.luac"] {
        directory.write(chunk.rsplit('/').next().unwrap(), &fixture(chunk));
    }
    directory
}

/// Returns the stream of a record in messages.
fn stream(record: &Value) -> &str {
    record["messages"][0]["content"].as_str().unwrap()
}

#[test]
fn a_named_compiler_makes_the_same_records_as_the_built_in_one() {
    let directory = directory();
    directory.write("src/demo.lua", &fixture("dataset/demo.lua"));
    let own = directory.ok("--strip both -o - src");
    let arguments = "--strip both -o - src --luac";
    let output = directory
        .command(arguments)
        .arg("sh luac.sh demo.luac")
        .output();
    assert_eq!(
        String::from_utf8(output.unwrap().stdout),
        String::from_utf8(own)
    );
}

#[test]
fn the_chunks_determine_the_version() {
    let directory = directory();
    directory.write("src/opcodes.lua", &fixture("lua51/opcodes.lua"));
    let run = |arguments: &str| {
        let mut command = directory.command(arguments);
        command.args(["-o", "-", "src", "--luac", "sh luac.sh opcodes.luac"]);
        command.output().unwrap()
    };
    let refused = run("");
    assert_eq!(refused.status.code(), Some(2));
    assert_eq!(
        stderr(&refused),
        "luadec-tok: --luac compiles to Lua 5.1, but the full stream is for Lua 5.3 only; add --stream terse\n"
    );
    let output = run("--stream terse --unit both --strip never --dedup none");
    assert!(output.status.success(), "{}", stderr(&output));
    let records = super::run::json_lines(&output.stdout);
    assert!(records.len() > 3, "the functions are paired");
    for record in &records {
        assert_eq!(record["lua"], "5.1");
        let chunk = common::parse(stream(record)).unwrap();
        assert_eq!(chunk.version.to_string(), "5.1");
        assert_eq!(
            chunk.main.source.as_deref(),
            Some(b"@opcodes.lua".as_slice())
        );
        let answer = record["messages"][1]["content"].as_str().unwrap();
        let is_function = record["function"] != "main";
        assert_eq!(
            answer.contains("function") && answer.ends_with("end"),
            is_function,
            "{answer}"
        );
    }
}

#[test]
fn a_compiler_failure_is_the_reason_of_a_drop() {
    let directory = directory();
    for (name, source) in [
        ("a", "return 1"),
        ("b", "refuse 7: unexpected symbol near '='"),
        ("c", "memory"),
        ("d", "quiet"),
        ("e", "slow"),
        ("f", "chatty"),
        ("g", "endless"),
        ("h", "garbage"),
        ("i", "die"),
        ("j", "\u{FEFF}\u{1B}LuaQ"),
        ("k", "return 2"),
    ] {
        directory.write(&format!("src/{name}.lua"), source.as_bytes());
    }
    for jobs in ["1", "4"] {
        let mut command =
            directory.command("--dedup none --strip never --max-seconds 1 -o out.jsonl src");
        let output = command
            .args(["--jobs", jobs, "--luac", "sh luac.sh demo.luac"])
            .output()
            .unwrap();
        let stderr = stderr(&output);
        let (drops, summary) = stderr.rsplit_once("luadec-tok: ").unwrap();
        assert_eq!(
            drops,
            "luadec-tok: b.lua: dropped: b.lua:7: unexpected symbol near '='\n\
             luadec-tok: c.lua: dropped: compiling it takes more than 1025 MiB of memory\n\
             luadec-tok: d.lua: dropped: sh: exit status: 3\n\
             luadec-tok: e.lua: dropped: compiling it takes more than 1 s\n\
             luadec-tok: f.lua: dropped: compiling it takes more than 1 s\n\
             luadec-tok: g.lua: dropped: the compiler wrote more than 1 MiB\n\
             luadec-tok: h.lua: dropped: the compiler did not write a readable chunk: at 0x0: not a Lua \
             chunk: it starts with 6E 6F 20 63, not with 1B 4C 75 61 (ESC \"Lua\")\n\
             luadec-tok: i.lua: dropped: the process that compiled it died: signal: 9 (SIGKILL)\n\
             luadec-tok: j.lua: dropped: attempt to load a binary chunk (mode is 't')\n"
        );
        assert!(
            summary.starts_with("11 files: 2 records, ")
                && summary.contains("; dropped: 2 compiler, 2 memory, 3 syntax, 2 time; "),
            "{summary}"
        );
    }
}

#[test]
fn a_command_that_is_not_a_compiler_is_refused_at_once() {
    let directory = directory();
    directory.write("src/a.lua", b"return 1");
    directory.write("no.sh", b"echo 'no.sh: I compile nothing' >&2; exit 1");
    directory.write("lua54", b"\x1bLua\x4f");
    for (luac, message) in [
        (" ", "--luac is empty; expected a command, such as luac5.4"),
        (
            "./none",
            "--luac \"./none\": cannot start a process to compile it: ./none: no such file or directory",
        ),
        ("sh no.sh", "--luac \"sh no.sh\": no.sh: I compile nothing"),
        (
            "true",
            "--luac \"true\": the compiler did not write a readable chunk: standard output is empty; expected what luac -o - - writes",
        ),
        (
            "sh luac.sh lua54",
            "--luac \"sh luac.sh lua54\": the compiler did not write a readable chunk: at 0x4: the version byte is 0x4f; expected 0x51 to 0x55, for Lua 5.1 to 5.5",
        ),
    ] {
        let mut command = directory.command("-o out.jsonl src");
        let output = command.args(["--luac", luac]).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(stderr(&output), format!("luadec-tok: {message}\n"));
        assert!(!directory.path().join("out.jsonl").exists());
    }
}

/// Real compilers: the record has the chunk that each writes for the file, with the name of the
/// file.
#[test]
fn real_compilers_if_installed() {
    for version in ["5.1", "5.2", "5.3", "5.4", "5.5"] {
        let luac = format!("luac{version}");
        let directory = Folder::new();
        directory.write(
            "src/dir/a.lua",
            b"#!/usr/bin/lua\nlocal function f(...) return ... end\nreturn f\n",
        );
        directory.write("src/dir/b.lua", b"a = = 1");
        let compiled = Command::new(&luac)
            .args(["-o", "../a.luac", "dir/a.lua"])
            .current_dir(directory.path().join("src"))
            .output();
        if compiled.is_err() {
            eprintln!("skipped: there is no {luac}");
            continue;
        }
        let bytes = directory.read("a.luac");
        let Ok(undumped) = luadec_tok::undump(&bytes) else {
            eprintln!("skipped: chunks of Lua {version} are not read");
            continue;
        };
        let mut command = directory.command("--strip never --stream terse --unit both -o - src");
        let output = command.args(["--luac", &luac]).output().unwrap();
        let stderr = stderr(&output);
        assert!(
            stderr.starts_with(
                "luadec-tok: dir/b.lua: dropped: dir/b.lua:1: unexpected symbol near '='\n\
                 luadec-tok: 2 files: 2 records, "
            ),
            "{stderr}"
        );
        let records = super::run::json_lines(&output.stdout);
        assert_eq!(records[0]["lua"], version);
        assert_eq!(stream(&records[0]), common::terse(&undumped.chunk));
        assert_eq!(
            records[1]["messages"][1]["content"],
            "local function f(...) return ... end"
        );
    }
}

/// LNUM's streams tell floats from integers, unlike others of Lua 5.1, so plain ones cannot hold them.
#[test]
fn streams_of_a_dialect_are_verified_in_it() {
    let directory = directory();
    directory.write("a.lua", b"f(1)");
    let options = "--dialect lnum --stream terse --strip never -o - a.lua --luac";
    let output = directory
        .command(options)
        .arg("sh luac.sh opcodes.luac")
        .output()
        .unwrap();
    let records = super::run::json_lines(&output.stdout);
    assert_eq!(records.len(), 1, "{}", stderr(&output));
    assert!(stream(&records[0]).contains("<|K0|>1.0<|"));
    if Command::new("luac5.1").arg("-v").output().is_err() {
        eprintln!("skipped: there is no luac5.1");
        return;
    }
    let options = "--dialect lnum --unit outline -o - a.lua --luac luac5.1";
    let records = super::run::json_lines(&directory.ok(options));
    assert!(stream(&records[0]).contains(">1.0<|"));
}
