//! Sources in files and directories, in sorted order.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use globset::{ErrorKind, Glob, GlobSet, GlobSetBuilder};
use luadec_tok::LUA_SIGNATURE;
use sha2::{Digest, Sha256};
use walkdir::{DirEntry, WalkDir};

use super::encoding::SourceEncoding;
use super::{LuaSource, MAX_SOURCE, UnreadSource};
use crate::command::io::claims::{Claims, FileId};
use crate::command::io::input::{is_hidden, starts};
use crate::command::io::shown::Shown;
use crate::command::train::dataset::dropped::{Dropped, Reason};
use crate::command::train::hash::hex;

/// The files and directories that the arguments name.
pub struct FileSources<'a> {
    /// Sorted.
    roots: Vec<PathBuf>,
    /// Matches the files in directories that are sources.
    include: GlobSet,
    /// The encoding of those that are not UTF-8.
    encoding: Option<SourceEncoding>,
    /// Knows the outputs, which must not be sources.
    claims: &'a Claims,
}

impl<'a> FileSources<'a> {
    /// # Errors
    /// An argument is an output or does not exist.
    pub fn new(
        arguments: &[PathBuf],
        include: &[String],
        encoding: Option<SourceEncoding>,
        claims: &'a Claims,
    ) -> Result<FileSources<'a>> {
        let mut roots = arguments.to_vec();
        roots.sort();
        roots.dedup();
        for root in &roots {
            let metadata = root.metadata().with_context(|| Shown(root).to_string())?;
            claims.check_input(FileId::of(&metadata, root))?;
        }
        let include = patterns(include)?;
        Ok(FileSources {
            roots,
            include,
            encoding,
            claims,
        })
    }

    /// Iterates over the sources, with an error for one that is an output. Holds the names of one
    /// directory per level at a time.
    pub fn iter(&self) -> impl Iterator<Item = Result<UnreadSource<'static>>> + Send + '_ {
        self.roots.iter().flat_map(|root| {
            let entries = WalkDir::new(root).sort_by_file_name().into_iter();
            entries
                .filter_entry(|entry| !is_hidden(entry))
                .filter_map(|entry| match entry {
                    Ok(entry) => self.found(root, &entry),
                    Err(error) => {
                        let path = Shown(error.path().unwrap_or(root)).to_string();
                        Some(Ok(dropped(path, Reason::Unreadable(error.into()))))
                    }
                })
        })
    }

    /// Returns why there are no sources and what helps.
    pub fn why_none(&self) -> String {
        let entries = self.roots.iter().flat_map(|root| {
            let entries = WalkDir::new(root).into_iter();
            entries.filter_entry(|entry| !is_hidden(entry)).flatten()
        });
        let mut files = entries.filter(|entry| entry.path().is_file());
        let roots: Vec<String> = self
            .roots
            .iter()
            .map(|root| Shown(root).to_string())
            .collect();
        let roots = roots.join(", ");
        match files.any(|file| starts(file.path(), LUA_SIGNATURE)) {
            true => format!(
                "{roots}: no Lua source found, but compiled chunks; convert them with luadec-tok -f terse"
            ),
            false => format!(
                "{roots}: no Lua source found; directories are searched for *.lua, --include adds other names"
            ),
        }
    }

    /// Returns the entry as a source, if it is one. Follows links.
    fn found(&self, root: &Path, entry: &DirEntry) -> Option<Result<UnreadSource<'static>>> {
        let path = entry.path();
        let relative = match entry.depth() {
            0 => Path::new(entry.file_name()),
            _ => path.strip_prefix(root).unwrap_or(path),
        };
        if entry.depth() > 0 && !self.include.is_match(relative) {
            return None;
        }
        let metadata = match path.metadata() {
            Ok(metadata) => metadata,
            Err(error) => {
                let path = Shown(relative).to_string();
                return Some(Ok(dropped(path, error.into())));
            }
        };
        if metadata.is_dir() || entry.depth() > 0 && !metadata.is_file() {
            return None;
        }
        if let Err(clash) = self.claims.check_input(FileId::of(&metadata, path)) {
            return Some(Err(clash.into()));
        }
        let Some(path) = slashed(relative) else {
            let path = Shown(path).to_string();
            return Some(Ok(dropped(path, Reason::PathNotUtf8)));
        };
        let (file, encoding) = (entry.path().to_owned(), self.encoding);
        Some(Ok(UnreadSource {
            name: path.clone(),
            length: metadata.len(),
            ends_batch: false,
            read: Box::new(move || match read_as_utf8(&file, encoding) {
                Ok((bytes, original)) => Ok(LuaSource {
                    path: path.into(),
                    is_named: true,
                    bytes,
                    original,
                    meta: None,
                }),
                Err(reason) => Err(Dropped::new(path, reason)),
            }),
        }))
    }
}

/// A source that is dropped when it is read.
fn dropped(path: String, reason: Reason) -> UnreadSource<'static> {
    UnreadSource {
        name: path.clone(),
        length: 0,
        ends_batch: false,
        read: Box::new(|| Err(Dropped::new(path, reason))),
    }
}

/// Reads a source. If it is not UTF-8 but in the encoding, returns its text in UTF-8, with the SHA-256 of
/// the file.
fn read_as_utf8(
    path: &Path,
    encoding: Option<SourceEncoding>,
) -> Result<(Vec<u8>, Option<String>), Reason> {
    let bytes = read(path)?;
    let text = encoding.map_or(Ok(None), |encoding| encoding.decode(&bytes))?;
    Ok(match text {
        Some(text) => (text, Some(hex(&Sha256::digest(&bytes)))),
        None => (bytes, None),
    })
}

/// Reads a source unless it is too long.
fn read(path: &Path) -> Result<Vec<u8>, Reason> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    // One byte more than expected, so that the end is found without a larger buffer.
    let mut bytes = Vec::new();
    let reserved = bytes.try_reserve_exact(length.min(MAX_SOURCE) as usize + 1);
    reserved.map_err(io::Error::from)?;
    file.take(MAX_SOURCE + 1).read_to_end(&mut bytes)?;
    let most = MAX_SOURCE;
    match bytes.len() as u64 {
        read if read > most => {
            let bytes = length.max(read);
            Err(Reason::TooLarge { bytes, most })
        }
        _ => Ok(bytes),
    }
}

/// Builds the set of `*.lua` and the patterns of `--include`.
fn patterns(include: &[String]) -> Result<GlobSet, globset::Error> {
    let mut globs = GlobSetBuilder::new();
    globs.add(Glob::new("**/*.lua")?);
    for pattern in include {
        globs.add(glob(pattern)?);
    }
    globs.build()
}

/// Builds a pattern of `--include`. Without a `/` it matches names in any directory.
fn glob(pattern: &str) -> Result<Glob, globset::Error> {
    let anywhere = if pattern.contains('/') { "" } else { "**/" };
    Glob::new(&format!("{anywhere}{pattern}"))
}

/// Checks a pattern of `--include`.
///
/// # Errors
/// What was expected, and what is wrong.
pub fn check_pattern(pattern: &str) -> Result<String, String> {
    match glob(pattern) {
        Ok(_) => Ok(pattern.to_owned()),
        Err(error) => Err(format!(
            "expected a pattern such as '*.luau'{}",
            match error.kind() {
                ErrorKind::UnclosedClass => "; [ has no ]",
                ErrorKind::InvalidRange(..) => "; the range in [ ] is backwards",
                ErrorKind::UnopenedAlternates => "; } has no {",
                ErrorKind::UnclosedAlternates => "; { has no }",
                ErrorKind::DanglingEscape => "; it ends in \\",
                _ => "",
            }
        )),
    }
}

/// Joins the components of a relative path with `/`, if it is valid UTF-8.
fn slashed(relative: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = relative.iter().map(|part| part.to_str()).collect();
    parts.map(|parts| parts.join("/"))
}
