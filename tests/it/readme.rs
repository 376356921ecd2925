//! What a user sees: the examples of README.md and docs/FORMAT.md and the transcripts of `tests/transcripts/` are run.
//!
//! Each `$` line of a `console` block is a command for `sh`; it goes on over lines while a quote is
//! open. What follows is what it prints, standard error included, with `[N]` for an exit status other
//! than 0. `BLESS=1` writes the outputs anew.

use std::collections::HashSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::{bless, fixtures};

#[test]
fn the_readme_says_what_its_examples_print() {
    // The examples name the fixtures, and write below $OUT.
    let count = run_all(Path::new("README.md"), |_| fixtures());
    assert!(count > 10, "only {count} examples found");
}

#[test]
fn the_documents_say_what_their_examples_print() {
    let mut count = 0;
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "md") {
            count += run_all(&path, |_| fixtures());
        }
    }
    assert!(count > 1, "only {count} examples found");
}

/// The `text` blocks annotate streams; each of their tokens is one of the vocabulary.
#[test]
fn the_tokens_of_the_readme_exist() {
    let vocabulary = run("luadec-tok vocab --stream both", &fixtures(), &fixtures());
    let vocabulary: HashSet<&str> = vocabulary.lines().collect();
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let blocks = text.split("```text\n").skip(1);
    let mut count = 0;
    for block in blocks.map(|block| block.split("```").next().unwrap()) {
        for (at, _) in block.match_indices("<|") {
            let token = &block[at..at + block[at..].find("|>").unwrap() + 2];
            assert!(vocabulary.contains(token), "{token} is no token");
            count += 1;
        }
    }
    assert!(count > 20, "only {count} tokens found");
}

#[test]
fn the_transcripts_say_what_their_commands_print() {
    let mut count = 0;
    for entry in fs::read_dir(root().join("tests/transcripts")).unwrap() {
        let path = entry.unwrap().path();
        count += run_all(&path, Path::to_owned);
    }
    assert!(count > 50, "only {count} commands found");
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs all examples of a file in the folder that `folder` gives for `$OUT`, a new folder, and gives
/// their number.
fn run_all(path: &Path, folder: impl Fn(&Path) -> PathBuf) -> usize {
    let path = root().join(path);
    let text = fs::read_to_string(&path).unwrap();
    let out = tempfile::tempdir().unwrap();
    let folder = folder(out.path());
    let mut blessed = String::new();
    let mut count = 0;
    let mut rest = text.as_str();
    while let Some((before, block)) = rest.split_once("```console\n") {
        let (block, after) = block.split_once("```").unwrap();
        blessed += before;
        blessed += "```console\n";
        // What follows a command that this build lacks may need what it would have left.
        let mut whole = true;
        for example in block.strip_prefix("$ ").unwrap().split("\n$ ") {
            let (command, wanted) = split(example);
            let mut shown = wanted.trim_matches('\n').to_owned();
            whole = whole && is_built(command);
            if whole {
                let found = run(command, &folder, out.path());
                if !bless() {
                    let path = path.display();
                    assert_eq!(
                        found, shown,
                        "{path}: $ {command}\nBLESS=1 accepts what was found"
                    );
                }
                shown = found;
                count += 1;
            }
            blessed += &format!("$ {command}\n{shown}");
            if !shown.is_empty() {
                blessed += "\n";
            }
        }
        blessed += "```";
        rest = after;
    }
    blessed += rest;
    if bless() && blessed != text {
        fs::write(&path, blessed).unwrap();
    }
    count
}

/// Whether this build has what a command uses.
fn is_built(command: &str) -> bool {
    let parts = [
        ("luadec-tok dataset", cfg!(feature = "dataset")),
        ("luadec-tok score", cfg!(feature = "score")),
        ("tokenizer", cfg!(feature = "tokenizer")),
        ("--ids", cfg!(feature = "tokenizer")),
        ("--add-to", cfg!(feature = "tokenizer")),
    ];
    let has = |(part, there): (&str, bool)| there || !command.contains(part);
    parts.into_iter().all(has)
}

/// A command, which goes on as long as a quote is open, and what it prints.
fn split(example: &str) -> (&str, &str) {
    let mut end = 0;
    for line in example.split_inclusive('\n') {
        end += line.len();
        let command = &example[..end];
        if command.matches('\'').count().is_multiple_of(2) {
            break;
        }
    }
    let (command, wanted) = example.split_at(end);
    (command.trim_end_matches('\n'), wanted)
}

/// What a command prints, and its exit status.
fn run(command: &str, folder: &Path, out: &Path) -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_luadec-tok"));
    let path = env::join_paths(
        [binary.parent().unwrap().to_owned()]
            .into_iter()
            .chain(env::split_paths(&env::var_os("PATH").unwrap())),
    )
    .unwrap();
    let run = Command::new("sh")
        .args(["-c", &format!("exec 2>&1\n{command}")])
        .current_dir(folder)
        .env("PATH", &path)
        .env("OUT", out)
        .env("FIXTURES", fixtures())
        .env("LC_ALL", "C")
        .env_remove("NO_COLOR")
        .output()
        .unwrap();
    let mut found = String::from_utf8_lossy(&run.stdout)
        .replace(out.to_str().unwrap(), "$OUT")
        .replace(fixtures().to_str().unwrap(), "$FIXTURES");
    match run.status.code().unwrap() {
        0 => {}
        status => found += &format!("[{status}]\n"),
    }
    found.trim_matches('\n').to_owned()
}
