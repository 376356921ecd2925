//! The counts of a run: files, records, drops, and the parts of the set.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::lengths::Lengths;
use crate::command::train::dataset::arguments::{Dedup, RecordArgs};
use crate::command::train::dataset::records::dedup::Repeat;
use crate::command::train::dataset::split::Split;

/// The counts of a run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SetCounts {
    pub files: u64,
    pub records: u64,
    /// The rows that stand in place of records, if there are such rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<u64>,
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
    /// The number of sources that do not compile by their languages, as far as these were recognized.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dropped_languages: BTreeMap<String, u64>,
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
    pub fn new(split: &Split, records: &RecordArgs) -> SetCounts {
        let tally = |name: &str| PartCounts {
            name: name.to_owned(),
            ..PartCounts::default()
        };
        SetCounts {
            parts: split.names().map(tally).collect(),
            near_duplicates: matches!(records.dedup, Dedup::Near(_)).then_some(0),
            errors: records.keep_errors.then_some(0),
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

    /// Adds the counts of another run with the same options. Groups are not known of parts that are in
    /// both, as a group may be in both, too.
    pub fn add(&mut self, other: SetCounts) {
        let SetCounts {
            files,
            records,
            errors,
            bytes,
            duplicates,
            near_duplicates,
            fallbacks,
            dropped_by_reason,
            dropped_languages,
            parts,
            // Reports have only statistics of them.
            lengths: _,
        } = other;
        let add = |sum: &mut u64, count: u64| *sum = sum.saturating_add(count);
        add(&mut self.files, files);
        add(&mut self.records, records);
        add(&mut self.bytes, bytes);
        add(&mut self.duplicates, duplicates);
        add(&mut self.fallbacks, fallbacks);
        for (sum, count) in [
            (&mut self.errors, errors),
            (&mut self.near_duplicates, near_duplicates),
        ] {
            if let Some(count) = count {
                add(sum.get_or_insert_default(), count);
            }
        }
        for (reason, count) in dropped_by_reason {
            add(self.dropped_by_reason.entry(reason).or_default(), count);
        }
        for (language, count) in dropped_languages {
            add(self.dropped_languages.entry(language).or_default(), count);
        }
        for part in parts {
            let same = self.parts.iter_mut().find(|same| same.name == part.name);
            let Some(same) = same else {
                self.parts.push(part);
                continue;
            };
            same.groups = None;
            add(&mut same.records, part.records);
            add(&mut same.bytes, part.bytes);
            if let Some(shards) = part.shards {
                let sum = same.shards.get_or_insert_default();
                *sum = sum.saturating_add(shards);
            }
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
            errors,
            bytes,
            duplicates,
            near_duplicates,
            fallbacks,
            parts,
            ..
        } = self;
        write!(f, "{}: {}, ", of(*files, "file"), of(*records, "record"))?;
        if let Some(errors) = errors {
            write!(f, "{}, ", of(*errors, "error row"))?;
        }
        write!(f, "{}; ", of(*bytes, "byte"))?;
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
