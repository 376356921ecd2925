//! The inputs: the files and directories that arguments or --files-from name.

use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use luadec_tok::stream::is_stream;
use luadec_tok::{ChunkProblem, LUA_SIGNATURE, undump};
use walkdir::{DirEntry, WalkDir};

use super::claims::Claims;
use super::messages::Messages;
use super::shown::Shown;

#[derive(Clone, Debug, Default, Args)]
pub struct NamesArgs {
    /// Also read the files listed in FILE
    ///
    /// One name per line; - for standard input.
    #[arg(long, value_name = "FILE", display_order = 1)]
    pub files_from: Option<PathBuf>,
    /// Names in --files-from end in NUL, as find -print0 writes them
    #[arg(
        short = '0',
        long = "null",
        requires = "files_from",
        display_order = 2,
        hide_short_help = true
    )]
    pub null: bool,
}

impl NamesArgs {
    /// Returns the inputs of the command line, followed by those that the file names.
    ///
    /// # Errors
    /// The file cannot be read, or names nothing.
    pub fn after(&self, arguments: &[PathBuf]) -> Result<Vec<PathBuf>> {
        let mut inputs = arguments.to_vec();
        let Some(file) = &self.files_from else {
            return Ok(inputs);
        };
        let named = || format!("--files-from {}", Shown(file));
        let end = if self.null { b'\0' } else { b'\n' };
        let mut names = open(file).with_context(named)?;
        while let Some(name) = next_name(&mut names, end).with_context(named)? {
            if !name.is_empty() {
                inputs.push(to_path(&name)?);
            }
        }
        if inputs.is_empty() {
            bail!("{}: no files listed; expected one per line", named());
        }
        Ok(inputs)
    }
}

fn open(file: &Path) -> io::Result<Box<dyn BufRead>> {
    Ok(match file.as_os_str() == "-" {
        true => Box::new(io::stdin().lock()),
        false => Box::new(BufReader::new(File::open(file)?)),
    })
}

/// The longest name, in bytes. No system allows longer ones.
const MAX_NAME: u64 = 64 << 10;

/// Reads the next name, without its end.
fn next_name(names: &mut dyn BufRead, end: u8) -> io::Result<Option<Vec<u8>>> {
    let mut name = Vec::new();
    let read = names.take(MAX_NAME + 1).read_until(end, &mut name)?;
    if name.last() == Some(&end) {
        name.pop();
    } else if read as u64 > MAX_NAME {
        let message = format!("not a list of files: a name is longer than {MAX_NAME} bytes");
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    Ok((read > 0).then_some(name))
}

#[cfg(unix)]
fn to_path(name: &[u8]) -> Result<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    Ok(OsStr::from_bytes(name).into())
}

/// File names are Unicode on this system.
#[cfg(not(unix))]
fn to_path(name: &[u8]) -> Result<PathBuf> {
    let name = name.strip_suffix(b"\r").unwrap_or(name);
    let name = std::str::from_utf8(name).context("--files-from: a name is not UTF-8")?;
    Ok(OsStr::new(name).into())
}

/// One input.
pub struct Input {
    /// The file, `None` for standard input.
    path: Option<PathBuf>,
    /// Its path below the directory that was named, or its file name.
    pub relative: PathBuf,
}

impl Input {
    /// Opens the input. Returns the length, too, if it is a file, and 0 otherwise.
    pub fn open(&self) -> io::Result<(Box<dyn Read>, u64)> {
        match &self.path {
            None => Ok((Box::new(io::stdin().lock()), 0)),
            Some(path) => {
                let file = File::open(path)?;
                let length = file.metadata()?.len();
                Ok((Box::new(file), length))
            }
        }
    }
}

impl Input {
    /// The length of the file; 0 if it is not known.
    pub fn length(&self) -> u64 {
        let metadata = self.path.as_ref().and_then(|path| fs::metadata(path).ok());
        metadata.map_or(0, |metadata| metadata.len())
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match &self.path {
            None => f.write_str("standard input"),
            Some(path) => Shown(path).fmt(f),
        }
    }
}

/// Names the input in an error, if it is the input's: that there is not enough memory for it. All
/// others on the way to an output are the output's, which names itself.
pub fn of_input(input: &Input, error: impl Into<io::Error>) -> anyhow::Error {
    let error = error.into();
    match error.kind() {
        io::ErrorKind::OutOfMemory => anyhow!(error).context(input.to_string()),
        _ => error.into(),
    }
}

/// Returns the files of these inputs.
pub fn claims(inputs: &[Result<Input>]) -> Claims {
    let mut claims = Claims::default();
    for input in inputs.iter().flatten() {
        claims.input(input.path.as_deref());
    }
    claims
}

/// The kind of files that a directory stands for.
pub struct Kind<'s> {
    /// The first bytes of chunks, if they are meant.
    pub signature: Option<&'s [u8]>,
    /// True if streams are meant.
    pub is_streams: bool,
    pub entries: EntryKind,
    /// The extension of such files, if they have one.
    pub extension: Option<&'static str>,
}

impl Kind<'_> {
    /// Returns whether a file that starts with these bytes is one.
    fn starts(&self, start: &[u8]) -> bool {
        let is_chunk = self
            .signature
            .is_some_and(|signature| start.starts_with(signature));
        is_chunk || self.is_streams && is_stream(start)
    }
}

/// What a file in a directory is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    Chunk,
    Stream,
    /// A Lua source, by its extension.
    Source,
    Other,
}

impl EntryKind {
    /// What messages call such files.
    fn name(self) -> &'static str {
        match self {
            EntryKind::Chunk => "Lua chunk",
            EntryKind::Stream => "token stream",
            EntryKind::Source => "Lua source",
            EntryKind::Other => "file",
        }
    }

    fn of(path: &Path, start: &[u8]) -> EntryKind {
        if start.starts_with(LUA_SIGNATURE) {
            EntryKind::Chunk
        } else if is_stream(start) {
            EntryKind::Stream
        } else if path.extension().is_some_and(|extension| extension == "lua") {
            EntryKind::Source
        } else {
            EntryKind::Other
        }
    }

    /// What to do with such files, where chunks or streams are wanted.
    fn advice(self) -> &'static str {
        match self {
            EntryKind::Chunk => ", but Lua chunks: luadec-tok without decode converts them",
            EntryKind::Stream => ", but token streams: luadec-tok decode turns them into chunks",
            EntryKind::Source => {
                ", but Lua sources: compile them first: luac5.3 -o out.luac in.lua"
            }
            EntryKind::Other => "",
        }
    }
}

/// Returns the inputs that the arguments name, in order; standard input if there are none. An input
/// that cannot be found is an error in its place.
pub fn expand(arguments: &[PathBuf], kind: &Kind, messages: &mut Messages) -> Vec<Result<Input>> {
    let stdin = || {
        Ok(Input {
            path: None,
            relative: PathBuf::from("stdin"),
        })
    };
    if arguments.is_empty() {
        return vec![stdin()];
    }
    let mut inputs = Vec::new();
    for argument in arguments {
        if argument.as_os_str() == "-" {
            inputs.push(stdin());
        } else if argument.is_dir() {
            expand_directory(argument, kind, &mut inputs, messages);
        } else {
            let relative = argument.file_name().unwrap_or_default().into();
            inputs.push(Ok(Input {
                path: Some(argument.clone()),
                relative,
            }));
        }
    }
    inputs
}

fn expand_directory(
    directory: &Path,
    kind: &Kind,
    inputs: &mut Vec<Result<Input>>,
    messages: &mut Messages,
) {
    let before = inputs.len();
    // How many files have the extension of the kind without being of it, the first of them, and what it is.
    let mut misnamed: Option<(usize, PathBuf, String)> = None;
    let mut instead = EntryKind::Other;
    let entries = WalkDir::new(directory).sort_by_file_name().into_iter();
    for entry in entries.filter_entry(|entry| !is_hidden(entry)) {
        let path = match entry {
            Ok(entry) => entry.into_path(),
            Err(error) => {
                inputs.push(Err(error.into()));
                continue;
            }
        };
        if !path.is_file() {
            continue;
        }
        match read_start(&path, START) {
            Ok(start) if kind.starts(&start) => {
                let relative = path.strip_prefix(directory).unwrap_or(&path).to_owned();
                inputs.push(Ok(Input {
                    path: Some(path),
                    relative,
                }));
            }
            Ok(start) => {
                if instead == EntryKind::Other {
                    instead = EntryKind::of(&path, &start);
                }
                let extension = path.extension().and_then(OsStr::to_str);
                if extension.is_some() && extension == kind.extension {
                    misnamed.get_or_insert((0, path, foreign(&start))).0 += 1;
                }
            }
            Err(error) => inputs.push(Err(error).with_context(|| Shown(&path).to_string())),
        }
    }
    let name = kind.entries.name();
    if let Some((count, first, what)) = misnamed {
        let (first, extension) = (Shown(&first), kind.extension.unwrap_or_default());
        messages.warning(match count {
            1 => format!("{first}: not a {name} in spite of its extension .{extension}: skipped{what}"),
            _ => format!(
                "{}: {count} files are not {name}s in spite of their extension .{extension}: skipped \
                 {first}{what} and others",
                Shown(directory)
            ),
        });
    }
    if inputs.len() == before {
        inputs.push(Err(anyhow!(
            "{}: no {name} in this directory{}",
            Shown(directory),
            instead.advice()
        )));
    }
}

/// Returns whether an entry of a directory is hidden, and so skipped with everything below it.
pub fn is_hidden(entry: &DirEntry) -> bool {
    entry.depth() > 0 && entry.file_name().as_encoded_bytes().starts_with(b".")
}

/// How much of a file tells its kind.
const START: u64 = 16;

/// Reads the first bytes of a file.
pub fn read_start(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    File::open(path)?.take(most).read_to_end(&mut start)?;
    Ok(start)
}

/// Returns what a file is that is known not to be a chunk, for a message.
fn foreign(start: &[u8]) -> String {
    match undump(start).map_err(|error| error.problem) {
        Err(ChunkProblem::Foreign(kind)) => format!(" ({kind})"),
        _ => String::new(),
    }
}

/// Reads a file of at most `most` bytes.
///
/// # Errors
/// It is longer, or cannot be read.
pub fn read_file(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let message = format!("longer than {} MiB", most >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    Ok(bytes)
}

/// Returns whether a file starts with these bytes.
#[cfg(feature = "dataset")]
pub fn starts(path: &Path, start: &[u8]) -> bool {
    let mut found = Vec::new();
    let file = File::open(path).map(|file| file.take(start.len() as u64));
    file.is_ok_and(|mut file| file.read_to_end(&mut found).is_ok()) && found == start
}
