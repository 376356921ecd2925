//! Runs the examples of README.md and docs/, and the sessions of `tests/transcripts/`, and compares what
//! they print, standard error included. `BLESS=1` accepts what was printed.
//!
//! A page is run as if it were pasted into a shell at the root of the repository: all of its `sh` blocks
//! in one session. In a block, lines that begin with `#` are what the commands above them print. A block
//! that starts with `sh no_run` needs something that the tests lack, and is not run.
//!
//! A transcript is run in a new directory. In its `console` blocks each line that begins with `$ ` is a
//! command, which goes on over lines while a quote is open; `[N]` is an exit status other than 0.
//!
//! Examples that need features which this build lacks are skipped.

use std::collections::{BTreeSet, HashSet};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::{bless, fixture, fixtures};

#[test]
fn the_readme_shows_what_its_examples_print() {
    let count = run_page(&root().join("README.md"));
    assert!(count > 10, "only {count} examples found");
}

#[test]
fn the_documents_show_what_their_examples_print() {
    let count: usize = files("docs", "md").iter().map(|page| run_page(page)).sum();
    assert!(count > 10, "only {count} examples found");
}

#[test]
fn the_transcripts_show_what_their_commands_print() {
    let mut count = 0;
    for path in files("tests/transcripts", "md") {
        let out = tempfile::tempdir().unwrap();
        count += run(&path, &CONSOLE, out.path(), out.path());
    }
    assert!(count > 50, "only {count} commands found");
}

/// The README is read on terminals of 80 columns; what commands print may be wider.
#[test]
fn the_readme_is_short() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.len() <= 12_000, "{} bytes", readme.len());
    for line in readme.lines().filter(|line| !line.starts_with('#')) {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

/// The README opens with a source, its terse stream beside it, and the beginning of the full stream.
#[test]
fn the_picture_of_the_readme_is_true() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let mut blocks = readme.split("```text\n").skip(1);
    let mut block = || blocks.next().unwrap().split("```").next().unwrap();
    let picture = block();
    let column = picture.find("<|").unwrap();
    let (mut source, mut terse) = (String::new(), String::new());
    for line in picture.lines() {
        let (left, right) = line.split_at(column);
        if !left.trim().is_empty() {
            source += &format!("{}\n", left.trim_end());
        }
        terse += right.trim();
    }
    assert_eq!(source.as_bytes(), fixture("fee.lua"));
    assert_eq!(
        format!("{terse}\n").as_bytes(),
        fixture("fee.stripped.terse")
    );
    let full = block().trim_end().as_bytes();
    assert!(fixture("fee.stripped.txt").starts_with(full));
}

/// Each token that a page mentions is one of the vocabulary.
#[test]
fn the_tokens_of_the_documents_exist() {
    let vocabulary = Session::new(root(), root());
    let vocabulary = vocabulary.run(&["luadec-tok vocab --stream both".to_owned()]);
    let vocabulary: HashSet<&str> = vocabulary[0].0.lines().collect();
    let mut count = 0;
    for page in files("docs", "md")
        .into_iter()
        .chain([root().join("README.md")])
    {
        // A table's cells have the bar escaped.
        let text = fs::read_to_string(page).unwrap().replace("\\|", "|");
        for (at, _) in text.match_indices("<|") {
            let Some(end) = text[at..].find("|>") else {
                continue;
            };
            let token = &text[at..at + end + 2];
            let of_tokenizers = ["<|pad|>", "<|endoftext|>", "<|TOKEN:unk|>", "<|TOKEN:pad|>"];
            let is_pattern = of_tokenizers.contains(&token)
                || token.contains(['…', ' ', '\n'])
                || token.contains("=N");
            assert!(is_pattern || vocabulary.contains(token), "{token}");
            count += 1;
        }
    }
    assert!(count > 100, "only {count} tokens found");
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files of a directory with this extension, in order.
fn files(directory: &str, extension: &str) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(root().join(directory)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect()
}

/// Runs the examples of a page at the root of the repository, which they must leave as it was.
fn run_page(page: &Path) -> usize {
    // What an example writes to the root of the repository ends up beside links to what is there.
    let (links, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for entry in fs::read_dir(root()).unwrap() {
        let entry = entry.unwrap();
        // git does not follow links to its own files.
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        std::os::unix::fs::symlink(entry.path(), links.path().join(entry.file_name())).unwrap();
    }
    let before = (tree(links.path()), tree(&fixtures()));
    let count = run(page, &PASTED, links.path(), out.path());
    let after = (tree(links.path()), tree(&fixtures()));
    assert!(
        bless() || before == after,
        "{} leaves files behind",
        page.display()
    );
    let left = fs::read_dir(out.path()).unwrap().count();
    assert_eq!(left, 0, "{} leaves temporary files", page.display());
    count
}

/// The paths in a directory, not following links.
fn tree(directory: &Path) -> BTreeSet<PathBuf> {
    let mut paths = BTreeSet::new();
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            paths.extend(tree(&entry.path()));
        }
        paths.insert(entry.path());
    }
    paths
}

/// How examples are written.
struct Form {
    /// What a block of examples begins with.
    fence: &'static str,
    /// Puts a command into a script.
    script: fn(&str) -> String,
    /// Splits a block into commands and what they print.
    split: fn(&str) -> Vec<Example>,
    /// Writes a command with what it printed, and its exit status.
    write: fn(command: &str, printed: &str, status: i32) -> String,
}

struct Example {
    command: String,
    text: String,
}

const PASTED: Form = Form {
    fence: "\n```sh\n",
    script: str::to_owned,
    split: |block| {
        let mut examples: Vec<Example> = Vec::new();
        let mut is_output = true;
        for line in block.split_inclusive('\n') {
            let was_output = std::mem::replace(&mut is_output, line.starts_with('#'));
            if was_output && !is_output {
                examples.push(Example {
                    command: String::new(),
                    text: String::new(),
                });
            }
            let example = examples.last_mut().expect("a block begins with a command");
            if !is_output {
                example.command += line;
            }
            example.text += line;
        }
        examples
    },
    write: |command, printed, _| {
        let mut text = command.to_owned();
        for line in printed.lines() {
            text += format!("# {line}").trim_end();
            text += "\n";
        }
        text
    },
};

const CONSOLE: Form = Form {
    fence: "\n```console\n",
    // A change of directory ends with its command.
    script: |command| format!("({command}\n)"),
    split: |block| {
        let examples = block.strip_prefix("$ ").unwrap().split("\n$ ");
        let example = |text: &str| {
            let mut end = 0;
            for line in text.split_inclusive('\n') {
                end += line.len();
                if text[..end].matches('\'').count().is_multiple_of(2) {
                    break;
                }
            }
            Example {
                command: text[..end].trim_end().to_owned(),
                text: format!("$ {}\n", text.trim_end_matches('\n')),
            }
        };
        examples.map(example).collect()
    },
    write: |command, printed, status| {
        let printed = printed.trim_matches('\n');
        let mut text = format!("$ {command}\n");
        if !printed.is_empty() {
            text += &format!("{printed}\n");
        }
        if status != 0 {
            text += &format!("[{status}]\n");
        }
        text
    },
};

/// Runs all examples of a file in one session and returns their number.
fn run(path: &Path, form: &Form, directory: &Path, out: &Path) -> usize {
    let text = fs::read_to_string(path).unwrap();
    // The text between the examples, and the examples; those that are not run have no command.
    let mut parts: Vec<Example> = Vec::new();
    let mut rest = text.as_str();
    while let Some((before, block)) = rest.split_once(form.fence) {
        let (block, after) = block.split_at(block.find("```").unwrap());
        parts.push(Example {
            command: String::new(),
            text: format!("{before}{}", form.fence),
        });
        // What follows a command that this build lacks may need what that would have left.
        let mut is_whole = true;
        for mut example in (form.split)(block) {
            is_whole = is_whole && is_built(&example.command);
            if !is_whole {
                example.command.clear();
            }
            parts.push(example);
        }
        rest = after;
    }
    let commands: Vec<String> = parts
        .iter()
        .filter(|part| !part.command.is_empty())
        .map(|part| (form.script)(&part.command))
        .collect();
    let mut printed = Session::new(directory, out).run(&commands).into_iter();
    let mut found = String::new();
    for part in &parts {
        if part.command.is_empty() {
            found += &part.text;
            continue;
        }
        let (output, status) = printed.next().expect("each command ends");
        let example = (form.write)(&part.command, &output, status);
        if !bless() {
            assert_eq!(
                example,
                part.text,
                "{}: BLESS=1 accepts what is on the left",
                path.display()
            );
        }
        found += &example;
    }
    found += rest;
    if bless() && found != text {
        fs::write(path, found).unwrap();
    }
    commands.len()
}

/// Returns whether this build has what a command uses.
fn is_built(command: &str) -> bool {
    let parts = [
        ("luadec-tok dataset", cfg!(feature = "dataset")),
        ("luadec-tok score", cfg!(feature = "score")),
        ("luadec-tok ask", cfg!(feature = "score")),
        ("luadec-tok assemble", cfg!(feature = "score")),
        ("tokenizer", cfg!(feature = "tokenizer")),
        ("--ids", cfg!(feature = "tokenizer")),
        ("--add-to", cfg!(feature = "tokenizer")),
        ("--train", cfg!(feature = "dataset")),
        ("git -c", is_installed("git")),
    ];
    let has = |(part, there): (&str, bool)| there || !command.contains(part);
    parts.into_iter().all(has)
}

fn is_installed(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap();
    let mut directories = env::split_paths(&path);
    directories.any(|directory| directory.join(program).exists())
}

/// A shell in a directory.
struct Session {
    shell: Command,
    /// What is shown in place of a path.
    names: Vec<(String, &'static str)>,
}

impl Session {
    fn new(directory: &Path, out: &Path) -> Session {
        let binary = Path::new(env!("CARGO_BIN_EXE_luadec-tok"));
        let path = env::var_os("PATH").unwrap();
        let path = [binary.parent().unwrap().to_owned()]
            .into_iter()
            .chain(env::split_paths(&path));
        let mut shell = Command::new("sh");
        shell
            .current_dir(directory)
            .env("PATH", env::join_paths(path).unwrap())
            .env("OUT", out)
            .env("TMPDIR", out)
            .env("FIXTURES", fixtures())
            .env("LC_ALL", "C")
            .env_remove("NO_COLOR");
        Session {
            shell,
            names: vec![
                (out.to_str().unwrap().to_owned(), "$OUT"),
                (fixtures().to_str().unwrap().to_owned(), "$FIXTURES"),
            ],
        }
    }

    /// Runs the commands and returns what each prints, and its exit status.
    fn run(mut self, commands: &[String]) -> Vec<(String, i32)> {
        // `cargo run` is the binary under test; nothing is installed.
        let mut script = "exec 2>&1\n\
            cargo() { case $1 in run) shift 3; luadec-tok \"$@\" ;; esac; }\n\
            pip() { :; }\n"
            .to_owned();
        for command in commands {
            script += &format!("{command}\nprintf '\\1%s\\1' $?\n");
        }
        let run = self.shell.args(["-c", &script]).output().unwrap();
        let mut text = String::from_utf8_lossy(&run.stdout).into_owned();
        for (path, name) in &self.names {
            text = text.replace(path, name);
        }
        let parts: Vec<&str> = text.split('\u{1}').collect();
        let ended = parts.chunks_exact(2);
        ended
            .map(|part| (part[0].to_owned(), part[1].parse().unwrap()))
            .collect()
    }
}
