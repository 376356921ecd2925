//! One run at a time in a folder.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::Path;
use std::process;

use anyhow::{Context, Result, bail};

use crate::command::io::claims::FileId;
use crate::command::io::shown::Shown;

/// The name of the locked file, which holds the number of the process.
pub const LOCK: &str = "lock";

/// Held as long as the run lasts. The system lets go of it however the process ends.
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Locks a folder, which is created if it is missing.
    ///
    /// # Errors
    /// Another process holds it.
    pub fn take(folder: &Path) -> Result<Lock> {
        let path = folder.join(LOCK);
        let open = || {
            fs::create_dir_all(folder)?;
            let mut options = File::options();
            options.read(true).write(true).create(true).truncate(false);
            options.open(&path)
        };
        loop {
            let mut file = open().with_context(|| Shown(folder).to_string())?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => bail!(
                    "{} is in use: process {} writes this set; wait for it, or name another output",
                    Shown(folder),
                    fs::read_to_string(&path).unwrap_or_default().trim()
                ),
                Err(TryLockError::Error(error)) => {
                    return Err(error).with_context(|| Shown(&path).to_string());
                }
            }
            let write = || {
                // The holder before may have removed the folder with this file in it.
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
