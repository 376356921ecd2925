//! Shared by the tests: the fixtures and Lua's own compiler.
#![allow(dead_code, reason = "each set of features uses some of it")]

#[cfg(feature = "tokenizer")]
pub mod kinds;
pub mod programs;
pub mod trees;

use std::fs;
use std::path::{Path, PathBuf};

use luadec_tok::chunk::Chunk;
use luadec_tok::stream::{Language, ParseError};
use serde_json::Value;

/// Returns the directory of the fixtures.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// Returns the files with an extension in a directory below the fixtures, sorted.
pub fn files(directory: &str, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(fixtures().join(directory)).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| {
        file.extension()
            .is_some_and(|extension| extension == ending)
    });
    files.sort();
    assert!(!files.is_empty(), "no .{ending} in fixtures/{directory}");
    files
}

/// Reads a fixture.
pub fn fixture(name: &str) -> Vec<u8> {
    fs::read(fixtures().join(name)).unwrap()
}

/// Parses JSON Lines.
pub fn json_lines(bytes: &[u8]) -> Vec<Value> {
    let lines = str::from_utf8(bytes).unwrap().lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Compiles a source as `luac5.3` does, with or without `-s`.
pub fn luac(source: &[u8], name: &str, strip: bool) -> Vec<u8> {
    let lua = mlua::Lua::new();
    let mode = mlua::chunk::ChunkMode::Text;
    lua.load(source)
        .set_name(format!("@{name}"))
        .set_mode(mode)
        .into_function()
        .unwrap()
        .dump(strip)
}

/// Returns the full stream of a chunk, without its line end.
pub fn stream(chunk: &Chunk) -> String {
    chunk.to_tokens().unwrap()
}

/// Returns the terse stream of a chunk, without its line end.
pub fn terse(chunk: &Chunk) -> String {
    chunk.to_terse()
}

/// Returns the stream of a chunk in a language, without its line end.
pub fn stream_as(language: Language, chunk: &Chunk) -> String {
    match language {
        Language::Full => stream(chunk),
        Language::Terse => terse(chunk),
    }
}

/// Returns the full stream of a chunk's bytes.
pub fn stream_of(bytes: &[u8]) -> String {
    stream(&Chunk::read(bytes).unwrap())
}

/// Returns the full stream of a chunk's bytes, stripped first.
pub fn stripped_stream_of(bytes: &[u8]) -> String {
    stream(&stripped(bytes))
}

/// Reads a chunk and strips it.
pub fn stripped(bytes: &[u8]) -> Chunk<'_> {
    let mut chunk = Chunk::read(bytes).unwrap();
    chunk.strip();
    chunk
}

/// Parses a text with one stream.
pub fn parse(text: &str) -> Result<Chunk<'static>, Box<ParseError>> {
    Chunk::parse(text)
}

/// Returns whether the goldens should be rewritten.
pub fn bless() -> bool {
    std::env::var_os("BLESS").is_some_and(|bless| bless == "1")
}

/// Compares `found` with a golden file, or rewrites the file if `BLESS=1` is set.
pub fn golden(path: &Path, found: &[u8]) {
    if bless() {
        fs::write(path, found).unwrap();
    }
    let wanted = fs::read(path)
        .unwrap_or_else(|error| panic!("{}: {error}; BLESS=1 writes it", path.display()));
    if wanted != found {
        let at = wanted.iter().zip(found).take_while(|(a, b)| a == b).count();
        let around = |bytes: &[u8]| {
            bytes[at.saturating_sub(80)..bytes.len().min(at + 80)]
                .escape_ascii()
                .to_string()
        };
        panic!(
            "{} differs at byte {at}; BLESS=1 accepts the change\nwanted: {}\nfound:  {}",
            path.display(),
            around(&wanted),
            around(found),
        );
    }
}

/// Returns the files that a process is writing in a directory and that are not at their path yet: some
/// have another name, some have none.
pub fn pending(process: u32, directory: &Path) -> Vec<PathBuf> {
    let paths = |directory: PathBuf| {
        let entries = fs::read_dir(directory).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path())
    };
    let has_temporary_name = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with(".luadec-tok-")
    };
    let directory = directory.canonicalize().unwrap();
    let is_unnamed = |descriptor: &PathBuf| {
        let file = fs::read_link(descriptor).unwrap_or_default();
        file.parent() == Some(&directory) && file.to_str().unwrap().ends_with(" (deleted)")
    };
    let descriptors = paths(format!("/proc/{process}/fd").into());
    paths(directory.clone())
        .filter(has_temporary_name)
        .chain(descriptors.filter(is_unnamed))
        .collect()
}

/// Returns the signals that end a run, except those that this process ignores, because its children
/// ignore them as well: a script's background processes ignore SIGINT.
#[cfg(unix)]
pub fn signals() -> impl Iterator<Item = rustix::process::Signal> {
    use rustix::process::Signal;

    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.map_or(0, |mask| u64::from_str_radix(mask.trim(), 16).unwrap());
    [Signal::INT, Signal::TERM, Signal::HUP]
        .into_iter()
        .filter(move |signal| {
            let is_ignored = mask >> (signal.as_raw() - 1) & 1 == 1;
            if is_ignored {
                eprintln!("skipped: this process ignores {signal:?}");
            }
            !is_ignored
        })
}
