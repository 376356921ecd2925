//! The subcommand `assemble`.

mod answers;
mod command;
mod hostile;
mod names;
mod roots;
mod server;
mod versions;

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use luadec_tok::Chunk;
use luadec_tok::source::{Inside, parse};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::{TempDir, tempdir};

use crate::common;

/// Returns a command with some arguments, in a directory.
fn command(
    directory: impl AsRef<Path>,
    arguments: impl IntoIterator<Item: AsRef<OsStr>>,
) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_luadec-tok"));
    command.args(arguments).current_dir(directory);
    command
}

fn run(directory: impl AsRef<Path>, arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> Output {
    command(directory, arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}

/// A chunk, and an answer to each of its functions.
struct Asked {
    directory: TempDir,
    /// The id of each function's outline.
    ids: Vec<String>,
    answers: Vec<String>,
    canonical: String,
}

impl Asked {
    /// Compiles a source, whose own canonical answers are the answers.
    fn new(source: &str, strip: bool) -> Asked {
        Asked::of_chunk(&common::luac(source.as_bytes(), "asked.lua", strip), source)
    }

    fn of_chunk(bytes: &[u8], source: &str) -> Asked {
        let chunk = Chunk::read(bytes).unwrap();
        let source = parse(source.as_bytes(), chunk.version).unwrap();
        let directory = tempdir().unwrap();
        fs::write(directory.path().join("asked.luac"), bytes).unwrap();
        let answer = |number| source.answer(number as u32, Inside::Holes).unwrap();
        let ids = ids(&chunk);
        let count = ids.len().min(source.functions.len());
        Asked {
            answers: (0..count).map(answer).collect(),
            ids,
            canonical: source.canonical(),
            directory,
        }
    }

    /// Replaces the answer to a function.
    fn with(mut self, function: usize, answer: &str) -> Asked {
        self.answers[function] = answer.to_owned();
        self
    }

    fn rows(&self) -> Vec<Value> {
        let rows = self.ids.iter().zip(&self.answers);
        rows.map(|(id, answer)| json!({"id": id, "prediction": answer}))
            .collect()
    }

    fn write(&self, name: &str, rows: &[Value]) {
        let rows: String = rows.iter().map(|row| format!("{row}\n")).collect();
        fs::write(self.path(name), rows).unwrap();
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.directory.path().join(name)
    }

    /// Assembles the answers.
    fn assemble(&self) -> Assembled {
        self.write("answers.jsonl", &self.rows());
        self.run(&["answers.jsonl"])
    }

    /// Assembles with some arguments after the chunk.
    fn run(&self, arguments: &[&str]) -> Assembled {
        let mut all = vec!["assemble", "asked.luac"];
        all.extend(arguments);
        all.extend(["-o", "got.lua", "--report", "report.json"]);
        let output = run(&self.directory, all);
        let read = |name| fs::read_to_string(self.path(name)).unwrap_or_default();
        Assembled {
            status: output.status.code().unwrap(),
            file: read("got.lua"),
            report: serde_json::from_str(&read("report.json")).unwrap_or_default(),
            messages: text(&output.stderr).to_owned(),
        }
    }
}

struct Assembled {
    status: i32,
    file: String,
    report: Value,
    messages: String,
}

impl Assembled {
    #[track_caller]
    fn is_proven(&self, file: &str) {
        assert_eq!(self.file.trim_end_matches('\n'), file, "{}", self.messages);
        assert_eq!((self.status, &self.report["same"]), (0, &json!(true)));
        assert_eq!(self.report["proven"], self.report["functions"]);
    }

    /// Returns the outcome of each function.
    fn outcomes(&self) -> Vec<&str> {
        let functions = self.report["by_function"].as_array().unwrap();
        functions
            .iter()
            .map(|function| function["outcome"].as_str().unwrap())
            .collect()
    }
}

/// Returns the ids of the functions' outlines.
fn ids(chunk: &Chunk) -> Vec<String> {
    let id = |outline: String| {
        let hash = Sha256::digest(outline);
        hash[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    };
    chunk
        .to_outlines()
        .map(|(_, outline)| id(outline.to_terse()))
        .collect()
}

/// Returns true if a source compiles.
fn compiles(source: &str) -> bool {
    let lua = mlua::Lua::new();
    lua.load(source)
        .set_mode(mlua::chunk::ChunkMode::Text)
        .into_function()
        .is_ok()
}
