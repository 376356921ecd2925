//! Outputs that are compressed if their name says so.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Result;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::output::Output;

/// An output: compressed by zstd if its name ends in `.zst`, by gzip if it ends in `.gz`.
pub enum Compressed {
    Plain(Output),
    Zstd(zstd::Encoder<'static, Output>),
    Gzip(GzEncoder<Output>),
}

/// Streams repeat themselves so much that zstd's own choice, 3, takes half as long again and makes
/// full streams 2 % larger; only terse ones would be 6 % smaller.
const ZSTD_LEVEL: i32 = 1;

/// The most threads zstd gets: each takes tens of megabytes.
const MOST_WORKERS: usize = 4;

impl Compressed {
    /// An output whose name is `path`.
    pub fn new(output: Output, path: &Path, threads: usize) -> Result<Compressed> {
        let ending = path.extension().unwrap_or_default();
        Ok(if ending.eq_ignore_ascii_case("zst") {
            let mut encoder = zstd::Encoder::new(output, ZSTD_LEVEL)?;
            encoder.include_checksum(true)?;
            // With one worker or more, the bytes are the same whatever their number.
            encoder.multithread(threads.min(MOST_WORKERS) as u32)?;
            Compressed::Zstd(encoder)
        } else if ending.eq_ignore_ascii_case("gz") {
            Compressed::Gzip(GzEncoder::new(output, Compression::default()))
        } else {
            Compressed::Plain(output)
        })
    }

    /// Moves a pending file to its path. Without this it does not appear.
    pub fn finish(self) -> Result<()> {
        self.into_output()?.finish()
    }

    /// As [`finish`](Self::finish), and the file survives a power cut.
    pub fn finish_durably(self) -> Result<()> {
        self.into_output()?.finish_durably()
    }

    fn into_output(self) -> io::Result<Output> {
        match self {
            Compressed::Plain(output) => Ok(output),
            Compressed::Zstd(encoder) => encoder.finish(),
            Compressed::Gzip(encoder) => encoder.finish(),
        }
    }
}

impl Write for Compressed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Compressed::Plain(output) => output.write(bytes),
            Compressed::Zstd(encoder) => encoder.write(bytes),
            Compressed::Gzip(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Compressed::Plain(output) => output.flush(),
            Compressed::Zstd(encoder) => encoder.flush(),
            Compressed::Gzip(encoder) => encoder.flush(),
        }
    }
}
