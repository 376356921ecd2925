//! Writes what comes of the sources, event by event, to its files, and counts it.

use std::fs;
use std::io::Write;

use anyhow::{Context, Result, bail};

use super::counts::Counts;
use super::drops::Drops;
use super::paths::SetPaths;
use super::shards::Shards;
use super::split::group;
use super::unfinished::Unfinished;
use crate::command::dataset::arguments::Dataset;
use crate::command::dataset::drop::Dropped;
use crate::command::dataset::make::event::Event;
use crate::command::dataset::make::pieces::Pieces;
use crate::command::dataset::make::seen::{Fingerprint, Seen};
use crate::command::io::compressed::Compressed;
use crate::command::io::signals;

/// The files of a part.
enum PartFiles {
    Whole(Compressed),
    Shards(Shards),
}

/// Takes the events of all sources, in order.
pub struct Writer<'a> {
    options: &'a Dataset,
    paths: &'a SetPaths,
    threads: usize,
    seen: &'a Seen,
    pieces: &'a Pieces,
    parts: Vec<PartFiles>,
    /// The run in progress, if the parts are in shards.
    unfinished: Option<Unfinished>,
    pub drops: Drops,
    pub counts: Counts,
    /// The index of the part that the source falls into.
    part: usize,
    /// Whether the unit was seen before.
    skip: bool,
    /// The unit's fingerprint, until it gives a record.
    fingerprint: Option<Fingerprint>,
    /// Whether a shard was completed since the state was saved.
    completed: bool,
}

impl<'a> Writer<'a> {
    /// Opens the outputs, as an unfinished run left them if one is resumed.
    pub fn new(
        options: &'a Dataset,
        paths: &'a SetPaths,
        threads: usize,
        seen: &'a Seen,
        pieces: &'a Pieces,
    ) -> Result<Writer<'a>> {
        let (parts, unfinished, list, counts) = match options.files.shard_size {
            None => {
                let parts = whole(options, paths, threads)?;
                (
                    parts,
                    None,
                    tempfile::tempfile()?,
                    Counts::new(&paths.split),
                )
            }
            Some(size) => {
                let resume = options.files.resume;
                let (run, list) = Unfinished::new(paths, options.decisive(), resume, seen)?;
                let shards = paths.split.names().enumerate().map(|(i, name)| {
                    let state = run.state.parts.get(i).copied().unwrap_or_default();
                    PartFiles::Shards(Shards::new(&run.folder, name, paths, size, state))
                });
                let counts = run.state.counts.clone();
                (shards.collect(), Some(run), list, counts)
            }
        };
        Ok(Writer {
            options,
            paths,
            threads,
            seen,
            pieces,
            parts,
            unfinished,
            drops: Drops::new(list, options.report.as_deref())?,
            counts,
            part: 0,
            skip: false,
            fingerprint: None,
            completed: false,
        })
    }

    pub fn event(&mut self, event: Event) -> Result<()> {
        match event {
            Event::Source(path) => {
                let group = group(&path, self.options.files.group_depth.into());
                self.part = self.paths.split.part(self.options.records.seed, group);
            }
            Event::Fallback => self.counts.fallbacks += 1,
            Event::Duplicate => self.counts.duplicates += 1,
            Event::Unit(fingerprint) => {
                self.skip = self.seen.contains(&fingerprint);
                self.fingerprint = Some(fingerprint);
                self.counts.duplicates += u64::from(self.skip);
            }
            Event::Bytes(bytes) => {
                if !self.skip {
                    self.bytes(&bytes)?;
                }
                self.pieces.give_back(bytes);
            }
            Event::Record
            | Event::Dropped(Dropped {
                stripped: Some(_), ..
            }) if self.skip => {}
            Event::Record => self.record()?,
            Event::Dropped(dropped) => {
                let name = dropped.reason.name().to_owned();
                *self.counts.dropped_by_reason.entry(name).or_default() += 1;
                self.drops.add(&dropped)?;
            }
            Event::End => {
                self.skip = false;
                self.fingerprint = None;
                self.counts.files += 1;
                if self.completed {
                    self.save()?;
                }
            }
        }
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        match &mut self.parts[self.part] {
            PartFiles::Whole(output) => output.write_all(bytes)?,
            PartFiles::Shards(shards) => shards.write(bytes)?,
        }
        self.counts.bytes += bytes.len() as u64;
        self.counts.parts[self.part].bytes += bytes.len() as u64;
        Ok(())
    }

    fn record(&mut self) -> Result<()> {
        self.counts.records += 1;
        self.counts.parts[self.part].records += 1;
        if let PartFiles::Shards(shards) = &mut self.parts[self.part] {
            self.completed |= shards.end_record();
        }
        if let Some(fingerprint) = self.fingerprint.take() {
            self.seen.insert(fingerprint);
            if let Some(run) = &mut self.unfinished {
                run.add_seen(&fingerprint)?;
            }
        }
        Ok(())
    }

    /// Saves how far the run is, so that it can be resumed from here.
    fn save(&mut self) -> Result<()> {
        let Some(run) = &mut self.unfinished else {
            return Ok(());
        };
        run.state.drops = self.drops.flush()?;
        run.state.parts = shards(&mut self.parts).map(|shards| shards.state).collect();
        run.state.counts = self.counts.clone();
        run.save()?;
        for shards in shards(&mut self.parts) {
            shards.settle(self.threads)?;
        }
        self.completed = false;
        Ok(())
    }

    /// Moves the files to their final paths, if there is a record in any.
    pub fn finish(&mut self) -> Result<()> {
        if self.counts.records == 0 {
            if let Some(run) = self.unfinished.take() {
                run.remove()?;
            }
            bail!(
                "no record was made: {} stays as it was",
                self.options.output.display()
            );
        }
        for (shards, tally) in shards(&mut self.parts).zip(&mut self.counts.parts) {
            shards.complete();
            tally.shards = Some(shards.state.complete);
        }
        self.save()?;
        for part in self.parts.drain(..) {
            match part {
                PartFiles::Whole(output) => output.finish()?,
                PartFiles::Shards(shards) => shards.publish(self.paths)?,
            }
        }
        self.unfinished.take().map_or(Ok(()), Unfinished::remove)
    }
}

/// A file for each part.
fn whole(options: &Dataset, paths: &SetPaths, threads: usize) -> Result<Vec<PartFiles>> {
    if options.files.split.is_some() {
        let folder = &paths.folder;
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    let open = |name| {
        // Without a split, the path as it was given, which may be `-`.
        let path = match options.files.split {
            Some(_) => paths.file(name),
            None => options.output.clone(),
        };
        let output = signals::output(&path)?;
        Ok(PartFiles::Whole(Compressed::new(output, &path, threads)?))
    };
    paths.split.names().map(open).collect()
}

fn shards(parts: &mut [PartFiles]) -> impl Iterator<Item = &mut Shards> {
    parts.iter_mut().filter_map(|part| match part {
        PartFiles::Shards(shards) => Some(shards),
        PartFiles::Whole(_) => None,
    })
}
