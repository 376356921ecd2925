//! Outputs: standard output, and files that appear whole or not at all.

use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, anyhow, bail};
use clap::{Args, ValueHint};

use super::pending::PendingFile;
use super::preallocation::Preallocation;
use super::shown::Shown;

#[derive(Debug, Default, Args)]
pub struct OutputArgs {
    /// Write to FILE
    ///
    /// FILE appears whole or not at all [default: -, standard output].
    #[arg(
        short = 'o',
        long = "output",
        value_name = "FILE",
        conflicts_with = "output_dir"
    )]
    pub output: Option<PathBuf>,
    /// Write one file per chunk into DIR
    ///
    /// The files are laid out as the inputs are; DIR is created if it is missing.
    #[arg(short = 'O', long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub output_dir: Option<PathBuf>,
}

impl OutputArgs {
    /// Checks that the output can be written to.
    ///
    /// # Errors
    /// The directory of a file is missing, a directory is a file, or a file a directory.
    pub fn check(&self) -> Result<()> {
        if let Some(directory) = &self.output_dir
            && directory.exists()
            && !directory.is_dir()
        {
            bail!("{}: not a directory; -O needs one", Shown(directory));
        }
        let Some(file) = self.file() else {
            return Ok(());
        };
        if file.is_dir() {
            bail!(
                "{}: a directory; -O writes a file per input into one",
                Shown(file)
            );
        }
        let directory = file.parent().unwrap_or(Path::new(""));
        if directory != Path::new("") && !directory.exists() {
            bail!(
                "{}: the directory {} does not exist",
                Shown(file),
                Shown(directory)
            );
        }
        Ok(())
    }

    /// Returns the file of -o; `None` for standard output, which `-` also names.
    pub fn file(&self) -> Option<&Path> {
        self.output
            .as_deref()
            .filter(|file| file.as_os_str() != "-")
    }
}

/// How much to write at once: enough that there are few calls, little enough that it is still in the
/// cache when the kernel copies it.
pub const CAPACITY: usize = 256 << 10;

/// Standard output or a file.
pub struct Output {
    file: File,
    space: Preallocation,
    /// Its name in messages.
    name: String,
    /// Set if it is a file that is not at its path yet.
    pending: Option<PendingFile>,
    is_stdout: bool,
}

/// The reader of standard output has closed it.
#[derive(Debug, thiserror::Error)]
#[error("standard output is closed")]
pub struct ReaderLeft;

impl Output {
    /// Opens the file at `path`, or standard output.
    pub fn open(path: Option<&Path>) -> Result<Output> {
        path.map_or_else(Output::stdout, Output::file)
    }

    /// Opens the file at `path`, or standard output for `-`.
    #[cfg(feature = "dataset")]
    pub fn file_or_stdout(path: &Path) -> Result<Output> {
        match path.as_os_str() == "-" {
            true => Output::stdout(),
            false => Output::file(path),
        }
    }

    /// Opens standard output without the line buffering of `std::io::stdout`.
    pub fn stdout() -> Result<Output> {
        let name = "standard output".to_owned();
        if STDOUT_WAS_CLOSED.load(Ordering::Relaxed) {
            bail!("{name} is closed");
        }
        let file = stdout_file().context(name.clone())?;
        enlarge_pipe(&file);
        Ok(Output {
            space: Preallocation::shared(&file),
            file,
            name,
            pending: None,
            is_stdout: true,
        })
    }

    /// Opens the file at `path`, which appears there with [`finish`](Self::finish). Devices and pipes are
    /// opened in place.
    pub fn file(path: &Path) -> Result<Output> {
        Self::beside(path).with_context(|| Shown(path).to_string())
    }

    /// Opens the file at `path` and creates its directory if it is missing.
    pub fn file_in_new_dir(path: &Path) -> Result<Output> {
        match (Self::beside(path), path.parent()) {
            // Checked only now, as most files of a run share a few directories.
            (Err(error), Some(directory)) if error.kind() == io::ErrorKind::NotFound => {
                create_dir(directory)?;
                Self::file(path)
            }
            (opened, _) => opened.with_context(|| Shown(path).to_string()),
        }
    }

    fn beside(path: &Path) -> io::Result<Output> {
        let output = |file, space, pending| Output {
            file,
            space,
            name: Shown(path).to_string(),
            pending,
            is_stdout: false,
        };
        let existing = existing(path);
        if let Some((path, metadata)) = &existing
            && !metadata.is_file()
        {
            let file = File::options().write(true).open(path)?;
            return Ok(output(file, Preallocation::none(), None));
        }
        let (path, metadata) = match existing {
            Some((path, metadata)) => (path, Some(metadata)),
            None => (path.to_owned(), None),
        };
        let (file, pending) = PendingFile::new(path)?;
        if let Some(metadata) = metadata {
            file.set_permissions(metadata.permissions())?;
        }
        Ok(output(file, Preallocation::own(), Some(pending)))
    }

    /// Publishes a pending file at its path. Without this, it does not appear.
    pub fn finish(self) -> Result<()> {
        self.publish(false)
    }

    /// Does the same as [`finish`](Self::finish), and makes the file survive a power cut.
    #[cfg(feature = "dataset")]
    pub fn finish_durably(self) -> Result<()> {
        self.publish(true)
    }

    fn publish(self, durably: bool) -> Result<()> {
        let Some(pending) = self.pending else {
            return Ok(());
        };
        let publish = || {
            self.space.release(&self.file)?;
            if durably {
                self.file.sync_all()?;
            }
            pending.publish(&self.file, durably)
        };
        publish().context(self.name)
    }

    fn named(&self, error: io::Error) -> io::Error {
        match error.kind() {
            io::ErrorKind::Interrupted => error,
            kind @ io::ErrorKind::BrokenPipe if self.is_stdout => io::Error::new(kind, ReaderLeft),
            kind => io::Error::new(kind, format!("{}: {error}", self.name)),
        }
    }
}

/// Returns what is at a path, following links, and its path without links.
fn existing(path: &Path) -> Option<(PathBuf, Metadata)> {
    let metadata = fs::symlink_metadata(path).ok()?;
    if !metadata.is_symlink() {
        return Some((path.to_owned(), metadata));
    }
    // A link stays a link: its target is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let metadata = fs::metadata(&path).ok()?;
    Some((path, metadata))
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.space.extend(&self.file, bytes.len());
        let written = self.file.write(bytes).map_err(|error| self.named(error))?;
        self.space.fill(written);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(unix)]
fn stdout_file() -> io::Result<File> {
    use std::os::fd::AsFd;
    Ok(io::stdout().as_fd().try_clone_to_owned()?.into())
}

#[cfg(windows)]
fn stdout_file() -> io::Result<File> {
    use std::os::windows::io::AsHandle;
    Ok(io::stdout().as_handle().try_clone_to_owned()?.into())
}

/// Whether standard output was closed when the process started.
static STDOUT_WAS_CLOSED: AtomicBool = AtomicBool::new(false);

#[cfg(unix)]
ctor::declarative::ctor! {
    // Before main, because Rust's runtime opens /dev/null in place of a closed descriptor, and all
    // output would be lost without an error. It calls nothing that needs the runtime.
    #[ctor(unsafe)]
    fn look() {
        let closed = rustix::io::fcntl_getfd(rustix::stdio::stdout()).is_err();
        STDOUT_WAS_CLOSED.store(closed, Ordering::Relaxed);
    }
}

/// Enlarges a pipe so that writer and reader take turns less often. Where that is not possible,
/// nothing is lost.
fn enlarge_pipe(_file: &File) {
    #[cfg(target_os = "linux")]
    let _ = rustix::pipe::fcntl_setpipe_size(_file, 1 << 20);
}

/// Creates a directory and its missing parents.
///
/// # Errors
/// A file is in the way, or the system refuses.
pub fn create_dir(directory: &Path) -> Result<()> {
    use io::ErrorKind::{AlreadyExists, NotADirectory};

    let name = Shown(directory);
    fs::create_dir_all(directory).map_err(|error| match error.kind() {
        AlreadyExists | NotADirectory => anyhow!("{name}: not a directory"),
        _ => anyhow!(error).context(name.to_string()),
    })
}
