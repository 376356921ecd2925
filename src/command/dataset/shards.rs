//! A part of the set in files of about one size.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::compressed::Compressed;
use super::layout::Layout;
use super::unfinished::open_at;
use crate::cli::dataset::ShardSize;
use crate::command::output::Output;

/// How far a part is.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
pub struct Open {
    /// The shards that are complete.
    pub complete: u64,
    /// The records and bytes of the one that is not.
    pub records: u64,
    pub bytes: u64,
}

/// The shards of a part, in the folder of an unfinished run until all are complete: the open one
/// as it is, so that it can be cut off anywhere, the complete ones as they will be.
pub struct Shards {
    folder: PathBuf,
    part: String,
    ending: String,
    size: ShardSize,
    pub open: Open,
    file: Option<File>,
    /// The shards that are as they will be.
    settled: u64,
}

impl Shards {
    pub fn new(folder: &Path, part: &str, layout: &Layout, size: ShardSize, open: Open) -> Shards {
        Shards {
            folder: folder.to_owned(),
            part: part.to_owned(),
            ending: layout.ending.clone(),
            size,
            open,
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
                let file = open_at(&self.open_path(self.open.complete), self.open.bytes)?;
                self.file.insert(file)
            }
        };
        file.write_all(bytes)?;
        self.open.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Ends a record, and says whether that completed a shard.
    pub fn end_record(&mut self) -> bool {
        self.open.records += 1;
        let complete = match self.size {
            ShardSize::Records(records) => self.open.records >= records,
            ShardSize::Bytes(bytes) => self.open.bytes >= bytes,
        };
        if complete {
            self.complete();
        }
        complete
    }

    /// Completes the open shard, if there is anything in it.
    pub fn complete(&mut self) {
        if self.open.records > 0 {
            let complete = self.open.complete + 1;
            self.open = Open {
                complete,
                ..Open::default()
            };
            self.file = None;
        }
    }

    /// Compresses the shards that are complete. Only for a state that is saved: there is no way
    /// back to the open ones.
    pub fn settle(&mut self, threads: usize) -> Result<()> {
        for shard in self.settled..self.open.complete {
            let (open, settled) = (self.open_path(shard), self.settled_path(shard));
            // Where a killed run had settled it, it is open no more.
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

    /// Puts all shards into their places.
    pub fn place(&self, layout: &Layout) -> Result<()> {
        for shard in 0..self.settled {
            let from = self.settled_path(shard);
            // Where a killed run had placed it, it is no longer here.
            if from.exists() {
                let to = layout.shard(&self.part, shard, self.settled);
                fs::rename(&from, &to).with_context(|| to.display().to_string())?;
            }
        }
        Ok(())
    }
}
