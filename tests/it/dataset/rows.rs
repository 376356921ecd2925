//! `--rows`: sources in rows instead of files.

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
fn rows_and_files_make_the_same_records() {
    let files = SOURCES.map(|(path, content)| (path, content.as_bytes()));
    let directory = Folder::with(&files);
    let rows = rows();
    directory.write("rows.jsonl", rows.as_bytes());
    directory.write(
        "rows.jsonl.zst",
        &zstd::encode_all(rows.as_bytes(), 0).unwrap(),
    );
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(rows.as_bytes()).unwrap();
    directory.write("rows.jsonl.gz", &gz.finish().unwrap());

    let from_files = directory.lines("--unit both --strip both -o - src");
    let options = "--unit both --strip both --path-key path -o -";
    let from_rows = directory.ok(&format!("{options} --rows rows.jsonl"));
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
            directory.ok(&format!("{options} --rows {file}")) == from_rows,
            "{file}"
        );
    }
    let mut run = directory
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

/// A number that a double cannot represent.
const SIZE: &[u8] = b"\"size\":12345678901234567890123,";

#[test]
fn unreadable_rows_leave_no_output() {
    let directory = Folder::new();
    let zst = zstd::encode_all(rows().repeat(10).as_bytes(), 0).unwrap();
    directory.write("rows.zst", &zst[..zst.len() - 9]);
    let output = directory.run("--rows rows.zst -o out.jsonl");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).ends_with(
            "luadec-tok: rows.zst: unexpected end of the compressed data: the file is cut off\n"
        ),
        "{}",
        stderr(&output)
    );
    assert_eq!(directory.names(), ["rows.zst"]);
}
