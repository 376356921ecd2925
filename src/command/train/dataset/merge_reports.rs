//! `luadec-tok merge-reports`: the report of a set that several runs made.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueHint};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::set::continued::Continued;
use super::set::report::{DropList, ReportHead};
use super::sources::shard::SourceShard;
use crate::command::io::compressed::decompressed;
use crate::command::io::messages::Messages;
use crate::command::io::shown::Shown;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Sums:
  Numbers of files, records, bytes and drops are added up, and so are seconds and tokens. The lists
  of drops are joined. The number of groups of a part that several reports have is null, as a group
  may be in several of them, and so are the median and the percentiles of lengths, which cannot be
  found from those of the parts. Duplicates are those that each run found by itself.

Examples:
  luadec-tok merge-reports report-*.json > report.json

Exit status:
  0  the report was printed
  1  a file is not a report, or one of a run with other options
  2  the command line is wrong")]
pub struct MergeReports {
    /// Files that luadec-tok dataset --report wrote
    #[arg(value_name = "REPORT", required = true, value_hint = ValueHint::FilePath)]
    reports: Vec<PathBuf>,
}

/// Prints the sum of the reports.
pub fn run(options: &MergeReports, messages: &mut Messages) -> Result<()> {
    let mut drops = DropList::new(Continued::temporary()?, Some(Path::new("-")))?;
    let mut merged: Option<(&Path, ReportHead, Duration)> = None;
    let mut shards = Shards::default();
    for path in &options.reports {
        let named = || Shown(path).to_string();
        let (mut head, seconds) = read(decompressed(path)?, &mut drops).with_context(named)?;
        shards.add(&mut head, path).with_context(named)?;
        merged = Some(match merged {
            None => (path, head, seconds),
            Some((first, sum, all)) => {
                check_same(&sum, &head, first).with_context(named)?;
                (first, added(sum, head)?, all.saturating_add(seconds))
            }
        });
    }
    if let Some(missing) = shards.missing() {
        messages.warning(format_args!("warning: no report of the shards {missing}"));
    }
    match merged {
        Some((_, head, seconds)) => drops.finish(&head, seconds),
        None => Ok(()),
    }
}

// Reading

/// Reads a report and the seconds that its run took, and adds its drops to the list: only one of them
/// is in memory at a time.
fn read(report: impl Read, drops: &mut DropList) -> Result<(ReportHead, Duration)> {
    let mut failed = None;
    let mut json = serde_json::Deserializer::from_reader(report);
    let keys = ReportKeys(ReportDrops {
        list: drops,
        failed: &mut failed,
    });
    let keys = keys.deserialize(&mut json);
    if let Some(error) = failed {
        return Err(error.into());
    }
    let keys = keys.and_then(|keys| json.end().map(|()| keys));
    let mut keys = match keys {
        Ok(keys) => keys,
        Err(error) if error.is_io() => return Err(io::Error::from(error).into()),
        Err(_) => bail!(NOT_A_REPORT),
    };
    let seconds = keys.remove("seconds").and_then(|seconds| seconds.as_f64());
    let seconds = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    match (ReportHead::of_keys(keys), seconds) {
        (Some(head), Some(seconds)) => Ok((head, seconds)),
        _ => bail!(NOT_A_REPORT),
    }
}

const NOT_A_REPORT: &str = "not a report of luadec-tok dataset";

/// Reads the keys of a report, except for its drops.
struct ReportKeys<'a>(ReportDrops<'a>);

impl<'de> DeserializeSeed<'de> for ReportKeys<'_> {
    type Value = Map<String, Value>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ReportKeys<'_> {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a report")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut keys = Map::new();
        let mut drops = Some(self.0);
        while let Some(key) = map.next_key::<String>()? {
            match (key.as_str(), drops.take()) {
                ("dropped", Some(drops)) => map.next_value_seed(drops)?,
                (_, other) => {
                    drops = other;
                    keys.insert(key, map.next_value()?);
                }
            }
        }
        match drops {
            None => Ok(keys),
            Some(_) => Err(A::Error::missing_field("dropped")),
        }
    }
}

/// Adds the drops of a report to a list.
struct ReportDrops<'a> {
    list: &'a mut DropList,
    /// Why the list could not be written.
    failed: &'a mut Option<io::Error>,
}

impl<'de> DeserializeSeed<'de> for ReportDrops<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for ReportDrops<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list of drops")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(entry) = entries.next_element::<Map<String, Value>>()? {
            if let Err(error) = self.list.add_entry(&entry) {
                *self.failed = Some(error);
                return Err(A::Error::custom("the list cannot be written"));
            }
        }
        Ok(())
    }
}

// Adding

/// The shards whose reports are added, with their files.
#[derive(Default)]
struct Shards<'p>(Vec<(SourceShard, &'p Path)>);

impl<'p> Shards<'p> {
    /// Takes the shard out of a report, which is about all of them once it is added.
    ///
    /// # Errors
    /// Some of its sources are in a report that was added before.
    fn add(&mut self, report: &mut ReportHead, path: &'p Path) -> Result<()> {
        let Some(shard) = report.options.shift_remove("shard") else {
            return Ok(());
        };
        let shard = shard.as_str().and_then(|shard| shard.parse().ok());
        let shard: SourceShard = shard.context(NOT_A_REPORT)?;
        let overlaps = |other: &SourceShard| *other == shard || other.count != shard.count;
        if let Some((other, path)) = self.0.iter().find(|(other, _)| overlaps(other)) {
            bail!(
                "the shard {shard} has sources that {}, the shard {other}, has too; add each source once",
                Shown(path)
            );
        }
        self.0.push((shard, path));
        Ok(())
    }

    /// Lists the shards that are missing, if there are any.
    fn missing(&self) -> Option<String> {
        const MOST: usize = 10;
        let count = self.0.first()?.0.count;
        let has: HashSet<usize> = self.0.iter().map(|(shard, _)| shard.index).collect();
        let missing = (0..count).filter(|index| !has.contains(index));
        let missing = missing.map(|index| format!("{index}/{count}"));
        let mut missing: Vec<String> = missing.take(MOST + 1).collect();
        if missing.len() > MOST {
            missing[MOST] = "...".to_owned();
        }
        (!missing.is_empty()).then(|| missing.join(", "))
    }
}

/// Checks that a report counts the same as the first one.
fn check_same(first: &ReportHead, other: &ReportHead, first_path: &Path) -> Result<()> {
    let first_name = Shown(first_path);
    if first.version != other.version {
        bail!(
            "made by version {}, but {first_name} by version {}; reports of different versions cannot be merged",
            other.version,
            first.version
        );
    }
    let names = first.options.keys().chain(other.options.keys());
    let differs = |name: &&String| first.options.get(*name) != other.options.get(*name);
    let Some(name) = names.into_iter().find(differs) else {
        return Ok(());
    };
    let given = |report: &ReportHead| match report.options.get(name) {
        None => format!("without --{name}"),
        Some(Value::Bool(_)) => format!("with --{name}"),
        Some(Value::String(value)) => format!("with --{name} {value}"),
        Some(value) => format!("with --{name} {value}"),
    };
    bail!(
        "made {}, but {first_name} {}; reports of different options cannot be merged",
        given(other),
        given(first)
    )
}

/// Adds a report to another.
fn added(mut sum: ReportHead, other: ReportHead) -> Result<ReportHead> {
    let of = |report: &ReportHead| match &report.tokens {
        Some(tokens) => serde_json::from_value(tokens.clone())
            .context(NOT_A_REPORT)
            .map(Some),
        None => Ok(None),
    };
    let tokens = match (of(&sum)?, of(&other)?) {
        (Some(tokens), Some(more)) => {
            let records = [sum.counts.records, other.counts.records];
            Some(TokenStatistics::sum([tokens, more], records))
        }
        (one, other) => one.or(other),
    };
    sum.tokens = tokens.map(serde_json::to_value).transpose()?;
    sum.counts.add(other.counts);
    Ok(sum)
}

/// Statistics of lengths in tokens, in which what cannot be added is `None`.
#[derive(Serialize, Deserialize)]
struct TokenStatistics {
    total: u64,
    median: Option<u32>,
    p90: Option<u32>,
    p99: Option<u32>,
    maximum: u32,
    /// The share of the records within each context length.
    within: BTreeMap<u32, f64>,
}

impl TokenStatistics {
    /// Returns the statistics of two sets of so many records together.
    fn sum([one, other]: [TokenStatistics; 2], records: [u64; 2]) -> TokenStatistics {
        let [records, others] = records.map(|records| records as f64);
        // A share is a whole number of records.
        let within = |limit: &u32, share: f64| {
            let count = other
                .within
                .get(limit)
                .map_or(0.0, |share| (share * others).round());
            ((share * records).round() + count) / (records + others).max(1.0)
        };
        TokenStatistics {
            total: one.total.saturating_add(other.total),
            median: None,
            p90: None,
            p99: None,
            maximum: one.maximum.max(other.maximum),
            within: one
                .within
                .iter()
                .map(|(limit, share)| (*limit, within(limit, *share)))
                .collect(),
        }
    }
}
