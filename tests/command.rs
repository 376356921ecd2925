//! What the transcripts cannot show of the command: permissions, signals, pipes.
#![cfg(feature = "cli")]

mod common;

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::{fixture, fixtures, luac};
use tempfile::{TempDir, tempdir};

/// Runs the command in a folder, with bytes on standard input.
fn run_in(folder: &Path, arguments: &[&str], stdin: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The command may end without having read it all.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The exit status, standard output and standard error.
#[track_caller]
fn holds(output: &Output, status: i32, stdout: &str, stderr: &str) {
    let found = (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    );
    assert_eq!(found, (Some(status), stdout.to_owned(), stderr.to_owned()));
}

fn demo() -> String {
    text(&fixture("demo.txt"))
}

/// A folder with the demo chunk.
fn folder() -> TempDir {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("demo.luac"), fixture("demo.luac")).unwrap();
    folder
}

#[cfg(unix)]
#[test]
fn an_output_file_keeps_its_permissions_and_its_link() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = folder();
    let real = folder.path().join("real.txt");
    fs::write(&real, "old").unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real.txt", folder.path().join("link.txt")).unwrap();
    holds(
        &run_in(folder.path(), &["-o", "link.txt", "demo.luac"], b""),
        0,
        "",
        "",
    );
    assert_eq!(fs::read_to_string(&real).unwrap(), demo());
    assert_eq!(
        fs::metadata(&real).unwrap().permissions().mode() & 0o777,
        0o640
    );
    assert!(
        fs::symlink_metadata(folder.path().join("link.txt"))
            .unwrap()
            .is_symlink()
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_big_file_is_as_long_as_what_was_written() {
    let folder = folder();
    let chunk = luac("a = 1 ".repeat(40_000).as_bytes(), "a", true);
    fs::write(folder.path().join("big.luac"), &chunk).unwrap();
    let streams = run_in(folder.path(), &["big.luac"], b"").stdout;
    assert!(streams.len() > 2 * (8 << 20), "{}", streams.len());
    run_in(folder.path(), &["-o", "big.txt", "big.luac"], b"");
    let file = folder.path().join("big.txt");
    assert!(fs::read(&file).unwrap() == streams);
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::MetadataExt;
        // Nor does it keep more room than that, a few blocks of 512 bytes aside.
        let blocks = fs::metadata(&file).unwrap().blocks();
        assert!(blocks * 512 < streams.len() as u64 + (1 << 20), "{blocks}");
    }
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let folder = folder();
    // More than any pipe holds.
    fs::write(
        folder.path().join("large.luac"),
        luac("a=b+1 ".repeat(20_000).as_bytes(), "large", false),
    )
    .unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
        .arg("large.luac")
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut start = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut start).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(&start, b"<|Proto|><");
    holds(&output, 0, "", "");
}

#[test]
fn the_vocabulary() {
    let text = text(&run_in(&fixtures(), &["vocab"], b"").stdout);
    assert_eq!(text.lines().count(), 4753);
    assert!(text.lines().is_sorted());
    let json = run_in(&fixtures(), &["vocab", "--format", "json"], b"").stdout;
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let tokens: Vec<&str> = json["additional_special_tokens"]
        .as_array()
        .unwrap()
        .iter()
        .map(|token| token.as_str().unwrap())
        .collect();
    assert_eq!(tokens, text.lines().collect::<Vec<_>>());
    assert_eq!(json.as_object().unwrap().len(), 1);
}
