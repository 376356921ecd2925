//! The outputs: standard output, and files that appear whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use super::closed::stdout_is_closed;
use super::pending::Pending;
use super::shown::Shown;

#[derive(Debug, Args)]
pub struct OutputArgs {
    /// Write to file F, which appears whole or not at all [default: -, standard output]
    #[arg(
        short = 'o',
        long = "output",
        value_name = "F",
        conflicts_with = "output_dir"
    )]
    pub output: Option<PathBuf>,
    /// Write one file a chunk below D, in the layout of the inputs
    #[arg(short = 'O', long, value_name = "D")]
    pub output_dir: Option<PathBuf>,
}

impl OutputArgs {
    /// Refuses what cannot be written to.
    ///
    /// # Errors
    /// The folder of a file is missing; a folder is a file, or a file a folder.
    pub fn check(&self) -> Result<()> {
        if let Some(folder) = &self.output_dir
            && folder.exists()
            && !folder.is_dir()
        {
            bail!("{}: this is a file; -O wants a folder", folder.display());
        }
        let Some(file) = self.file() else {
            return Ok(());
        };
        if file.is_dir() {
            bail!(
                "{}: this is a folder; -O writes a file for each input into one",
                file.display()
            );
        }
        let folder = file.parent().unwrap_or(Path::new(""));
        if folder != Path::new("") && !folder.exists() {
            bail!(
                "{}: there is no folder {}",
                file.display(),
                folder.display()
            );
        }
        Ok(())
    }

    /// The file of `-o`; none for standard output, which `-` names too.
    pub fn file(&self) -> Option<&Path> {
        self.output
            .as_deref()
            .filter(|file| file.as_os_str() != "-")
    }
}

/// How much is written at once: to a pipe what stays in the cache, to a file enough to make the
/// calls few.
const STREAM_CAPACITY: usize = 256 << 10;
const FILE_CAPACITY: usize = 1 << 20;

/// How long a file grows before disk space is reserved for more, and how much at a time then.
const RESERVE: u64 = 8 << 20;

/// Where bytes go.
pub struct Output {
    file: File,
    /// How much has been written.
    written: u64,
    /// Up to where a pending file has disk space reserved.
    room: u64,
    /// What messages call it.
    name: String,
    /// If it is a file that does not have its path yet.
    pending: Option<Pending>,
    is_stdout: bool,
}

/// The reader of standard output has had enough.
#[derive(Debug, thiserror::Error)]
#[error("standard output is closed")]
pub struct ReaderLeft;

impl Output {
    /// The file at `path`, or standard output.
    pub fn open(path: Option<&Path>) -> Result<Output> {
        path.map_or_else(Output::stdout, Output::file)
    }

    /// The file at `path`, or standard output for `-`.
    #[cfg(feature = "dataset")]
    pub fn file_or_stdout(path: &Path) -> Result<Output> {
        match path.as_os_str() == "-" {
            true => Output::stdout(),
            false => Output::file(path),
        }
    }

    /// Standard output, without the line buffering of `std::io::stdout`.
    pub fn stdout() -> Result<Output> {
        let name = "standard output".to_owned();
        if stdout_is_closed() {
            bail!("{name} is closed");
        }
        let file = stdout_file().context(name.clone())?;
        enlarge_pipe(&file);
        Ok(Output {
            is_stdout: true,
            ..Output::new(file, name, None)
        })
    }

    fn new(file: File, name: String, pending: Option<Pending>) -> Output {
        Output {
            file,
            written: 0,
            room: RESERVE,
            name,
            pending,
            is_stdout: false,
        }
    }

    /// The file at `path`, written beside it and moved there by [`finish`](Self::finish). Devices
    /// and pipes are opened in place.
    pub fn file(path: &Path) -> Result<Output> {
        let name = Shown(path).to_string();
        Self::beside(path)
            .context(name.clone())
            .map(|(file, pending)| Output::new(file, name, pending))
    }

    /// The file at `path`, whose folder is created if it is missing.
    pub fn file_in_new_folder(path: &Path) -> Result<Output> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| Shown(folder).to_string())?;
        }
        Self::file(path)
    }

    fn beside(path: &Path) -> io::Result<(File, Option<Pending>)> {
        // A link stays a link: the file it leads to is replaced.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let existing = fs::metadata(&path).ok();
        if existing
            .as_ref()
            .is_some_and(|existing| !existing.is_file())
        {
            return Ok((File::options().write(true).open(path)?, None));
        }
        let (file, pending) = Pending::new(path)?;
        if let Some(existing) = existing {
            file.set_permissions(existing.permissions())?;
        }
        Ok((file, Some(pending)))
    }

    /// How much to write at once.
    pub fn capacity(&self) -> usize {
        match self.file.metadata() {
            Ok(metadata) if metadata.is_file() => FILE_CAPACITY,
            _ => STREAM_CAPACITY,
        }
    }

    /// Moves a pending file to its path. Without this it does not appear.
    pub fn finish(self) -> Result<()> {
        self.publish(false)
    }

    /// As [`finish`](Self::finish), and the file survives a power cut.
    #[cfg(feature = "dataset")]
    pub fn finish_durably(self) -> Result<()> {
        self.publish(true)
    }

    fn publish(self, durably: bool) -> Result<()> {
        let Some(pending) = self.pending else {
            return Ok(());
        };
        let publish = || {
            if self.room > RESERVE {
                self.file.set_len(self.written)?;
            }
            if durably {
                self.file.sync_all()?;
            }
            pending.publish(durably)
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

    /// Reserves disk space for what is written next. File systems that allocate page by page take a
    /// quarter longer.
    fn reserve(&mut self, more: usize) {
        if self.pending.is_some() {
            while self.written + more as u64 > self.room {
                reserve(&self.file, self.room);
                self.room += RESERVE;
            }
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.reserve(bytes.len());
        let written = self.file.write(bytes).map_err(|error| self.named(error))?;
        self.written += written as u64;
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

/// With a larger pipe, writer and reader take turns less often. Where that is not possible,
/// nothing is lost.
fn enlarge_pipe(_file: &File) {
    #[cfg(target_os = "linux")]
    let _ = rustix::pipe::fcntl_setpipe_size(_file, 1 << 20);
}

/// Reserves disk space in a file from an offset on, without making the file longer. Where that is
/// not possible, writing allocates as it goes.
fn reserve(_file: &File, _from: u64) {
    #[cfg(target_os = "linux")]
    let _ = rustix::fs::fallocate(_file, rustix::fs::FallocateFlags::KEEP_SIZE, _from, RESERVE);
}
