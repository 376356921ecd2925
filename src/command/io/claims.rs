//! The files that a run reads and writes. No output may be an input or another output.

use std::collections::{HashMap, HashSet};
use std::fs::Metadata;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::shown::Shown;

/// The identity of a file: two paths with the same one are the same file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FileId {
    /// Device and inode.
    #[cfg(unix)]
    Existing(u64, u64),
    /// The path without links, if the file does not exist yet or the system has no inodes.
    Path(PathBuf),
}

impl FileId {
    /// Returns the identity of the file at `path`, following links. Devices and pipes have none, as they
    /// can be read and written at once.
    pub fn new(path: &Path) -> Option<FileId> {
        match path.metadata() {
            Ok(metadata) => FileId::of(&metadata, path),
            Err(_) => Some(FileId::Path(without_links(path))),
        }
    }

    /// Returns the identity of a file with this metadata.
    #[cfg(unix)]
    pub fn of(metadata: &Metadata, _path: &Path) -> Option<FileId> {
        use std::os::unix::fs::MetadataExt;
        let existing = || FileId::Existing(metadata.dev(), metadata.ino());
        metadata.is_file().then(existing)
    }

    /// Returns the identity of a file with this metadata.
    #[cfg(not(unix))]
    pub fn of(metadata: &Metadata, path: &Path) -> Option<FileId> {
        let existing = || FileId::Path(without_links(path));
        metadata.is_file().then(existing)
    }

    /// Returns the identity of the file that is standard input or output.
    #[cfg(unix)]
    fn of_stream(stream: impl std::os::fd::AsFd) -> Option<FileId> {
        let file = std::fs::File::from(stream.as_fd().try_clone_to_owned().ok()?);
        FileId::of(&file.metadata().ok()?, Path::new("-"))
    }

    #[cfg(not(unix))]
    fn of_stream<S>(_stream: S) -> Option<FileId> {
        None
    }
}

/// Returns the path with all links in its existing part followed.
fn without_links(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let found = absolute.ancestors().find_map(|ancestor| {
        let real = ancestor.canonicalize().ok()?;
        Some((real, absolute.strip_prefix(ancestor).ok()?))
    });
    let Some((mut real, rest)) = found else {
        return absolute;
    };
    for component in rest.components() {
        match component {
            Component::ParentDir => drop(real.pop()),
            component => real.push(component),
        }
    }
    real
}

/// The files that a run reads and writes.
#[derive(Debug, Default)]
pub struct Claims {
    inputs: HashSet<FileId>,
    /// Under their identities and their paths, which are the identities until the files exist.
    outputs: HashMap<FileId, String>,
    directories: Directories,
}

/// The directories of outputs and their paths without links. Most outputs share a few directories.
#[derive(Debug, Default)]
struct Directories(HashMap<PathBuf, PathBuf>);

impl Directories {
    /// Returns the path without links.
    fn without_links(&mut self, path: &Path) -> PathBuf {
        let is_link = path
            .symlink_metadata()
            .is_ok_and(|found| found.is_symlink());
        let (Some(directory), Some(name), false) = (path.parent(), path.file_name(), is_link)
        else {
            return without_links(path);
        };
        let directory = match directory.as_os_str().is_empty() {
            true => Path::new("."),
            false => directory,
        };
        if let Some(real) = self.0.get(directory) {
            return real.join(name);
        }
        let real = without_links(directory);
        let path = real.join(name);
        self.0.insert(directory.to_owned(), real);
        path
    }
}

/// An output that is also an input or another output.
#[derive(Debug, thiserror::Error)]
pub enum Clash {
    #[error("{0} is also an input and would be overwritten; name another output")]
    Input(String),
    #[error("{0} would be written twice; name another output")]
    Output(String),
}

impl Claims {
    /// Records that the file at `path`, or standard input, is read.
    pub fn input(&mut self, path: Option<&Path>) {
        let id = match path {
            Some(path) => FileId::new(path),
            None => FileId::of_stream(io::stdin()),
        };
        self.inputs.extend(id);
    }

    /// Records that the file at `path`, or standard output, is written. All inputs must be known by now.
    ///
    /// # Errors
    /// The file is an input or another output.
    pub fn output(&mut self, path: Option<&Path>) -> Result<(), Clash> {
        let by_path = path.map(|path| FileId::Path(self.directories.without_links(path)));
        let (id, name) = match path {
            Some(path) => {
                let id = match path.metadata() {
                    Ok(metadata) => FileId::of(&metadata, path),
                    Err(_) => by_path.clone(),
                };
                (id, Shown(path).to_string())
            }
            None => (
                FileId::of_stream(io::stdout()),
                "standard output".to_owned(),
            ),
        };
        let Some(id) = id else {
            return Ok(());
        };
        if self.inputs.contains(&id) {
            return Err(Clash::Input(name));
        }
        let other = self.outputs.insert(id, name.clone());
        let known = by_path.and_then(|id| self.outputs.insert(id, name.clone()));
        match other.or(known.filter(|known| *known != name)) {
            Some(_) => Err(Clash::Output(name)),
            None => Ok(()),
        }
    }

    /// Returns whether a file is an input or an output.
    pub fn contains(&self, path: &Path) -> bool {
        let by_path = FileId::Path(without_links(path));
        let mut ids = FileId::new(path).into_iter().chain([by_path]);
        ids.any(|id| self.inputs.contains(&id) || self.outputs.contains_key(&id))
    }

    /// Checks that a file that is about to be read is not an output.
    #[cfg(feature = "dataset")]
    pub fn check_input(&self, id: Option<FileId>) -> Result<(), Clash> {
        match id.and_then(|id| self.outputs.get(&id)) {
            Some(name) => Err(Clash::Input(name.clone())),
            None => Ok(()),
        }
    }
}
