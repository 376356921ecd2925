//! The outputs: lines on standard output, counts, a report and a page.

use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Result;

use super::page::HtmlPage;
use super::rates::{Rates, RowCounts};
use super::result::ScoredRow;
use crate::command::io::json::harmless;
use crate::command::io::output::{CAPACITY, Output};

pub struct Scores {
    out: BufWriter<Output>,
    /// True if the reader of the lines waits for each.
    prompt: bool,
    report: Option<Output>,
    page: Option<HtmlPage>,
    counts: RowCounts,
}

impl Scores {
    pub fn new(prompt: bool, report: Option<&Path>, page: Option<&Path>) -> Result<Scores> {
        let out = Output::stdout()?;
        Ok(Scores {
            out: BufWriter::with_capacity(CAPACITY, out),
            prompt,
            report: report.map(Output::file).transpose()?,
            page: page.map(HtmlPage::new).transpose()?,
            counts: RowCounts::default(),
        })
    }

    /// Adds the results of some rows.
    pub fn add(&mut self, rows: impl IntoIterator<Item = ScoredRow>) -> Result<()> {
        for row in rows {
            writeln!(self.out, "{}", harmless(&row.to_string()))?;
            self.counts.add(&row);
            if let Some(page) = &mut self.page {
                page.add(row);
            }
        }
        if self.prompt {
            self.out.flush()?;
        }
        Ok(())
    }

    /// Describes the rows that could not be scored.
    pub fn told(&self) -> Vec<String> {
        self.counts.told()
    }

    /// Writes the report and the page. `name` is what was scored.
    pub fn finish(mut self, name: &str) -> Result<Rates> {
        self.out.flush()?;
        let rates = self.counts.rates();
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
