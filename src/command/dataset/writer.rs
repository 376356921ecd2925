//! What comes of the sources, event by event, to its files and counts.

use std::fs;
use std::io::Write;

use anyhow::{Context, Result, bail};
use luadec_tok::dataset::{Dropped, Event, Fingerprint, Pieces, Seen, group};

use super::compressed::Compressed;
use super::counts::Counts;
use super::drops::Drops;
use super::interrupt;
use super::layout::Layout;
use super::shards::Shards;
use super::unfinished::Unfinished;
use crate::cli::dataset::Dataset;

/// A part of the set.
enum Part {
    Whole(Compressed),
    Shards(Shards),
}

/// Takes the events of all sources, in their order.
pub struct Writer<'a> {
    options: &'a Dataset,
    layout: &'a Layout,
    threads: usize,
    seen: &'a Seen,
    pieces: &'a Pieces,
    parts: Vec<Part>,
    /// The run that the parts are of, where they are in shards.
    unfinished: Option<Unfinished>,
    pub drops: Drops,
    pub counts: Counts,
    /// The part that the source falls into.
    part: usize,
    /// Whether the unit had come before.
    skip: bool,
    /// The unit's fingerprint, until it gives a record.
    fingerprint: Option<Fingerprint>,
    /// Whether a shard was completed that the saved state does not know.
    completed: bool,
}

impl<'a> Writer<'a> {
    /// Opens the outputs, where an unfinished run left them if that is taken up.
    pub fn new(
        options: &'a Dataset,
        layout: &'a Layout,
        threads: usize,
        seen: &'a Seen,
        pieces: &'a Pieces,
    ) -> Result<Writer<'a>> {
        let (parts, unfinished, list, counts) = match options.layout.shard_size {
            None => {
                let parts = whole(options, layout, threads)?;
                (
                    parts,
                    None,
                    tempfile::tempfile()?,
                    Counts::new(&layout.split),
                )
            }
            Some(size) => {
                let resume = options.layout.resume;
                let (run, list) = Unfinished::new(layout, options.decisive(), resume, seen)?;
                let shards = layout.split.names().enumerate().map(|(i, name)| {
                    let open = run.state.parts.get(i).copied().unwrap_or_default();
                    Part::Shards(Shards::new(&run.folder, name, layout, size, open))
                });
                let counts = run.state.counts.clone();
                (shards.collect(), Some(run), list, counts)
            }
        };
        Ok(Writer {
            options,
            layout,
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
                let group = group(&path, self.options.layout.group_depth.into());
                self.part = self.layout.split.part(self.options.records.seed, group);
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
            Part::Whole(output) => output.write_all(bytes)?,
            Part::Shards(shards) => shards.write(bytes)?,
        }
        self.counts.bytes += bytes.len() as u64;
        self.counts.parts[self.part].bytes += bytes.len() as u64;
        Ok(())
    }

    fn record(&mut self) -> Result<()> {
        self.counts.records += 1;
        self.counts.parts[self.part].records += 1;
        if let Part::Shards(shards) = &mut self.parts[self.part] {
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

    /// Saves how far the run is, so that it can be taken up from here.
    fn save(&mut self) -> Result<()> {
        let Some(run) = &mut self.unfinished else {
            return Ok(());
        };
        run.state.drops = self.drops.flush()?;
        run.state.parts = shards(&mut self.parts).map(|shards| shards.open).collect();
        run.state.counts = self.counts.clone();
        run.save()?;
        for shards in shards(&mut self.parts) {
            shards.settle(self.threads)?;
        }
        self.completed = false;
        Ok(())
    }

    /// Puts the files into their places, if there is a record in any.
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
            tally.shards = Some(shards.open.complete);
        }
        self.save()?;
        for part in self.parts.drain(..) {
            match part {
                Part::Whole(output) => output.finish()?,
                Part::Shards(shards) => shards.place(self.layout)?,
            }
        }
        self.unfinished.take().map_or(Ok(()), Unfinished::remove)
    }
}

/// A file for each part.
fn whole(options: &Dataset, layout: &Layout, threads: usize) -> Result<Vec<Part>> {
    if options.layout.split.is_some() {
        let folder = &layout.folder;
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    let open = |name| {
        // Without a split the path as it was given, which may be `-`.
        let path = match options.layout.split {
            Some(_) => layout.file(name),
            None => options.output.clone(),
        };
        let output = interrupt::output(&path)?;
        Ok(Part::Whole(Compressed::new(output, &path, threads)?))
    };
    layout.split.names().map(open).collect()
}

fn shards(parts: &mut [Part]) -> impl Iterator<Item = &mut Shards> {
    parts.iter_mut().filter_map(|part| match part {
        Part::Shards(shards) => Some(shards),
        Part::Whole(_) => None,
    })
}
