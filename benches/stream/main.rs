//! The converter as a process, compared with moving the same bytes with `cat` and with luac5.3:
//! `cargo bench --bench stream`.
//!
//! A row is the median of the ratios of pairs run alternately, with its quartiles. The input of `cat`
//! is written right before each pair, as its time in the page cache changes its speed. Programs that
//! are not installed are left out with a note.
//!
//! `LUADEC_TOK=FILE` measures another binary. The goals in brackets are for a static one, built for
//! x86-64-v3.

#[path = "../common/mod.rs"]
mod common;
mod directories;
mod process;
mod race;

use std::fs;
use std::io::{self, Read};
use std::process::{Command, Stdio};

use common::{luac, program, write_sources};
use process::{cpu, installed, to_file, to_null, to_pipe};
use race::race;

const ROUNDS: usize = 41;
/// The number of starts, each of which takes only a millisecond.
const STARTS: usize = 401;

fn main() {
    let binary = std::env::var("LUADEC_TOK");
    let binary = binary
        .as_deref()
        .unwrap_or(env!("CARGO_BIN_EXE_luadec-tok"));
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    // As installers do. What a linker has written is in the page cache in smaller pieces, which adds a
    // tenth of a millisecond to each start.
    let converter = directory.path().join("luadec-tok");
    fs::copy(binary, &converter).unwrap();
    let converter = converter.to_str().unwrap().to_owned();
    std::env::set_current_dir(&directory).unwrap();
    fs::write("big.luac", luac(&program(300))).unwrap();
    fs::write("small.luac", luac("a=1")).unwrap();
    let big = format!("{converter} big.luac");
    to_file(&big, "big.txt");
    println!(
        "one chunk of {:.2} MB whose stream is {:.1} MB\n",
        mb("big.luac"),
        mb("big.txt")
    );
    println!("| what | goal | median | quartiles | ours | the other |");
    println!("|---|---|---|---|---|---|");

    against_cat(&big, &format!("{converter} decode big.txt"));
    against_luac(&converter, &big);
    directories::rows(&converter);
    throughput(&converter, &big);
    peak_memory(&converter);
    for program in ["cat", "taskset", "luac5.3"] {
        if !installed(program) {
            println!("left out, as it is not installed: what needs {program}");
        }
    }
}

fn against_cat(big: &str, decode: &str) {
    let cat = "cat big.txt";
    let verify = format!("{big} --verify");
    let rewrite = || {
        let _ = to_file(big, "big.txt");
    };
    if installed("cat") {
        let null = race(ROUNDS, rewrite, || to_null(big), || to_null(cat));
        null.ratio("> /dev/null / cat of its output", "0.92 (0.80)");
        if installed("taskset") {
            let pipe = race(ROUNDS, rewrite, || to_pipe(big), || to_pipe(cat));
            pipe.ratio("into a pipe, one core / cat of its output", "0.88");
        }
        let to_new = |line: &str| to_file(line, "new.txt");
        let file = race(ROUNDS, rewrite, || to_new(big), || to_new(cat));
        file.ratio("> new file / cat of its output", "1.00");
        let named = format!("{big} -o named.txt");
        let ours = || {
            let _ = fs::remove_file("named.txt");
            to_null(&named)
        };
        race(ROUNDS, rewrite, ours, || to_new(cat)).ratio("-o new file / cat of its output", "");
        let decode = race(ROUNDS, rewrite, || to_null(decode), || to_null(cat));
        decode.ratio("decode / cat of the stream", "2.00");
    }
    let verify = race(ROUNDS, || (), || to_null(&verify), || to_null(big));
    verify.added("what --verify adds / without", "1.00");
}

fn against_luac(converter: &str, big: &str) {
    if !installed("luac5.3") {
        return;
    }
    let (small, list) = (format!("{converter} small.luac"), "luac5.3 -l -l -p");
    let (small_list, big_list) = (format!("{list} small.luac"), format!("{list} big.luac"));
    let tiny = race(STARTS, || (), || to_null(&small), || to_null(&small_list));
    tiny.ratio("a chunk of 100 bytes / luac5.3 -l -l -p", "1.10 (0.85)");
    let chunk = race(ROUNDS, || (), || to_null(big), || to_null(&big_list));
    chunk.ratio("the big chunk / luac5.3 -l -l -p", "0.10");
    if cfg!(feature = "dataset") {
        let sources = write_sources("src".as_ref(), 4000);
        let dataset = format!("{converter} dataset -j 2 -o records.jsonl.zst src");
        let parse = format!("luac5.3 -p {}", sources.join(" "));
        let records = race(ROUNDS / 4, || (), || cpu(&dataset), || cpu(&parse));
        records.ratio("dataset, CPU / luac5.3 -p of the same files", "1.50");
    }
}

/// Compares the throughput of many small chunks with that of a big one.
fn throughput(converter: &str, big: &str) {
    fs::create_dir("chunks").unwrap();
    let chunk = luac(&program(2));
    for i in 0..1000 {
        fs::write(format!("chunks/{i:04}.luac"), &chunk).unwrap();
    }
    let many = format!("{converter} chunks");
    to_file(&many, "many.txt");
    let times = race(ROUNDS, || (), || to_null(&many), || to_null(big));
    let rate = |file: &str, time: f64| mb(file) / 1e3 / time;
    println!(
        "\n1,000 chunks of {:.1} KB: {:.2} GB/s; the big one: {:.2} GB/s",
        chunk.len() as f64 / 1e3,
        rate("many.txt", times.ours()),
        rate("big.txt", times.other())
    );
}

fn mb(path: &str) -> f64 {
    fs::metadata(path).unwrap().len() as f64 / 1e6
}

/// Prints the peak memory of the converter when all but the end of its output has been read.
fn peak_memory(converter: &str) {
    let output = fs::metadata("big.txt").unwrap().len();
    let mut child = Command::new(converter)
        .arg("big.luac")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    io::copy(&mut (&mut stdout).take(output - (4 << 20)), &mut io::sink()).unwrap();
    let status = fs::read_to_string(format!("/proc/{}/status", child.id()));
    io::copy(&mut stdout, &mut io::sink()).unwrap();
    child.wait().unwrap();
    let peak = status.ok().and_then(|status| {
        let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
        line.split_whitespace().nth(1)?.parse::<f64>().ok()
    });
    if let Some(peak) = peak {
        let bound = 2.5 * mb("big.luac") * 1e6 / 1048576.0 + 4.0;
        println!(
            "peak memory on the big chunk: {:.2} MiB (2.5 x input + 4 MiB = {bound:.2} MiB)",
            peak / 1024.0
        );
    }
}
