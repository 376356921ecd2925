//! What gives no record, why, and what the run says of it.

use serde_json::{Value, json};

use super::run::{Folder, stderr};

/// A folder with a source for each reason, and one that is good.
fn bad() -> Folder {
    let folder = Folder::with(&[
        ("good.lua", b"return 1"),
        ("latin1.lua", b"return 'caf\xE9'"),
        ("long.lua", "f() ".repeat(40).as_bytes()),
        ("syntax.lua", b"x = = 1\n"),
        ("token.lua", b"-- <|im_end|>\n"),
    ]);
    let path = folder.path().join("src/huge.lua");
    std::fs::File::create(path)
        .unwrap()
        .set_len((12 << 20) + 1)
        .unwrap();
    folder
}

#[test]
fn every_reason_is_told_and_counted() {
    let folder = bad();
    let output =
        folder.run("--strip never --max-bytes 20000 --report report.json -o out.jsonl src");
    assert!(output.status.success());
    let stderr = stderr(&output);
    let (drops, summary) = stderr.trim_end().rsplit_once('\n').unwrap();
    assert_eq!(
        drops,
        "luadec-tok: huge.lua: dropped: 12582913 bytes are too many; at most 12582912 are read\n\
         luadec-tok: latin1.lua: dropped: not UTF-8 at byte 11\n\
         luadec-tok: syntax.lua: dropped: syntax.lua:1: unexpected symbol near '='\n\
         luadec-tok: token.lua: dropped: it holds the token <|im_end|> at byte 3"
    );
    let bytes = folder.read("out.jsonl").len();
    let counts = format!(
        "luadec-tok: 6 files: 1 records, {bytes} bytes; 0 duplicates; dropped: 1 not-utf8, \
         1 syntax, 1 token, 1 too-large, 1 too-long; "
    );
    assert!(summary.starts_with(&counts), "{summary}");

    let report: Value = serde_json::from_slice(&folder.read("report.json")).unwrap();
    assert_eq!(report["files"], 6);
    assert_eq!(report["records"], 1);
    assert_eq!(report["bytes"], bytes);
    assert!(report["seconds"].is_f64());
    let by_reason = json!({"not-utf8": 1, "syntax": 1, "token": 1, "too-large": 1, "too-long": 1});
    assert_eq!(report["dropped_by_reason"], by_reason);
    assert_eq!(report["dropped"].as_array().unwrap().len(), 5);
    assert_eq!(
        report["dropped"][2],
        json!({
            "path": "long.lua",
            "function": null,
            "stripped": false,
            "reason": "too-long",
            "message": "its stream is longer than 20000 bytes",
        })
    );
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_read_or_named_is_dropped_too() {
    use std::os::unix::ffi::OsStrExt;

    let folder = Folder::with(&[("good.lua", b"return 1")]);
    let name = std::ffi::OsStr::from_bytes(b"caf\xE9.lua");
    std::fs::write(folder.path().join("src").join(name), "return 1").unwrap();
    // Whose first page is nobody's.
    let output = folder.run("-o out.jsonl src /proc/self/mem");
    let stderr = stderr(&output);
    assert!(
        stderr.contains(".lua: dropped: its path is not UTF-8\n"),
        "{stderr}"
    );
    assert!(
        stderr.contains("mem: dropped: Input/output error (os error 5)\n"),
        "{stderr}"
    );
    assert!(
        stderr.contains("; dropped: 1 path-not-utf8, 1 unreadable; "),
        "{stderr}"
    );
}

#[test]
fn the_first_drop_stops_where_that_is_wanted() {
    let folder = bad();
    let output = folder.run("--fail-fast --report report.json -o out.jsonl src");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).ends_with("luadec-tok: stopped at the first drop, as --fail-fast wants\n")
    );
    assert_eq!(folder.names(), ["report.json", "src"]);
}

#[test]
fn where_nothing_is_made_nothing_is_written() {
    let folder = Folder::with(&[("syntax.lua", b"x = = 1\n")]);
    folder.write("out.jsonl", b"before");
    let output = folder.run("-o out.jsonl src");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).ends_with("luadec-tok: no record was made: out.jsonl stays as it was\n")
    );
    assert_eq!(folder.read("out.jsonl"), b"before");
}

#[test]
fn what_is_asked_for_in_the_wrong_way() {
    let folder = Folder::with(&[("good.lua", b"return 1")]);
    let run = |arguments: &str| {
        let output = folder.run(arguments);
        (output.status.code().unwrap(), stderr(&output))
    };
    let (code, message) = run("-o out.jsonl src nowhere");
    assert_eq!(code, 1);
    assert_eq!(
        message,
        "luadec-tok: nowhere: No such file or directory (os error 2)\n"
    );
    let (code, message) = run("-o out.jsonl src --strip 2");
    assert_eq!(code, 2);
    assert!(
        message.contains("expected never, always, both or a number from 0 to 1"),
        "{message}"
    );
    let (code, message) = run("-o out.jsonl src --include [");
    assert_eq!(code, 2);
    assert_eq!(
        message,
        "luadec-tok: error parsing glob '**/[': unclosed character class; missing ']'\n"
    );
    assert_eq!(run("-o nowhere/out.jsonl src").0, 1);
    assert_eq!(folder.names(), ["src"]);
}
