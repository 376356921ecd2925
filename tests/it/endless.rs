//! Decoding input that does not end, or not soon: messages come at once, and skipped input takes no
//! memory.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use std::{fs, thread};

use crate::common::fixture;

const GARBAGE: &str =
    "luadec-tok: standard input: line 1, byte 1, main: expected <|Proto|>, found garbage";

/// Starts `decode` in a directory with this many KiB of memory.
fn decode(directory: &Path, arguments: &str, kib: u32) -> Child {
    Command::new("sh")
        .arg("-c")
        .arg(format!("ulimit -v {kib}; exec \"$0\" decode {arguments}"))
        .arg(env!("CARGO_BIN_EXE_luadec-tok"))
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Returns the first line on standard error, and the process.
fn first_message(mut child: Child) -> (String, Child) {
    let errors = child.stderr.take().unwrap();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(errors).lines() {
            let _ = sender.send(line.unwrap());
        }
    });
    match receiver.recv_timeout(Duration::from_secs(30)) {
        Ok(message) => (message, child),
        Err(error) => {
            let _ = child.kill();
            panic!("no message: {error}");
        }
    }
}

#[test]
fn the_message_comes_while_the_input_continues() {
    let directory = tempfile::tempdir().unwrap();
    // With one output, the first error is the last.
    let mut child = decode(directory.path(), "", 400_000);
    let mut input = child.stdin.take().unwrap();
    let yes = thread::spawn(move || while input.write_all(&b"garbage\n".repeat(1000)).is_ok() {});
    let (message, mut child) = first_message(child);
    assert_eq!(message, GARBAGE);
    assert_eq!(child.wait().unwrap().code(), Some(1));
    yes.join().unwrap();

    // With a directory, decoding continues after an error.
    let mut child = decode(directory.path(), "-O out", 400_000);
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"garbage\nmore").unwrap();
    let (message, mut child) = first_message(child);
    assert_eq!(message, GARBAGE);
    input.write_all(b" of it\n").unwrap();
    input.write_all(&fixture("demo.txt")).unwrap();
    drop(input);
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let decoded = fs::read(directory.path().join("out/stdin.2.luac")).unwrap();
    assert_eq!(decoded, fixture("demo.luac"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_wrong_line_of_any_length_is_skipped_without_being_held() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = decode(directory.path(), "-O out", 100_000);
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"garbage\n").unwrap();
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..200 {
        input.write_all(&piece).unwrap();
    }
    input.write_all(b"\n").unwrap();
    input.write_all(&fixture("demo.txt")).unwrap();
    drop(input);
    let (message, mut child) = first_message(child);
    assert_eq!(message, GARBAGE);
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let decoded = fs::read(directory.path().join("out/stdin.2.luac")).unwrap();
    assert_eq!(decoded, fixture("demo.luac"));
}
