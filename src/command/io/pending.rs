//! Files that appear at their path whole or not at all.
//!
//! On Linux such a file has no name until it is finished, so the kernel removes it however the process
//! ends. Giving it a name also changes its directory once, where creating it under another name and
//! renaming it would take two changes, for which threads writing to one directory would wait for each
//! other. Elsewhere the file is created beside its path and renamed.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use tempfile::{NamedTempFile, TempPath};

use super::shown::escaped;
use super::signals;

/// All pending files. Locked for a moment at a time, so that threads do not wait for each other's
/// file system calls.
static PENDING: LazyLock<Mutex<PendingFiles>> = LazyLock::new(Mutex::default);

#[derive(Default)]
struct PendingFiles {
    /// The temporary names of those that have one.
    names: HashSet<PathBuf>,
    /// How many have no name.
    unnamed: usize,
}

/// Locked for reading while a pending file is created, published or removed and `PENDING` updated;
/// locked for writing by whoever ends the process.
static ENDING: RwLock<()> = RwLock::new(());

fn not_ending() -> RwLockReadGuard<'static, ()> {
    ENDING.read().unwrap_or_else(PoisonError::into_inner)
}

fn pending() -> MutexGuard<'static, PendingFiles> {
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What remains of the work if it is interrupted now, if anything does.
static KEPT: Mutex<Option<String>> = Mutex::new(None);

/// Sets what the message about an interruption says remains.
pub fn keep(what: String) {
    *KEPT.lock().unwrap_or_else(PoisonError::into_inner) = Some(what);
}

/// Removes all pending files, prints what remains, then calls `end`. No file becomes pending or is
/// published meanwhile.
fn remove_all(end: &dyn Fn()) {
    let _ending = ENDING.write().unwrap_or_else(PoisonError::into_inner);
    let pending = pending();
    for path in &pending.names {
        // The process is ending: there is nothing to do about an error.
        let _ = fs::remove_file(path);
    }
    let kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner).take();
    if kept.is_some() || !pending.names.is_empty() || pending.unnamed > 0 {
        print_interrupted(kept.as_deref().unwrap_or("nothing was written"));
    }
    end();
}

fn print_interrupted(kept: &str) {
    let stderr = io::stderr();
    // The line may hold a progress bar.
    let line = if stderr.is_terminal() { "\r\x1B[K" } else { "" };
    let message = format!("{line}luadec-tok: interrupted; {}\n", escaped(kept));
    // If standard error is closed, nobody reads the message.
    let _ = (&stderr).write_all(message.as_bytes());
}

/// A file that disappears unless it is [published](Self::publish).
pub struct PendingFile {
    temporary: Option<Temporary>,
    path: PathBuf,
}

/// Where a file is until it is published.
enum Temporary {
    Unnamed,
    /// In the same directory, under another name.
    Named(TempPath),
}

impl PendingFile {
    /// Creates a file that will be published at `path`. Until then another file may be there.
    pub fn new(path: PathBuf) -> io::Result<(File, PendingFile)> {
        signals::watch(remove_all)?;
        let _not_ending = not_ending();
        let Some(file) = create_unnamed(directory_of(&path)) else {
            return Self::named(path);
        };
        pending().unnamed += 1;
        let temporary = Some(Temporary::Unnamed);
        Ok((file, PendingFile { temporary, path }))
    }

    fn named(path: PathBuf) -> io::Result<(File, PendingFile)> {
        let (file, name) = with_free_name(directory_of(&path), create_new)?.into_parts();
        pending().names.insert(name.to_path_buf());
        let temporary = Some(Temporary::Named(name));
        Ok((file, PendingFile { temporary, path }))
    }

    /// Publishes the file at its path, `durably` if that must survive a power cut.
    pub fn publish(mut self, file: &File, durably: bool) -> io::Result<()> {
        let Some(temporary) = self.temporary.take() else {
            return Ok(());
        };
        let _not_ending = not_ending();
        temporary.forget();
        match temporary {
            Temporary::Unnamed => link_or_replace(file, &self.path)?,
            Temporary::Named(name) => rename(name, &self.path)?,
        }
        if durably {
            sync_directory(directory_of(&self.path))?;
        }
        Ok(())
    }
}

impl Temporary {
    /// Forgets the file, which is about to be published or removed.
    fn forget(&self) {
        let mut pending = pending();
        match self {
            Temporary::Unnamed => pending.unnamed -= 1,
            Temporary::Named(name) => {
                pending.names.remove(&**name);
            }
        }
    }
}

impl Drop for PendingFile {
    fn drop(&mut self) {
        if let Some(temporary) = self.temporary.take() {
            let _not_ending = not_ending();
            temporary.forget();
            // Dropping it removes the file, which must be over before a signal may end the process.
            drop(temporary);
        }
    }
}

/// The directory of this process's descriptors.
#[cfg(target_os = "linux")]
const DESCRIPTORS: &str = "/proc/self/fd";

/// Creates a file without a name in a directory. Returns `None` where the system or the file system
/// does not support that.
#[cfg(target_os = "linux")]
fn create_unnamed(directory: &Path) -> Option<File> {
    use rustix::fs::{Mode, OFlags, open};

    static HAS_PROC: LazyLock<bool> = LazyLock::new(|| Path::new(DESCRIPTORS).exists());
    if !*HAS_PROC {
        return None;
    }
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    let file = open(directory, flags, Mode::from_raw_mode(0o666)).ok()?;
    Some(file.into())
}

/// Names a file that [`create_unnamed`] created.
///
/// # Errors
/// A file of that name exists, or the system refuses.
#[cfg(target_os = "linux")]
fn link(file: &File, path: &Path) -> io::Result<()> {
    use std::os::fd::AsRawFd;

    use rustix::fs::{AtFlags, CWD, linkat};

    // Linking the descriptor itself would need a privilege.
    let unnamed = format!("{DESCRIPTORS}/{}", file.as_raw_fd());
    Ok(linkat(CWD, unnamed, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
}

#[cfg(not(target_os = "linux"))]
fn create_unnamed(_directory: &Path) -> Option<File> {
    None
}

#[cfg(not(target_os = "linux"))]
fn link(_file: &File, _path: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Names an unnamed file. Linking cannot replace a file, so where one exists, the new file first gets
/// a temporary name.
fn link_or_replace(file: &File, path: &Path) -> io::Result<()> {
    match link(file, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let link = |path: &Path| link(file, path);
            rename(
                with_free_name(directory_of(path), link)?.into_temp_path(),
                path,
            )
        }
        linked => linked,
    }
}

fn rename(temporary: TempPath, path: &Path) -> io::Result<()> {
    temporary.persist(path).map_err(|error| error.error)
}

fn directory_of(path: &Path) -> &Path {
    or_current(path.parent().unwrap_or(Path::new("")))
}

/// A path by which a directory can be opened: `.` for an empty one.
fn or_current(directory: &Path) -> &Path {
    match directory.as_os_str().is_empty() {
        true => Path::new("."),
        false => directory,
    }
}

/// Makes the names in a directory survive a power cut, where a directory can be opened for that.
pub fn sync_directory(directory: &Path) -> io::Result<()> {
    match cfg!(unix) {
        true => File::open(or_current(directory))?.sync_all(),
        false => Ok(()),
    }
}

/// Creates something in a directory under a name that is free. Errors leave the name out: the user
/// asked for another one.
fn with_free_name<F>(
    directory: &Path,
    mut create: impl FnMut(&Path) -> io::Result<F>,
) -> io::Result<NamedTempFile<F>> {
    let mut cause = None;
    let mut builder = tempfile::Builder::new();
    let created = builder.prefix(".luadec-tok-").make_in(directory, |path| {
        create(path).inspect_err(|error| cause = error.raw_os_error())
    });
    created.map_err(|error| cause.map_or(error, io::Error::from_raw_os_error))
}

/// Creates a file with the default permissions.
fn create_new(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true).create_new(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let names = fs::read_dir(directory).unwrap();
        let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
        names.map(|entry| name(entry.unwrap())).collect()
    }

    /// As where files cannot be unnamed.
    #[test]
    fn a_file_with_a_temporary_name() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("out.txt");
        let (mut file, pending) = PendingFile::named(path.clone()).unwrap();
        file.write_all(b"whole").unwrap();
        assert!(names(directory.path())[0].starts_with(".luadec-tok-"));
        pending.publish(&file, false).unwrap();
        assert_eq!(names(directory.path()), ["out.txt"]);
        let dropped = PendingFile::named(path.clone()).unwrap();
        assert_eq!(names(directory.path()).len(), 2);
        drop(dropped);
        assert_eq!(fs::read(path).unwrap(), b"whole");
        assert_eq!(names(directory.path()), ["out.txt"]);
    }

    #[test]
    fn a_file_that_appears_meanwhile_is_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("out.txt");
        let (mut file, pending) = PendingFile::new(path.clone()).unwrap();
        file.write_all(b"ours").unwrap();
        fs::write(&path, "another's").unwrap();
        pending.publish(&file, true).unwrap();
        assert_eq!(fs::read(path).unwrap(), b"ours");
        assert_eq!(names(directory.path()), ["out.txt"]);
    }
}
