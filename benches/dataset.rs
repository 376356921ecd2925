//! The speed of making records, compared with `cat` of the same bytes into a new file.
//!
//!     cargo bench --bench dataset [-- DIRECTORY]
//!
//! makes the records of all Lua sources in DIRECTORY, or of some that it writes itself, with two
//! threads and uncompressed. Runs alternate with `cat`; all figures are medians.

mod common;

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use common::{median_seconds as median, seconds, write_sources};

const ROUNDS: usize = 11;
/// The limit for making records, in multiples of the time of `cat`.
const MOST: f64 = 2.5;

fn main() {
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder to write to");
    let named = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'));
    let sources = named.map_or_else(
        || {
            let folder = scratch.path().join("src");
            write_sources(&folder, 1000);
            folder
        },
        PathBuf::from,
    );
    let (records, copy) = (
        scratch.path().join("records.jsonl"),
        scratch.path().join("copy"),
    );

    let rounds: Vec<[f64; 2]> = (0..ROUNDS)
        .map(|_| {
            let _ = fs::remove_file(&records);
            let mut command = Command::new(env!("CARGO_BIN_EXE_luadec-tok"));
            command
                .args(["dataset", "--jobs", "2", "-o"])
                .arg(&records)
                .arg(&sources);
            let make = time(command.stderr(Stdio::null()));
            let _ = fs::remove_file(&copy);
            let to = File::create(&copy).expect("a new file");
            [make, time(Command::new("cat").arg(&records).stdout(to))]
        })
        .collect();
    let make = median(rounds.iter().map(|[make, _]| *make));
    let cat = median(rounds.iter().map(|[_, cat]| *cat));
    let ratio = median(rounds.iter().map(|[make, cat]| make / cat));

    let bytes = fs::read(&records).expect("the records");
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
    println!(
        "{lines} records, {:.2} GB: {make:.2} s, {:.0} records/s, {:.2} GB/s; cat: {cat:.2} s; ratio {ratio:.2} (goal: {MOST})",
        bytes.len() as f64 / 1e9,
        lines as f64 / make,
        bytes.len() as f64 / 1e9 / make,
    );
}

/// Returns the seconds that a command takes, when nothing is left to be written back.
fn time(command: &mut Command) -> f64 {
    seconds(&mut Command::new("sync"));
    seconds(command)
}
