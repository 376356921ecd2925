//! Runs the command in a directory of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

pub use crate::common::json_lines;

/// A directory for sources and outputs.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    /// Creates a directory with these files below `src`.
    pub fn with(files: &[(&str, &[u8])]) -> Folder {
        let directory = Folder::new();
        for (name, bytes) in files {
            directory.write(&format!("src/{name}"), bytes);
        }
        directory
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path().join(name)).unwrap()
    }

    /// Returns the names in the directory, sorted.
    pub fn names(&self) -> Vec<String> {
        self.names_in("")
    }

    /// Returns the names in a subdirectory, sorted.
    pub fn names_in(&self, name: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path().join(name)).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Returns all files of a subdirectory with their contents.
    pub fn files(&self, name: &str) -> BTreeMap<String, Vec<u8>> {
        let entries = fs::read_dir(self.path().join(name)).unwrap();
        let files = entries.map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read(path).unwrap())
        });
        files.collect()
    }

    /// Returns `luadec-tok dataset` with these arguments, separated by spaces, in the directory.
    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_luadec-tok"));
        command.current_dir(self.path()).arg("dataset");
        command.args(arguments.split_whitespace());
        command
    }

    pub fn run(&self, arguments: &str) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs what must succeed and returns its standard output.
    pub fn ok(&self, arguments: &str) -> Vec<u8> {
        let output = self.run(arguments);
        assert!(output.status.success(), "{}", stderr(&output));
        output.stdout
    }

    /// Runs what must succeed and returns the lines of JSON on its standard output.
    pub fn lines(&self, arguments: &str) -> Vec<Value> {
        json_lines(&self.ok(arguments))
    }
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
