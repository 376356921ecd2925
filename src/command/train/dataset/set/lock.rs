//! A lock that lets one run at a time write a set.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::Path;
use std::process;

use anyhow::{Context, Result, bail};

use crate::command::io::claims::FileId;
use crate::command::io::shown::Shown;

/// The name of the locked file, which contains the process id.
pub const LOCK: &str = "lock";

/// A lock on a directory. The system releases it however the process ends.
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Locks a directory, which is created if it is missing.
    ///
    /// # Errors
    /// Another process holds it.
    pub fn take(directory: &Path) -> Result<Lock> {
        let path = directory.join(LOCK);
        let open = || {
            fs::create_dir_all(directory)?;
            let mut options = File::options();
            options.read(true).write(true).create(true).truncate(false);
            options.open(&path)
        };
        loop {
            let mut file = open().with_context(|| Shown(directory).to_string())?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => bail!(
                    "{} is in use by process {}, which writes this set; wait for it, or name another output",
                    Shown(directory),
                    fs::read_to_string(&path).unwrap_or_default().trim()
                ),
                Err(TryLockError::Error(error)) => {
                    return Err(error).with_context(|| Shown(&path).to_string());
                }
            }
            let write = || {
                // The previous holder may have removed the directory with this file.
                let metadata = file.metadata()?;
                if FileId::of(&metadata, &path) != FileId::new(&path) {
                    return Ok(false);
                }
                file.set_len(0)?;
                writeln!(file, "{}", process::id())?;
                Ok::<_, io::Error>(true)
            };
            let mut write = write;
            if write().with_context(|| Shown(&path).to_string())? {
                return Ok(Lock { _file: file });
            }
        }
    }
}
