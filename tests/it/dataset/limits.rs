//! Limits of time and memory per source.
#![cfg(target_os = "linux")]

use std::process::{Command, Stdio};
use std::time::Duration;
use std::{fs, thread};

use rustix::process::{Pid, Signal, kill_process};

use super::run::{Folder, json_lines, stderr};

/// Creates a source that takes minutes to compile between two that take no time, and a large one.
fn slow() -> Folder {
    let chain = "elseif a then\n".repeat(200_000);
    let large = "x = 1\n".repeat(20_000);
    Folder::with(&[
        ("a.lua", b"return 1"),
        ("b.lua", format!("if a then\n{chain}end").as_bytes()),
        ("c.lua", large.as_bytes()),
        ("d.lua", b"return 2"),
    ])
}

#[test]
fn a_source_that_takes_too_long_is_dropped_by_name() {
    let directory = slow();
    for jobs in [1, 4] {
        let output = directory.run(&format!(
            "--max-seconds 1 --jobs {jobs} -o {jobs}.jsonl src"
        ));
        assert!(output.status.success());
        let stderr = stderr(&output);
        assert!(
            stderr.starts_with(
                "luadec-tok: b.lua: dropped: compiling it takes more than 1 s of processor time\n\
                 luadec-tok: 4 files: 3 records, "
            ) && stderr.contains("; dropped: 1 time; "),
            "{stderr}"
        );
    }
    let lines = json_lines(&directory.read("1.jsonl"));
    let paths: Vec<&str> = lines
        .iter()
        .map(|line| line["path"].as_str().unwrap())
        .collect();
    assert_eq!(paths, ["a.lua", "c.lua", "d.lua"]);
    assert!(directory.read("1.jsonl") == directory.read("4.jsonl"));
}

/// Returns the processes that a process has started.
fn children(pid: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task"))
        .into_iter()
        .flatten();
    let children =
        tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("children")).ok());
    children
        .flat_map(|list| {
            list.split_whitespace()
                .map(|pid| pid.parse().unwrap())
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn a_killed_compiler_is_reported() {
    let directory = slow();
    let mut run = directory
        .command("--jobs 2 -o out.jsonl src/a.lua src/b.lua")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let child = loop {
        match children(run.id()).as_slice() {
            [] => {
                assert!(run.try_wait().unwrap().is_none(), "it ended too early");
                thread::sleep(Duration::from_millis(5));
            }
            [child, ..] => break Pid::from_raw(*child as i32).unwrap(),
        }
    };
    // It is compiling, not waiting for a request.
    thread::sleep(Duration::from_millis(300));
    // It ignores requests to end.
    kill_process(child, Signal::TERM).unwrap();
    thread::sleep(Duration::from_millis(300));
    assert_eq!(children(run.id()), [child.as_raw_nonzero().get() as u32]);
    kill_process(child, Signal::KILL).unwrap();
    let stderr = stderr(&run.wait_with_output().unwrap());
    assert!(
        stderr.starts_with(
            "luadec-tok: b.lua: dropped: the process that compiled it died: signal: 9 (SIGKILL)\n"
        ),
        "{stderr}"
    );
}

#[test]
fn the_process_does_not_change_the_record_of_a_large_source() {
    let directory = Folder::new();
    let large = |i: usize| {
        format!(
            "-- {i}\n{}",
            "local function f(a) return a .. 'b' end f(1)\n".repeat(150)
        )
    };
    for i in 0..30 {
        // Half of the sources are compiled in another process.
        let text = match i % 2 {
            0 => large(i),
            _ => large(i) + &"-- x\n".repeat(15_000),
        };
        directory.write(&format!("src/{i:02}.lua"), text.as_bytes());
    }
    directory.write(
        "src/99.lua",
        ("x = = 1\n".to_owned() + &" ".repeat(100_000)).as_bytes(),
    );
    let output = directory.run("--dedup none --jobs 3 -o - src");
    assert!(stderr(&output).contains("99.lua: dropped: 99.lua:1: unexpected symbol near '='\n"));
    let lines = json_lines(&output.stdout);
    assert_eq!(lines.len(), 30);
    assert!(
        lines
            .iter()
            .all(|line| line["instructions"] == lines[0]["instructions"])
    );
}

#[test]
fn fewer_threads_are_used_when_memory_is_short() {
    const SOURCES: usize = 600;
    let directory = Folder::new();
    for i in 0..SOURCES {
        directory.write(&format!("src/{i}.lua"), format!("return {i}").as_bytes());
    }
    let script = "ulimit -v 400000; exec \"$0\" dataset -j 5000 -o out.jsonl src";
    let output = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_luadec-tok")])
        .current_dir(directory.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(json_lines(&directory.read("out.jsonl")).len(), SOURCES);
}
