//! Writes the events of all sources to the files of the set and counts them.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::continued::Continued;
use super::counts::SetCounts;
use super::formats::IdsFile;
use super::formats::arrow::{ArrowDirectory, put_dict};
use super::formats::arrow_stream::ArrowStream;
use super::formats::bin::BinFile;
use super::formats::npy::NpyFile;
use super::identity::RunIdentity;
use super::outputs;
use super::paths::SetPaths;
use super::report::DropList;
use super::shards::Shards;
use super::unfinished::{Stage, Unfinished};
use crate::command::io::compressed::Compressed;
use crate::command::io::messages::plain;
use crate::command::io::output::Output;
use crate::command::io::output::create_dir;
use crate::command::io::pending::{keep, sync_directory};
use crate::command::io::shown::Shown;
use crate::command::train::compile::CompileError;
use crate::command::train::dataset::arguments::{Container, Dataset, IdsFormat, TokenArgs};
use crate::command::train::dataset::dropped::{Dropped, Reason};
use crate::command::train::dataset::ids::RecordEncoder;
use crate::command::train::dataset::records::dedup::{Repeat, Seen, UnitCode};
use crate::command::train::dataset::records::events::{Pieces, RecordEvent, SourceStart};
use crate::command::train::dataset::records::record::{
    ErrorFacts, WholeContent, WholeRecord, error_line,
};
use crate::command::train::dataset::sources::UnreadSource;
use crate::command::train::dataset::split::Groups;

/// What error rows call a source that has no units.
const NO_FUNCTIONS: &str = "no-functions";

/// The files of a part.
enum PartFiles {
    Whole(Compressed),
    Shards(Shards),
    Ids(Box<dyn IdsFile>),
    Arrow(Box<ArrowStream>),
}

/// Writes the events of all sources, in order.
pub struct SetWriter<'a> {
    options: &'a Dataset,
    paths: &'a SetPaths,
    threads: usize,
    seen: &'a Seen,
    pieces: &'a Pieces,
    parts: Vec<PartFiles>,
    /// The run to resume later, if the parts are in shards.
    unfinished: Option<Unfinished>,
    pub drops: DropList,
    pub counts: SetCounts,
    /// The groups of a split.
    groups: Option<Groups<'a>>,
    /// The current source, once it has been read.
    source: Option<Box<SourceStart>>,
    /// True if the current source has a record or an error row.
    has_row: bool,
    /// The index of the part of the current source.
    part: usize,
    /// True if the current unit was seen before.
    skip: bool,
    /// The code of the current unit, until it has a record.
    unit: Option<UnitCode>,
    /// True if a shard was completed since the state was saved.
    completed: bool,
}

impl<'a> SetWriter<'a> {
    /// Opens the outputs, or those of the run that is resumed.
    pub fn new(
        options: &'a Dataset,
        paths: &'a SetPaths,
        identity: Option<RunIdentity>,
        threads: usize,
        encoder: Option<&RecordEncoder>,
        seen: &'a Seen,
        pieces: &'a Pieces,
    ) -> Result<SetWriter<'a>> {
        let shard_size = options.files.shard_size.zip(identity);
        let (parts, unfinished, list, mut counts) = match shard_size {
            None => {
                outputs::refuse_earlier(options, paths)?;
                let parts = whole(options, paths, threads, encoder)?;
                (
                    parts,
                    None,
                    Continued::temporary()?,
                    SetCounts::new(
                        options.files.split.as_ref().unwrap_or(&paths.split),
                        &options.records,
                    ),
                )
            }
            Some((size, identity)) => {
                let (run, list) = Unfinished::new(options, paths, identity, seen)?;
                keep(format!(
                    "{} keeps the work so far; --resume continues it",
                    Shown(&run.directory)
                ));
                let shards = paths.split.names().enumerate().map(|(i, name)| {
                    let state = run.state.parts.get(i).cloned().unwrap_or_default();
                    let shards = Shards::new(&run.directory, name, paths, size, state);
                    let cannot = || {
                        format!(
                            "{}: cannot resume this run; remove the directory to start again",
                            Shown(&run.directory)
                        )
                    };
                    Ok(PartFiles::Shards(shards.with_context(cannot)?))
                });
                let shards = shards.collect::<Result<_>>()?;
                let counts = run.state.counts.clone();
                (shards, Some(run), list, counts)
            }
        };
        if options.files.split.is_some() {
            for part in &mut counts.parts {
                part.groups.get_or_insert_default();
            }
        }
        Ok(SetWriter {
            options,
            paths,
            threads,
            seen,
            pieces,
            parts,
            unfinished,
            drops: DropList::new(list, options.report.as_deref())?,
            counts,
            groups: options.part_draw().map(Groups::new),
            source: None,
            has_row: false,
            part: 0,
            skip: false,
            unit: None,
            completed: false,
        })
    }

    pub fn event(&mut self, event: RecordEvent) -> Result<()> {
        match event {
            RecordEvent::Source(source) => {
                if let Some(groups) = &mut self.groups {
                    self.part = groups.add(&source.place);
                    self.counts.parts[self.part].groups = Some(groups.count(self.part));
                }
                self.source = Some(source);
            }
            RecordEvent::Fallback => self.counts.fallbacks += 1,
            RecordEvent::Duplicate(repeat, function) => {
                self.duplicate(repeat, function.as_deref())?;
            }
            RecordEvent::Unit(unit) => {
                let repeat = self.seen.find(&unit.code, unit.known).err();
                self.skip = repeat.is_some();
                if let Some(repeat) = repeat {
                    self.duplicate(repeat, unit.function.as_deref())?;
                }
                self.unit = Some(unit.code);
            }
            RecordEvent::Bytes(bytes) => {
                if !self.skip {
                    self.bytes(&bytes)?;
                }
                self.pieces.give_back(bytes);
            }
            RecordEvent::Whole(_)
            | RecordEvent::Record(_)
            | RecordEvent::Dropped(Dropped {
                stripped: Some(_), ..
            }) if self.skip => {}
            RecordEvent::Whole(record) => self.whole(&record)?,
            RecordEvent::Record(tokens) => self.record(tokens)?,
            RecordEvent::Dropped(Dropped {
                reason: Reason::NotCompiled(error @ CompileError::NoProcess(_)),
                ..
            }) => bail!(error),
            RecordEvent::Dropped(dropped) => {
                let name = dropped.reason.name().to_owned();
                *self.counts.dropped_by_reason.entry(name).or_default() += 1;
                if let Some(language) = dropped.reason.language() {
                    let name = language.to_string();
                    *self.counts.dropped_languages.entry(name).or_default() += 1;
                }
                self.drops.add(&dropped)?;
                self.error(ErrorFacts {
                    error: dropped.reason.name(),
                    message: &plain(dropped.reason.to_string()),
                    path: &dropped.path,
                    function: dropped.function.as_deref(),
                    stripped: dropped.stripped,
                    meta: dropped.meta.as_deref(),
                })?;
            }
            RecordEvent::End(end) => {
                if !self.has_row {
                    self.error_in_source(NO_FUNCTIONS, "it has no functions", None)?;
                }
                self.has_row = false;
                self.source = None;
                self.skip = false;
                self.unit = None;
                self.counts.files += 1;
                if let Some(run) = &mut self.unfinished {
                    run.add_source(&end.fingerprint)?;
                }
                for part in &mut self.parts {
                    if let (PartFiles::Arrow(stream), true) = (part, end.ends_batch) {
                        stream.flush()?;
                    }
                }
                if self.completed {
                    self.save()?;
                }
            }
        }
        Ok(())
    }

    fn duplicate(&mut self, repeat: Repeat, function: Option<&str>) -> Result<()> {
        self.counts.add_duplicate(repeat);
        self.error_in_source(repeat.name(), &repeat.to_string(), function)
    }

    /// Writes an error row for the current source, if there are such rows.
    fn error_in_source(
        &mut self,
        error: &str,
        message: &str,
        function: Option<&str>,
    ) -> Result<()> {
        let source = self.source.take();
        if let Some(source) = &source {
            self.error(ErrorFacts {
                error,
                message,
                path: &source.path,
                function,
                stripped: None,
                meta: source.meta.as_deref(),
            })?;
        }
        self.source = source;
        Ok(())
    }

    /// Writes an error row, if there are such rows, with the keys of the current source's row.
    fn error(&mut self, facts: ErrorFacts) -> Result<()> {
        self.has_row = true;
        let Some(errors) = &mut self.counts.errors else {
            return Ok(());
        };
        *errors += 1;
        let source = self.source.as_ref();
        let facts = ErrorFacts {
            meta: facts
                .meta
                .or_else(|| source.and_then(|source| source.meta.as_deref())),
            ..facts
        };
        let file = self.file();
        if let PartFiles::Arrow(stream) = &mut self.parts[file] {
            return stream.write_error(facts);
        }
        let line = error_line(facts);
        self.bytes(line.as_bytes())?;
        self.end_row()
    }

    /// Returns the index of the current part's file.
    fn file(&self) -> usize {
        match self.parts.len() {
            1 => 0,
            _ => self.part,
        }
    }

    /// Ends a record or an error row.
    fn end_row(&mut self) -> Result<()> {
        let file = self.file();
        if let PartFiles::Shards(shards) = &mut self.parts[file] {
            self.completed |= shards.end_record()?;
        }
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        let file = self.file();
        match &mut self.parts[file] {
            PartFiles::Whole(output) => output.write_all(bytes)?,
            PartFiles::Shards(shards) => shards.write(bytes)?,
            PartFiles::Ids(_) | PartFiles::Arrow(_) => {
                unreachable!("records for files with columns are sent as a whole")
            }
        }
        self.count(bytes.len() as u64);
        Ok(())
    }

    fn whole(&mut self, record: &WholeRecord) -> Result<()> {
        let file = self.file();
        let written = match (&mut self.parts[file], &record.content) {
            (PartFiles::Arrow(stream), _) => stream.write(record)?,
            (PartFiles::Ids(file), WholeContent::Ids(ids)) => file.write(&record.facts, ids)?,
            _ => unreachable!("records for lines are sent in pieces"),
        };
        self.count(written);
        Ok(())
    }

    fn count(&mut self, bytes: u64) {
        self.counts.bytes += bytes;
        self.counts.parts[self.part].bytes += bytes;
    }

    fn record(&mut self, tokens: Option<u32>) -> Result<()> {
        if let Some(tokens) = tokens {
            self.counts.lengths.get_or_insert_default().add(tokens);
        }
        self.counts.records += 1;
        self.counts.parts[self.part].records += 1;
        self.has_row = true;
        self.end_row()?;
        if let Some(unit) = self.unit.take() {
            self.seen.insert(&unit);
            if let Some(run) = &mut self.unfinished {
                run.add_seen(&self.seen.log(&unit))?;
            }
        }
        Ok(())
    }

    /// Saves the state of the run, so that it can be resumed from here.
    fn save(&mut self) -> Result<()> {
        let Some(run) = &mut self.unfinished else {
            return Ok(());
        };
        for shards in shards(&mut self.parts) {
            shards.sync()?;
        }
        let state_of = |shards: &mut Shards| shards.state.clone();
        run.state.drops = self.drops.sync()?;
        run.state.parts = shards(&mut self.parts).map(state_of).collect();
        run.state.counts = self.counts.clone();
        run.save()?;
        let mut settled = false;
        for shards in shards(&mut self.parts) {
            settled |= shards.settle(self.threads)?;
        }
        if settled {
            run.state.parts = shards(&mut self.parts).map(state_of).collect();
            run.save()?;
            for shards in shards(&mut self.parts) {
                shards.remove_open()?;
            }
        }
        self.completed = false;
        Ok(())
    }

    /// Skips the sources that the resumed run has already done.
    ///
    /// # Errors
    /// The sources have changed since.
    pub fn skip<'i>(
        &mut self,
        sources: &mut impl Iterator<Item = Result<UnreadSource<'i>>>,
    ) -> Result<()> {
        let Some(run) = &self.unfinished else {
            return Ok(());
        };
        run.skip(sources, |source| {
            if let Some(groups) = &mut self.groups {
                groups.add(&source.place());
            }
        })
    }

    /// Returns warnings about parts that are empty although others are not.
    pub fn empty_parts(&self) -> Vec<String> {
        let parts = self.counts.parts.iter();
        let records: Vec<u64> = parts.map(|part| part.records).collect();
        match &self.groups {
            Some(groups) if self.counts.records > 0 => groups.empty_parts(&records).collect(),
            _ => Vec::new(),
        }
    }

    /// Moves the files to their final paths, if there are any records. With `--rows` and `--shard` there
    /// may be none: they may be one of many shares of a larger set. And error rows are worth a file.
    pub fn finish(&mut self) -> Result<()> {
        let input = &self.options.input;
        let is_share = input.rows.is_some() || input.shard.is_some();
        if self.counts.records == 0 && !is_share && self.counts.errors.is_none() {
            if let Some(run) = self.unfinished.take() {
                run.remove()?;
            }
            let output = &self.options.output;
            if !output.exists() {
                bail!("no record was made");
            }
            bail!("no record was made; {} is unchanged", Shown(output));
        }
        for (shards, tally) in shards(&mut self.parts).zip(&mut self.counts.parts) {
            shards.complete()?;
            tally.shards = Some(shards.state.complete.len());
        }
        if let Some(run) = &mut self.unfinished {
            run.state.stage = Stage::Publishing;
        }
        self.save()?;
        for part in self.parts.drain(..) {
            match part {
                PartFiles::Whole(output) => output.finish()?,
                PartFiles::Shards(shards) => shards.publish(self.paths)?,
                PartFiles::Ids(file) => file.finish()?,
                PartFiles::Arrow(stream) => stream.finish()?,
            }
        }
        if self.options.is_arrow_directory() && self.options.split_into_files().is_some() {
            put_dict(&self.paths.directory, self.paths.split.names())?;
        }
        match self.unfinished {
            Some(_) => Ok(sync_directory(&self.paths.directory)?),
            None => Ok(()),
        }
    }

    /// Removes the state of the run, after the whole set was written.
    pub fn close(&mut self) -> Result<()> {
        self.unfinished.take().map_or(Ok(()), Unfinished::remove)
    }
}

/// Opens a file for each part.
fn whole(
    options: &Dataset,
    paths: &SetPaths,
    threads: usize,
    encoder: Option<&RecordEncoder>,
) -> Result<Vec<PartFiles>> {
    let directory = &paths.directory;
    if !directory.as_os_str().is_empty() {
        create_dir(directory)?;
    }
    let open = |(path, part): (PathBuf, &str)| {
        if options.files.container == Container::Arrow {
            let stream = ArrowStream::new(options, &path)?;
            return Ok(PartFiles::Arrow(Box::new(stream)));
        }
        if let (Some(encoder), Some(form)) = (encoder, options.tokens.ids)
            && form != IdsFormat::Jsonl
        {
            let part = options.files.split.is_some().then_some(part);
            let (wide, end) = (encoder.is_wide(), encoder.end());
            let signatures = options.records.signatures;
            let file = open_ids(&options.tokens, &path, part, signatures, wide, end)?;
            return Ok(PartFiles::Ids(file));
        }
        let output = Output::file_or_stdout(&path)?;
        Ok(PartFiles::Whole(Compressed::new(output, &path, threads)?))
    };
    let parts = paths.split.names();
    paths
        .files(options)
        .into_iter()
        .zip(parts)
        .map(open)
        .collect()
}

/// Opens the file or directory of a part for ids. `end` fills up packed rows.
fn open_ids(
    args: &TokenArgs,
    path: &Path,
    part: Option<&str>,
    signatures: bool,
    wide: bool,
    end: u32,
) -> Result<Box<dyn IdsFile>> {
    Ok(match args.ids {
        Some(IdsFormat::Arrow) => Box::new(ArrowDirectory::new(path, part, signatures)?),
        Some(IdsFormat::Bin) => Box::new(BinFile::new(path, wide, args.pack, end)?),
        Some(IdsFormat::Npy) => Box::new(NpyFile::new(path, wide)?),
        Some(IdsFormat::Jsonl) | None => bail!("lines of JSON are written as text"),
    })
}

fn shards(parts: &mut [PartFiles]) -> impl Iterator<Item = &mut Shards> {
    parts.iter_mut().filter_map(|part| match part {
        PartFiles::Shards(shards) => Some(shards),
        PartFiles::Whole(_) | PartFiles::Ids(_) | PartFiles::Arrow(_) => None,
    })
}
