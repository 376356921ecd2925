//! Sources in other encodings, and sources in other languages than Lua 5.3.

use std::process::Command;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::run::{Folder, stderr};

fn report(directory: &Folder) -> Value {
    serde_json::from_slice(&directory.read("report.json")).unwrap()
}

#[test]
fn files_are_converted_to_utf8() {
    let latin1 = b"return 'caf\xE9', '\\233'";
    let directory = Folder::with(&[
        ("a.lua", latin1),
        ("b.lua", b"\xFF\xFEr\0e\0t\0u\0r\0n\0 \0'\0\xE9\0'\0"),
        ("c.lua", "return 'é!'".as_bytes()),
    ]);
    let arguments = "--strip never --stream terse --report report.json";
    let records = directory.lines(&format!("{arguments} --encoding latin1 -o - src"));
    let content = |record: &Value, turn: usize| {
        record["messages"][turn]["content"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        records
            .iter()
            .map(|record| content(record, 1))
            .collect::<Vec<_>>(),
        ["return 'café', '\\233'", "return 'é'", "return 'é!'"]
    );
    // A letter is the bytes that it has in UTF-8, and an escape the byte that it names.
    let stream = content(&records[0], 0);
    assert!(
        stream.contains("caf\\xC3\\xA9") && stream.contains("\"\\xE9\""),
        "{stream}"
    );
    let hash = |bytes: &[u8]| {
        let hash = Sha256::digest(bytes);
        hash.iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    assert_eq!(records[0]["sha256"], hash(latin1));
    assert_eq!(records[2]["sha256"], hash("return 'é!'".as_bytes()));
    assert_eq!(report(&directory)["options"]["encoding"], "windows-1252");

    let output = directory.run(&format!("{arguments} -o out.jsonl src"));
    let messages = stderr(&output);
    assert!(
        messages.contains(
            "\nluadec-tok: files not in UTF-8: 2; --encoding LABEL reads them, such as --encoding latin1\n"
        ),
        "{messages}"
    );
    let output = directory.run(&format!(
        "{arguments} --encoding shift_jis -o out.jsonl src"
    ));
    let messages = stderr(&output);
    assert!(
        messages.starts_with("luadec-tok: a.lua: dropped: not valid Shift_JIS\n"),
        "{messages}"
    );
    assert!(messages.contains("dropped: 1 not-decoded;"), "{messages}");
}

#[test]
fn encodings_that_do_nothing_are_refused() {
    let directory = Folder::with(&[("a.lua", b"return 1")]);
    for (arguments, message) in [
        (
            "--encoding latin src",
            "--encoding latin: expected a label of the Encoding Standard, such as latin1, gbk, shift_jis or utf-16le",
        ),
        (
            "--encoding latin1 --rows src/a.lua",
            "--encoding and --rows cannot be used together",
        ),
    ] {
        let output = directory.run(&format!("-o out.jsonl {arguments}"));
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(stderr(&output), format!("luadec-tok: {message}\n"));
    }
}

#[test]
fn sources_in_other_languages_are_counted() {
    let sources: [(&str, &[u8]); 7] = [
        ("a.lua", b"return 1"),
        ("b.lua", b"if a != b then f() end"),
        ("c.lua", b"local x <const> = 1\nreturn x"),
        ("d.lua", b"local x: number = 1\nlocal function f() end"),
        ("e.lua", b"f = (a) -> a * 2"),
        ("f.lua", b"// too\nf()"),
        ("g.lua", b"x = = 1"),
    ];
    let directory = Folder::with(&sources);
    let output = directory.run("--report report.json -o out.jsonl src");
    let messages = stderr(&output);
    let lines: Vec<&str> = messages.lines().collect();
    assert_eq!(
        lines[..7],
        [
            "luadec-tok: b.lua: dropped: b.lua:1: 'then' expected near '!'; it looks like GLua",
            "luadec-tok: c.lua: dropped: c.lua:1: unexpected symbol near '<'; it is Lua 5.4, which --luac \
             luac5.4 compiles",
            "luadec-tok: d.lua: dropped: d.lua:1: unexpected symbol near ':'; it looks like Luau",
            "luadec-tok: e.lua: dropped: e.lua:1: unexpected symbol near '>'; it looks like MoonScript",
            "luadec-tok: f.lua: dropped: f.lua:1: unexpected symbol near '//'; it looks like GLua",
            "luadec-tok: g.lua: dropped: g.lua:1: unexpected symbol near '='",
            "luadec-tok: sources that do not compile: 6, among them 2 GLua, 1 Lua 5.4, 1 Luau, 1 MoonScript",
        ]
    );
    let counts = json!({"GLua": 2, "Lua 5.4": 1, "Luau": 1, "MoonScript": 1});
    let found = report(&directory);
    assert_eq!(found["dropped_by_reason"], json!({"syntax": 6}));
    assert_eq!(found["dropped_languages"], counts);

    let merged = Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
        .current_dir(directory.path())
        .args(["merge-reports", "report.json", "report.json"])
        .output()
        .unwrap();
    let merged: Value = serde_json::from_slice(&merged.stdout).unwrap();
    assert_eq!(merged["dropped_languages"]["GLua"], 4);
}
