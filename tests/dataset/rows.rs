//! Rows instead of files.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use super::run::{Folder, json_lines, stderr};

const SOURCES: [(&str, &str); 4] = [
    ("a/x.lua", "return 1 -- é \"\\"),
    ("a/y.lua", "local function f() end"),
    ("b.lua", "return 'two'\n"),
    ("c.lua", "#!lua\nreturn 3\n"),
];

fn rows() -> String {
    let rows = SOURCES.map(|(path, content)| {
        json!({"repo": "r", "content": content, "size": 12345678901234567890123u128, "path": path, "n": {"a": [1.50, null]}})
    });
    rows.map(|row| row.to_string() + "\n").concat()
}

#[test]
fn rows_in_are_files_in() {
    let files = SOURCES.map(|(path, content)| (path, content.as_bytes()));
    let folder = Folder::with(&files);
    let rows = rows();
    folder.write("rows.jsonl", rows.as_bytes());
    folder.write(
        "rows.jsonl.zst",
        &zstd::encode_all(rows.as_bytes(), 0).unwrap(),
    );
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(rows.as_bytes()).unwrap();
    folder.write("rows.jsonl.gz", &gz.finish().unwrap());

    let from_files = folder.lines("--unit both --strip both -o - src");
    let options = "--unit both --strip both --path-key path -o -";
    let from_rows = folder.ok(&format!("{options} --rows rows.jsonl"));
    let lines = json_lines(&from_rows);
    assert!(from_rows.windows(SIZE.len()).any(|window| window == SIZE));
    let without_meta: Vec<Value> = lines
        .into_iter()
        .map(|mut line| {
            let meta = line.as_object_mut().unwrap().remove("meta").unwrap();
            assert_eq!(
                meta,
                json!({"repo": "r", "size": 12345678901234567890123u128, "n": {"a": [1.50, null]}})
            );
            line
        })
        .collect();
    assert_eq!(without_meta, from_files);

    for file in ["rows.jsonl.zst", "rows.jsonl.gz"] {
        assert!(
            folder.ok(&format!("{options} --rows {file}")) == from_rows,
            "{file}"
        );
    }
    let mut run = folder
        .command(&format!("{options} --rows -"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    run.stdin
        .take()
        .unwrap()
        .write_all(rows.as_bytes())
        .unwrap();
    assert!(run.wait_with_output().unwrap().stdout == from_rows);
}

/// A number that no double holds.
const SIZE: &[u8] = b"\"size\":12345678901234567890123,";

#[test]
fn bad_rows_are_dropped_with_their_line() {
    let folder = Folder::new();
    let long = format!("{{\"content\": \"{}\"}}", " ".repeat(25 << 20));
    let rows = [
        r#"{"content": "return 1"}"#,
        "{\"content\": ",
        "[]",
        "",
        r#"{"text": "return 1"}"#,
        r#"{"content": 1}"#,
        r#"{"content": "= 1"}"#,
        &long,
        r#"{"content": "return 2"}"#,
    ];
    folder.write("rows.jsonl", rows.join("\n").as_bytes());
    let output = folder.run("--rows rows.jsonl -o out.jsonl");
    assert!(output.status.success());
    let stderr = stderr(&output);
    let (drops, _) = stderr.trim_end().rsplit_once('\n').unwrap();
    assert_eq!(
        drops,
        "luadec-tok: line 2: dropped: the row is no JSON object: EOF while parsing a value at line 2 column 0\n\
         luadec-tok: line 3: dropped: the row is no JSON object: invalid type: sequence, expected a map at line 1 column 0\n\
         luadec-tok: line 4: dropped: the row is no JSON object: EOF while parsing a value at line 2 column 0\n\
         luadec-tok: line 5: dropped: the row has no key \"content\"\n\
         luadec-tok: line 6: dropped: the row's \"content\" is not a string\n\
         luadec-tok: line 7: dropped: line 7:1: unexpected symbol near '='\n\
         luadec-tok: line 8: dropped: 25165825 bytes are too many; at most 25165824 are read"
    );
    let paths: Vec<Value> = json_lines(&folder.read("out.jsonl"))
        .iter()
        .map(|line| line["path"].clone())
        .collect();
    assert_eq!(paths, ["line 1", "line 9"]);
}

#[test]
fn rows_that_cannot_be_read_to_the_end_make_nothing() {
    let folder = Folder::new();
    let zst = zstd::encode_all(rows().repeat(10).as_bytes(), 0).unwrap();
    folder.write("rows.zst", &zst[..zst.len() - 9]);
    let output = folder.run("--rows rows.zst -o out.jsonl");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).ends_with("luadec-tok: rows.zst: incomplete frame\n"),
        "{}",
        stderr(&output)
    );
    assert_eq!(folder.names(), ["rows.zst"]);
}
