//! Ctrl-C: what is half written is removed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::{Mutex, PoisonError};

use anyhow::Result;

use crate::command::output::Output;

/// The files that are not in their places yet, and some that are.
static TEMPORARIES: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// The exit status of a shell for what Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// From now on Ctrl-C, and other requests to end, remove the files of [`output`] that are not in
/// their places.
pub fn remove_temporaries() -> Result<()> {
    ctrlc::set_handler(|| {
        // Held to the end, so that no new file comes to be.
        let temporaries = TEMPORARIES.lock().unwrap_or_else(PoisonError::into_inner);
        for path in temporaries.iter() {
            // A file that is in its place no longer has this name.
            let _ = fs::remove_file(path);
        }
        process::exit(INTERRUPTED);
    })?;
    Ok(())
}

/// The file at `path`, or standard output for `-`.
pub fn output(path: &Path) -> Result<Output> {
    if path.as_os_str() == "-" {
        return Output::stdout();
    }
    let mut temporaries = TEMPORARIES.lock().unwrap_or_else(PoisonError::into_inner);
    let output = Output::file(path)?;
    temporaries.extend(output.temporary().map(Path::to_owned));
    Ok(output)
}
