//! A part of the set in files of about the same size.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::append::open_at;
use super::paths::SetPaths;
use crate::command::dataset::arguments::ShardSize;
use crate::command::io::compressed::Compressed;
use crate::command::io::output::Output;

/// How far a part is.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
pub struct PartState {
    /// The number of complete shards.
    pub complete: u64,
    /// The records and bytes of the open shard.
    pub records: u64,
    pub bytes: u64,
}

/// The shards of a part, in the folder of an unfinished run until all are complete: the open one
/// uncompressed, so that it can be cut anywhere, the complete ones in their final form.
pub struct Shards {
    folder: PathBuf,
    part: String,
    ending: String,
    size: ShardSize,
    pub state: PartState,
    file: Option<File>,
    /// The number of shards in their final form.
    settled: u64,
}

impl Shards {
    pub fn new(
        folder: &Path,
        part: &str,
        paths: &SetPaths,
        size: ShardSize,
        state: PartState,
    ) -> Shards {
        Shards {
            folder: folder.to_owned(),
            part: part.to_owned(),
            ending: paths.ending.clone(),
            size,
            state,
            file: None,
            settled: 0,
        }
    }

    fn open_path(&self, shard: u64) -> PathBuf {
        self.folder.join(format!("{}-{shard:05}.open", self.part))
    }

    fn settled_path(&self, shard: u64) -> PathBuf {
        self.folder
            .join(format!("{}-{shard:05}{}", self.part, self.ending))
    }

    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let file = open_at(&self.open_path(self.state.complete), self.state.bytes)?;
                self.file.insert(file)
            }
        };
        file.write_all(bytes)?;
        self.state.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Ends a record; true if that completed a shard.
    pub fn end_record(&mut self) -> bool {
        self.state.records += 1;
        let complete = match self.size {
            ShardSize::Records(records) => self.state.records >= records,
            ShardSize::Bytes(bytes) => self.state.bytes >= bytes,
        };
        if complete {
            self.complete();
        }
        complete
    }

    /// Completes the open shard, unless it is empty.
    pub fn complete(&mut self) {
        if self.state.records > 0 {
            let complete = self.state.complete + 1;
            self.state = PartState {
                complete,
                ..PartState::default()
            };
            self.file = None;
        }
    }

    /// Gives the complete shards their final form. Only after the state is saved, because this
    /// cannot be undone.
    pub fn settle(&mut self, threads: usize) -> Result<()> {
        for shard in self.settled..self.state.complete {
            let (open, settled) = (self.open_path(shard), self.settled_path(shard));
            // A killed run may have done this one already.
            if open.exists() {
                let name = || open.display().to_string();
                match Compressed::new(Output::file(&settled)?, &settled, threads)? {
                    Compressed::Plain(_) => fs::rename(&open, &settled).with_context(name)?,
                    mut output => {
                        io::copy(&mut File::open(&open).with_context(name)?, &mut output)?;
                        output.finish()?;
                        fs::remove_file(&open).with_context(name)?;
                    }
                }
            }
            self.settled = shard + 1;
        }
        Ok(())
    }

    /// Moves all shards to their final paths.
    pub fn publish(&self, paths: &SetPaths) -> Result<()> {
        for shard in 0..self.settled {
            let from = self.settled_path(shard);
            // A killed run may have moved this one already.
            if from.exists() {
                let to = paths.shard(&self.part, shard, self.settled);
                fs::rename(&from, &to).with_context(|| to.display().to_string())?;
            }
        }
        Ok(())
    }
}
