//! The keys `id` and `code` of records.

use std::collections::BTreeSet;

use serde_json::Value;

use super::run::Folder;

/// Functions with the same text and different code, and with the same code and different texts.
fn directory() -> Folder {
    Folder::with(&[
        ("a.lua", b"local x\nreturn function() return x end"),
        ("b.lua", b"return function() return x end"),
        ("c.lua", b"return function() -- the global\nreturn x end"),
        ("d/a.lua", b"local x\nreturn function() return x end"),
        ("e.lua", b"local f, g = function() end, function() end"),
    ])
}

fn set<'v>(lines: &'v [Value], keys: &[&str]) -> BTreeSet<Vec<String>> {
    let values = |line: &'v Value| keys.iter().map(|key| line[key].to_string()).collect();
    lines.iter().map(values).collect()
}

#[test]
fn an_id_identifies_a_stream_and_an_answer() {
    let directory = directory();
    let mut all = Vec::new();
    for stream in ["full", "terse"] {
        let make = format!("--stream {stream} --unit both --strip both --format completion");
        all.extend(directory.lines(&format!("{make} --dedup none -o - src")));
    }
    let records = set(&all, &["prompt", "completion"]);
    assert_eq!(set(&all, &["id"]).len(), records.len());
    assert_eq!(
        set(&all, &["id", "prompt", "completion"]).len(),
        records.len()
    );
    // Two records with the same text.
    let text = |line: &&Value| line["completion"] == "function() return x end";
    let functions: Vec<Value> = all.iter().filter(text).cloned().collect();
    assert_eq!(set(&functions, &["code"]).len(), 2);
}

#[test]
fn the_code_is_equal_for_duplicates() {
    let directory = directory();
    let make = "--stream terse --unit both --strip both -o - src";
    let kept = directory.lines(make);
    let all = directory.lines(&format!("--dedup none {make}"));
    let full = directory.lines("--unit both --strip both -o - src");
    let by_code = ["code", "stripped"];
    assert!(kept.len() < all.len());
    assert_eq!(set(&kept, &by_code).len(), kept.len());
    assert_eq!(set(&kept, &by_code), set(&all, &by_code));
    assert_eq!(set(&kept, &by_code), set(&full, &by_code));
}
