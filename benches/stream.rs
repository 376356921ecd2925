//! The converter as a process, against moving the same bytes with `cat`: `cargo bench --bench stream`.
//!
//! Each row is the ratio of two medians over paired runs, one of each in turn. What is not
//! installed, and what it would be compared with, is left out and said so.
//!
//! `LUADEC_TOK=FILE` measures another binary, a static one for example.

mod common;

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use common::{luac, median, program, time};
use tempfile::TempDir;

static CONVERTER: LazyLock<String> = LazyLock::new(|| match std::env::var("LUADEC_TOK") {
    Ok(path) => fs::canonicalize(path).unwrap().to_str().unwrap().to_owned(),
    Err(_) => env!("CARGO_BIN_EXE_luadec-tok").to_owned(),
});
const RUNS: usize = 21;

fn main() {
    let converter = CONVERTER.as_str();
    let folder = tempfile::tempdir().unwrap();
    std::env::set_current_dir(&folder).unwrap();
    fs::write("big.luac", luac(&program(450))).unwrap();
    fs::write("small.luac", luac("a=1")).unwrap();
    shell(&format!("{converter} big.luac > big.txt"));
    let (input, output) = (size("big.luac"), size("big.txt"));
    println!(
        "one chunk of {:.2} MB whose stream is {:.1} MB; medians of {RUNS} pairs\n",
        mb(input),
        mb(output)
    );
    println!("| what | ratio | median | against |");
    println!("|---|---|---|---|");

    let cat = installed("cat");
    let remove = || drop(fs::remove_file("new.txt"));
    let verify = format!("{converter} --verify big.luac");
    let convert = format!("{converter} big.luac");
    let to_null = if cat {
        let times = pair(
            &format!("{convert} > /dev/null"),
            "cat big.txt > /dev/null",
            nothing,
        );
        row("> /dev/null / cat of its output", times);
        if installed("taskset") {
            let pinned =
                |command: &str| format!("taskset -c 0 sh -c '{command} | cat > /dev/null'");
            row(
                "| cat > /dev/null, one core / cat of its output",
                pair(&pinned(&convert), &pinned("cat big.txt"), nothing),
            );
        }
        row(
            "-o new file / cat of its output",
            pair(
                &format!("{convert} -o new.txt"),
                "cat big.txt > new.txt",
                remove,
            ),
        );
        row(
            "> new file / cat of its output",
            pair(
                &format!("{convert} > new.txt"),
                "cat big.txt > new.txt",
                remove,
            ),
        );
        times.0
    } else {
        pair(&format!("{convert} > /dev/null"), "true", nothing).0
    };
    row(
        "--verify > /dev/null / without",
        pair(
            &format!("{verify} > /dev/null"),
            &format!("{convert} > /dev/null"),
            nothing,
        ),
    );
    row(
        "--verify -o new file / without",
        pair(
            &format!("{verify} -o new.txt"),
            &format!("{convert} -o new.txt"),
            remove,
        ),
    );
    row(
        "decode > /dev/null / conversion",
        pair(
            &format!("{converter} decode big.txt > /dev/null"),
            &format!("{convert} > /dev/null"),
            nothing,
        ),
    );
    if installed("luac5.3") {
        let small = pair(
            &format!("{converter} small.luac > /dev/null"),
            "luac5.3 -l -l -o /dev/null small.luac > /dev/null",
            nothing,
        );
        row("a chunk of 100 bytes / luac5.3 -l -l of it", small);
        let listing = pair(
            &format!("{convert} > /dev/null"),
            "luac5.3 -l -l -o /dev/null big.luac > /dev/null",
            nothing,
        );
        row("> /dev/null / luac5.3 -l -l of it", listing);
    }

    fs::create_dir("chunks").unwrap();
    let chunk = luac(&program(2));
    for i in 0..1000 {
        fs::write(format!("chunks/{i:04}.luac"), &chunk).unwrap();
    }
    shell(&format!("{converter} chunks > many.txt"));
    let many = pair(
        &format!("{converter} chunks > /dev/null"),
        &format!("{convert} > /dev/null"),
        nothing,
    )
    .0;
    let rate = |bytes: u64, time: Duration| bytes as f64 / time.as_secs_f64() / 1e9;
    let (rate_many, rate_one) = (rate(size("many.txt"), many), rate(output, to_null));
    println!(
        "| GB/s of 1,000 chunks of {:.1} KB / of the big one | {:.2} | {rate_many:.2} GB/s | {rate_one:.2} GB/s |",
        chunk.len() as f64 / 1e3,
        rate_many / rate_one
    );
    // Files in memory, where there is such a place: a disk would be what is measured.
    let memory = tempfile::tempdir_in("/dev/shm").ok();
    let out = memory
        .as_ref()
        .map_or(folder.path(), TempDir::path)
        .join("out");
    let clear = || drop(fs::remove_dir_all(&out));
    let jobs = |jobs: usize| format!("{converter} -j {jobs} -O {} chunks", out.display());
    row("-O -j 2 / -O -j 1", pair(&jobs(2), &jobs(1), clear));

    if let Some(peak) = peak_memory(output) {
        let bound = 2.5 * input as f64 / 1048576.0 + 4.0;
        println!(
            "\npeak memory on the big chunk: {peak:.2} MiB (2.5 x input + 4 MiB = {bound:.2} MiB)"
        );
    }
    for program in ["cat", "taskset", "luac5.3"] {
        if !installed(program) {
            println!("left out, as it is not installed: what needs {program}");
        }
    }
}

fn nothing() {}

fn size(path: &str) -> u64 {
    fs::metadata(path).unwrap().len()
}

fn mb(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| Path::new(&folder).join(program).is_file())
}

fn shell(command: &str) {
    // `exec`, so that the shell is not a part of what is timed.
    assert!(
        Command::new("sh")
            .args(["-c", &format!("exec {command}")])
            // Cargo's, in which each library of a program is looked for first.
            .env_remove("LD_LIBRARY_PATH")
            .status()
            .unwrap()
            .success(),
        "{command}"
    );
}

/// The median times of two commands run in turn, each after `before`.
fn pair(a: &str, b: &str, before: impl Fn()) -> (Duration, Duration) {
    let mut times = (Vec::new(), Vec::new());
    for run in 0..=RUNS {
        before();
        let a = time(|| shell(a));
        before();
        let b = time(|| shell(b));
        // The first run fills the caches.
        if run > 0 {
            times.0.push(a);
            times.1.push(b);
        }
    }
    before();
    (median(times.0), median(times.1))
}

fn row(what: &str, (a, b): (Duration, Duration)) {
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "| {what} | {:.2} | {:.2} ms | {:.2} ms |",
        ms(a) / ms(b),
        ms(a),
        ms(b)
    );
}

/// The most memory, in MiB, that the converter has held when all but the end of its output is read.
fn peak_memory(output: u64) -> Option<f64> {
    let mut child = Command::new(CONVERTER.as_str())
        .arg("big.luac")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    std::io::copy(
        &mut (&mut stdout).take(output - (4 << 20)),
        &mut std::io::sink(),
    )
    .unwrap();
    let status = fs::read_to_string(format!("/proc/{}/status", child.id()));
    std::io::copy(&mut stdout, &mut std::io::sink()).unwrap();
    child.wait().unwrap();
    let status = status.ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}
