//! Runs in shards that are killed and go on.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use super::run::Folder;

/// The hidden folder of the run that is killed.
const UNFINISHED: &str = "part/.train-test.unfinished";

/// Rows with a function that comes again and again. Of every forty, the last but one is a drop that
/// is too long to wait in a buffer, and the last one a drop whose message tells its line.
fn rows(count: usize) -> Vec<String> {
    let row = |i: usize| {
        let content = match i % 40 {
            38 => format!("return 1 '{}'", i.to_string().repeat(5000)),
            39 => return "{}\n".to_owned(),
            _ => format!("local function f(a) return a * {} end return {i}", i % 7),
        };
        let path = format!("project{}/{i}.lua", i / 3);
        json!({"content": content, "path": path}).to_string() + "\n"
    };
    (0..count).map(row).collect()
}

/// A run that has been given these rows, and waits for more.
fn begin(folder: &Folder, output: &str, rows: &[String]) -> Child {
    let options = "--rows - --path-key path --unit both --strip both --jobs 2 \
                   --split train=0.8,test=0.2 --compress zst --shard-size 40 --resume";
    let mut run = folder
        .command(&format!("{options} --report {output}.json -o {output}"))
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let rows = rows.concat();
    run.stdin
        .as_mut()
        .unwrap()
        .write_all(rows.as_bytes())
        .unwrap();
    run
}

/// Ends the rows of a run.
fn finish(run: Child) {
    assert!(run.wait_with_output().unwrap().status.success());
}

/// Waits until a run has done all rows up to this one, which is dropped, and kills it.
fn kill_at(mut run: Child, row: usize) {
    let dropped = format!("luadec-tok: line {row}: dropped");
    let mut lines = BufReader::new(run.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().starts_with(&dropped)));
    run.kill().unwrap();
    run.wait().unwrap();
}

/// The number of rows in the saved state, and the bytes that the list of drops and the open shards
/// have beyond it.
fn saved(folder: &Folder) -> (u64, u64, u64) {
    let length = |name: &str| {
        let path = folder.path().join(UNFINISHED).join(name);
        fs::metadata(path).map_or(0, |file| file.len())
    };
    let state = folder.read(&format!("{UNFINISHED}/state.json"));
    let state: Value = serde_json::from_slice(&state).unwrap();
    let number = |value: &Value| value.as_u64().unwrap();
    let parts = ["train", "test"]
        .iter()
        .zip(state["parts"].as_array().unwrap());
    let open = parts.map(|(name, part)| {
        length(&format!("{name}-{:05}.open", number(&part["complete"]))) - number(&part["bytes"])
    });
    (
        number(&state["counts"]["files"]),
        length("drops.jsonl") - number(&state["drops"]),
        open.sum(),
    )
}

#[test]
fn a_killed_run_goes_on_as_if_nothing_had_been() {
    let folder = Folder::new();
    let rows = rows(230);
    finish(begin(&folder, "whole", &rows));
    let mut before = 0;
    for row in [40, 80, 120, 160, 200] {
        kill_at(begin(&folder, "part", &rows[..row]), row);
        let (files, drops, open) = saved(&folder);
        // There is a state to go on from, and something to cut off.
        assert!(
            files > before && drops > 0 && open > 0,
            "{files} {drops} {open}"
        );
        before = files;
    }
    finish(begin(&folder, "part", &rows));
    assert!(folder.files("whole") == folder.files("part"));
    let report = |name: &str| {
        let mut report: Value = serde_json::from_slice(&folder.read(name)).unwrap();
        report["seconds"] = json!(0);
        report
    };
    assert_eq!(report("whole.json"), report("part.json"));
}
