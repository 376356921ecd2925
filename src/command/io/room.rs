//! Disk space that is reserved before it is written to: a file system that allocates page by page
//! takes a tenth to a fifth longer.

use std::fs::File;
use std::io;

/// How long a file of our own grows before space is reserved for more, and how much at a time then.
const AHEAD: u64 = 8 << 20;

/// A shorter write is not worth another call.
const WORTH_A_CALL: usize = 64 << 10;

/// The space of a file that is being written.
pub struct Room {
    /// Where the next write goes.
    end: u64,
    /// Up to where there is space.
    reserved: u64,
    whose: Whose,
}

enum Whose {
    /// Nobody else has the file yet, so space is reserved far ahead, and given back in the end.
    Ours,
    /// Others may have the file open and write to it too. Space is reserved just for what is about
    /// to be written: there is nothing to give back, which could be what another has just written.
    Shared,
    /// There is no space to reserve.
    Nobody,
}

impl Room {
    /// That of a new file that nobody else has.
    pub fn own() -> Room {
        Room {
            end: 0,
            reserved: AHEAD,
            whose: Whose::Ours,
        }
    }

    /// That of an output which is no file.
    pub fn none() -> Room {
        Room {
            end: 0,
            reserved: 0,
            whose: Whose::Nobody,
        }
    }

    /// That of standard output: none if it is no regular file, or is not written at its end.
    pub fn shared(file: &File) -> Room {
        match end_of(file) {
            Some(end) => Room {
                end,
                reserved: end,
                whose: Whose::Shared,
            },
            None => Room::none(),
        }
    }

    /// Reserves space for what is about to be written. Where that is not possible, writing allocates
    /// as it goes.
    pub fn make(&mut self, file: &File, length: usize) {
        let end = self.end + length as u64;
        match self.whose {
            Whose::Ours => {
                while end > self.reserved {
                    reserve(file, self.reserved, AHEAD);
                    self.reserved += AHEAD;
                }
            }
            Whose::Shared if length >= WORTH_A_CALL => reserve(file, self.end, length as u64),
            Whose::Shared | Whose::Nobody => {}
        }
    }

    /// So much has been written.
    pub fn fill(&mut self, length: usize) {
        self.end += length as u64;
    }

    /// Gives back what has been reserved and not written to.
    pub fn give_back(&self, file: &File) -> io::Result<()> {
        match self.whose {
            Whose::Ours if self.reserved > AHEAD => file.set_len(self.end),
            _ => Ok(()),
        }
    }
}

/// The end of a regular file, if that is where it is written. In append mode it is, but only until
/// another appends too.
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
