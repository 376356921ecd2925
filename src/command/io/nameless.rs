//! Files that have no name until they are whole. However the process ends, the kernel clears them
//! away. And to name one is a single change to its folder, where a file that is made beside its path
//! and moved there takes two, for which threads that write to one folder wait for each other.

use std::fs::File;
use std::io;
use std::path::Path;

/// A new file in `folder`; none where the system or the file system has no such thing.
#[cfg(target_os = "linux")]
pub fn create(folder: &Path) -> Option<File> {
    use std::sync::LazyLock;

    use rustix::fs::{Mode, OFlags, open};

    static HAS_PROC: LazyLock<bool> = LazyLock::new(|| Path::new(DESCRIPTORS).exists());
    if !*HAS_PROC {
        return None;
    }
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    let file = open(folder, flags, Mode::from_raw_mode(0o666)).ok()?;
    Some(file.into())
}

/// Gives a file that [`create`] made its name.
///
/// # Errors
/// There is a file of that name; or it cannot be given.
#[cfg(target_os = "linux")]
pub fn link(file: &File, path: &Path) -> io::Result<()> {
    use std::os::fd::AsRawFd;

    use rustix::fs::{AtFlags, CWD, linkat};

    // To name the descriptor itself would take a privilege.
    let nameless = format!("{DESCRIPTORS}/{}", file.as_raw_fd());
    Ok(linkat(CWD, nameless, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
}

/// Where the descriptors of this process are.
#[cfg(target_os = "linux")]
const DESCRIPTORS: &str = "/proc/self/fd";

#[cfg(not(target_os = "linux"))]
pub fn create(_folder: &Path) -> Option<File> {
    None
}

#[cfg(not(target_os = "linux"))]
pub fn link(_file: &File, _path: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
