//! The names of the files that a run writes.

use std::fs;
use std::path::{Path, PathBuf};

use luadec_tok::dataset::Split;

use crate::cli::dataset::{Compress, Dataset, RecordFormat};

/// Where the files are and what they are called.
pub struct Layout {
    pub folder: PathBuf,
    pub split: Split,
    /// From the first point of the names on.
    pub ending: String,
}

impl Layout {
    /// With a split, `-o` is the folder; without one, the file, whose name is that of the only
    /// part.
    pub fn new(options: &Dataset) -> Layout {
        let output = &options.output;
        if let Some(split) = &options.layout.split {
            let form = match options.records.format {
                RecordFormat::Chatml => ".chatml",
                _ => ".jsonl",
            };
            let compress = match options.layout.compress {
                None => "",
                Some(Compress::Zst) => ".zst",
                Some(Compress::Gz) => ".gz",
            };
            return Layout {
                folder: output.clone(),
                split: split.clone(),
                ending: form.to_owned() + compress,
            };
        }
        let name = output.file_name().unwrap_or_default().to_string_lossy();
        let point = name.find('.').unwrap_or(name.len());
        Layout {
            folder: output.parent().unwrap_or(Path::new("")).to_owned(),
            split: Split::whole(&name[..point]),
            ending: name[point..].to_owned(),
        }
    }

    /// The file of a part.
    pub fn file(&self, part: &str) -> PathBuf {
        self.folder.join(format!("{part}{}", self.ending))
    }

    /// A file of a part in shards, as `datasets` expects them.
    pub fn shard(&self, part: &str, shard: u64, shards: u64) -> PathBuf {
        let ending = &self.ending;
        self.folder
            .join(format!("{part}-{shard:05}-of-{shards:05}{ending}"))
    }

    /// A shard of any part that is there, of however many.
    pub fn find_shard(&self) -> Option<PathBuf> {
        let folder = match self.folder.as_os_str().is_empty() {
            true => Path::new("."),
            false => &self.folder,
        };
        let mut paths = fs::read_dir(folder)
            .ok()?
            .filter_map(|entry| Some(entry.ok()?.path()));
        paths.find(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let is_shard = |part| {
                let numbers = name.strip_prefix(part)?.strip_suffix(&*self.ending)?;
                let (shard, shards) = numbers.strip_prefix('-')?.split_once("-of-")?;
                (shard.parse::<u64>().is_ok() && shards.parse::<u64>().is_ok()).then_some(())
            };
            self.split.names().any(|part| is_shard(part).is_some())
        })
    }
}
