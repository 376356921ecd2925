//! The sources: what the arguments name, in sorted order.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use globset::{Glob, GlobSet, GlobSetBuilder};
use luadec_tok::dataset::{Dropped, MOST_SOURCE, Reason, Source, cost};
use walkdir::{DirEntry, WalkDir};

use crate::command::Usage;

/// The files and folders that the arguments name.
pub struct Sources {
    /// Sorted.
    roots: Vec<PathBuf>,
    /// Which files of a folder are sources.
    include: GlobSet,
}

/// A source that is to be read.
pub struct Item<'a> {
    /// The memory that it takes, in bytes.
    pub cost: usize,
    /// Reads it.
    pub read: Box<dyn FnOnce() -> Result<Source, Dropped> + Send + 'a>,
}

impl Sources {
    /// # Errors
    /// An argument that is neither a file nor a folder, or a pattern that is none.
    pub fn new(arguments: &[PathBuf], include: &[String]) -> Result<Sources> {
        let mut roots = arguments.to_vec();
        roots.sort();
        roots.dedup();
        for root in &roots {
            root.metadata()
                .with_context(|| root.display().to_string())?;
        }
        let include = patterns(include).map_err(|error| Usage(error.to_string()))?;
        Ok(Sources { roots, include })
    }

    /// The sources, one after another: no more than a folder's names are held at once.
    pub fn iter(&self) -> impl Iterator<Item = Item<'static>> + Send {
        self.roots.iter().flat_map(|root| {
            let entries = WalkDir::new(root).sort_by_file_name().into_iter();
            entries
                .filter_entry(|entry| !is_hidden_folder(entry))
                .filter_map(|entry| match entry {
                    Ok(entry) => self.found(root, &entry),
                    Err(error) => {
                        let path = error.path().unwrap_or(root).display().to_string();
                        Some(dropped(path, Reason::Unreadable(error.into())))
                    }
                })
        })
    }

    /// The source that an entry is, if it is one. A link counts as what it leads to.
    fn found(&self, root: &Path, entry: &DirEntry) -> Option<Item<'static>> {
        let path = entry.path();
        let relative = match entry.depth() {
            0 => Path::new(entry.file_name()),
            _ => path.strip_prefix(root).unwrap_or(path),
        };
        if entry.depth() > 0 && !self.include.is_match(relative) {
            return None;
        }
        let metadata = path.metadata().ok()?;
        if metadata.is_dir() || entry.depth() > 0 && !metadata.is_file() {
            return None;
        }
        let Some(place) = place(relative) else {
            return Some(dropped(path.display().to_string(), Reason::PathNotUtf8));
        };
        let path = path.to_owned();
        Some(Item {
            cost: cost(metadata.len()),
            read: Box::new(move || match read(&path) {
                Ok(bytes) => Ok(Source {
                    path: place,
                    bytes,
                    meta: None,
                }),
                Err(reason) => Err(Dropped::new(place, reason)),
            }),
        })
    }
}

/// What is no source, but should be.
fn dropped(path: String, reason: Reason) -> Item<'static> {
    Item {
        cost: 0,
        read: Box::new(|| Err(Dropped::new(path, reason))),
    }
}

/// The bytes of a source, at least where they are not too many.
fn read(path: &Path) -> Result<Vec<u8>, Reason> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut bytes = Vec::new();
    file.take(MOST_SOURCE + 1).read_to_end(&mut bytes)?;
    let most = MOST_SOURCE;
    match bytes.len() as u64 {
        read if read > most => {
            let bytes = length.max(read);
            Err(Reason::TooLarge { bytes, most })
        }
        _ => Ok(bytes),
    }
}

/// Whatever ends in `.lua`, and what the patterns match.
fn patterns(include: &[String]) -> Result<GlobSet, globset::Error> {
    let mut globs = GlobSetBuilder::new();
    globs.add(Glob::new("**/*.lua")?);
    for pattern in include {
        // One without a folder is about the name alone.
        let anywhere = if pattern.contains('/') { "" } else { "**/" };
        globs.add(Glob::new(&format!("{anywhere}{pattern}"))?);
    }
    globs.build()
}

fn is_hidden_folder(entry: &DirEntry) -> bool {
    entry.depth() > 0
        && entry.file_type().is_dir()
        && entry.file_name().as_encoded_bytes().starts_with(b".")
}

/// A relative path with `/` between its parts, if it is UTF-8.
fn place(relative: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = relative.iter().map(|part| part.to_str()).collect();
    parts.map(|parts| parts.join("/"))
}
