//! `--resume`: killed runs that continue.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::run::{Folder, stderr};

/// The hidden directory of the run that is killed.
const UNFINISHED: &str = "part/.train-test.unfinished";

/// Returns rows with recurring functions. Of every forty, the last but one is a drop that is too
/// long to wait in a buffer, and the last is a drop whose message contains its line.
fn rows(count: usize) -> Vec<String> {
    let row = |i: usize| {
        let (content, name) = match i % 40 {
            38 => ("return 1 2".to_owned(), i.to_string().repeat(5000)),
            39 => return "{}\n".to_owned(),
            _ => (
                format!("local function f(a) return a * {} end return {i}", i % 7),
                i.to_string(),
            ),
        };
        let path = format!("project{}/{name}.lua", i / 3);
        json!({"content": content, "path": path}).to_string() + "\n"
    };
    (0..count).map(row).collect()
}

/// Starts a run that has read these rows and waits for more.
fn begin(directory: &Folder, output: &str, rows: &[String]) -> Child {
    let options = "--rows - --path-key path --unit both --strip both --jobs 2 \
                   --split train=0.8,test=0.2 --compress zst --shard-size 40 --resume";
    let mut run = directory
        .command(&format!("{options} --report {output}.json -o {output}"))
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let rows = rows.concat();
    // The run may fail before it has read all rows.
    let _ = run.stdin.as_mut().unwrap().write_all(rows.as_bytes());
    run
}

/// Ends the rows of a run that must succeed.
fn finish(run: Child) {
    assert!(run.wait_with_output().unwrap().status.success());
}

/// Waits until a run has done all rows up to this one, which is dropped.
fn wait_for(run: &mut Child, row: usize) {
    let dropped = format!("luadec-tok: line {row}: dropped");
    let mut lines = BufReader::new(run.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().starts_with(&dropped)));
}

/// Kills a run that has done all rows up to this one.
fn kill_at(mut run: Child, row: usize) {
    wait_for(&mut run, row);
    run.kill().unwrap();
    run.wait().unwrap();
}

/// Ends the rows of a run that must fail, and returns its last message.
fn fail(run: Child) -> String {
    let output = run.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    stderr(&output)
        .lines()
        .last()
        .unwrap_or_default()
        .to_owned()
}

/// Returns the number of rows in the saved state, and the bytes of the list of drops and of the
/// open shards beyond it.
fn saved(directory: &Folder) -> (u64, u64, u64) {
    let length = |name: &str| {
        let path = directory.path().join(UNFINISHED).join(name);
        fs::metadata(path).map_or(0, |file| file.len())
    };
    let state = directory.read(&format!("{UNFINISHED}/state.json"));
    let state: Value = serde_json::from_slice(&state).unwrap();
    let number = |value: &Value| value.as_u64().unwrap();
    let parts = ["train", "test"]
        .iter()
        .zip(state["parts"].as_array().unwrap());
    let open = parts.map(|(name, part)| {
        let complete = part["complete"].as_array().unwrap().len();
        length(&format!("{name}-{complete:05}.open")) - number(&part["extent"]["bytes"])
    });
    (
        number(&state["counts"]["files"]),
        length("drops.jsonl") - number(&state["drops"]["bytes"]),
        open.sum(),
    )
}

#[test]
fn a_killed_run_continues_as_if_never_interrupted() {
    let directory = Folder::new();
    let rows = rows(230);
    finish(begin(&directory, "whole", &rows));
    let mut before = 0;
    for row in [40, 80, 120, 160, 200] {
        kill_at(begin(&directory, "part", &rows[..row]), row);
        let (files, drops, open) = saved(&directory);
        // There is a state to continue from, and something to cut off.
        assert!(
            files > before && drops > 0 && open > 0,
            "{files} {drops} {open}"
        );
        before = files;
    }
    finish(begin(&directory, "part", &rows));
    assert!(directory.files("whole") == directory.files("part"));
    let report = |name: &str| {
        let mut report: Value = serde_json::from_slice(&directory.read(name)).unwrap();
        report["seconds"] = json!(0);
        report
    };
    assert_eq!(report("whole.json"), report("part.json"));
}

#[test]
fn one_run_at_a_time_writes_a_set() {
    let directory = Folder::new();
    let rows = rows(80);
    finish(begin(&directory, "whole", &rows));
    let mut first = begin(&directory, "part", &rows[..40]);
    wait_for(&mut first, 40);
    assert_eq!(
        fail(begin(&directory, "part", &[])),
        format!(
            "luadec-tok: {UNFINISHED} is in use by process {}, which writes this set; wait for it, or name another output",
            first.id()
        )
    );
    let rest = rows[40..].concat();
    let mut stdin = first.stdin.take().unwrap();
    stdin.write_all(rest.as_bytes()).unwrap();
    drop(stdin);
    assert!(first.wait().unwrap().success());
    assert!(directory.files("whole") == directory.files("part"));
}

#[test]
fn a_file_that_was_cut_is_not_continued() {
    let directory = Folder::new();
    let rows = rows(230);
    finish(begin(&directory, "whole", &rows));
    kill_at(begin(&directory, "part", &rows[..120]), 120);
    let files = directory.files(UNFINISHED);
    let settled = |name: &str| name.ends_with(".zst");
    let state: Value = serde_json::from_slice(&files["state.json"]).unwrap();
    // An open shard that the state does not mention is started again.
    let unknown = |name: &str| {
        name.ends_with(".open")
            && !["train", "test"]
                .iter()
                .zip(state["parts"].as_array().unwrap())
                .any(|(part, state)| {
                    let complete = state["complete"].as_array().unwrap().len();
                    name == format!("{part}-{complete:05}.open") && state["extent"]["bytes"] != 0
                })
    };
    assert!(files.keys().any(|name| settled(name)), "{:?}", files.keys());
    let mut tried = 0;
    for (name, bytes) in &files {
        if name == "lock" || name == "state.json" || unknown(name) {
            continue;
        }
        let path = format!("{UNFINISHED}/{name}");
        assert!(bytes.len() > 1, "{name}");
        let mut flipped = bytes.clone();
        flipped[bytes.len() / 2] ^= 1;
        for case in [Some(bytes[..1].to_vec()), Some(flipped), None] {
            match case {
                Some(bytes) => directory.write(&path, &bytes),
                None => fs::remove_file(directory.path().join(&path)).unwrap(),
            }
            let message = fail(begin(&directory, "part", &rows));
            assert!(message.contains(&path), "{message}");
            assert!(
                message.contains("cannot resume this run; remove the directory to start again"),
                "{message}"
            );
            directory.write(&path, bytes);
            tried += 1;
        }
    }
    assert!(tried > 10, "{tried}");
    finish(begin(&directory, "part", &rows));
    assert!(directory.files("whole") == directory.files("part"));
}

/// Leaves an unfinished run over files, which failed at the last one.
fn unfinished_on_files() -> Folder {
    let directory = Folder::new();
    for name in ["b", "c", "d", "e"] {
        let text = format!("return '{name}'");
        directory.write(&format!("src/{name}.lua"), text.as_bytes());
    }
    directory.write("src/f.lua", b"=");
    directory.run("--fail-fast --shard-size 2 -o part/x.jsonl src");
    directory
}

#[test]
fn a_run_continues_only_over_the_same_sources() {
    let directory = unfinished_on_files();
    let source = |name: &str| directory.path().join("src").join(name);
    let refused = |path: &str| {
        let output = directory.run("--shard-size 2 --resume -o part/x.jsonl src");
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(
            stderr(&output),
            format!(
                "luadec-tok: part/.x.unfinished holds a run over other sources: {path} is new or has changed, or \
                 one before it is missing; restore them, or remove the directory to start again\n"
            )
        );
    };
    directory.write("src/a.lua", b"return 'a'");
    refused("a.lua");
    fs::rename(source("a.lua"), source("z.lua")).unwrap();
    fs::rename(source("b.lua"), source("y.lua")).unwrap();
    refused("c.lua");
    fs::rename(source("y.lua"), source("b.lua")).unwrap();
    directory.write("src/d.lua", b"return 'D'");
    refused("d.lua");
    directory.write("src/d.lua", b"return 'd'");
    // Sources after those that are done may change.
    directory.write("src/f.lua", b"return 'f'");
    directory.ok("--shard-size 2 --resume -o part/x.jsonl src");
    directory.ok("--shard-size 2 -o whole/x.jsonl src");
    assert!(directory.files("whole") == directory.files("part"));
}

#[test]
fn other_options_are_refused() {
    let directory = unfinished_on_files();
    let output = directory.run("--shard-size 3 --resume -o part/x.jsonl src");
    assert_eq!(
        stderr(&output),
        "luadec-tok: part/.x.unfinished holds a run of another version or with other options: \
         dataset --fail-fast --shard-size 2 -o part/x.jsonl src; repeat these, or remove the directory to start again\n"
    );
}

#[test]
fn fewer_sources_than_were_done_are_refused() {
    let directory = unfinished_on_files();
    for name in ["d", "e", "f"] {
        fs::remove_file(directory.path().join(format!("src/{name}.lua"))).unwrap();
    }
    let output = directory.run("--shard-size 2 --resume -o part/x.jsonl src");
    assert_eq!(
        stderr(&output),
        "luadec-tok: part/.x.unfinished holds a run over more sources than there are now; restore \
         them, or remove the directory to start again\n"
    );
}

/// A directory is in the way of the second shard of train.
#[test]
fn a_run_that_ends_while_its_shards_are_moved_continues() {
    let directory = Folder::new();
    let rows = rows(230);
    finish(begin(&directory, "whole", &rows));
    let second = |directory: &Folder, name: &str| {
        let mut names = directory.files(name).into_keys();
        names
            .find(|name| name.starts_with("train-00001-of-"))
            .unwrap()
    };
    let second = format!("part/{}", second(&directory, "whole"));
    let run = begin(&directory, "part", &rows);
    // Until the run has checked that nothing is in the way.
    while !directory.path().join(UNFINISHED).join("seen").exists() {
        thread::sleep(Duration::from_millis(5));
    }
    fs::create_dir_all(directory.path().join(&second).join("in the way")).unwrap();
    let message = fail(run);
    assert!(
        message.starts_with(&format!("luadec-tok: {second}: ")),
        "{message}"
    );
    let moved = |directory: &Folder| directory.names_in("part").len();
    assert!(moved(&directory) < directory.names_in("whole").len());
    fs::remove_dir_all(directory.path().join(&second)).unwrap();

    // Moved shards are checked, too, and there may be no new sources after a complete run.
    let first = second.replace("00001-of", "00000-of");
    let bytes = directory.read(&first);
    directory.write(&first, &bytes[1..]);
    let message = fail(begin(&directory, "part", &rows));
    assert!(message.contains(&first), "{message}");
    directory.write(&first, &bytes);
    let more = [&rows[..], &["{}\n".to_owned()]].concat();
    assert_eq!(
        fail(begin(&directory, "part", &more)),
        format!(
            "luadec-tok: {UNFINISHED} holds a run that was complete without line 231; remove this source, or the set"
        )
    );

    finish(begin(&directory, "part", &rows));
    assert!(directory.files("whole") == directory.files("part"));
    assert!(!directory.path().join(UNFINISHED).exists());
}

#[test]
fn the_directory_of_the_run_is_removed_last() {
    let directory = Folder::with(&[("a.lua", b"return 1"), ("b.lua", b"return 2")]);
    let options = "--card --shard-size 1 --resume -o part/x.jsonl";
    let mut run = directory
        .command(&format!("--rows - {options}"))
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let rows = b"{\"content\": \"return 1\"}\n{}\n";
    run.stdin.as_mut().unwrap().write_all(rows).unwrap();
    wait_for(&mut run, 2);
    // The card cannot be written.
    fs::create_dir_all(directory.path().join("part/README.md/in the way")).unwrap();
    drop(run.stdin.take());
    assert_eq!(run.wait().unwrap().code(), Some(1));
    let unfinished = directory.path().join("part/.x.unfinished");
    assert!(unfinished.join("state.json").exists());
    let state = directory.read("part/.x.unfinished/state.json");

    fs::remove_dir_all(directory.path().join("part/README.md")).unwrap();
    directory.write("rows.jsonl", rows);
    let resume = || {
        let mut run = directory.command(&format!("--rows - {options}"));
        run.stdin(fs::File::open(directory.path().join("rows.jsonl")).unwrap());
        run.output().unwrap()
    };
    assert!(resume().status.success());
    assert!(!unfinished.exists());
    let files = directory.files("part");
    let names: Vec<&String> = files.keys().collect();
    assert_eq!(
        names,
        ["README.md", "dataset_info.json", "x-00000-of-00001.jsonl"]
    );

    // As if killed before the directory is removed.
    let done = String::from_utf8(state).unwrap();
    let done = done.replace("\"stage\":\"Publishing\"", "\"stage\":\"Done\"");
    assert!(done.contains("Done"));
    directory.write("part/.x.unfinished/state.json", done.as_bytes());
    let output = resume();
    assert!(output.status.success());
    assert_eq!(
        stderr(&output),
        "luadec-tok: the set is complete; there is nothing left to do\n"
    );
    assert!(directory.files("part") == files);
    let output = resume();
    assert_eq!(output.status.code(), Some(1), "a run begins anew");
    assert!(stderr(&output).contains("is from an earlier run"));
}
