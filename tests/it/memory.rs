//! Chunks whose tree does not fit into the memory that there is.

use std::fs;
use std::process::Command;

use crate::common::fixture;

/// The bytes of a chunk before its main function, and so many of that one's before its counts.
const HEADER: usize = 34;
const DEFINITION: usize = 1 + 2 * 4 + 3;

/// A function of nothing but zeros: its definition, four counts, and three of debug information.
const EMPTY: usize = DEFINITION + 7 * 4;

/// What is said of a chunk where there are so many KiB of memory.
fn refusal(chunk: &[u8], kib: u32) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.luac"), chunk).unwrap();
    let output = Command::new("sh")
        .arg("-c")
        .arg(format!("ulimit -v {kib}; exec \"$0\" x.luac"))
        .arg(env!("CARGO_BIN_EXE_luadec-tok"))
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stdout, b"");
    String::from_utf8(output.stderr).unwrap()
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
        message.ends_with(", main: sizep is 1000000, for which there is not enough memory\n"),
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
        message.ends_with(", main: sizecode is 16777216, for which there is not enough memory\n"),
        "{message}"
    );
}
