//! Sources from files and folders, in sorted order.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use globset::{Glob, GlobSet, GlobSetBuilder};
use walkdir::{DirEntry, WalkDir};

use super::{LuaSource, MAX_SOURCE, UnreadSource};
use crate::command::dataset::dropped::{Dropped, Reason};
use crate::command::io::claims::{Claims, FileId};
use crate::command::io::input::is_hidden;
use crate::command::io::shown::Shown;
use crate::command::usage::Usage;

/// The files and folders the arguments name.
pub struct FileSources<'a> {
    /// Sorted.
    roots: Vec<PathBuf>,
    /// Which files of a folder are sources.
    include: GlobSet,
    /// The outputs, which must not be among them.
    claims: &'a Claims,
}

impl<'a> FileSources<'a> {
    /// # Errors
    /// An argument that is neither a file nor a folder, or a bad pattern.
    pub fn new(
        arguments: &[PathBuf],
        include: &[String],
        claims: &'a Claims,
    ) -> Result<FileSources<'a>> {
        let mut roots = arguments.to_vec();
        roots.sort();
        roots.dedup();
        for root in &roots {
            let metadata = root.metadata().with_context(|| Shown(root).to_string())?;
            claims.check_input(FileId::of(&metadata, root))?;
        }
        let include = patterns(include).map_err(|error| Usage(error.to_string()))?;
        Ok(FileSources {
            roots,
            include,
            claims,
        })
    }

    /// The sources, one after another, or an error for one that is an output. Only the names in one
    /// folder are held at a time.
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

    /// The entry as a source, if it is one. Links are followed.
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
        let file = entry.path().to_owned();
        Some(Ok(UnreadSource {
            name: path.clone(),
            length: metadata.len(),
            read: Box::new(move || match read(&file) {
                Ok(bytes) => Ok(LuaSource {
                    path,
                    bytes,
                    meta: None,
                }),
                Err(reason) => Err(Dropped::new(path, reason)),
            }),
        }))
    }
}

/// A source that cannot even be tried.
fn dropped(path: String, reason: Reason) -> UnreadSource<'static> {
    UnreadSource {
        name: path.clone(),
        length: 0,
        read: Box::new(|| Err(Dropped::new(path, reason))),
    }
}

/// The bytes of a source, unless there are too many.
fn read(path: &Path) -> Result<Vec<u8>, Reason> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    // One more than there are likely to be, so that the end is found without another buffer.
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

/// What ends in `.lua`, and what the patterns match.
fn patterns(include: &[String]) -> Result<GlobSet, globset::Error> {
    let mut globs = GlobSetBuilder::new();
    globs.add(Glob::new("**/*.lua")?);
    for pattern in include {
        // A pattern without a folder matches the name alone.
        let anywhere = if pattern.contains('/') { "" } else { "**/" };
        globs.add(Glob::new(&format!("{anywhere}{pattern}"))?);
    }
    globs.build()
}

/// A relative path with `/` between its components, if it is UTF-8.
fn slashed(relative: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = relative.iter().map(|part| part.to_str()).collect();
    parts.map(|parts| parts.join("/"))
}
