//! Lua sources to training records.

mod card;
mod compressed;
mod counts;
mod drops;
mod interrupt;
mod layout;
mod progress;
mod rows;
mod shards;
mod sources;
mod unfinished;
mod writer;

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Result, bail};
use luadec_tok::dataset::{Event, Events, Options, Ordered, Pieces, Reason, Seen, make, ordered};

use super::Usage;
use super::folder;
use super::report::Report;
use crate::cli::dataset::{Dataset, Dedup};
use layout::Layout;
use progress::Progress;
use rows::{Keys, Rows};
use sources::{Item, Sources};
use writer::Writer;

/// The memory that all sources being worked on may have together, in bytes.
const MEMORY: usize = 384 << 20;

pub fn run(options: &Dataset, report: &mut Report) -> Result<()> {
    let layout = &options.layout;
    let files = layout.split.is_some() || layout.shard_size.is_some() || options.card;
    if files && options.output.as_os_str() == "-" {
        let message = "--split, --shard-size and --card want files: name them with -o";
        bail!(Usage(message.to_owned()));
    }
    let failed = Mutex::new(None);
    let sources = Sources::new(&options.paths, &options.input.include)?;
    let Some(rows) = &options.input.rows else {
        let progress = Progress::new(|| Some(sources.iter().count() as u64));
        return run_on(options, sources.iter(), &failed, &progress, report);
    };
    let keys = Keys {
        content: &options.input.content_key,
        path: options.input.path_key.as_deref(),
    };
    let rows = Rows::open(rows, keys, &failed)?;
    run_on(options, rows, &failed, &Progress::new(|| None), report)
}

/// Makes the records of the items. Where reading them `failed`, nothing is put into its place.
fn run_on<'a>(
    options: &Dataset,
    items: impl Iterator<Item = Item<'a>> + Send,
    failed: &Mutex<Option<anyhow::Error>>,
    progress: &Progress,
    report: &mut Report,
) -> Result<()> {
    interrupt::remove_temporaries()?;
    let start = Instant::now();
    let threads = options.jobs.map_or_else(folder::cores, usize::from);
    let (layout, seen, pieces) = (Layout::new(options), Seen::default(), Pieces::default());
    if options.card {
        card::check(&layout)?;
    }
    let mut writer = Writer::new(options, &layout, threads, &seen, &pieces)?;
    let items = items.skip(writer.counts.files as usize);
    let done = records(options, items, threads, &seen, &pieces, |event| {
        tell(&event, progress, report);
        let (dropped, end) = (
            matches!(event, Event::Dropped(_)),
            matches!(event, Event::End),
        );
        writer.event(event)?;
        if dropped && options.fail_fast {
            bail!("stopped at the first drop, as --fail-fast wants");
        }
        if end {
            progress.show(&writer.counts);
        }
        Ok(())
    });
    let failed = failed.lock().unwrap_or_else(PoisonError::into_inner).take();
    let done = done
        .and_then(|()| failed.map_or(Ok(()), Err))
        .and_then(|()| writer.finish())
        .and_then(|()| match options.card {
            true => card::write(options, &layout, &writer.counts),
            false => Ok(()),
        });
    let seconds = start.elapsed();
    report.warning(format_args!(
        "{}; {:.1} s",
        writer.counts,
        seconds.as_secs_f64()
    ));
    writer.drops.finish(&writer.counts, seconds)?;
    done
}

/// Tells what was dropped, but what is too long: that was not wanted, and there may be very many.
fn tell(event: &Event, progress: &Progress, report: &mut Report) {
    if let Event::Dropped(dropped) = event
        && !matches!(dropped.reason, Reason::TooLong(_))
    {
        progress.suspended(|| report.warning(dropped));
    }
}

fn records<'a>(
    options: &Dataset,
    items: impl Iterator<Item = Item<'a>> + Send,
    threads: usize,
    seen: &Seen,
    pieces: &Pieces,
    mut consume: impl FnMut(Event) -> Result<()>,
) -> Result<()> {
    let wanted = Options {
        format: options.records.format.into(),
        unit: options.records.unit.into(),
        strip: options.records.strip,
        seed: options.records.seed,
        max_bytes: options.records.max_bytes,
        dedup: options.records.dedup == Dedup::Code,
    };
    let spread = Ordered {
        threads,
        memory: MEMORY,
    };
    ordered(
        items.map(|item| (item.cost, item)),
        spread,
        |item, sender| {
            let events = Events::new(sender);
            // Where nobody takes the records, nobody is left to be told.
            let _ = match (item.read)() {
                Ok(source) => make(&source, &wanted, seen, pieces, events),
                Err(dropped) => events.only(dropped),
            };
        },
        |events: Vec<Event>| events.into_iter().try_for_each(&mut consume),
    )
}
