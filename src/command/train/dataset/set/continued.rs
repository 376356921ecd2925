//! Files that a later run checks and continues.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::Crc;
use serde::{Deserialize, Serialize};

use crate::command::io::named::Named;
use crate::command::io::shown::Shown;

/// The length of a file and a checksum of its bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Extent {
    pub bytes: u64,
    pub crc: u32,
}

impl Extent {
    /// Measures a whole file.
    pub fn of(path: &Path) -> io::Result<Extent> {
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        let crc = crc(&file, bytes)?.sum();
        Ok(Extent { bytes, crc })
    }
}

/// A file to which bytes are appended.
pub struct Continued {
    file: Named,
    crc: Crc,
    bytes: u64,
}

impl Continued {
    /// Creates an empty file without a path.
    pub fn temporary() -> io::Result<Continued> {
        Ok(Continued {
            file: Named::temporary()?,
            crc: Crc::new(),
            bytes: 0,
        })
    }

    /// Opens the file at `path`, or creates it if it should be empty. Bytes after `extent` are cut
    /// off.
    ///
    /// # Errors
    /// The file does not begin with the bytes that `extent` describes.
    pub fn open(path: &Path, extent: Extent) -> Result<Continued> {
        let open = || {
            let mut options = File::options();
            options.read(true).write(true).truncate(false);
            let file = options.create(extent.bytes == 0).open(path)?;
            let crc = crc(&file, extent.bytes)?;
            if (Extent {
                crc: crc.sum(),
                bytes: file.metadata()?.len().min(extent.bytes),
            }) != extent
            {
                return Ok(None);
            }
            file.set_len(extent.bytes)?;
            (&file).seek(SeekFrom::End(0))?;
            let bytes = extent.bytes;
            let file = Named::new(file, Shown(path).to_string());
            Ok::<_, io::Error>(Some(Continued { file, crc, bytes }))
        };
        match open().with_context(|| Shown(path).to_string())? {
            Some(continued) => Ok(continued),
            None => bail!("{} has changed since the run wrote it", Shown(path)),
        }
    }

    pub fn extent(&self) -> Extent {
        Extent {
            bytes: self.bytes,
            crc: self.crc.sum(),
        }
    }

    /// Makes the written bytes survive a power cut.
    pub fn sync(&self) -> io::Result<()> {
        self.file.tell(self.file.file.sync_data())
    }

    /// Returns a reader of the file from its start.
    pub fn rewound(&self) -> io::Result<impl Read> {
        let mut file = &self.file.file;
        self.file.tell(file.rewind())?;
        Ok(file.take(self.bytes))
    }
}

impl Write for Continued {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.crc.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Returns whether a file contains exactly the bytes that `extent` describes.
pub fn holds(path: &Path, extent: Extent) -> io::Result<bool> {
    Ok(path.metadata()?.len() == extent.bytes && Extent::of(path)? == extent)
}

/// Computes the checksum of a file's first bytes.
fn crc(mut file: &File, bytes: u64) -> io::Result<Crc> {
    file.rewind()?;
    let mut crc = Crc::new();
    let mut file = file.take(bytes);
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(crc),
            read => crc.update(&buffer[..read]),
        }
    }
}
