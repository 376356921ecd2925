//! The shards of a part: files of about the same size.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::continued::{Continued, Extent, holds};
use super::paths::SetPaths;
use crate::command::io::compressed::Compressed;
use crate::command::io::output::Output;
use crate::command::io::shown::Shown;
use crate::command::train::dataset::arguments::ShardSize;

/// The progress of a part.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct PartState {
    pub complete: Vec<Shard>,
    /// The number of records in the open shard.
    records: u64,
    extent: Extent,
}

/// A complete shard.
#[derive(Clone, Serialize, Deserialize)]
pub struct Shard {
    /// Its bytes before compression.
    extent: Extent,
    /// Its bytes in its final form, once it has that form.
    settled: Option<Extent>,
}

/// The shards of a part. They are in the directory of the unfinished run until all are complete:
/// the open one uncompressed, so that it can be cut anywhere, the complete ones in their final
/// form.
pub struct Shards {
    directory: PathBuf,
    part: String,
    ending: String,
    size: ShardSize,
    pub state: PartState,
    file: Option<Continued>,
}

impl Shards {
    /// Opens the shards that `state` describes.
    ///
    /// # Errors
    /// A file has changed since the state was saved.
    pub fn new(
        directory: &Path,
        part: &str,
        paths: &SetPaths,
        size: ShardSize,
        state: PartState,
    ) -> Result<Shards> {
        let mut shards = Shards {
            directory: directory.to_owned(),
            part: part.to_owned(),
            ending: paths.ending.clone(),
            size,
            state,
            file: None,
        };
        for index in 0..shards.state.complete.len() {
            shards.check(index, paths)?;
        }
        shards.remove_open()?;
        if shards.state.extent.bytes > 0 {
            shards.file()?;
        }
        Ok(shards)
    }

    /// Checks that a complete shard exists and is unchanged.
    fn check(&self, index: usize, paths: &SetPaths) -> Result<()> {
        let shard = &self.state.complete[index];
        let published = paths.shard(&self.part, index, self.state.complete.len());
        let mut path = self.settled_path(index);
        let right = match shard.settled {
            Some(extent) => {
                // A killed run may have moved it already.
                if !path.exists() && published.exists() {
                    path = published;
                }
                holds(&path, extent)
            }
            None => {
                // A killed run may have renamed it already.
                if self.open_path(index).exists() || !path.exists() {
                    path = self.open_path(index);
                }
                holds(&path, shard.extent)
            }
        };
        match right.with_context(|| Shown(&path).to_string())? {
            true => Ok(()),
            false => bail!("{} has changed since the run wrote it", Shown(&path)),
        }
    }

    fn open_path(&self, shard: usize) -> PathBuf {
        self.directory
            .join(format!("{}-{shard:05}.open", self.part))
    }

    fn settled_path(&self, shard: usize) -> PathBuf {
        self.directory
            .join(format!("{}-{shard:05}{}", self.part, self.ending))
    }

    fn file(&mut self) -> Result<&mut Continued> {
        let path = self.open_path(self.state.complete.len());
        Ok(match &mut self.file {
            Some(file) => file,
            file => file.insert(Continued::open(&path, self.state.extent)?),
        })
    }

    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.file()?.write_all(bytes)?)
    }

    /// Ends a record and returns whether that completed a shard.
    pub fn end_record(&mut self) -> Result<bool> {
        self.state.records += 1;
        let complete = match self.size {
            ShardSize::Records(records) => self.state.records >= records,
            ShardSize::Bytes(bytes) => self.file()?.extent().bytes >= bytes,
        };
        if complete {
            self.complete()?;
        }
        Ok(complete)
    }

    /// Completes the open shard, unless it is empty.
    pub fn complete(&mut self) -> Result<()> {
        if self.state.records > 0 {
            self.sync()?;
            self.state.complete.push(Shard {
                extent: self.state.extent,
                settled: None,
            });
            self.state.records = 0;
            self.state.extent = Extent::default();
            self.file = None;
        }
        Ok(())
    }

    /// Makes the open shard survive a power cut, and updates the state.
    pub fn sync(&mut self) -> Result<()> {
        if let Some(file) = &self.file {
            file.sync()?;
            self.state.extent = file.extent();
        }
        Ok(())
    }

    /// Gives the complete shards their final form and returns whether there were any. Must follow
    /// saving the state, because a shard without compression is only renamed.
    pub fn settle(&mut self, threads: usize) -> Result<bool> {
        let mut any = false;
        for index in 0..self.state.complete.len() {
            if self.state.complete[index].settled.is_some() {
                continue;
            }
            any = true;
            let (open, settled) = (self.open_path(index), self.settled_path(index));
            // A killed run may have renamed it already.
            if open.exists() {
                let name = || Shown(&open).to_string();
                match Compressed::new(Output::file(&settled)?, &settled, threads)? {
                    Compressed::Plain(_) => fs::rename(&open, &settled).with_context(name)?,
                    mut output => {
                        io::copy(&mut File::open(&open).with_context(name)?, &mut output)?;
                        output.finish_durably()?;
                    }
                }
            }
            let extent = Extent::of(&settled).with_context(|| Shown(&settled).to_string())?;
            self.state.complete[index].settled = Some(extent);
        }
        Ok(any)
    }

    /// Removes the uncompressed files of compressed shards. Must follow saving the state.
    pub fn remove_open(&self) -> Result<()> {
        for (index, shard) in self.state.complete.iter().enumerate() {
            let open = self.open_path(index);
            if shard.settled.is_some() && open.exists() {
                fs::remove_file(&open).with_context(|| Shown(&open).to_string())?;
            }
        }
        Ok(())
    }

    /// Moves all shards to their final paths.
    pub fn publish(&self, paths: &SetPaths) -> Result<()> {
        let shards = self.state.complete.len();
        for index in 0..shards {
            let from = self.settled_path(index);
            // A killed run may have moved this one already.
            if from.exists() {
                let to = paths.shard(&self.part, index, shards);
                fs::rename(&from, &to).with_context(|| Shown(&to).to_string())?;
            }
        }
        Ok(())
    }
}
