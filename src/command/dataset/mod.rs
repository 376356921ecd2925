//! Lua sources to training records.

pub mod arguments;
mod drop;
mod make;
mod reason;
mod set;
mod sources;

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Result, bail};

use super::io::folder::threads;
use super::io::messages::Messages;
use super::io::ordered::{Spread, ordered};
use super::io::progress::Progress;
use super::io::signals;
use super::io::usage::Usage;
use arguments::{Dataset, RecordArgs};
use make::event::{Event, EventSender};
use make::pieces::Pieces;
use make::seen::Seen;
use reason::Reason;
use set::card;
use set::paths::SetPaths;
use set::writer::Writer;
use sources::files::FileSources;
use sources::item::Item;
use sources::rows::{Keys, RowSources};

/// The memory that all sources in work may take together, in bytes.
const MEMORY: usize = 384 << 20;

/// How many sources may be ahead of the one being written.
const AHEAD: usize = 64;

pub fn run(options: &Dataset, messages: &mut Messages) -> Result<()> {
    let files = options.files.split.is_some() || options.files.shard_size.is_some() || options.card;
    if files && options.output.as_os_str() == "-" {
        let message = "--split, --shard-size and --card want files: name them with -o";
        bail!(Usage(message.to_owned()));
    }
    let failed = Mutex::new(None);
    let sources = FileSources::new(
        &options.names.after(&options.paths)?,
        &options.input.include,
    )?;
    let Some(rows) = &options.input.rows else {
        let progress = match messages.is_quiet {
            true => Progress::hidden(),
            false => Progress::new(|| Some(sources.iter().count() as u64)),
        };
        return run_on(options, sources.iter(), &failed, &progress, messages);
    };
    let keys = Keys {
        content: &options.input.content_key,
        path: options.input.path_key.as_deref(),
    };
    let rows = RowSources::open(rows, keys, &failed)?;
    let progress = match messages.is_quiet {
        true => Progress::hidden(),
        false => Progress::new(|| None),
    };
    run_on(options, rows, &failed, &progress, messages)
}

/// Makes the records of the items. If reading them `failed`, no output appears.
fn run_on<'a>(
    options: &Dataset,
    items: impl Iterator<Item = Item<'a>> + Send,
    failed: &Mutex<Option<anyhow::Error>>,
    progress: &Progress,
    messages: &mut Messages,
) -> Result<()> {
    signals::remove_temporaries()?;
    let start = Instant::now();
    let threads = threads(options.jobs);
    let (paths, seen, pieces) = (SetPaths::new(options), Seen::default(), Pieces::default());
    if options.card {
        card::check(&paths)?;
    }
    let mut writer = Writer::new(options, &paths, threads, &seen, &pieces)?;
    let items = items.skip(writer.counts.files as usize);
    let done = records(&options.records, items, threads, &seen, &pieces, |event| {
        tell(&event, progress, messages);
        let (dropped, end) = (
            matches!(event, Event::Dropped(_)),
            matches!(event, Event::End),
        );
        writer.event(event)?;
        if dropped && options.fail_fast {
            bail!("stopped at the first drop, as --fail-fast wants");
        }
        if end {
            let counts = &writer.counts;
            progress.show(counts.files, counts.records, counts.bytes);
        }
        Ok(())
    });
    let failed = failed.lock().unwrap_or_else(PoisonError::into_inner).take();
    let done = done
        .and_then(|()| failed.map_or(Ok(()), Err))
        .and_then(|()| writer.finish())
        .and_then(|()| match options.card {
            true => card::write(options, &paths, &writer.counts),
            false => Ok(()),
        });
    progress.clear();
    let seconds = start.elapsed();
    messages.warning(format_args!(
        "{}; {:.1} s",
        writer.counts,
        seconds.as_secs_f64()
    ));
    writer.drops.finish(&writer.counts, seconds)?;
    done
}

/// Tells what was dropped. Not what is too long: that was asked for, and may be very much.
fn tell(event: &Event, progress: &Progress, messages: &mut Messages) {
    if let Event::Dropped(dropped) = event
        && !matches!(dropped.reason, Reason::TooLong(_))
    {
        progress.suspended(|| messages.warning(dropped));
    }
}

/// Makes records on several threads, and hands what comes of them to `consume` in order.
fn records<'a>(
    options: &RecordArgs,
    items: impl Iterator<Item = Item<'a>> + Send,
    threads: usize,
    seen: &Seen,
    pieces: &Pieces,
    mut consume: impl FnMut(Event) -> Result<()>,
) -> Result<()> {
    let spread = Spread {
        threads,
        ahead: AHEAD,
        memory: MEMORY,
    };
    ordered(
        items.map(|item| (make::cost(item.length), item)),
        spread,
        |item, sender| {
            let events = EventSender::new(sender);
            // If the receiver is gone, nobody is left to be told.
            let _ = match (item.read)() {
                Ok(source) => make::make(&source, options, seen, pieces, events),
                Err(dropped) => events.only(dropped),
            };
        },
        |events: Vec<Event>| events.into_iter().try_for_each(&mut consume),
    )
}
