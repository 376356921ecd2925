//! The speed of the views, measured as whole processes: `cargo bench --bench views` prints how many bytes
//! per second each view writes, and compares the listing with `luac5.3 -l -l`, if that is installed.

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{luac, median, program, time};

const RUNS: usize = 21;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let chunk = folder.path().join("big.luac");
    fs::write(&chunk, luac(&program(450))).unwrap();
    let size = fs::metadata(&chunk).unwrap().len();
    println!(
        "one chunk of {:.2} MB; medians of {RUNS} runs\n",
        size as f64 / 1e6
    );

    let view = |format: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_luadec-tok"));
        match format {
            "pretty" => command.arg("--pretty"),
            format => command.args(["-f", format]),
        };
        command.arg(&chunk);
        command
    };
    println!("| view | MB | median | MB/s |");
    println!("|---|---|---|---|");
    for format in ["listing", "hexdump", "pretty"] {
        let written = view(format).output().unwrap().stdout.len() as f64 / 1e6;
        let median = median((0..RUNS).map(|_| run(&mut view(format))).collect());
        println!(
            "| {format} | {written:.1} | {:.1} ms | {:.0} |",
            ms(median),
            written / median.as_secs_f64()
        );
    }

    match luac_of(&chunk).status() {
        Ok(status) if status.success() => {
            let (ours, theirs): (Vec<_>, Vec<_>) = (0..RUNS)
                .map(|_| (run(&mut view("listing")), run(&mut luac_of(&chunk))))
                .unzip();
            let (ours, theirs) = (median(ours), median(theirs));
            println!(
                "\nluac5.3 -l -l takes {:.1} ms: {:.1} times the listing",
                ms(theirs),
                theirs.as_secs_f64() / ours.as_secs_f64()
            );
        }
        _ => println!("\nluac5.3 is not installed, so there is nothing to compare with"),
    }
}

fn luac_of(chunk: &Path) -> Command {
    let mut command = Command::new("luac5.3");
    command
        .args(["-l", "-l", "-p"])
        .arg(chunk)
        .stdout(Stdio::null());
    command
}

fn run(command: &mut Command) -> Duration {
    command.stdout(Stdio::null());
    time(|| assert!(command.status().unwrap().success()))
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
