//! Writes the scores: lines on standard output, a report and a page.

use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Result;

use super::against::Against;
use super::page::HtmlPage;
use super::rates::{Rates, RowCounts};
use super::result::ScoredRow;
use crate::command::io::json::harmless;
use crate::command::io::output::{CAPACITY, Output};

pub struct Scores {
    out: BufWriter<Output>,
    /// True if each line is flushed at once, because the reader may wait for it.
    is_flushed: bool,
    report: Option<Output>,
    page: Option<HtmlPage>,
    counts: RowCounts,
    against: Option<Against>,
}

impl Scores {
    /// Opens the outputs. Compares the rows with those of an earlier run, if there is one.
    pub fn new(
        is_flushed: bool,
        report: Option<&Path>,
        page: Option<&Path>,
        against: Option<Against>,
    ) -> Result<Scores> {
        let out = Output::stdout()?;
        Ok(Scores {
            out: BufWriter::with_capacity(CAPACITY, out),
            is_flushed,
            report: report.map(Output::file).transpose()?,
            page: page.map(HtmlPage::new).transpose()?,
            counts: RowCounts::default(),
            against,
        })
    }

    /// Writes the lines of some rows and counts them.
    pub fn add(&mut self, rows: impl IntoIterator<Item = ScoredRow>) -> Result<()> {
        for mut row in rows {
            if let Some(against) = &mut self.against {
                against.add(&mut row)?;
            }
            writeln!(self.out, "{}", harmless(&row.to_string()))?;
            self.counts.add(&row);
            if let Some(page) = &mut self.page {
                page.add(row);
            }
        }
        if self.is_flushed {
            self.out.flush()?;
        }
        Ok(())
    }

    /// Returns the warnings about rows that could not be scored.
    pub fn warnings(&self) -> Vec<String> {
        self.counts.warnings()
    }

    /// Writes the report and the page, and returns the rates. `name` is the input in messages.
    pub fn finish(mut self, name: &str) -> Result<Rates> {
        self.out.flush()?;
        let rates = self
            .counts
            .rates(self.against.as_ref().map(Against::report));
        if let Some(mut report) = self.report {
            let json = serde_json::to_string_pretty(&rates)?;
            report.write_all(harmless(&format!("{json}\n")).as_bytes())?;
            report.finish()?;
        }
        if let Some(page) = self.page {
            page.finish(name, &rates)?;
        }
        Ok(rates)
    }
}
