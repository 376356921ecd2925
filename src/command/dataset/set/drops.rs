//! The list of what was dropped, and the report it ends up in.

use std::fs::File;
use std::io::{self, BufWriter, IntoInnerError, Seek, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use serde::Serialize;

use super::counts::Counts;
use crate::command::dataset::drop::Dropped;
use crate::command::io::output::Output;
use crate::command::io::signals;

/// The drops, a line each in a file, so that none is held in memory.
pub struct Drops {
    file: BufWriter<File>,
    report: Option<Output>,
}

/// A drop in the report.
#[derive(Serialize)]
struct Entry<'a> {
    path: &'a str,
    function: Option<&'a str>,
    stripped: Option<bool>,
    reason: &'static str,
    message: String,
}

impl Drops {
    /// Appends to `list`, for a report at `path`.
    pub fn new(list: File, path: Option<&Path>) -> Result<Drops> {
        let report = path.map(signals::output).transpose()?;
        Ok(Drops {
            file: BufWriter::new(list),
            report,
        })
    }

    pub fn add(&mut self, dropped: &Dropped) -> io::Result<()> {
        let entry = Entry {
            path: &dropped.path,
            function: dropped.function.as_deref(),
            stripped: dropped.stripped,
            reason: dropped.reason.name(),
            message: dropped.reason.to_string(),
        };
        serde_json::to_writer(&mut self.file, &entry)?;
        self.file.write_all(b"\n")
    }

    /// Writes the list to its file, and gives its length.
    pub fn flush(&mut self) -> io::Result<u64> {
        self.file.flush()?;
        self.file.get_mut().stream_position()
    }

    /// Writes the report.
    pub fn finish(self, counts: &Counts, seconds: Duration) -> Result<()> {
        let Some(report) = self.report else {
            return Ok(());
        };
        let mut list = self.file.into_inner().map_err(IntoInnerError::into_error)?;
        list.rewind()?;
        let mut report = BufWriter::new(report);
        let counts = serde_json::to_string(counts)?;
        let counts = counts.strip_suffix('}').unwrap_or(&counts);
        let seconds = seconds.as_secs_f64();
        write!(report, "{counts}, \"seconds\": {seconds}, \"dropped\": [")?;
        let mut separator = "\n";
        for entry in io::BufRead::lines(io::BufReader::new(list)) {
            write!(report, "{separator}{}", entry?)?;
            separator = ",\n";
        }
        report.write_all(b"\n]}\n")?;
        report
            .into_inner()
            .map_err(IntoInnerError::into_error)?
            .finish()
    }
}
