//! Where the verdicts go: lines on standard output, counts, a report and a page.

use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};

use super::job::{Judged, bad};
use super::page::Page;
use super::row::BadRow;
use super::summary::Summary;
use super::tally::Tally;
use crate::command::io::json::harmless;
use crate::command::io::output::{CAPACITY, Output};

pub struct Scores {
    out: BufWriter<Output>,
    /// Whether whoever reads the lines waits for each.
    prompt: bool,
    report: Option<Output>,
    page: Option<Page>,
    pub tally: Tally,
    bad_rows: u64,
    /// The first of them.
    bad: Vec<Value>,
}

/// How many bad rows the report names.
const MAX_BAD: usize = 1000;

impl Scores {
    pub fn new(prompt: bool, report: Option<&Path>, page: Option<&Path>) -> Result<Scores> {
        let out = Output::stdout()?;
        Ok(Scores {
            out: BufWriter::with_capacity(CAPACITY, out),
            prompt,
            report: report.map(Output::file).transpose()?,
            page: page.map(Page::new).transpose()?,
            tally: Tally::default(),
            bad_rows: 0,
            bad: Vec::new(),
        })
    }

    pub fn add(&mut self, judged: Judged) -> Result<()> {
        self.line(&judged.json())?;
        self.tally.add(&judged.verdicts);
        if let Some(page) = &mut self.page {
            judged.cards.into_iter().for_each(|card| page.add(card));
        }
        Ok(())
    }

    pub fn add_bad(&mut self, line: u64, row: &BadRow) -> Result<()> {
        self.bad_rows += 1;
        if self.bad.len() < MAX_BAD {
            self.bad
                .push(json!({"line": line, "reason": row.to_string()}));
        }
        self.line(&bad(line, row))
    }

    fn line(&mut self, line: &Value) -> Result<()> {
        let line = harmless(&format!("{line}\n"));
        self.out.write_all(line.as_bytes())?;
        if self.prompt {
            self.out.flush()?;
        }
        Ok(())
    }

    /// Writes what is still to be written. `name` is what was scored.
    pub fn finish(mut self, name: &str) -> Result<String> {
        self.out.flush()?;
        let (tally, bad_rows) = (&self.tally, self.bad_rows);
        if let Some(mut report) = self.report {
            let (all, by_size) = tally.groups();
            let value = json!({
                "all": all,
                "by_size": by_size,
                "fenced": tally.fenced,
                "bad_rows": bad_rows,
                "bad": self.bad,
            });
            report.write_all(harmless(&format!("{value:#}\n")).as_bytes())?;
            report.finish()?;
        }
        if let Some(page) = self.page {
            page.finish(name, tally, bad_rows)?;
        }
        Ok(Summary { tally, bad_rows }.to_string())
    }
}
