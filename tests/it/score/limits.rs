//! Limits of answers and compilers, and that every process ends with the run.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use super::{asked, command, is_there, lines, text};
use crate::common::{fixtures, luac, signals};

/// Creates a directory with rows that ask for `a = 1` and have some answers.
fn rows(answers: &[Value]) -> TempDir {
    let prompt = asked("a = 1");
    let rows = answers.iter();
    let rows = rows.map(|answer| json!({"prompt": prompt, "prediction": answer}));
    super::rows(&rows.collect::<Vec<_>>())
}

/// Returns an answer that takes minutes to compile: each `or` walks the list of the earlier ones.
fn slow() -> String {
    format!("a = b{}", " or b".repeat(400_000))
}

/// Returns the processes whose command lines contain a text.
fn processes(text: &str) -> Vec<i32> {
    let all = fs::read_dir("/proc").unwrap();
    let pids = all.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    pids.filter(|pid: &i32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        line.windows(text.len()).any(|part| part == text.as_bytes())
    })
    .collect()
}

/// Waits until a condition holds, for at most a minute.
#[track_caller]
fn soon(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what}");
        thread::sleep(Duration::from_millis(10));
    }
}

fn children(process: &Child) -> Vec<i32> {
    let tasks = fs::read_dir(format!("/proc/{}/task", process.id())).into_iter();
    let lists = tasks
        .flatten()
        .filter_map(|task| fs::read_to_string(task.ok()?.path().join("children")).ok());
    let pids = lists.flat_map(|list| {
        let pids = list.split_whitespace().map(|pid| pid.parse().unwrap());
        pids.collect::<Vec<i32>>()
    });
    pids.collect()
}

/// Writes a compiler that runs a command before it compiles, unless the source is empty.
fn compiler(directory: &Path, otherwise: &str) {
    let chunk = fixtures().join("demo.luac");
    let script = format!(
        "source=$(cat)\nif test -n \"$source\"; then {otherwise}; fi\ncat '{}'\n",
        chunk.display()
    );
    fs::write(directory.join("luac.sh"), script).unwrap();
}

/// Returns a number of seconds that no other process on this machine sleeps.
fn seconds(which: u32) -> String {
    format!(
        "{}",
        100_000_000 + u64::from(std::process::id()) * 10 + u64::from(which)
    )
}

#[test]
fn processes_that_a_compiler_leaves_behind_are_ended() {
    for (which, leave) in [
        "sleep S & true",
        "setsid sleep S & true",
        "setsid sh -c 'sleep S & sleep S' & true",
    ]
    .iter()
    .enumerate()
    {
        let seconds = seconds(which as u32);
        let directory = rows(&[json!("a = 1")]);
        compiler(directory.path(), &leave.replace('S', &seconds));
        fs::create_dir(directory.path().join("src")).unwrap();
        fs::write(directory.path().join("src/a.lua"), "a = 1").unwrap();
        for arguments in ["score rows.jsonl", "dataset -o out.jsonl src"] {
            let start = Instant::now();
            let mut command = command(&directory, arguments.split(' '));
            let output = command.args(["--luac", "sh luac.sh"]).output().unwrap();
            assert!(output.status.success(), "{}", text(&output.stderr));
            assert!(start.elapsed() < Duration::from_secs(60));
            assert_eq!(processes(&seconds), [0; 0], "{leave}");
        }
    }
}

#[test]
fn a_compiler_that_hangs_is_ended_with_all_its_children() {
    for (which, hang) in [
        "sleep S",
        "setsid sleep S & sleep S",
        "setsid sh -c 'sleep S & sleep S'",
    ]
    .iter()
    .enumerate()
    {
        let seconds = seconds(10 + which as u32);
        let directory = rows(&[json!("a = 1"), json!("")]);
        compiler(directory.path(), &hang.replace('S', &seconds));
        let start = Instant::now();
        let mut command = command(&directory, "score rows.jsonl --max-seconds 1".split(' '));
        let output = command.args(["--luac", "sh luac.sh"]).output().unwrap();
        assert!(start.elapsed() < Duration::from_secs(60));
        let lines = lines(&output);
        assert_eq!(lines[0]["error"], "compiling it takes more than 1 s");
        assert_eq!(lines[1]["compiles"], true);
        assert_eq!(processes(&seconds), [0; 0], "{hang}");
    }
}

#[test]
fn compilers_end_with_a_run_that_is_killed() {
    for (which, signal) in signals().chain([Signal::KILL]).enumerate() {
        let seconds = seconds(20 + which as u32);
        let directory = rows(&[json!("a = 1")]);
        let hang = "setsid sh -c 'sleep S & sleep S' & sleep S";
        compiler(directory.path(), &hang.replace('S', &seconds));
        let mut command = command(&directory, "score rows.jsonl --max-seconds 1000".split(' '));
        command.args(["--luac", "sh luac.sh"]).stdout(Stdio::null());
        let mut run = command.spawn().unwrap();
        soon("all of them run", || processes(&seconds).len() > 3);
        let helpers = children(&run);
        assert!(!helpers.is_empty());
        kill_process(Pid::from_child(&run), signal).unwrap();
        assert!(!run.wait().unwrap().success());
        soon("a compiler goes on", || processes(&seconds).is_empty());
        for helper in helpers {
            let there = || Path::new(&format!("/proc/{helper}")).exists();
            soon("a helper goes on", || !there());
        }
    }
}

#[test]
fn the_built_in_compiler_ends_with_a_run_that_is_killed() {
    let directory = rows(&[json!(slow())]);
    fs::create_dir(directory.path().join("src")).unwrap();
    fs::write(directory.path().join("src/a.lua"), slow()).unwrap();
    let ends = |arguments: &str, signal| {
        let mut command = command(&directory, arguments.split(' '));
        command
            .args(["--max-seconds", "1000"])
            .stderr(Stdio::null());
        let mut run = command.spawn().unwrap();
        let mut helpers = Vec::new();
        soon("a helper runs", || {
            helpers = children(&run);
            !helpers.is_empty()
        });
        thread::sleep(Duration::from_millis(200));
        kill_process(Pid::from_child(&run), signal).unwrap();
        assert!(!run.wait().unwrap().success());
        for helper in helpers {
            let there = || Path::new(&format!("/proc/{helper}")).exists();
            soon("a helper goes on", || !there());
        }
    };
    // All at once, since each waits most of the time.
    thread::scope(|scope| {
        for (which, signal) in signals().chain([Signal::KILL]).enumerate() {
            let ends = &ends;
            scope.spawn(move || ends("score rows.jsonl", signal));
            scope.spawn(move || ends(&format!("dataset -o {which}.jsonl src"), signal));
        }
    });
}

#[test]
fn each_answer_has_its_own_time_limit() {
    let answers = [
        json!("a = 1"),
        json!(slow()),
        json!(["a = 1", slow(), "a = 2", "a = 1"]),
        json!("a = 1"),
    ];
    let directory = rows(&answers);
    let output = command(
        &directory,
        "score rows.jsonl --max-seconds 1 -j 1".split(' '),
    )
    .output()
    .unwrap();
    let lines = lines(&output);
    let late = "scoring it took longer than 1 s";
    assert_eq!(lines[0]["identical"], true);
    assert_eq!(
        (&lines[1]["error"], &lines[1]["instructions"]),
        (&json!(late), &json!(1))
    );
    let samples = lines[2]["samples"].as_array().unwrap();
    let same: Vec<&Value> = samples.iter().map(|sample| &sample["same"]).collect();
    assert_eq!(same, [true, false, false, true]);
    assert_eq!(
        (&samples[1]["error"], &samples[2]["error"]),
        (&json!(late), &Value::Null)
    );
    assert_eq!(lines[3]["identical"], true);
}

#[test]
fn a_compiler_ends_with_a_helper_that_is_killed() {
    let seconds = seconds(30);
    let directory = rows(&[json!("a = 1")]);
    let hang = "setsid sh -c 'sleep S & sleep S' & sleep S";
    compiler(directory.path(), &hang.replace('S', &seconds));
    let mut command = command(
        &directory,
        "score rows.jsonl --max-seconds 1000 -j 1".split(' '),
    );
    command
        .args(["--luac", "sh luac.sh"])
        .stdout(Stdio::piped());
    let run = command.spawn().unwrap();
    // The row is tried in a batch, then by itself.
    for _ in 0..2 {
        soon("all of them run", || processes(&seconds).len() > 3);
        let before = processes(&seconds);
        for helper in children(&run) {
            kill_process(Pid::from_raw(helper).unwrap(), Signal::KILL).unwrap();
        }
        let there = || before.iter().any(|pid| processes(&seconds).contains(pid));
        soon("a compiler goes on", || !there());
    }
    let lines = lines(&run.wait_with_output().unwrap());
    assert_eq!(
        lines[0]["error"],
        "the process that scored it died: signal: 9 (SIGKILL)"
    );
}

#[test]
fn only_the_row_whose_helper_is_killed_fails() {
    let directory = rows(&[json!("a = 1"), json!(slow()), json!("a = 1")]);
    let mut command = command(
        &directory,
        "score rows.jsonl --max-seconds 1000 -j 1".split(' '),
    );
    let run = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // The rows are tried together, then one by one.
    for _ in 0..2 {
        let mut helpers = Vec::new();
        soon("a helper runs", || {
            helpers = children(&run);
            // It has started and is working.
            helpers.iter().any(|helper| {
                let stat = fs::read_to_string(format!("/proc/{helper}/stat")).unwrap_or_default();
                let ticks: Option<u64> = stat
                    .split_whitespace()
                    .nth(13)
                    .and_then(|ticks| ticks.parse().ok());
                ticks > Some(30)
            })
        });
        let helper = Pid::from_raw(helpers[0]).unwrap();
        kill_process(helper, Signal::KILL).unwrap();
        let there = || children(&run).contains(&helpers[0]);
        soon("it is replaced", || !there());
    }
    let lines = lines(&run.wait_with_output().unwrap());
    assert_eq!(lines[0]["identical"], true);
    assert_eq!(
        lines[1]["error"],
        "the process that scored it died: signal: 9 (SIGKILL)"
    );
    assert_eq!(lines[2]["identical"], true);
}

#[test]
fn a_long_message_is_cut() {
    let long = format!("a = '{}\n", "x".repeat(5_000_000));
    let directory = rows(&[json!(long)]);
    fs::write(directory.path().join("long.lua"), long).unwrap();
    fs::write(
        directory.path().join("a.luac"),
        luac(b"a = 1", "a.lua", false),
    )
    .unwrap();
    let output = command(&directory, "score rows.jsonl --html page.html".split(' '))
        .output()
        .unwrap();
    let line = &lines(&output)[0];
    let error = line["error"].as_str().unwrap();
    assert!(
        error.starts_with("answer:1: unfinished string near ''xxx"),
        "{error}"
    );
    assert!(
        error.ends_with("xxx...") && error.len() < 500,
        "{}",
        error.len()
    );
    assert!(
        fs::metadata(directory.path().join("page.html"))
            .unwrap()
            .len()
            < 50_000
    );
    let output = command(&directory, "score a.luac long.lua".split(' '))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stderr.len() < 500);
    for compiler in ["luac5.3", "luac5.4"] {
        if !is_there(compiler) {
            continue;
        }
        fs::create_dir_all(directory.path().join("src")).unwrap();
        fs::copy(
            directory.path().join("long.lua"),
            directory.path().join("src/long.lua"),
        )
        .unwrap();
        let arguments = "dataset --stream terse -o out.jsonl src --luac";
        let output = command(&directory, arguments.split(' '))
            .arg(compiler)
            .output()
            .unwrap();
        assert!(output.stderr.len() < 1000, "{}", output.stderr.len());
    }
    // The message about a long stream does not repeat it.
    let row =
        json!({"prompt": format!("<|Proto|><|{}|>", "x".repeat(1_000_000)), "prediction": ""});
    fs::write(directory.path().join("rows.jsonl"), row.to_string()).unwrap();
    let output = command(&directory, "score rows.jsonl".split(' '))
        .output()
        .unwrap();
    assert!(output.stdout.len() < 1000 && output.stderr.len() < 1000);
}

#[test]
fn a_chunk_and_an_answer_are_as_long_as_a_row_at_most() {
    let directory = tempdir().unwrap();
    let path = |name| directory.path().join(name);
    fs::write(path("a.luac"), luac(b"a = 1", "a.lua", false)).unwrap();
    fs::write(path("a.lua"), "a = 1").unwrap();
    File::create(path("long"))
        .unwrap()
        .set_len(1 << 40)
        .unwrap();
    for arguments in ["score a.luac long", "score long a.lua"] {
        let output = command(&directory, arguments.split(' ')).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(
            text(&output.stderr),
            "luadec-tok: long: longer than 128 MiB\n"
        );
    }
}
