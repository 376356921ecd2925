//! What the tests share: the fixtures, and Lua's own compiler.
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

/// The folder of the fixtures.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The files of a folder below the fixtures that end so, sorted.
pub fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(fixtures().join(folder)).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| {
        file.extension()
            .is_some_and(|extension| extension == ending)
    });
    files.sort();
    assert!(!files.is_empty(), "no .{ending} in fixtures/{folder}");
    files
}

/// The bytes of a fixture.
pub fn fixture(name: &str) -> Vec<u8> {
    fs::read(fixtures().join(name)).unwrap()
}

/// The values of JSON Lines.
pub fn json_lines(bytes: &[u8]) -> Vec<Value> {
    let lines = str::from_utf8(bytes).unwrap().lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The chunk that `luac5.3` writes for a source, with `-s` or without.
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

/// The full stream of a chunk, without its line end.
pub fn stream(chunk: &Chunk) -> String {
    chunk.to_tokens().unwrap()
}

/// The terse stream of a chunk, without its line end.
pub fn terse(chunk: &Chunk) -> String {
    chunk.to_terse()
}

/// The stream of a chunk in that language, without its line end.
pub fn stream_as(language: Language, chunk: &Chunk) -> String {
    match language {
        Language::Full => stream(chunk),
        Language::Terse => terse(chunk),
    }
}

/// The full stream of a chunk's bytes.
pub fn stream_of(bytes: &[u8]) -> String {
    stream(&Chunk::read(bytes).unwrap())
}

/// The full stream of a chunk's bytes, stripped first.
pub fn stripped_stream_of(bytes: &[u8]) -> String {
    stream(&stripped(bytes))
}

/// The chunk of bytes, stripped.
pub fn stripped(bytes: &[u8]) -> Chunk<'_> {
    let mut chunk = Chunk::read(bytes).unwrap();
    chunk.strip();
    chunk
}

/// The chunk of a text that holds one stream.
pub fn parse(text: &str) -> Result<Chunk<'static>, Box<ParseError>> {
    Chunk::parse(text)
}

/// Whether the goldens are to be written anew.
pub fn bless() -> bool {
    std::env::var_os("BLESS").is_some_and(|bless| bless == "1")
}

/// Holds `found` against a golden file, or writes it anew under `BLESS=1`.
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

/// Paths to the files in a folder that a process writes and that do not have their path yet: some
/// have another name, some have none.
pub fn pending(process: u32, folder: &Path) -> Vec<PathBuf> {
    let paths = |folder: PathBuf| {
        let entries = fs::read_dir(folder).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path())
    };
    let is_beside = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with(".luadec-tok-")
    };
    let folder = folder.canonicalize().unwrap();
    let is_nameless = |descriptor: &PathBuf| {
        let file = fs::read_link(descriptor).unwrap_or_default();
        file.parent() == Some(&folder) && file.to_str().unwrap().ends_with(" (deleted)")
    };
    let descriptors = paths(format!("/proc/{process}/fd").into());
    paths(folder.clone())
        .filter(is_beside)
        .chain(descriptors.filter(is_nameless))
        .collect()
}

/// The signals that end a run, but for those that this process ignores, as then does whatever it
/// starts: a job in the background of a script ignores Ctrl-C.
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
                eprintln!("skipped: {signal:?} is ignored here");
            }
            !is_ignored
        })
}
