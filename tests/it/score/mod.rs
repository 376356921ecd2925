//! The subcommand `score`.

mod against;
#[cfg(unix)]
mod batches;
mod command;
mod constructs;
#[cfg(unix)]
mod laws;
#[cfg(target_os = "linux")]
mod limits;
#[cfg(unix)]
mod luac;
mod outlines;
mod rates;

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::common;

/// Returns a command with some arguments, in a directory.
fn command(
    directory: impl AsRef<Path>,
    arguments: impl IntoIterator<Item: AsRef<OsStr>>,
) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_luadec-tok"));
    command.args(arguments).current_dir(directory);
    command
}

fn run(directory: impl AsRef<Path>, arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> Output {
    command(directory, arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}

/// Parses the JSON lines on standard output.
fn lines(output: &Output) -> Vec<Value> {
    common::json_lines(&output.stdout)
}

/// Creates a directory with some rows in `rows.jsonl`.
fn rows(rows: &[Value]) -> TempDir {
    let directory = tempdir().unwrap();
    write_rows(directory.path(), rows);
    directory
}

fn write_rows(directory: &Path, rows: &[Value]) {
    let rows: String = rows.iter().map(|row| format!("{row}\n")).collect();
    fs::write(directory.join("rows.jsonl"), rows).unwrap();
}

/// Reads `report.json`.
fn report(directory: &TempDir) -> Value {
    let report = fs::read_to_string(directory.path().join("report.json")).unwrap();
    serde_json::from_str(&report).unwrap()
}

/// Returns the stream that asks for a source.
fn asked(source: &str) -> String {
    common::stream_of(&common::luac(source.as_bytes(), "asked.lua", false))
}

/// Returns true if a compiler is installed.
fn is_there(compiler: &str) -> bool {
    let is_there = Command::new(compiler).arg("-v").output().is_ok();
    if !is_there {
        eprintln!("skipped: {compiler} is not installed");
    }
    is_there
}
