//! The files to compare: two that are named, or those of two directories by their relative paths.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};

use crate::command::io::chunks::{CHUNK_OR_STREAM, InputChunks};
use crate::command::io::input::{self, Input};
use crate::command::io::messages::Messages;
use crate::command::io::shown::Shown;
use crate::command::usage::Usage;

/// Two files that belong together.
pub struct FilePair {
    pub old: Side,
    pub new: Side,
    /// The file in rows: its path below the directories, or else the new one.
    pub path: String,
}

/// One of two files, or none.
pub struct Side {
    /// The name in headings and messages.
    pub name: String,
    pub is_streams: bool,
    input: Option<Input>,
}

/// The name of a file that is not there, as diff and git have it.
const NOTHING: &str = "/dev/null";

/// Finds the files to compare.
///
/// # Errors
/// An argument cannot be read, or only one is a directory.
pub fn pair(old: &Path, new: &Path, messages: &mut Messages) -> Result<Vec<FilePair>> {
    match (old.is_dir(), new.is_dir()) {
        (true, true) => Ok(pair_directories(old, new, messages)),
        (false, false) if old == new && old.as_os_str() == "-" => {
            Err(Usage("OLD and NEW are both standard input; expected two inputs".to_owned()).into())
        }
        (false, false) => {
            let path = match new.as_os_str() == NOTHING {
                true => old,
                false => new,
            };
            Ok(vec![FilePair {
                old: file(old, messages)?,
                new: file(new, messages)?,
                path: Shown(path).to_string(),
            }])
        }
        (is_old, _) => {
            let (directory, file) = if is_old { (old, new) } else { (new, old) };
            bail!(
                "{} is a directory and {} is not; expected two files or two directories",
                Shown(directory),
                Shown(file)
            )
        }
    }
}

fn file(path: &Path, messages: &mut Messages) -> Result<Side> {
    if path.as_os_str() == NOTHING {
        return Ok(Side::nothing());
    }
    let inputs = input::expand(&[path.to_owned()], &CHUNK_OR_STREAM, messages);
    let input = inputs.into_iter().next();
    Ok(Side::of(input.context("a file is one input")??))
}

fn pair_directories(old: &Path, new: &Path, messages: &mut Messages) -> Vec<FilePair> {
    let mut files: BTreeMap<PathBuf, [Option<Input>; 2]> = BTreeMap::new();
    for (side, directory) in [old, new].into_iter().enumerate() {
        for input in input::expand(&[directory.to_owned()], &CHUNK_OR_STREAM, messages) {
            match input {
                Ok(input) => {
                    let relative = input.relative.clone();
                    files.entry(relative).or_default()[side] = Some(input);
                }
                Err(error) => messages.error(format_args!("{error:#}")),
            }
        }
    }
    let pairs = files.into_iter().map(|(relative, inputs)| {
        let [old, new] = inputs.map(|input| input.map_or_else(Side::nothing, Side::of));
        FilePair {
            old,
            new,
            path: Shown(&relative).to_string(),
        }
    });
    pairs.collect()
}

impl Side {
    fn nothing() -> Side {
        Side {
            name: NOTHING.to_owned(),
            is_streams: false,
            input: None,
        }
    }

    fn of(input: Input) -> Side {
        Side {
            name: input.to_string(),
            is_streams: false,
            input: Some(input),
        }
    }

    /// Opens the file. An error is the first of its chunks.
    pub fn open(&mut self) -> Result<Option<InputChunks>> {
        let Some(input) = &self.input else {
            return Ok(None);
        };
        let chunks = InputChunks::of_chunk_or_streams(input).with_context(|| self.name.clone())?;
        self.is_streams = matches!(chunks, InputChunks::Streams(_));
        Ok(Some(chunks))
    }

    /// Reads the next chunk, as bytes.
    ///
    /// # Errors
    /// It cannot be read, or is longer than [`MAX_CHUNK`].
    pub fn next(&self, chunks: &mut Option<InputChunks>) -> Result<Option<Vec<u8>>> {
        let Some(chunks) = chunks else {
            return Ok(None);
        };
        let next = chunks.next().transpose();
        let next = next.with_context(|| self.name.clone())?;
        match next {
            Some(bytes) if bytes.len() > MAX_CHUNK => Err(anyhow!(
                "{}: longer than {} MiB, too long to compare",
                self.name,
                MAX_CHUNK >> 20
            )),
            next => Ok(next),
        }
    }
}

/// The longest chunk that is compared, in bytes. Comparing takes up to a hundred times as much memory.
const MAX_CHUNK: usize = 16 << 20;
