//! `--report`: the list of drops, and the report that it becomes.

use std::io::{self, BufWriter, IntoInnerError, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use serde::Serialize;

use super::continued::{Continued, Extent};
use super::counts::SetCounts;
use crate::command::io::json::harmless;
use crate::command::io::messages::plain;
use crate::command::io::output::Output;
use crate::command::train::dataset::dropped::Dropped;

/// The drops, one per line in a temporary file, so that they take no memory.
pub struct DropList {
    file: BufWriter<Continued>,
    report: Option<Output>,
}

/// A drop in the report.
#[derive(Serialize)]
struct ReportEntry<'a> {
    path: &'a str,
    function: Option<&'a str>,
    stripped: Option<bool>,
    reason: &'static str,
    message: String,
}

impl DropList {
    /// Appends drops to `list`, for a report at `path`.
    pub fn new(list: Continued, path: Option<&Path>) -> Result<DropList> {
        let report = path.map(Output::file_or_stdout).transpose()?;
        Ok(DropList {
            file: BufWriter::new(list),
            report,
        })
    }

    pub fn add(&mut self, dropped: &Dropped) -> io::Result<()> {
        let entry = ReportEntry {
            path: &dropped.path,
            function: dropped.function.as_deref(),
            stripped: dropped.stripped,
            reason: dropped.reason.name(),
            message: plain(dropped.reason.to_string()),
        };
        let line = serde_json::to_string(&entry)? + "\n";
        self.file.write_all(harmless(&line).as_bytes())
    }

    /// Makes the list survive a power cut.
    pub fn sync(&mut self) -> io::Result<Extent> {
        self.file.flush()?;
        self.file.get_ref().sync()?;
        Ok(self.file.get_ref().extent())
    }

    /// Writes the report.
    pub fn finish(&mut self, counts: &SetCounts, seconds: Duration) -> Result<()> {
        let Some(report) = self.report.take() else {
            return Ok(());
        };
        self.file.flush()?;
        let list = self.file.get_ref().rewound()?;
        let mut report = BufWriter::new(report);
        let lengths = counts.lengths.clone();
        let mut counts = serde_json::to_value(counts)?;
        if let (Some(lengths), Some(counts)) = (&lengths, counts.as_object_mut()) {
            counts.shift_remove("lengths");
            counts.insert(
                "tokens".to_owned(),
                serde_json::to_value(lengths.summary())?,
            );
        }
        let counts = counts.to_string();
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
