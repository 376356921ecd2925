//! Measures how fast answers are scored, against `luac5.3 -p`, which only compiles the same texts.
//!
//!     cargo bench --bench score [-- DIRECTORY]
//!
//! It makes the records of all functions in DIRECTORY, or in sources that it writes itself, each
//! with debug information and stripped, and scores them with two threads, each text being its own
//! answer. It takes turns with two processes of `luac5.3 -p`. All figures are medians.

mod common;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::{median_seconds as median, seconds};

const ROUNDS: usize = 5;
/// The goal, in rows a second.
const LEAST: f64 = 5000.0;

fn main() {
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder to write to");
    let scratch = scratch.path();
    let named = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'));
    let sources = named.map_or_else(|| write_sources(scratch), PathBuf::from);
    let rows = scratch.join("rows.jsonl");
    let made = Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
        .args("dataset --unit function --strip both --dedup none --max-bytes 1000000 -o".split(' '))
        .args([&rows, &sources])
        .stderr(Stdio::null())
        .status();
    assert!(made.expect("the command runs").success());
    let count = write_answers(&rows, &scratch.join("answers"));

    let rounds: Vec<[f64; 2]> = (0..ROUNDS)
        .map(|_| {
            let mut score = Command::new(env!("CARGO_BIN_EXE_luadec-tok"));
            score.args(["score", "--jobs", "2"]).arg(&rows);
            let mut luac = Command::new("sh");
            luac.current_dir(scratch)
                .args(["-c", "find answers -type f | xargs -P 2 -n 100 luac5.3 -p"]);
            [score, luac].map(|mut command| {
                let scores = File::create(scratch.join("scores")).expect("a new file");
                seconds(command.stdout(scores).stderr(Stdio::null()))
            })
        })
        .collect();
    let score = median(rounds.iter().map(|[score, _]| *score));
    let luac = median(rounds.iter().map(|[_, luac]| *luac));
    let ratio = median(rounds.iter().map(|[score, luac]| score / luac));
    println!(
        "{count} rows: {score:.2} s, {:.0} rows/s (goal: {LEAST}); luac5.3 -p: {luac:.2} s; ratio {ratio:.2}",
        count as f64 / score,
    );
}

/// Writes the answer of each row to a file, as it compiles by itself. Returns their number.
fn write_answers(rows: &Path, folder: &Path) -> usize {
    fs::create_dir(folder).expect("a new folder");
    let rows = fs::read_to_string(rows).expect("the rows");
    for (i, row) in rows.lines().enumerate() {
        let row: serde_json::Value = serde_json::from_str(row).expect("a row");
        let answer = row["messages"][1]["content"].as_str().expect("an answer");
        let rest = answer.strip_prefix("function").unwrap_or("").trim_start();
        let before = if rest.starts_with('(') { "return " } else { "" };
        fs::write(folder.join(format!("{i}.lua")), format!("{before}{answer}"))
            .expect("a new file");
    }
    rows.lines().count()
}

/// Writes sources with functions of common sizes that use variables around them.
fn write_sources(scratch: &Path) -> PathBuf {
    let folder = scratch.join("src");
    fs::create_dir(&folder).expect("a new folder");
    for i in 0..500u32 {
        let mut text = String::from("local M, util, count = {}, require 'util', 0\n");
        for j in 0..i.wrapping_mul(2_654_435_761) >> 27 {
            let k = i * j;
            let lines: String = (0..k % 12)
                .map(|n| {
                    format!("  if x.y{n} > {k} then t[{n}] = util.call(y, 'text {n}', count) end\n")
                })
                .collect();
            text += &format!(
                "function M.name{k}(self, x, y)\n  local t = {{ x = x, '{k}' }}\n{lines}  count = count + 1\n  \
                 self:each(function(v) t[#t + 1] = v .. x.name end)\n  return t, M\nend\n\n"
            );
        }
        fs::write(folder.join(format!("{i}.lua")), text + "return M\n").expect("a new file");
    }
    folder
}
