//! Files that are continued.

use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::path::Path;

use anyhow::{Context, Result};

/// A file, new or cut to this length, positioned at its end.
pub fn open_at(path: &Path, length: u64) -> Result<File> {
    let open = || {
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        file.set_len(length)?;
        file.seek(SeekFrom::End(0))?;
        Ok::<_, io::Error>(file)
    };
    open().with_context(|| path.display().to_string())
}
