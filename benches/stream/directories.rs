//! Directories of many tiny files: `-O`.

use std::fs;
use std::time::Duration;

use super::common::luac;
use super::process::to_null;
use super::race::race;

const FILES: usize = 10_000;
const ROUNDS: usize = 9;

pub fn rows(converter: &str) {
    let chunk = luac("a=1");
    fs::create_dir("tiny").unwrap();
    for i in 0..FILES {
        fs::write(format!("tiny/{i}.luac"), &chunk).unwrap();
    }
    let write = |jobs: usize, directory: &str| -> Duration {
        let time = to_null(&format!("{converter} -q -j {jobs} -O {directory} tiny"));
        fs::remove_dir_all(directory).unwrap();
        time
    };
    // In memory if possible: otherwise the disk is measured.
    if let Ok(memory) = tempfile::tempdir_in("/dev/shm") {
        let out = memory.path().join("out");
        let out = out.to_str().unwrap();
        let times = race(ROUNDS, || (), || write(1, out), || write(2, out));
        times.each(
            "-O, a tiny file, one thread and two, in memory",
            FILES,
            "30 µs",
        );
    }
    let jobs = race(ROUNDS, || (), || write(2, "out"), || write(1, "out"));
    jobs.ratio("-O of tiny files, two jobs / one, on disk", "1.00");
}
