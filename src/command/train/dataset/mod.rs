//! `luadec-tok dataset`: training records from Lua sources.

pub mod arguments;
mod conflicts;
pub mod dropped;
mod frame;
pub mod ids;
mod language;
pub mod merge_reports;
mod prompt;
mod records;
mod set;
pub mod sources;
mod split;
mod strip;

use std::io::{self, IsTerminal};
use std::time::Instant;

use anyhow::{Result, bail};

use crate::command::io::claims::Clash;
use crate::command::io::messages::Messages;
use crate::command::io::ordered::{Spread, Task, ordered, threads};
use crate::command::io::progress::Progress;
use crate::command::train::compile::Compiler;
use crate::command::usage::Usage;
use arguments::{Dataset, RecordArgs, RecordStream, RecordUnit};
use dropped::Reason;
use ids::RecordEncoder;
use luadec_tok::Version;
use records::Tools;
use records::dedup::Seen;
use records::events::{EventSender, Pieces, RecordEvent, SourceEnd, Stopped};
use set::card;
use set::counts::SetCounts;
use set::identity::RunIdentity;
use set::outputs;
use set::paths::SetPaths;
use set::report::ReportHead;
use set::unfinished::Finished;
use set::writer::SetWriter;
use sources::UnreadSource;
use sources::files::FileSources;
use sources::row::{PathsFound, SourceKeys};
use sources::rows;
use sources::shard::SourceShard;

/// How many sources may be in work or done before their turn to be written.
const AHEAD: usize = 64;

/// Makes the records that the options ask for.
pub fn run(options: &Dataset, messages: &mut Messages) -> Result<()> {
    conflicts::check(options)?;
    let paths = SetPaths::new(options);
    let claims = outputs::claims(options, &paths)?;
    outputs::check_existing(options, &paths)?;
    if options.card {
        card::check(options, &paths)?;
    }
    let Some(rows) = &options.input.rows else {
        let named = options.names.after(&options.paths)?;
        let include = &options.input.include;
        let sources = FileSources::new(&named, include, options.input.encoding, &claims)?;
        let mut found = sources.iter().peekable();
        if found.peek().is_none() {
            bail!(sources.why_none());
        }
        let shard = options.input.shard;
        let found = SourceShard::of(shard, found);
        let progress = match messages.is_quiet {
            true => Progress::hidden(),
            false => Progress::new("files", || {
                Some(SourceShard::of(shard, sources.iter()).count() as u64)
            }),
        };
        return run_on(options, &paths, found, &progress, messages);
    };
    let paths_found = PathsFound::default();
    let keys = SourceKeys {
        content: options.input.content_key(),
        path: options.input.path_key.as_deref(),
        paths: &paths_found,
    };
    let shard = options.input.shard;
    let step = shard.map_or(1, |shard| shard.count);
    let rows = SourceShard::of(shard, rows::open(rows, keys, step)?);
    let progress = match messages.is_quiet {
        true => Progress::hidden(),
        false => Progress::new("rows", || None),
    };
    run_on(options, &paths, rows, &progress, messages)?;
    if let Some(key) = keys.path
        && paths_found.none()
    {
        messages.warning(format_args!(
            "no row has the key {key:?} (--path-key); the path of a record is the line of its row instead"
        ));
    }
    Ok(())
}

/// Makes the records of the sources, counts and reports them. Writes no output if one of the
/// sources is an error.
fn run_on<'a>(
    options: &Dataset,
    paths: &SetPaths,
    mut sources: impl Iterator<Item = Result<UnreadSource<'a>>> + Send,
    progress: &Progress,
    messages: &mut Messages,
) -> Result<()> {
    let start = Instant::now();
    let threads = threads(options.jobs);
    let (seen, pieces) = (Seen::new(options.records.dedup), Pieces::default());
    let compiler = compiler(&options.records)?;
    let encoder = RecordEncoder::new(options, threads)?;
    let encoder = encoder.as_ref();
    let identity = match options.files.shard_size {
        Some(_) => Some(RunIdentity::new(options, &compiler)?),
        None => None,
    };
    let mut writer =
        match SetWriter::new(options, paths, identity, threads, encoder, &seen, &pieces) {
            Err(error) if error.is::<Finished>() => {
                messages.warning(error);
                return Ok(());
            }
            writer => writer?,
        };
    writer.skip(&mut sources)?;
    let tools = Tools {
        options: &options.records,
        terminal: options.output.as_os_str() == "-" && io::stdout().is_terminal(),
        compiler: &compiler,
        encoder,
        seen: &seen,
        pieces: &pieces,
        parts: options.split_in_records(),
        container: options.files.container,
    };
    let done = make_records(sources, threads, tools, progress, |event| {
        if let RecordEvent::Dropped(dropped) = &event
            && let Reason::OutOfMemory = dropped.reason
        {
            // Dropping it would make the set depend on the machine.
            bail!(
                "{}: out of memory; use fewer threads (--jobs)",
                dropped.path
            );
        }
        if !options.records.keep_errors {
            warn_of_drop(&event, progress, messages);
        }
        let (dropped, end) = (
            matches!(event, RecordEvent::Dropped(_)),
            matches!(event, RecordEvent::End(_)),
        );
        writer.event(event)?;
        if dropped && options.fail_fast {
            bail!("stopped at the first dropped source (--fail-fast)");
        }
        if end {
            let counts = &writer.counts;
            progress.show(counts.files, counts.records, counts.bytes);
        }
        Ok(())
    });
    if let Err(error) = &done
        && error.is::<Clash>()
    {
        // The report is not written either: it may be the file that must not be replaced.
        return done;
    }
    let done = done
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
    let about_sources = [
        encoding_advice(options, &writer.counts),
        languages(&writer.counts),
    ];
    for message in about_sources.into_iter().flatten() {
        messages.warning(message);
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
    let head = ReportHead::new(options.reported(), &writer.counts)?;
    writer.drops.finish(&head, seconds)?;
    done.and_then(|()| writer.close())
}

/// Returns advice if most records are too long.
fn advice(records: &RecordArgs, counts: &SetCounts) -> Option<String> {
    let long = counts.too_long();
    let advice = match (records.unit, records.stream()) {
        (RecordUnit::Outline, _) => return None,
        (_, RecordStream::Full) => "--unit outline and --stream terse make",
        (_, RecordStream::Terse) => "--unit outline makes",
    };
    let all = long + counts.records;
    (long > counts.records)
        .then(|| format!("{long} of {all} records are too long: {advice} shorter ones"))
}

/// Returns advice if files are not UTF-8 and no other encoding was given.
fn encoding_advice(options: &Dataset, counts: &SetCounts) -> Option<String> {
    let files = counts.dropped_by_reason.get("not-utf8")?;
    let is_given = options.input.encoding.is_some() || options.input.rows.is_some();
    (!is_given).then(|| {
        format!(
            "files not in UTF-8: {files}; --encoding LABEL reads them, such as --encoding latin1"
        )
    })
}

/// Returns what the sources are that do not compile, as far as they were recognized.
fn languages(counts: &SetCounts) -> Option<String> {
    let languages = counts.dropped_languages.iter();
    let languages: Vec<String> = languages
        .map(|(language, count)| format!("{count} {language}"))
        .collect();
    let all = counts.dropped_by_reason.get("syntax").unwrap_or(&0);
    (!languages.is_empty()).then(|| {
        format!(
            "sources that do not compile: {all}, among them {}",
            languages.join(", ")
        )
    })
}

/// Starts the compiler that the options name.
fn compiler(options: &RecordArgs) -> Result<Compiler> {
    let compiler = Compiler::of_dialect(options.luac.as_deref(), options.dialect.read()?)?;
    if compiler.version() != Version::Lua53 && options.stream() == RecordStream::Full {
        bail!(Usage(format!(
            "--luac compiles to {}, but the full stream is for Lua 5.3 only; add --stream terse",
            compiler.version().name()
        )));
    }
    Ok(compiler)
}

/// Warns of a drop, unless the record is too long: those drops were asked for and may be many.
fn warn_of_drop(event: &RecordEvent, progress: &Progress, messages: &mut Messages) {
    if let RecordEvent::Dropped(dropped) = event
        && !matches!(
            dropped.reason,
            Reason::TooLong(_) | Reason::TooManyTokens(_)
        )
    {
        progress.suspended(|| messages.warning(dropped));
    }
}

/// Makes records on several threads and passes their events to `consume`, in the order of the
/// sources.
fn make_records<'a>(
    sources: impl Iterator<Item = Result<UnreadSource<'a>>> + Send,
    threads: usize,
    tools: Tools,
    progress: &Progress,
    mut consume: impl FnMut(RecordEvent) -> Result<()>,
) -> Result<()> {
    let spread = Spread::new(threads, AHEAD);
    ordered(
        sources.map(|source| Task {
            name: source
                .as_ref()
                .map_or_else(|_| String::new(), |source| source.name.clone()),
            cost: source
                .as_ref()
                .map_or(0, |source| records::cost(source.length, tools.container)),
            item: source,
        }),
        spread,
        |source, sender| {
            let made = source.map_err(Stopped::from).and_then(|unread| {
                let events = EventSender::new(sender);
                let source = (unread.read)();
                let end = SourceEnd {
                    fingerprint: sources::fingerprint(&source),
                    ends_batch: unread.ends_batch,
                };
                match source {
                    Ok(source) => records::make(&source, end, tools, events),
                    Err(dropped) => Ok(events.only(dropped, end)?),
                }
            });
            // If the receiver is gone, the run has already failed.
            if let Err(Stopped::Failed(error)) = made {
                let _ = sender.send(Err(error));
            }
        },
        |events: Result<Vec<RecordEvent>>| events?.into_iter().try_for_each(&mut consume),
        |name| progress.stalled(name),
    )
}
