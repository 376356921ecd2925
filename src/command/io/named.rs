//! Files whose errors name them.

use std::env;
use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use super::shown::Shown;

/// A file with a name for messages.
pub struct Named {
    pub file: File,
    name: String,
}

impl Named {
    pub fn new(file: File, name: String) -> Named {
        Named { file, name }
    }

    /// Creates a file without a path in the directory for temporary files.
    ///
    /// # Errors
    /// It cannot be created there.
    pub fn temporary() -> io::Result<Named> {
        let directory = env::temp_dir();
        let name = format!("a temporary file in {}", Shown(&directory));
        match tempfile::tempfile() {
            Ok(file) => Ok(Named { file, name }),
            Err(error) => Err(named(&name, error)),
        }
    }

    /// Names the file in the error, if there is one.
    pub fn tell<T>(&self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| named(&self.name, error))
    }
}

/// Returns an error with the name of its file.
pub fn named(name: &impl Display, error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::Interrupted => error,
        kind => io::Error::new(kind, format!("{name}: {error}")),
    }
}

impl Read for Named {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(bytes);
        self.tell(read)
    }
}

impl Write for Named {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes);
        self.tell(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Named {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = self.file.seek(to);
        self.tell(at)
    }
}
