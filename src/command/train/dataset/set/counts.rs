//! The counts of a run: files, records, drops, and the parts of the set.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::lengths::Lengths;
use crate::command::train::dataset::arguments::Dedup;
use crate::command::train::dataset::records::dedup::Repeat;
use crate::command::train::dataset::split::Split;

/// The counts of a run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SetCounts {
    pub files: u64,
    pub records: u64,
    /// The length of all records before compression.
    pub bytes: u64,
    /// The units that were dropped because their code was seen before.
    pub duplicates: u64,
    /// The units that were dropped because nearly the same code was seen before, if `--dedup near` asks
    /// for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near_duplicates: Option<u64>,
    /// The files that could not be split into functions.
    pub fallbacks: u64,
    /// The number of drops by the name of the reason.
    pub dropped_by_reason: BTreeMap<String, u64>,
    pub parts: Vec<PartCounts>,
    /// The lengths of the records in tokens, if they were counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lengths: Option<Lengths>,
}

/// The counts of a part of the set.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct PartCounts {
    pub name: String,
    /// The number of groups, if the set is split.
    pub groups: Option<u64>,
    pub records: u64,
    /// The length of the records before compression.
    pub bytes: u64,
    /// The number of files, if the part is in shards.
    pub shards: Option<usize>,
}

impl SetCounts {
    pub fn new(split: &Split, dedup: Dedup) -> SetCounts {
        let tally = |name: &str| PartCounts {
            name: name.to_owned(),
            ..PartCounts::default()
        };
        SetCounts {
            parts: split.names().map(tally).collect(),
            near_duplicates: matches!(dedup, Dedup::Near(_)).then_some(0),
            ..SetCounts::default()
        }
    }
}

impl SetCounts {
    /// Counts a unit that is like an earlier one.
    pub fn add_duplicate(&mut self, repeat: Repeat) {
        match repeat {
            Repeat::Code => self.duplicates += 1,
            Repeat::Near => *self.near_duplicates.get_or_insert_default() += 1,
        }
    }

    /// Returns the number of units that were dropped because they are too long.
    pub fn too_long(&self) -> u64 {
        let counts = ["too-long", "too-many-tokens"].map(|name| self.dropped_by_reason.get(name));
        counts.into_iter().flatten().sum()
    }
}

impl fmt::Display for SetCounts {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let SetCounts {
            files,
            records,
            bytes,
            duplicates,
            near_duplicates,
            fallbacks,
            parts,
            ..
        } = self;
        write!(
            f,
            "{}: {}, {}; ",
            of(*files, "file"),
            of(*records, "record"),
            of(*bytes, "byte"),
        )?;
        for part in parts {
            if let Some(groups) = part.groups {
                let (records, groups) = (of(part.records, "record"), of(groups, "group"));
                write!(f, "{}: {records} from {groups}; ", part.name)?;
            }
        }
        f.write_str(&of(*duplicates, "duplicate"))?;
        if let Some(near) = near_duplicates {
            write!(f, "; {}", of(*near, "near-duplicate"))?;
        }
        if *fallbacks > 0 {
            write!(f, "; {} not split into functions", of(*fallbacks, "file"))?;
        }
        f.write_str("; dropped: ")?;
        if self.dropped_by_reason.is_empty() {
            return f.write_str("none");
        }
        for (i, (reason, count)) in self.dropped_by_reason.iter().enumerate() {
            let separator = if i == 0 { "" } else { ", " };
            write!(f, "{separator}{count} {reason}")?;
        }
        Ok(())
    }
}

/// Returns a number of things: `1 file`, `2 files`.
fn of(count: u64, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{plural}")
}
