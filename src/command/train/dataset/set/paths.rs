//! The paths of the files of a set.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::command::train::dataset::arguments::{
    Compress, Container, Dataset, IdsFormat, RecordFormat,
};
use crate::command::train::dataset::split::Split;

/// The directory and the names of the files.
pub struct SetPaths {
    pub directory: PathBuf,
    pub split: Split,
    /// The end of all names, from the first dot on.
    pub ending: String,
}

impl SetPaths {
    /// Derives the paths from the options. With a split, `-o` is the directory, or `-` for all parts
    /// together. Otherwise it is the file, and the only part is named after it.
    pub fn new(options: &Dataset) -> SetPaths {
        let output = &options.output;
        if let Some(split) = options.split_into_files() {
            let form = match (options.tokens.ids, options.records.format) {
                _ if options.files.container == Container::Arrow => ".arrow",
                (Some(IdsFormat::Arrow), _) => "",
                (Some(IdsFormat::Bin), _) => ".bin",
                (Some(IdsFormat::Npy), _) => ".npy",
                (None, RecordFormat::Chatml) => ".chatml",
                _ => ".jsonl",
            };
            let compress = match options.files.compress {
                None => "",
                Some(Compress::Zst) => ".zst",
                Some(Compress::Gz) => ".gz",
            };
            return SetPaths {
                directory: output.clone(),
                split: split.clone(),
                ending: form.to_owned() + compress,
            };
        }
        let name = output.file_name().unwrap_or_default().to_string_lossy();
        let dot = name.find('.').unwrap_or(name.len());
        SetPaths {
            directory: output.parent().unwrap_or(Path::new("")).to_owned(),
            split: Split::whole(&name[..dot]),
            ending: name[dot..].to_owned(),
        }
    }

    /// Returns the file of a part.
    pub fn file(&self, part: &str) -> PathBuf {
        self.directory.join(format!("{part}{}", self.ending))
    }

    /// Returns a shard of a part, named as `datasets` expects.
    pub fn shard(&self, part: &str, shard: usize, shards: usize) -> PathBuf {
        let ending = &self.ending;
        self.directory
            .join(format!("{part}-{shard:05}-of-{shards:05}{ending}"))
    }

    /// Returns the hidden directory that a run in shards uses until it is finished.
    pub fn unfinished(&self) -> PathBuf {
        let parts: Vec<&str> = self.split.names().collect();
        self.directory
            .join(format!(".{}.unfinished", parts.join("-")))
    }

    /// Returns whether there are shards of any run.
    pub fn has_shards(&self) -> bool {
        let directory = match self.directory.as_os_str().is_empty() {
            true => Path::new("."),
            false => &self.directory,
        };
        let mut entries = fs::read_dir(directory).into_iter().flatten().flatten();
        entries.any(|entry| self.is_shard(&entry.file_name()))
    }

    /// Returns whether a file name could be a shard's.
    pub fn is_shard(&self, name: &OsStr) -> bool {
        let name = name.to_string_lossy();
        let numbers = |part| {
            let numbers = name.strip_prefix(part)?.strip_suffix(&*self.ending)?;
            let (shard, shards) = numbers.strip_prefix('-')?.split_once("-of-")?;
            (shard.parse::<u64>().is_ok() && shards.parse::<u64>().is_ok()).then_some(())
        };
        self.split.names().any(|part| numbers(part).is_some())
    }

    /// Returns the files of the parts, or none if they are in shards.
    pub fn files(&self, options: &Dataset) -> Vec<PathBuf> {
        match (&options.files.shard_size, options.split_into_files()) {
            (Some(_), _) => Vec::new(),
            // Without a split, the path as it was given, which may be `-`.
            (None, None) => vec![options.output.clone()],
            (None, Some(split)) => split.names().map(|part| self.file(part)).collect(),
        }
    }
}
