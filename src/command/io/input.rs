//! The inputs: what the arguments name.

use std::ffi::OsStr;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use walkdir::{DirEntry, WalkDir};

use super::claims::Claims;
use super::messages::Messages;
use super::shown::Shown;

/// One input.
pub struct Input {
    /// The file, `None` for standard input.
    path: Option<PathBuf>,
    /// Its path below the folder that was named, or its file name.
    pub relative: PathBuf,
}

/// The files of these inputs.
pub fn claims(inputs: &[Result<Input>]) -> Claims {
    let mut claims = Claims::default();
    for input in inputs.iter().flatten() {
        claims.input(input.path.as_deref());
    }
    claims
}

/// What a folder is searched for.
pub struct Kind {
    /// Whether a file that starts with these bytes is one.
    pub starts: fn(&[u8]) -> bool,
    /// What messages call such a file.
    pub name: &'static str,
    /// The ending that says so in a file's name, if there is one.
    pub ending: Option<&'static str>,
}

impl Input {
    /// Opens the input; gives the length too if it is a file, and 0 otherwise.
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

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match &self.path {
            None => f.write_str("standard input"),
            Some(path) => Shown(path).fmt(f),
        }
    }
}

/// The inputs the arguments name, in order, each or why it cannot be had; standard input if there
/// are none.
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
            expand_folder(argument, kind, &mut inputs, messages);
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

fn expand_folder(
    folder: &Path,
    kind: &Kind,
    inputs: &mut Vec<Result<Input>>,
    messages: &mut Messages,
) {
    let before = inputs.len();
    // How many files only say that they are of the kind, and the first of them.
    let mut misnamed: Option<(usize, PathBuf)> = None;
    let entries = WalkDir::new(folder).sort_by_file_name().into_iter();
    for entry in entries.filter_entry(|entry| !is_hidden(entry)) {
        let path = match entry {
            Ok(entry) => entry.into_path(),
            Err(error) => {
                inputs.push(Err(error.into()));
                continue;
            }
        };
        match is_of(kind, &path) {
            Ok(true) => {
                let relative = path.strip_prefix(folder).unwrap_or(&path).to_owned();
                inputs.push(Ok(Input {
                    path: Some(path),
                    relative,
                }));
            }
            Ok(false) => {
                let ending = path.extension().and_then(OsStr::to_str);
                if ending.is_some() && ending == kind.ending && path.is_file() {
                    misnamed.get_or_insert((0, path)).0 += 1;
                }
            }
            Err(error) => inputs.push(Err(error).with_context(|| Shown(&path).to_string())),
        }
    }
    if let Some((count, first)) = misnamed {
        let (first, ending, name) = (Shown(&first), kind.ending.unwrap_or_default(), kind.name);
        messages.warning(match count {
            1 => format!("{first}: not a {name}, although its name ends in .{ending}: passed over"),
            _ => format!(
                "{}: {count} files are not {name}s, although their names end in .{ending}: passed over, \
                 {first} first",
                Shown(folder)
            ),
        });
    }
    if inputs.len() == before {
        inputs.push(Err(anyhow!(
            "{}: there is no {} in this folder",
            Shown(folder),
            kind.name
        )));
    }
}

/// Whether an entry of a folder is hidden, and so passed over with all in it.
pub fn is_hidden(entry: &DirEntry) -> bool {
    entry.depth() > 0 && entry.file_name().as_encoded_bytes().starts_with(b".")
}

/// How much of a file is enough to tell its kind.
const START: u64 = 16;

/// Whether a path is a file that starts as that kind does. Links are followed; a dangling one is not
/// a file.
fn is_of(kind: &Kind, path: &Path) -> io::Result<bool> {
    if !path.is_file() {
        return Ok(false);
    }
    let mut start = Vec::new();
    File::open(path)?.take(START).read_to_end(&mut start)?;
    Ok((kind.starts)(&start))
}

/// All bytes of the file at a path, which has so many at most.
///
/// # Errors
/// It has more, or cannot be read.
pub fn read_file(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let message = format!("it is longer than {} MiB", most >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    Ok(bytes)
}

/// Whether a file starts with these bytes.
#[cfg(feature = "dataset")]
pub fn starts(path: &Path, start: &[u8]) -> bool {
    let mut found = Vec::new();
    let file = File::open(path).map(|file| file.take(start.len() as u64));
    file.is_ok_and(|mut file| file.read_to_end(&mut found).is_ok()) && found == start
}

/// An error on the way from an input to an output. That there is no memory is the input's; any other
/// is the output's, which names itself.
pub fn of_input(input: &Input, error: impl Into<io::Error>) -> anyhow::Error {
    let error = error.into();
    match error.kind() {
        io::ErrorKind::OutOfMemory => anyhow!(error).context(input.to_string()),
        _ => error.into(),
    }
}

/// How much of a file is enough to tell that it is not worth reading.
const HEAD: u64 = 1 << 16;

/// All bytes of an input, or only the first if those do not make the rest `worth_reading`.
pub fn read(input: &Input, worth_reading: impl Fn(&[u8]) -> bool) -> io::Result<Vec<u8>> {
    let (mut reader, length) = input.open()?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length.try_into().unwrap_or(usize::MAX))?;
    let head = reader.by_ref().take(HEAD).read_to_end(&mut bytes)?;
    if head as u64 == HEAD && worth_reading(&bytes) {
        reader.read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

#[derive(Clone, Debug, Args)]
pub struct NamesArgs {
    /// Take the inputs that file F names too, a line each; - for standard input
    #[arg(long, value_name = "F")]
    pub files_from: Option<PathBuf>,
    /// The names in --files-from end in NUL, as find -print0 writes them
    #[arg(short = '0', long = "null", requires = "files_from")]
    pub null: bool,
}

impl NamesArgs {
    /// The inputs of the command line, and those that the file names after them.
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
        while let Some(name) = next(&mut names, end).with_context(named)? {
            if !name.is_empty() {
                inputs.push(path(&name)?);
            }
        }
        if inputs.is_empty() {
            bail!("{}: it names no file", named());
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

/// The longest name, in bytes. No system has longer ones.
const MAX_NAME: u64 = 64 << 10;

/// The next name, without its end.
fn next(names: &mut dyn BufRead, end: u8) -> io::Result<Option<Vec<u8>>> {
    let mut name = Vec::new();
    let read = names.take(MAX_NAME + 1).read_until(end, &mut name)?;
    if name.last() == Some(&end) {
        name.pop();
    } else if read as u64 > MAX_NAME {
        let message =
            format!("a name is longer than {MAX_NAME} bytes: this is not a list of files");
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    Ok((read > 0).then_some(name))
}

#[cfg(unix)]
fn path(name: &[u8]) -> Result<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    Ok(OsStr::from_bytes(name).into())
}

/// File names are Unicode here.
#[cfg(not(unix))]
fn path(name: &[u8]) -> Result<PathBuf> {
    let name = name.strip_suffix(b"\r").unwrap_or(name);
    let name = std::str::from_utf8(name).context("--files-from: a name is not UTF-8")?;
    Ok(OsStr::new(name).into())
}
