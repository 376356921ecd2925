//! Lua sources to training records.

pub mod arguments;
mod drop;
mod make;
mod reason;
mod set;
mod sources;
mod tokens;

use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Result, bail};

use super::compile::Compiler;
use super::io::claims::{Claims, Clash};
use super::io::messages::Messages;
use super::io::ordered::threads;
use super::io::ordered::{Spread, Task, ordered};
use super::io::progress::Progress;
use super::io::shown::Shown;
use super::usage::Usage;
use arguments::{Dataset, RecordArgs, RecordStream, RecordUnit};
use luadec_tok::Version;
use make::Tools;
use make::event::{Event, EventSender};
use make::pieces::Pieces;
use make::seen::Seen;
use reason::Reason;
use set::card;
use set::counts::Counts;
use set::name;
use set::paths::SetPaths;
use set::unfinished::{Finished, Run};
use set::writer::Writer;
use sources::files::FileSources;
use sources::item::{Item, fingerprint};
use sources::rows::{Keys, PathsFound, RowSources};
use tokens::encode::RecordEncoder;

/// How many sources may be ahead of the one being written.
const AHEAD: usize = 64;

pub fn run(options: &Dataset, messages: &mut Messages) -> Result<()> {
    let files = options.files.split.is_some() || options.files.shard_size.is_some() || options.card;
    if files && options.output.as_os_str() == "-" {
        let message = "--split, --shard-size and --card want files: name them with -o";
        bail!(Usage(message.to_owned()));
    }
    tokens::check(options)?;
    name::check(options)?;
    let paths = SetPaths::new(options);
    let claims = claims(options, &paths)?;
    tokens::check_outputs(options, &paths)?;
    if options.card {
        card::check(options, &paths)?;
    }
    let failed = Mutex::new(None);
    let Some(rows) = &options.input.rows else {
        let named = options.names.after(&options.paths)?;
        let include = &options.input.include;
        let sources = FileSources::new(&named, include, &claims, &failed)?;
        let progress = match messages.is_quiet {
            true => Progress::hidden(),
            false => Progress::new(|| Some(sources.iter().count() as u64)),
        };
        return run_on(
            options,
            &paths,
            sources.iter(),
            &failed,
            &progress,
            messages,
        );
    };
    let paths_found = PathsFound::default();
    let keys = Keys {
        content: &options.input.content_key,
        path: options.input.path_key.as_deref(),
        paths: &paths_found,
    };
    let rows = RowSources::open(rows, keys, &failed)?;
    let progress = match messages.is_quiet {
        true => Progress::hidden(),
        false => Progress::new(|| None),
    };
    run_on(options, &paths, rows, &failed, &progress, messages)?;
    if let Some(key) = keys.path
        && paths_found.none()
    {
        messages.warning(format_args!(
            "no row has the key {key:?} of --path-key: records name the line of the row instead"
        ));
    }
    Ok(())
}

/// What is read and written, as far as it is known before the sources are found.
fn claims(options: &Dataset, paths: &SetPaths) -> Result<Claims> {
    let mut claims = Claims::default();
    if let Some(rows) = &options.input.rows {
        claims.input(named(rows));
    }
    for file in tokens::inputs(&options.tokens) {
        claims.input(Some(&file));
    }
    let mut output = |path: Option<&Path>| {
        claims.output(path)?;
        path.map_or(Ok(()), writable)
    };
    for file in tokens::outputs(options, paths) {
        output(named(&file))?;
    }
    if options.card {
        for file in card::files(options, paths) {
            output(Some(&file))?;
        }
    }
    if let Some(report) = &options.report {
        if report == &options.output {
            bail!(Clash::Output(Shown(report).to_string()));
        }
        if options.files.shard_size.is_some()
            && paths.is_shard(report.file_name().unwrap_or_default())
        {
            bail!(
                "{} is named as the shards are: name another report",
                Shown(report)
            );
        }
        output(named(report))?;
    }
    Ok(claims)
}

/// Refuses to replace a file that its owner has made read-only.
fn writable(path: &Path) -> Result<()> {
    let metadata = path.metadata();
    if metadata.is_ok_and(|file| file.is_file() && file.permissions().readonly()) {
        bail!(
            "{} is read-only: make it writable, or name another output",
            Shown(path)
        );
    }
    Ok(())
}

/// The file at `path`, or `None` for `-`, standard input or output.
fn named(path: &Path) -> Option<&Path> {
    (path.as_os_str() != "-").then_some(path)
}

/// Makes the records of the items. If reading them `failed`, no output appears.
fn run_on<'a>(
    options: &Dataset,
    paths: &SetPaths,
    mut items: impl Iterator<Item = Item<'a>> + Send,
    failed: &Mutex<Option<anyhow::Error>>,
    progress: &Progress,
    messages: &mut Messages,
) -> Result<()> {
    let start = Instant::now();
    let threads = threads(options.jobs);
    let (seen, pieces) = (Seen::default(), Pieces::default());
    let compiler = compiler(&options.records)?;
    let encoder = RecordEncoder::new(options, threads)?;
    let encoder = encoder.as_ref();
    let run = match options.files.shard_size {
        Some(_) => Some(Run::new(options, &compiler)?),
        None => None,
    };
    let mut writer = match Writer::new(options, paths, run, threads, encoder, &seen, &pieces) {
        Err(error) if error.is::<Finished>() => {
            messages.warning(error);
            return Ok(());
        }
        writer => writer?,
    };
    writer.skip(&mut items)?;
    let tools = Tools {
        options: &options.records,
        terminal: options.output.as_os_str() == "-" && io::stdout().is_terminal(),
        compiler: &compiler,
        encoder,
        seen: &seen,
        pieces: &pieces,
    };
    let done = records(items, threads, tools, progress, |event| {
        if let Event::Dropped(dropped) = &event
            && let Reason::OutOfMemory = dropped.reason
        {
            // Another machine would not drop it.
            bail!("{}: out of memory", dropped.path);
        }
        tell(&event, progress, messages);
        let (dropped, end) = (
            matches!(event, Event::Dropped(_)),
            matches!(event, Event::End(_)),
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
    if let Some(error) = &failed
        && error.is::<Clash>()
    {
        // Not even the report, which may be what must not be replaced.
        return failed.map_or(Ok(()), Err);
    }
    let done = done
        .and_then(|()| failed.map_or(Ok(()), Err))
        .and_then(|()| writer.finish())
        .and_then(|()| match options.card {
            true => card::write(options, paths, &writer.counts),
            false => Ok(()),
        });
    progress.clear();
    if done.is_ok() {
        writer
            .empty_parts()
            .iter()
            .for_each(|part| messages.warning(part));
    }
    if let Some(advice) = advice(&options.records, &writer.counts) {
        messages.warning(advice);
    }
    let seconds = start.elapsed();
    if let Some(lengths) = &writer.counts.lengths {
        let summary = lengths.summary().to_string();
        summary.lines().for_each(|line| messages.warning(line));
    }
    messages.warning(format_args!(
        "{}; {:.1} s",
        writer.counts,
        seconds.as_secs_f64()
    ));
    writer.drops.finish(&writer.counts, seconds)?;
    done.and_then(|()| writer.close())
}

/// What helps if most records are too long.
fn advice(records: &RecordArgs, counts: &Counts) -> Option<String> {
    let long = counts.too_long();
    let advice = match (records.unit, records.stream) {
        (RecordUnit::File, RecordStream::Full) => "--unit function and --stream terse make",
        (RecordUnit::File, RecordStream::Terse) => "--unit function makes",
        (_, RecordStream::Full) => "--stream terse makes",
        (_, RecordStream::Terse) => return None,
    };
    let all = long + counts.records;
    (long > counts.records)
        .then(|| format!("{long} of {all} records are too long: {advice} shorter ones"))
}

/// The compiler that is wanted.
fn compiler(options: &RecordArgs) -> Result<Compiler> {
    let compiler = Compiler::new(options.luac.as_deref())?;
    if compiler.version() != Version::Lua53 && options.stream == RecordStream::Full {
        bail!(Usage(format!(
            "--luac compiles to {}, and the full stream is Lua 5.3's: add --stream terse",
            compiler.version().name()
        )));
    }
    Ok(compiler)
}

/// Tells what was dropped. Not what is too long: that was asked for, and may be very much.
fn tell(event: &Event, progress: &Progress, messages: &mut Messages) {
    if let Event::Dropped(dropped) = event
        && !matches!(
            dropped.reason,
            Reason::TooLong(_) | Reason::TooManyTokens(_)
        )
    {
        progress.suspended(|| messages.warning(dropped));
    }
}

/// Makes records on several threads, and hands what comes of them to `consume` in order.
fn records<'a>(
    items: impl Iterator<Item = Item<'a>> + Send,
    threads: usize,
    tools: Tools,
    progress: &Progress,
    mut consume: impl FnMut(Event) -> Result<()>,
) -> Result<()> {
    let spread = Spread::new(threads, AHEAD);
    ordered(
        items.map(|item| Task {
            name: item.name.clone(),
            cost: make::cost(item.length),
            item,
        }),
        spread,
        |item, sender| {
            let events = EventSender::new(sender);
            // If the receiver is gone, nobody is left to be told.
            let source = (item.read)();
            let fingerprint = fingerprint(&source);
            let _ = match source {
                Ok(source) => make::make(&source, fingerprint, tools, events),
                Err(dropped) => events.only(dropped, fingerprint),
            };
        },
        |events: Vec<Event>| events.into_iter().try_for_each(&mut consume),
        |name| progress.stalled(name),
    )
}
