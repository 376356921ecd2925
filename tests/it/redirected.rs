//! Standard output redirected to a file: disk space is reserved while it is written, and none of it
//! remains reserved, whoever else writes to the file.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::common::luac;
use tempfile::{TempDir, tempdir};

/// More than a file may take beyond its length: the file system's own blocks, and the last page.
const SLACK: u64 = 64 << 10;

/// Returns a directory with a chunk whose stream has some megabytes, and the stream.
fn directory() -> (TempDir, String) {
    let directory = tempdir().unwrap();
    let source = format!("return {{{}}}", "1,a,".repeat(2_000));
    fs::write(
        directory.path().join("in.luac"),
        luac(source.as_bytes(), "in", true),
    )
    .unwrap();
    let run = shell(directory.path(), "\"$0\" in.luac").output();
    let stream = run.unwrap().stdout;
    assert!(stream.len() > 2 << 20, "{}", stream.len());
    (directory, String::from_utf8(stream).unwrap())
}

/// Returns a shell script in which `$0` is the command.
fn shell(directory: &Path, script: &str) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", script, env!("CARGO_BIN_EXE_luadec-tok")])
        .current_dir(directory);
    command
}

/// Checks that a file takes little more disk space than its length.
#[track_caller]
fn is_compact(file: &Path, more: u64) {
    let file = fs::metadata(file).unwrap();
    let (taken, length) = (512 * file.blocks(), file.len());
    assert!(taken <= length + SLACK + more, "{taken} for {length} bytes");
}

#[track_caller]
fn writes(script: &str, expected: impl FnOnce(&str) -> String) {
    let (directory, stream) = directory();
    assert!(shell(directory.path(), script).status().unwrap().success());
    let out = directory.path().join("out");
    // Not assert_eq, which would print megabytes.
    assert!(fs::read_to_string(&out).unwrap() == expected(&stream));
    is_compact(&out, 0);
}

#[test]
fn to_a_new_file() {
    writes("\"$0\" in.luac > out", str::to_owned);
}

#[test]
fn behind_what_is_there() {
    let behind = |stream: &str| format!("x\n{stream}{stream}");
    writes("echo x > out; \"$0\" in.luac in.luac >> out", behind);
    writes("{ echo x; \"$0\" in.luac in.luac; } > out", behind);
}

#[test]
fn before_what_is_there() {
    writes(
        "\"$0\" in.luac in.luac > out; \"$0\" in.luac 1<> out",
        |s| s.repeat(2),
    );
}

#[test]
fn before_what_another_writes() {
    let then = |stream: &str| format!("{stream}x\n{stream}");
    writes("{ \"$0\" in.luac; echo x; \"$0\" in.luac; } > out", then);
}

/// What another process writes much later in the file, while the command runs, remains.
#[test]
fn together_with_another() {
    let (directory, stream) = directory();
    let out = fs::File::create(directory.path().join("out")).unwrap();
    let mut run = Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
        .stdin(Stdio::piped())
        .stdout(out)
        .spawn()
        .unwrap();
    let mut stdin = run.stdin.take().unwrap();
    let chunk = fs::read(directory.path().join("in.luac")).unwrap();
    stdin.write_all(&chunk[..100]).unwrap();
    let another = fs::File::options()
        .write(true)
        .open(directory.path().join("out"))
        .unwrap();
    another.write_all_at(b"x", 100_000_000).unwrap();
    stdin.write_all(&chunk[100..]).unwrap();
    drop(stdin);
    assert!(run.wait().unwrap().success());
    let bytes = fs::read(directory.path().join("out")).unwrap();
    assert_eq!((bytes.len(), bytes.last()), (100_000_001, Some(&b'x')));
    assert!(bytes.starts_with(stream.as_bytes()));
    let taken = 512 * another.metadata().unwrap().blocks();
    assert!(taken <= stream.len() as u64 + 2 * SLACK, "{taken}");
}

#[test]
fn of_a_killed_run() {
    let (directory, _) = directory();
    let path = directory.path().join("out");
    let mut run = Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
        .args(["in.luac"; 1000])
        .current_dir(directory.path())
        .stdout(fs::File::create(&path).unwrap())
        .spawn()
        .unwrap();
    while fs::metadata(&path).unwrap().len() < 8 << 20 {
        assert!(run.try_wait().unwrap().is_none(), "the run ended too early");
        thread::sleep(Duration::from_millis(1));
    }
    run.kill().unwrap();
    run.wait().unwrap();
    // The space of one write.
    is_compact(&path, 256 << 10);
}
