//! Files that are compressed if their names say so.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;

use super::output::Output;
use super::shown::Shown;

/// An output that is compressed with zstd if its name ends in `.zst`, with gzip if it ends in `.gz`.
pub enum Compressed {
    Plain(Output),
    Zstd(zstd::Encoder<'static, Output>),
    Gzip(GzEncoder<Output>),
}

/// Streams are so repetitive that zstd's default, 3, takes half as long again and makes full streams 2 %
/// larger; only terse ones become 6 % smaller.
const ZSTD_LEVEL: i32 = 1;

/// The most threads for zstd, each of which takes tens of megabytes.
const MOST_WORKERS: usize = 4;

impl Compressed {
    /// Returns an output whose name is `path`.
    pub fn new(output: Output, path: &Path, threads: usize) -> Result<Compressed> {
        let ending = path.extension().unwrap_or_default();
        Ok(if ending.eq_ignore_ascii_case("zst") {
            let mut encoder = zstd::Encoder::new(output, ZSTD_LEVEL)?;
            encoder.include_checksum(true)?;
            // The bytes are the same for any number of workers but 0.
            encoder.multithread(threads.min(MOST_WORKERS) as u32)?;
            Compressed::Zstd(encoder)
        } else if ending.eq_ignore_ascii_case("gz") {
            Compressed::Gzip(GzEncoder::new(output, Compression::default()))
        } else {
            Compressed::Plain(output)
        })
    }

    /// Ends the compressed data and publishes the file. Without this, it does not appear.
    pub fn finish(self) -> Result<()> {
        self.into_output()?.finish()
    }

    /// Does the same as [`finish`](Self::finish), and makes the file survive a power cut.
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

/// The size of the buffers that files are read through.
const BUFFER: usize = 1 << 18;

/// Opens the file at `path`, or standard input for `-`, and decompresses it if its name says so.
pub fn decompressed(path: &Path) -> Result<BufReader<Box<dyn Read + Send>>> {
    let name = Shown(path).to_string();
    let named = || name.clone();
    let file: Box<dyn Read + Send> = if path.as_os_str() == "-" {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(path).with_context(named)?)
    };
    let mut file = BufReader::with_capacity(BUFFER, file);
    let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
    let ending = ending.as_ref().and_then(|ending| ending.to_str());
    let Some(ending @ ("zst" | "gz")) = ending else {
        return Ok(file);
    };
    if file.fill_buf().with_context(named)?.is_empty() {
        bail!("{name}: an empty file is not a valid .{ending} file; compress the rows again");
    }
    let decoder: Box<dyn Read + Send> = match ending {
        "zst" => Box::new(zstd::Decoder::with_buffer(file).with_context(named)?),
        _ => Box::new(MultiGzDecoder::new(file)),
    };
    Ok(BufReader::with_capacity(BUFFER, decoder))
}
