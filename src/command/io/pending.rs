//! Files that are written beside the path they will get.

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
static PENDING: LazyLock<Mutex<HashSet<PathBuf>>> = LazyLock::new(Mutex::default);

/// Read by whoever makes, moves or removes a pending file, until `PENDING` says so too; written by
/// who ends the process.
static ENDING: RwLock<()> = RwLock::new(());

fn not_ending() -> RwLockReadGuard<'static, ()> {
    ENDING.read().unwrap_or_else(PoisonError::into_inner)
}

fn pending() -> MutexGuard<'static, HashSet<PathBuf>> {
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What stays of the work if it is ended now, if anything does.
static KEPT: Mutex<Option<String>> = Mutex::new(None);

/// From now on whoever ends the work is told this of what stays.
pub fn keep(what: String) {
    *KEPT.lock().unwrap_or_else(PoisonError::into_inner) = Some(what);
}

/// Removes all pending files, tells what stays, then calls `end`. No file becomes pending or gets
/// its path meanwhile.
fn remove_all(end: &dyn Fn()) {
    let _ending = ENDING.write().unwrap_or_else(PoisonError::into_inner);
    let pending = pending();
    for path in pending.iter() {
        // Without a process that could be told, there is nobody to tell.
        let _ = fs::remove_file(path);
    }
    let kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner).take();
    if kept.is_some() || !pending.is_empty() {
        farewell(kept.as_deref().unwrap_or("nothing was written"));
    }
    end();
}

fn farewell(kept: &str) {
    let stderr = io::stderr();
    // The line may be that of a progress bar.
    let line = if stderr.is_terminal() { "\r\x1B[K" } else { "" };
    let message = format!("{line}luadec-tok: interrupted; {}\n", escaped(kept));
    // With standard error closed there is nobody left to tell.
    let _ = (&stderr).write_all(message.as_bytes());
}

/// A file that is removed unless it [gets its path](Self::publish).
pub struct Pending {
    temporary: Option<TempPath>,
    path: PathBuf,
}

impl Pending {
    /// A new file that will get `path`, where another may be until then.
    pub fn new(path: PathBuf) -> io::Result<(File, Pending)> {
        signals::watch(remove_all)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        let _not_ending = not_ending();
        let (file, temporary) = temporary(folder)?.into_parts();
        pending().insert(temporary.to_path_buf());
        let temporary = Some(temporary);
        Ok((file, Pending { temporary, path }))
    }

    /// Moves the file to its path, `durably` if a power cut must not undo that.
    pub fn publish(mut self, durably: bool) -> io::Result<()> {
        let Some(temporary) = self.temporary.take() else {
            return Ok(());
        };
        let _not_ending = not_ending();
        pending().remove(&*temporary);
        temporary.persist(&self.path).map_err(|error| error.error)?;
        if durably {
            sync_folder(self.path.parent().unwrap_or(Path::new("")))?;
        }
        Ok(())
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(temporary) = self.temporary.take() {
            let _not_ending = not_ending();
            pending().remove(&*temporary);
            // Dropping it removes it, which must be over before a signal may end the process.
            drop(temporary);
        }
    }
}

/// Makes the names in a folder survive a power cut, where a folder can be opened for that.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    };
    match cfg!(unix) {
        true => File::open(folder)?.sync_all(),
        false => Ok(()),
    }
}

/// A file with the permissions of any new file. Its errors do not name it: it means nothing to the
/// user, who named another.
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut cause = None;
    let mut builder = tempfile::Builder::new();
    let made = builder.prefix(".luadec-tok-").make_in(folder, |path| {
        let mut options = File::options();
        options.read(true).write(true).create_new(true);
        let opened = options.open(path);
        opened.inspect_err(|error| cause = error.raw_os_error())
    });
    made.map_err(|error| cause.map_or(error, io::Error::from_raw_os_error))
}
