//! Inputs that a file names.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

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
        let bytes = read(file).with_context(|| format!("--files-from {}", file.display()))?;
        let end = if self.null { b'\0' } else { b'\n' };
        let names = bytes.split(|&byte| byte == end);
        let names = names.filter(|name| !name.is_empty()).map(path);
        inputs.extend(names.collect::<Result<Vec<PathBuf>>>()?);
        if inputs.is_empty() {
            bail!("--files-from {}: it names no file", file.display());
        }
        Ok(inputs)
    }
}

fn read(file: &Path) -> io::Result<Vec<u8>> {
    if file.as_os_str() != "-" {
        return fs::read(file);
    }
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(bytes)
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
