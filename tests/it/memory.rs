//! Chunks that do not fit into memory.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::common::{fixture, luac};

/// The bytes of a chunk before its main function, and the bytes of a function before its first count.
const HEADER: usize = 34;
const DEFINITION: usize = 1 + 2 * 4 + 3;

/// A function of zeros: its definition, four counts, and three of debug information.
const EMPTY: usize = DEFINITION + 7 * 4;

/// Returns the message about a chunk with this many KiB of memory.
fn refusal(chunk: &[u8], kib: u32) -> String {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("x.luac"), chunk).unwrap();
    let output = limited(directory.path(), kib, "x.luac");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stdout, b"");
    String::from_utf8(output.stderr).unwrap()
}

/// Runs the command with this many KiB of memory.
fn limited(directory: &Path, kib: u32, arguments: &str) -> Output {
    Command::new("sh")
        .arg("-c")
        .arg(format!("ulimit -v {kib}; exec \"$0\" {arguments}"))
        .arg(env!("CARGO_BIN_EXE_luadec-tok"))
        .current_dir(directory)
        .env("RUST_BACKTRACE", "0")
        .output()
        .unwrap()
}

/// Checks that under every limit a run either writes what it writes without one, or reports that it is
/// out of memory and leaves no file.
fn writes_all_or_nothing(directory: &Path, arguments: &str, limits: &[u32]) {
    let output = directory.join("out");
    let done = limited(directory, 4 << 20, arguments);
    assert!(done.status.success(), "{arguments}: {done:?}");
    let wanted = fs::read(&output).unwrap();
    let mut short = 0;
    for &kib in limits {
        fs::remove_file(&output).unwrap_or_default();
        let found = limited(directory, kib, arguments);
        if found.status.success() {
            assert!(fs::read(&output).unwrap() == wanted, "{arguments}, {kib}");
            continue;
        }
        let message = String::from_utf8(found.stderr).unwrap();
        assert_eq!(
            found.status.code(),
            Some(1),
            "{arguments}, {kib}: {message}"
        );
        // The compiler is a process of its own under the same limit. If it is the one that runs out of
        // memory, its source is dropped, and no other is left.
        if arguments.starts_with("dataset") && message == "luadec-tok: no record was made\n" {
            assert!(!output.exists());
            short += 1;
            continue;
        }
        let mut lines = message.lines();
        let line = lines.find(|line| line.contains(": out of memory"));
        let line = line.unwrap_or_else(|| panic!("{arguments}, {kib}: {message}"));
        assert!(line.starts_with("luadec-tok: big."), "{line}");
        assert!(!output.exists());
        short += 1;
    }
    assert!(short > 0, "{arguments}: there was enough memory");
}

/// A constant of some megabytes, in everything that holds it.
#[test]
fn a_long_string() {
    const LENGTH: usize = 12 << 20;
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let mut source = b"return \"".to_vec();
    source.resize(source.len() + LENGTH, b'x');
    source.push(b'"');
    fs::write(directory.join("big.luac"), luac(&source, "big.lua", false)).unwrap();
    let done = limited(directory, 4 << 20, "-f terse -o big.terse big.luac");
    assert!(done.status.success());
    // A build with more features takes more memory itself. Where a few bytes are missing, it aborts.
    let limits = match cfg!(feature = "dataset") {
        true => [48_000, 56_000, 64_000, 80_000],
        false => [26_000, 32_000, 48_000, 80_000],
    };
    for arguments in [
        "decode -o out big.terse",
        "-f terse --verify -o out big.luac",
        "-f listing -s -o out big.luac",
    ] {
        writes_all_or_nothing(directory, arguments, &limits);
    }
}

/// A large source for a data set.
#[cfg(feature = "dataset")]
#[test]
fn a_large_source() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let source = format!("return \"{}\"", "x".repeat(4 << 20));
    fs::write(directory.join("big.lua"), source).unwrap();
    let arguments = "dataset -q --stream terse --strip never -o out big.lua";
    writes_all_or_nothing(directory, arguments, &[60_000, 80_000, 100_000]);
}

#[test]
fn a_million_functions() {
    const FUNCTIONS: u32 = 1_000_000;
    let mut chunk = fixture("demo.luac")[..HEADER].to_vec();
    chunk.resize(HEADER + DEFINITION + 3 * 4, 0);
    chunk.extend(FUNCTIONS.to_le_bytes());
    chunk.resize(chunk.len() + FUNCTIONS as usize * EMPTY + 3 * 4, 0);
    let message = refusal(&chunk, 150_000);
    assert!(
        message.ends_with(", main: out of memory for a list whose sizep is 1000000\n"),
        "{message}"
    );
}

#[test]
fn the_code_of_a_big_endian_chunk() {
    const INSTRUCTIONS: u32 = 16 << 20;
    let mut chunk = fixture("demo.luac")[..HEADER].to_vec();
    // LUAC_INT and LUAC_NUM
    chunk[17..25].reverse();
    chunk[25..33].reverse();
    chunk.resize(HEADER + DEFINITION, 0);
    chunk.extend(INSTRUCTIONS.to_be_bytes());
    chunk.resize(chunk.len() + 4 * INSTRUCTIONS as usize + 6 * 4, 0);
    let message = refusal(&chunk, 120_000);
    assert!(
        message.ends_with(", main: out of memory for a list whose sizecode is 16777216\n"),
        "{message}"
    );
}
