//! Ctrl-C: half-written files are removed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::{Mutex, PoisonError};

use anyhow::Result;

use super::output::Output;

/// All pending files, and some that were kept since.
static TEMPORARIES: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// What a shell gives as the exit status of a command that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// From now on Ctrl-C and other requests to end remove the pending files of [`output`].
pub fn remove_temporaries() -> Result<()> {
    ctrlc::set_handler(|| {
        // Locked to the end, so that no new file appears.
        let temporaries = TEMPORARIES.lock().unwrap_or_else(PoisonError::into_inner);
        for path in temporaries.iter() {
            // A file that was kept no longer has this name.
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
