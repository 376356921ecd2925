//! What was made and what was dropped: a line for people, a JSON file for programs.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufWriter, IntoInnerError, Write};
use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use luadec_tok::dataset::Dropped;
use serde_json::json;

use super::interrupt;
use crate::command::output::Output;

/// The counts, and the file for `--report`, to which each drop goes at once: however many there
/// are, none is held.
pub struct Summary {
    pub files: u64,
    pub records: u64,
    /// The length of all records, before they are compressed.
    pub bytes: u64,
    dropped: BTreeMap<&'static str, u64>,
    start: Instant,
    file: Option<BufWriter<Output>>,
}

impl Summary {
    pub fn new(path: Option<&Path>) -> Result<Summary> {
        let mut file = match path {
            Some(path) => Some(BufWriter::new(interrupt::output(path)?)),
            None => None,
        };
        if let Some(file) = &mut file {
            file.write_all(b"{\"dropped\": [")?;
        }
        Ok(Summary {
            files: 0,
            records: 0,
            bytes: 0,
            dropped: BTreeMap::new(),
            start: Instant::now(),
            file,
        })
    }

    pub fn dropped(&mut self, dropped: &Dropped) -> Result<()> {
        let first = self.dropped.is_empty();
        *self.dropped.entry(dropped.reason.name()).or_default() += 1;
        if let Some(file) = &mut self.file {
            let separator = if first { "" } else { "," };
            let entry = json!({
                "path": dropped.path,
                "stripped": dropped.stripped,
                "reason": dropped.reason.name(),
                "message": dropped.reason.to_string(),
            });
            write!(file, "{separator}\n{entry}")?;
        }
        Ok(())
    }

    /// Puts the JSON file into its place.
    pub fn finish(self) -> Result<()> {
        let Some(mut file) = self.file else {
            return Ok(());
        };
        let counts = json!({
            "files": self.files,
            "records": self.records,
            "dropped_by_reason": self.dropped,
            "bytes": self.bytes,
            "seconds": self.start.elapsed().as_secs_f64(),
        });
        // Behind the list, in the same object.
        write!(file, "\n], {}\n", &counts.to_string()[1..])?;
        file.into_inner()
            .map_err(IntoInnerError::into_error)?
            .finish()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Summary {
            files,
            records,
            bytes,
            ..
        } = self;
        let seconds = self.start.elapsed().as_secs_f64();
        write!(
            f,
            "{files} files: {records} records, {bytes} bytes, {seconds:.1} s; dropped: "
        )?;
        if self.dropped.is_empty() {
            return f.write_str("none");
        }
        for (i, (reason, count)) in self.dropped.iter().enumerate() {
            let separator = if i == 0 { "" } else { ", " };
            write!(f, "{separator}{count} {reason}")?;
        }
        Ok(())
    }
}
