//! Files that get their path once they are whole.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use tempfile::{NamedTempFile, TempPath};

use super::shown::escaped;
use super::{nameless, signals};

/// All pending files. Locked for a moment at a time, so that threads do not wait for each other's
/// file system calls.
static PENDING: LazyLock<Mutex<Files>> = LazyLock::new(Mutex::default);

#[derive(Default)]
struct Files {
    /// The names that some have until they get their path.
    names: HashSet<PathBuf>,
    /// How many have none.
    nameless: usize,
}

/// Read by whoever makes, moves or removes a pending file, until `PENDING` says so too; written by
/// who ends the process.
static ENDING: RwLock<()> = RwLock::new(());

fn not_ending() -> RwLockReadGuard<'static, ()> {
    ENDING.read().unwrap_or_else(PoisonError::into_inner)
}

fn pending() -> MutexGuard<'static, Files> {
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
    for path in &pending.names {
        // Without a process that could be told, there is nobody to tell.
        let _ = fs::remove_file(path);
    }
    let kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner).take();
    if kept.is_some() || !pending.names.is_empty() || pending.nameless > 0 {
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

/// A file that is gone unless it [gets its path](Self::publish).
pub struct Pending {
    place: Option<Place>,
    path: PathBuf,
}

/// Where a file is until it gets its path.
enum Place {
    Nowhere,
    /// Beside it, under another name.
    Beside(TempPath),
}

impl Pending {
    /// A new file that will get `path`, where another may be until then.
    pub fn new(path: PathBuf) -> io::Result<(File, Pending)> {
        signals::watch(remove_all)?;
        let _not_ending = not_ending();
        let Some(file) = nameless::create(folder_of(&path)) else {
            return Self::beside(path);
        };
        pending().nameless += 1;
        let place = Some(Place::Nowhere);
        Ok((file, Pending { place, path }))
    }

    fn beside(path: PathBuf) -> io::Result<(File, Pending)> {
        let (file, temporary) = temporary(folder_of(&path), create_new)?.into_parts();
        pending().names.insert(temporary.to_path_buf());
        let place = Some(Place::Beside(temporary));
        Ok((file, Pending { place, path }))
    }

    /// Gives the file its path, `durably` if a power cut must not undo that.
    pub fn publish(mut self, file: &File, durably: bool) -> io::Result<()> {
        let Some(place) = self.place.take() else {
            return Ok(());
        };
        let _not_ending = not_ending();
        place.forget();
        match place {
            Place::Nowhere => link(file, &self.path)?,
            Place::Beside(temporary) => persist(temporary, &self.path)?,
        }
        if durably {
            sync_folder(folder_of(&self.path))?;
        }
        Ok(())
    }
}

impl Place {
    /// From now on nothing has to be cleared away.
    fn forget(&self) {
        let mut pending = pending();
        match self {
            Place::Nowhere => pending.nameless -= 1,
            Place::Beside(temporary) => {
                pending.names.remove(&**temporary);
            }
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(place) = self.place.take() {
            let _not_ending = not_ending();
            place.forget();
            // Dropping it removes it, which must be over before a signal may end the process.
            drop(place);
        }
    }
}

/// Names a nameless file. Only a name can replace another, so where there is one already, it gets
/// another first.
fn link(file: &File, path: &Path) -> io::Result<()> {
    match nameless::link(file, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let link = |path: &Path| nameless::link(file, path);
            persist(temporary(folder_of(path), link)?.into_temp_path(), path)
        }
        linked => linked,
    }
}

fn persist(temporary: TempPath, path: &Path) -> io::Result<()> {
    temporary.persist(path).map_err(|error| error.error)
}

fn folder_of(path: &Path) -> &Path {
    named(path.parent().unwrap_or(Path::new("")))
}

/// The name by which a folder can be opened; that of this one is often left out.
fn named(folder: &Path) -> &Path {
    match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    }
}

/// Makes the names in a folder survive a power cut, where a folder can be opened for that.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    match cfg!(unix) {
        true => File::open(named(folder))?.sync_all(),
        false => Ok(()),
    }
}

/// What `make` makes in a folder under a name that nobody has yet. Errors do not say it: it means
/// nothing to the user, who named another.
fn temporary<F>(
    folder: &Path,
    mut make: impl FnMut(&Path) -> io::Result<F>,
) -> io::Result<NamedTempFile<F>> {
    let mut cause = None;
    let mut builder = tempfile::Builder::new();
    let made = builder.prefix(".luadec-tok-").make_in(folder, |path| {
        make(path).inspect_err(|error| cause = error.raw_os_error())
    });
    made.map_err(|error| cause.map_or(error, io::Error::from_raw_os_error))
}

/// A file with the permissions of any new file.
fn create_new(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true).create_new(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap();
        let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
        names.map(|entry| name(entry.unwrap())).collect()
    }

    /// Where no file can be nameless.
    #[test]
    fn a_file_beside_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.txt");
        let (mut file, pending) = Pending::beside(path.clone()).unwrap();
        file.write_all(b"whole").unwrap();
        assert!(names(folder.path())[0].starts_with(".luadec-tok-"));
        pending.publish(&file, false).unwrap();
        assert_eq!(names(folder.path()), ["out.txt"]);
        let dropped = Pending::beside(path.clone()).unwrap();
        assert_eq!(names(folder.path()).len(), 2);
        drop(dropped);
        assert_eq!(fs::read(path).unwrap(), b"whole");
        assert_eq!(names(folder.path()), ["out.txt"]);
    }

    #[test]
    fn what_comes_to_the_path_meanwhile_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.txt");
        let (mut file, pending) = Pending::new(path.clone()).unwrap();
        file.write_all(b"ours").unwrap();
        fs::write(&path, "another's").unwrap();
        pending.publish(&file, true).unwrap();
        assert_eq!(fs::read(path).unwrap(), b"ours");
        assert_eq!(names(folder.path()), ["out.txt"]);
    }
}
