//! The list of what was dropped, and the report that it ends up in.

use std::fs::File;
use std::io::{self, BufWriter, IntoInnerError, Seek, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use luadec_tok::dataset::Dropped;
use serde_json::json;

use super::counts::Counts;
use super::interrupt;
use crate::command::output::Output;

/// The drops, a line each in a file: however many there are, none is held.
pub struct Drops {
    file: BufWriter<File>,
    report: Option<Output>,
}

impl Drops {
    /// Drops in `list`, behind what is in it already, for a report at `path`.
    pub fn new(list: File, path: Option<&Path>) -> Result<Drops> {
        let report = path.map(interrupt::output).transpose()?;
        Ok(Drops {
            file: BufWriter::new(list),
            report,
        })
    }

    pub fn add(&mut self, dropped: &Dropped) -> io::Result<()> {
        let entry = json!({
            "path": dropped.path,
            "function": dropped.function,
            "stripped": dropped.stripped,
            "reason": dropped.reason.name(),
            "message": dropped.reason.to_string(),
        });
        writeln!(self.file, "{entry}")
    }

    /// The length of the list, all of which is in its file.
    pub fn flush(&mut self) -> io::Result<u64> {
        self.file.flush()?;
        self.file.get_mut().stream_position()
    }

    /// Writes the report and puts it into its place.
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
