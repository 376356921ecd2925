//! How fast records are made, against `cat` of the same bytes into a new file.
//!
//!     cargo bench --bench dataset [-- FOLDER]
//!
//! makes the records of all Lua sources in FOLDER, or of some that it writes itself, by two
//! threads, uncompressed. It takes turns with `cat` and compares the best times of both.

use std::fmt::Write;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const ROUNDS: usize = 7;
/// The most that making may take, in times of `cat`.
const MOST: f64 = 2.5;

fn main() {
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder to write to");
    let named = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'));
    let sources = named.map_or_else(|| write_sources(scratch.path()), PathBuf::from);
    let (records, copy) = (
        scratch.path().join("records.jsonl"),
        scratch.path().join("copy"),
    );

    let (mut make, mut cat) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        let _ = fs::remove_file(&records);
        let mut command = Command::new(env!("CARGO_BIN_EXE_luadec-tok"));
        command
            .args(["dataset", "--jobs", "2", "-o"])
            .arg(&records)
            .arg(&sources);
        make = make.min(time(
            command.stderr(File::create("/dev/null").expect("a null device")),
        ));
        let _ = fs::remove_file(&copy);
        let to = File::create(&copy).expect("a new file");
        cat = cat.min(time(Command::new("cat").arg(&records).stdout(to)));
    }

    let bytes = fs::read(&records).expect("the records");
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
    let ratio = make.as_secs_f64() / cat.as_secs_f64();
    println!(
        "{lines} records, {:.2} GB: {:.2} s, {:.0} records/s, {:.2} GB/s; cat: {:.2} s; ratio {ratio:.2} (goal: {MOST})",
        bytes.len() as f64 / 1e9,
        make.as_secs_f64(),
        lines as f64 / make.as_secs_f64(),
        bytes.len() as f64 / 1e9 / make.as_secs_f64(),
        cat.as_secs_f64(),
    );
}

fn time(command: &mut Command) -> Duration {
    let start = Instant::now();
    let status = command.status().expect("the command runs");
    assert!(status.success(), "{command:?}: {status}");
    start.elapsed()
}

/// Sources of the sizes that files have: most are a few KB, some ten times that.
fn write_sources(scratch: &Path) -> PathBuf {
    let folder = scratch.join("src");
    fs::create_dir(&folder).expect("a new folder");
    for i in 0..1000u32 {
        let mut text = String::from("local M = {}\n");
        for j in 0..i.wrapping_mul(2_654_435_761) >> 27 {
            let k = i * j;
            write!(
                text,
                "-- Adds {k} to what \"name{k}\" stands for.\nfunction M.name{k}(self, x, y)\n  \
                 local t = {{ x = x, y = y, 'text {k}' }}\n  for key, value in pairs(self) do\n    \
                 if value > {k} and key ~= 'x' then t[key] = value .. '\\n' else t[{k}] = nil end\n  \
                 end\n  return t, #t + {j}.5\nend\n\n",
            )
            .expect("a string takes all");
        }
        text += "return M\n";
        fs::write(folder.join(format!("{i}.lua")), text).expect("a new file");
    }
    folder
}
