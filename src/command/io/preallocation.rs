//! Reserving disk space before writing. File systems that allocate page by page take 10 to 20 %
//! longer.

use std::fs::File;
use std::io;

/// How long our own file grows before space is reserved for more, and how much at a time then.
const AHEAD: u64 = 8 << 20;

/// A shorter write is not worth another system call.
const WORTH_A_CALL: usize = 64 << 10;

/// The disk space of a file that is being written.
pub struct Preallocation {
    /// The position of the next write.
    end: u64,
    /// The position up to which space is reserved.
    reserved: u64,
    owner: Owner,
}

enum Owner {
    /// Nobody else has the file open, so space is reserved far ahead, and released in the end.
    Us,
    /// Others may have the file open and write to it too. Space is reserved only for the next write.
    /// Releasing any could drop what another process has just written.
    Shared,
    /// Not a regular file: there is no space to reserve.
    Nobody,
}

impl Preallocation {
    /// For a new file that nobody else has open.
    pub fn own() -> Preallocation {
        Preallocation {
            end: 0,
            reserved: AHEAD,
            owner: Owner::Us,
        }
    }

    /// For an output that is not a regular file.
    pub fn none() -> Preallocation {
        Preallocation {
            end: 0,
            reserved: 0,
            owner: Owner::Nobody,
        }
    }

    /// For standard output. Reserves nothing unless it is a regular file written at its end.
    pub fn shared(file: &File) -> Preallocation {
        match end_of(file) {
            Some(end) => Preallocation {
                end,
                reserved: end,
                owner: Owner::Shared,
            },
            None => Preallocation::none(),
        }
    }

    /// Reserves space for the next write of `length` bytes. Where that is not possible, the write
    /// itself allocates.
    pub fn extend(&mut self, file: &File, length: usize) {
        let end = self.end + length as u64;
        match self.owner {
            Owner::Us => {
                while end > self.reserved {
                    reserve(file, self.reserved, AHEAD);
                    self.reserved += AHEAD;
                }
            }
            Owner::Shared if length >= WORTH_A_CALL => reserve(file, self.end, length as u64),
            Owner::Shared | Owner::Nobody => {}
        }
    }

    /// Records that `length` bytes were written.
    pub fn fill(&mut self, length: usize) {
        self.end += length as u64;
    }

    /// Releases the space that was reserved and not written to.
    pub fn release(&self, file: &File) -> io::Result<()> {
        match self.owner {
            Owner::Us if self.reserved > AHEAD => file.set_len(self.end),
            _ => Ok(()),
        }
    }
}

/// Returns the length of a regular file that is written at its end. In append mode every write goes
/// to the end, but another process may append too.
#[cfg(target_os = "linux")]
fn end_of(mut file: &File) -> Option<u64> {
    use std::io::Seek;

    use rustix::fs::{OFlags, fcntl_getfl};
    let metadata = file.metadata().ok()?;
    let appends = || fcntl_getfl(file).is_ok_and(|flags| flags.contains(OFlags::APPEND));
    if !metadata.is_file() || appends() {
        return None;
    }
    let end = file.stream_position().ok()?;
    (end == metadata.len()).then_some(end)
}

#[cfg(not(target_os = "linux"))]
fn end_of(_file: &File) -> Option<u64> {
    None
}

/// Reserves space without making the file longer.
fn reserve(_file: &File, _from: u64, _length: u64) {
    #[cfg(target_os = "linux")]
    let _ = rustix::fs::fallocate(_file, rustix::fs::FallocateFlags::KEEP_SIZE, _from, _length);
}
