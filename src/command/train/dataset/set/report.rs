//! `--report`: the list of drops, and the report that it becomes.

use std::io::{self, BufRead, BufReader, BufWriter, IntoInnerError, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use serde::Serialize;
use serde_json::{Map, Value};

use super::continued::{Continued, Extent};
use super::counts::SetCounts;
use crate::command::io::json::harmless;
use crate::command::io::messages::plain;
use crate::command::io::output::Output;
use crate::command::train::dataset::dropped::Dropped;

/// A report but for its list of drops.
#[derive(Serialize)]
pub struct ReportHead {
    pub version: String,
    /// The options that decide what is counted.
    pub options: Map<String, Value>,
    #[serde(flatten)]
    pub counts: SetCounts,
    /// Statistics of the lengths in tokens, if they were counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Value>,
}

impl ReportHead {
    pub fn new(options: Map<String, Value>, counts: &SetCounts) -> Result<ReportHead> {
        let summary = counts.lengths.as_ref().map(|lengths| lengths.summary());
        Ok(ReportHead {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            options,
            counts: SetCounts {
                lengths: None,
                ..counts.clone()
            },
            tokens: summary.map(serde_json::to_value).transpose()?,
        })
    }

    /// Returns the report whose keys these are, if they are one's.
    pub fn of_keys(mut keys: Map<String, Value>) -> Option<ReportHead> {
        Some(ReportHead {
            version: keys.remove("version")?.as_str()?.to_owned(),
            options: match keys.remove("options")? {
                Value::Object(options) => options,
                _ => return None,
            },
            tokens: keys.remove("tokens"),
            // Not flattened: serde cannot do that to numbers of arbitrary precision.
            counts: serde_json::from_value(keys.into()).ok()?,
        })
    }
}

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
        self.add_entry(&ReportEntry {
            path: &dropped.path,
            function: dropped.function.as_deref(),
            stripped: dropped.stripped,
            reason: dropped.reason.name(),
            message: plain(dropped.reason.to_string()),
        })
    }

    pub fn add_entry(&mut self, entry: &impl Serialize) -> io::Result<()> {
        let line = serde_json::to_string(entry)? + "\n";
        self.file.write_all(harmless(&line).as_bytes())
    }

    /// Makes the list survive a power cut.
    pub fn sync(&mut self) -> io::Result<Extent> {
        self.file.flush()?;
        self.file.get_ref().sync()?;
        Ok(self.file.get_ref().extent())
    }

    /// Writes the report, if one is wanted.
    pub fn finish(&mut self, head: &ReportHead, seconds: Duration) -> Result<()> {
        let Some(report) = self.report.take() else {
            return Ok(());
        };
        self.file.flush()?;
        let list = self.file.get_ref().rewound()?;
        let mut report = BufWriter::new(report);
        let head = serde_json::to_string(head)?;
        let head = head.strip_suffix('}').unwrap_or(&head);
        let seconds = seconds.as_secs_f64();
        write!(report, "{head}, \"seconds\": {seconds}, \"dropped\": [")?;
        let mut separator = "\n";
        for entry in BufReader::new(list).lines() {
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
