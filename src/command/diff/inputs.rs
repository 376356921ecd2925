//! The files to compare: two that are named, or those of two directories by their relative paths.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use luadec_tok::stream::is_stream;

use crate::command::dialect::file::DialectFile;
use crate::command::io::chunks::{InputChunks, chunks_or_streams};
use crate::command::io::input::{self, Input};
use crate::command::io::messages::Messages;
use crate::command::io::shown::Shown;
use crate::command::usage::Usage;

/// Two files that belong together.
pub struct FilePair {
    pub old: DiffFile,
    pub new: DiffFile,
    /// The file in rows: its path below the directories, or else the new one.
    pub path: String,
}

/// One of two files, or none.
pub struct DiffFile {
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
pub fn pair(
    old: &Path,
    new: &Path,
    dialect: Option<&DialectFile>,
    messages: &mut Messages,
) -> Result<Vec<FilePair>> {
    match (old.is_dir(), new.is_dir()) {
        (true, true) => Ok(pair_directories(old, new, dialect, messages)),
        (false, false) if old == new && old.as_os_str() == "-" => {
            Err(Usage("OLD and NEW are both standard input; expected two inputs".to_owned()).into())
        }
        (false, false) => {
            let path = match new.as_os_str() == NOTHING {
                true => old,
                false => new,
            };
            Ok(vec![FilePair {
                old: file(old, dialect, messages)?,
                new: file(new, dialect, messages)?,
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

fn file(path: &Path, dialect: Option<&DialectFile>, messages: &mut Messages) -> Result<DiffFile> {
    if path.as_os_str() == NOTHING {
        return Ok(DiffFile::nothing());
    }
    let inputs = input::expand(&[path.to_owned()], &chunks_or_streams(dialect), messages);
    let input = inputs.into_iter().next();
    Ok(DiffFile::of(input.context("a file is one input")??))
}

fn pair_directories(
    old: &Path,
    new: &Path,
    dialect: Option<&DialectFile>,
    messages: &mut Messages,
) -> Vec<FilePair> {
    let mut files: BTreeMap<PathBuf, [Option<Input>; 2]> = BTreeMap::new();
    for (side, directory) in [old, new].into_iter().enumerate() {
        for input in input::expand(
            &[directory.to_owned()],
            &chunks_or_streams(dialect),
            messages,
        ) {
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
        let [old, new] = inputs.map(|input| input.map_or_else(DiffFile::nothing, DiffFile::of));
        FilePair {
            old,
            new,
            path: Shown(&relative).to_string(),
        }
    });
    pairs.collect()
}

impl DiffFile {
    fn nothing() -> DiffFile {
        DiffFile {
            name: NOTHING.to_owned(),
            is_streams: false,
            input: None,
        }
    }

    fn of(input: Input) -> DiffFile {
        DiffFile {
            name: input.to_string(),
            is_streams: false,
            input: Some(input),
        }
    }

    /// Opens the file. Returns `None` if there is no file.
    pub fn open<'d>(
        &mut self,
        dialect: Option<&'d DialectFile>,
    ) -> Result<Option<InputChunks<'d>>> {
        let Some(input) = &self.input else {
            return Ok(None);
        };
        if input.length() > MAX_CHUNK as u64 && !is_streams(input)? {
            return Err(self.too_long());
        }
        let chunks =
            InputChunks::of_chunk_or_streams(input, dialect).with_context(|| self.name.clone())?;
        self.is_streams = matches!(chunks, InputChunks::Streams(..));
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
            Some(bytes) if bytes.len() > MAX_CHUNK => Err(self.too_long()),
            next => Ok(next),
        }
    }

    fn too_long(&self) -> anyhow::Error {
        let most = MAX_CHUNK >> 20;
        anyhow!(
            "{}: a chunk of more than {most} MiB is too long to compare",
            self.name
        )
    }
}

/// Returns true if a file begins as a stream does.
fn is_streams(input: &Input) -> Result<bool> {
    let mut start = Vec::new();
    let (reader, _) = input.open().with_context(|| input.to_string())?;
    reader
        .take(64)
        .read_to_end(&mut start)
        .with_context(|| input.to_string())?;
    Ok(is_stream(start.trim_ascii_start()))
}

/// The longest chunk that is compared, in bytes. Comparing takes about 130 times as much memory.
const MAX_CHUNK: usize = 16 << 20;
