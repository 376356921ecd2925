//! `--shard`: every N-th source.

use std::fmt;
use std::str::FromStr;

use anyhow::Result;

/// Every `count`-th source, from the one with this index on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SourceShard {
    pub index: usize,
    pub count: usize,
}

impl SourceShard {
    /// Returns its sources, or all if there is no shard. Errors are everybody's.
    pub fn of<S>(
        shard: Option<SourceShard>,
        sources: impl Iterator<Item = Result<S>>,
    ) -> impl Iterator<Item = Result<S>> {
        let SourceShard { index, count } = shard.unwrap_or(SourceShard { index: 0, count: 1 });
        let mut position = (0..count).cycle();
        sources.filter(move |source| position.next() == Some(index) || source.is_err())
    }
}

impl fmt::Display for SourceShard {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl FromStr for SourceShard {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (index, count) = text.split_once('/')?;
            let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
            let [index, count] =
                [index, count].map(|text| text.parse().ok().filter(|_| digits(text)));
            let (index, count) = (index?, count?);
            (index < count).then_some(SourceShard { index, count })
        };
        parse().ok_or("expected I/N, such as 0/8; I counts from 0 to N - 1")
    }
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    #[test]
    fn shards_are_a_partition() {
        for count in 1..5 {
            let shards = (0..count).map(|index| {
                let shard = format!("{index}/{count}").parse().unwrap();
                taken(Some(shard))
            });
            let mut all: Vec<i32> = shards.flatten().collect();
            all.sort();
            assert_eq!(all, (0..10).collect::<Vec<_>>());
        }
        assert_eq!(taken(Some("1/4".parse().unwrap())), [1, 5, 9]);
        assert_eq!(taken(None).len(), 10);
    }

    fn taken(shard: Option<SourceShard>) -> Vec<i32> {
        let taken = SourceShard::of(shard, (0..10).map(Ok));
        taken.collect::<Result<_>>().unwrap()
    }

    #[test]
    fn errors_are_in_every_shard() {
        let sources = (0..10).map(|i| if i == 5 { bail!("cut off") } else { Ok(i) });
        let mut taken = SourceShard::of(Some("0/2".parse().unwrap()), sources);
        assert!(taken.any(|source| source.is_err()));
    }

    #[test]
    fn shards_count_from_0() {
        for bad in ["", "3", "8/8", "9/8", "0/0", "-1/8", "+1/8", "1/", "1/8/2"] {
            assert!(bad.parse::<SourceShard>().is_err(), "{bad}");
        }
    }
}
