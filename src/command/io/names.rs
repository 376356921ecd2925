//! Inputs that a file names.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use super::shown::Shown;

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
