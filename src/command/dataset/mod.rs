//! Lua sources to training records.

mod compressed;
mod interrupt;
mod progress;
mod sources;
mod summary;

use std::io::Write;

use anyhow::{Result, bail};
use luadec_tok::dataset::{Event, Options, Ordered, cost, make, ordered};

use super::folder;
use super::report::Report;
use crate::cli::dataset::Dataset;
use compressed::Compressed;
use progress::Progress;
use sources::{Found, Sources};
use summary::Summary;

/// The memory that all sources being worked on may have together, in bytes.
const MEMORY: usize = 384 << 20;

pub fn run(options: &Dataset, report: &mut Report) -> Result<()> {
    let sources = Sources::new(&options.paths, &options.include)?;
    interrupt::remove_temporaries()?;
    let mut summary = Summary::new(options.report.as_deref())?;
    let done = records(options, &sources, &mut summary, report);
    report.warning(&summary);
    summary.finish()?;
    done
}

fn records(
    options: &Dataset,
    sources: &Sources,
    summary: &mut Summary,
    report: &mut Report,
) -> Result<()> {
    let wanted = Options {
        format: options.format.into(),
        strip: options.strip,
        seed: options.seed,
        max_bytes: options.max_bytes,
    };
    let spread = Ordered {
        threads: options.jobs.map_or_else(folder::cores, usize::from),
        memory: MEMORY,
    };
    let mut output = Compressed::new(&options.output, spread.threads)?;
    let progress = Progress::new(sources);
    let items = sources
        .iter()
        .map(|found| (found.as_ref().map_or(0, |found| cost(found.length)), found));
    ordered(
        items,
        spread,
        |found, events| {
            // Where nobody takes the records, nobody is left to be told.
            let _ = match found.and_then(Found::read) {
                Ok(source) => make(&source, &wanted, events),
                Err(dropped) => dropped.send(events),
            };
        },
        |event| {
            match event {
                Event::Bytes(bytes) => {
                    output.write_all(&bytes)?;
                    summary.bytes += bytes.len() as u64;
                }
                Event::Record => summary.records += 1,
                Event::Dropped(dropped) => {
                    progress.suspended(|| report.warning(&dropped));
                    summary.dropped(&dropped)?;
                    if options.fail_fast {
                        bail!("stopped at the first drop, as --fail-fast wants");
                    }
                }
                Event::End => {
                    summary.files += 1;
                    progress.show(summary);
                }
            }
            Ok(())
        },
    )?;
    if summary.records == 0 {
        bail!(
            "no record was made: {} stays as it was",
            options.output.display()
        );
    }
    output.finish()
}
