//! The lengths of records, in tokens.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The number of records of each length.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Lengths(BTreeMap<u32, u64>);

/// Context lengths that are often trained with.
const LIMITS: [u32; 5] = [1024, 2048, 4096, 8192, 32768];

/// Statistics of lengths.
#[derive(Debug, Serialize)]
pub struct LengthSummary {
    pub total: u64,
    pub median: u32,
    pub p90: u32,
    pub p99: u32,
    pub maximum: u32,
    /// The share of the records within each context length.
    pub within: BTreeMap<u32, f64>,
}

impl Lengths {
    pub fn add(&mut self, length: u32) {
        *self.0.entry(length).or_default() += 1;
    }

    fn records(&self) -> u64 {
        self.0.values().sum()
    }

    /// Returns the smallest length that at least `percent` of the records do not exceed.
    fn percentile(&self, percent: u64) -> u32 {
        let rank = (self.records() * percent).div_ceil(100);
        let mut seen = 0;
        let reached = self.0.iter().find(|(_, count)| {
            seen += **count;
            seen >= rank
        });
        reached.map_or(0, |(length, _)| *length)
    }

    pub fn summary(&self) -> LengthSummary {
        let records = self.records().max(1) as f64;
        let within = |limit| self.0.range(..=limit).map(|(_, count)| *count).sum::<u64>() as f64;
        let tokens = self.0.iter();
        LengthSummary {
            total: tokens
                .map(|(length, count)| u64::from(*length) * count)
                .sum(),
            median: self.percentile(50),
            p90: self.percentile(90),
            p99: self.percentile(99),
            maximum: self.percentile(100),
            within: LIMITS
                .map(|limit| (limit, within(limit) / records))
                .into_iter()
                .collect(),
        }
    }

    /// Returns the number of records in each octave, the lengths from a power of two up to the
    /// next: from the first octave with records to the last.
    pub fn octaves(&self) -> Vec<(u32, u64)> {
        let octave = |length: &u32| length.max(&1).ilog2();
        let (Some((first, _)), Some((last, _))) =
            (self.0.first_key_value(), self.0.last_key_value())
        else {
            return Vec::new();
        };
        let mut octaves: Vec<(u32, u64)> = (octave(first)..=octave(last)).map(|o| (o, 0)).collect();
        for (length, count) in &self.0 {
            octaves[(octave(length) - octave(first)) as usize].1 += count;
        }
        octaves
    }
}

/// Writes one line of numbers, and a bar for each context length.
impl fmt::Display for LengthSummary {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        const BAR: f64 = 40.0;
        let LengthSummary {
            total,
            median,
            p90,
            p99,
            maximum,
            within,
        } = self;
        write!(
            f,
            "{total} tokens; per record: {median} (median), {p90} (p90), {p99} (p99), {maximum} (maximum)"
        )?;
        for (limit, share) in within {
            let bar = "█".repeat((share * BAR).round() as usize);
            write!(f, "\n  {:5.1} % within {limit:5}  {bar}", share * 100.0)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_summarized() {
        let mut lengths = Lengths::default();
        (1..=100).for_each(|length| lengths.add(length * 100));
        let LengthSummary {
            total,
            median,
            p90,
            p99,
            maximum,
            within,
        } = lengths.summary();
        assert_eq!(
            (total, median, p90, p99, maximum),
            (505_000, 5000, 9000, 9900, 10_000)
        );
        let shares: Vec<f64> = within.into_values().collect();
        assert_eq!(shares, [0.10, 0.20, 0.40, 0.81, 1.0]);
        assert_eq!(
            lengths.octaves(),
            [
                (6, 1),
                (7, 1),
                (8, 3),
                (9, 5),
                (10, 10),
                (11, 20),
                (12, 41),
                (13, 19)
            ]
        );
        assert_eq!(Lengths::default().summary().maximum, 0);
    }
}
