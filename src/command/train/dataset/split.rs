//! `--split`: the parts of a set, such as train and test, and the groups of sources in each.

use std::collections::HashSet;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::str::FromStr;

use thiserror::Error;

use crate::command::train::hash::draw;

/// Named parts and their shares, which add up to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Split(Vec<(String, f64)>);

/// Why a text is not a split.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum BadSplit {
    /// A part is malformed.
    #[error(
        "expected NAME=SHARE, found {0:?}; names have letters, digits, - and _, shares are from 0 to 1"
    )]
    Part(String),
    /// Two parts have the same name.
    #[error("there are two parts named {0}; give them different names")]
    Twice(String),
    /// A pattern for the shards of one part would match those of another.
    #[error("{1} starts with {0}-, so {0}-*.jsonl would match files of both; rename a part")]
    Prefix(String, String),
    /// The shares do not add up to 1.
    #[error("the shares add up to {0}, not 1")]
    Sum(f64),
}

impl Split {
    /// A single part.
    pub fn whole(name: &str) -> Split {
        Split(vec![(name.to_owned(), 1.0)])
    }

    /// The names of the parts.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| &**name)
    }

    /// The share of a part.
    pub fn share(&self, part: usize) -> f64 {
        self.0[part].1
    }

    /// Returns the index of the part of a group, drawn from the seed and the group's name.
    pub fn part(&self, seed: u64, group: &str) -> usize {
        let drawn = draw(seed, group.as_bytes());
        let mut end = 0.0;
        let part = self.0.iter().position(|(_, share)| {
            end += share;
            drawn < end
        });
        // The shares may add up to slightly less than 1.
        part.unwrap_or(self.0.len() - 1)
    }
}

/// Returns the group of a source: the first `depth` directories of its path, or the whole path if
/// there are fewer.
pub fn group(path: &str, depth: usize) -> &str {
    let end = path
        .match_indices('/')
        .map(|(end, _)| end)
        .filter(|end| *end > 0)
        .nth(depth.saturating_sub(1));
    &path[..end.unwrap_or(path.len())]
}

/// Writes the split as it is given: `train=0.9,val=0.1`.
impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for (i, (name, share)) in self.0.iter().enumerate() {
            let separator = if i == 0 { "" } else { "," };
            write!(f, "{separator}{name}={share}")?;
        }
        Ok(())
    }
}

impl FromStr for Split {
    type Err = BadSplit;

    fn from_str(text: &str) -> Result<Self, BadSplit> {
        let mut parts: Vec<(String, f64)> = Vec::new();
        for part in text.split(',') {
            let (name, share) = parse_part(part).ok_or_else(|| BadSplit::Part(part.to_owned()))?;
            if parts.iter().any(|(other, _)| other == name) {
                return Err(BadSplit::Twice(name.to_owned()));
            }
            let starts =
                |a: &str, b: &str| b.strip_prefix(a).is_some_and(|rest| rest.starts_with('-'));
            for (other, _) in &parts {
                for (a, b) in [(other.as_str(), name), (name, other.as_str())] {
                    if starts(a, b) {
                        return Err(BadSplit::Prefix(a.to_owned(), b.to_owned()));
                    }
                }
            }
            parts.push((name.to_owned(), share));
        }
        let sum: f64 = parts.iter().map(|(_, share)| share).sum();
        if (sum - 1.0).abs() > 1e-9 {
            // Without the noise of adding binary fractions.
            return Err(BadSplit::Sum((sum * 1e9).round() / 1e9));
        }
        Ok(Split(parts))
    }
}

fn parse_part(part: &str) -> Option<(&str, f64)> {
    let (name, share) = part.split_once('=')?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let share = share
        .parse()
        .ok()
        .filter(|share| (0.0..=1.0).contains(share))?;
    (!name.is_empty() && name.bytes().all(plain)).then_some((name, share))
}

/// Draws the parts of sources.
#[derive(Clone, Copy)]
pub struct PartDraw<'a> {
    pub split: &'a Split,
    pub seed: u64,
    /// How many directories of a path name its group.
    pub depth: usize,
}

impl<'a> PartDraw<'a> {
    /// Returns the name of the part of a source, which depends on no other source.
    pub fn name(self, place: &str) -> &'a str {
        let part = self.split.part(self.seed, group(place, self.depth));
        &self.split.0[part].0
    }
}

/// Draws a part for each source and counts the groups.
pub struct Groups<'a> {
    draw: PartDraw<'a>,
    /// The hashes of the groups of each part.
    found: Vec<HashSet<u64>>,
    /// For each greater depth and each part, whether a source would fall into the part.
    deeper: [Vec<bool>; DEEPER],
}

/// How many greater depths are tried; few sources are deeper.
const DEEPER: usize = 8;

impl<'a> Groups<'a> {
    /// Creates an empty set of groups.
    pub fn new(draw: PartDraw<'a>) -> Groups<'a> {
        let parts = draw.split.names().count();
        Groups {
            draw,
            found: vec![HashSet::new(); parts],
            deeper: std::array::from_fn(|_| vec![false; parts]),
        }
    }

    /// Adds a source and returns the index of its part.
    pub fn add(&mut self, path: &str) -> usize {
        let PartDraw { split, seed, depth } = self.draw;
        let name = group(path, depth);
        let part = split.part(seed, name);
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        self.found[part].insert(hasher.finish());
        let depths = depth.saturating_add(1)..;
        for (filled, depth) in self.deeper.iter_mut().zip(depths) {
            filled[split.part(seed, group(path, depth))] = true;
        }
        part
    }

    /// Returns the number of groups in a part.
    pub fn count(&self, part: usize) -> u64 {
        self.found[part].len() as u64
    }

    /// Returns the smallest depth at which no part with a share is empty.
    pub fn sufficient_depth(&self) -> Option<usize> {
        let suffices = |filled: &Vec<bool>| {
            let mut parts = filled.iter().enumerate();
            parts.all(|(part, filled)| *filled || self.draw.split.share(part) == 0.0)
        };
        let index = self.deeper.iter().position(suffices)?;
        Some(self.draw.depth + 1 + index)
    }

    /// Returns a warning for each part that has a share but no records, with the reason and what
    /// helps.
    pub fn empty_parts<'s>(&'s self, records: &'s [u64]) -> impl Iterator<Item = String> + 's {
        let split = self.draw.split;
        let parts = split.names().zip(records).enumerate();
        let empty = parts.filter(|(part, (_, records))| **records == 0 && split.share(*part) > 0.0);
        empty.map(|(part, (name, _))| match (self.count(part), self.sufficient_depth()) {
            (0, Some(depth)) => format!(
                "{name} is empty: all groups fell into other parts; --group-depth {depth} makes smaller groups, \
                 which fill every part"
            ),
            (0, None) => format!(
                "{name} is empty: all groups fell into other parts; give it a larger share, or try another --seed"
            ),
            (1, _) => format!("{name} is empty: its only group has no records"),
            (groups, _) => format!("{name} is empty: its {groups} groups have no records"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_kept() {
        let split: Split = "train=0.5,val=0.25,test=0.25".parse().unwrap();
        let mut counts = [0; 3];
        for i in 0..1000 {
            counts[split.part(7, &format!("project{i}"))] += 1;
        }
        assert!((450..550).contains(&counts[0]), "{counts:?}");
        assert!((200..300).contains(&counts[1]), "{counts:?}");
    }

    #[test]
    fn groups_are_the_first_directories() {
        let groups =
            |depth| ["a/b/c.lua", "a/d.lua", "e.lua", "/a/b/c.lua"].map(|path| group(path, depth));
        assert_eq!(groups(1), ["a", "a", "e.lua", "/a"]);
        assert_eq!(groups(2), ["a/b", "a/d.lua", "e.lua", "/a/b"]);
        assert_eq!(groups(9), ["a/b/c.lua", "a/d.lua", "e.lua", "/a/b/c.lua"]);
    }

    #[test]
    fn the_error_names_the_part() {
        let message = |text: &str| text.parse::<Split>().unwrap_err().to_string();
        let rest = "; names have letters, digits, - and _, shares are from 0 to 1";
        for bad in ["", "train", "=1", "a/b=1", "train=2", "train=x"] {
            assert_eq!(
                message(bad),
                format!("expected NAME=SHARE, found {bad:?}{rest}")
            );
        }
        assert_eq!(
            message("a=0.5,a=0.5"),
            "there are two parts named a; give them different names"
        );
        let pattern = "a-b starts with a-, so a-*.jsonl would match files of both; rename a part";
        assert_eq!(message("a-b=0.5,a=0.5"), pattern);
        assert_eq!(message("a=0.5,a-b=0.5"), pattern);
        assert!("a=0.5,ab=0.5".parse::<Split>().is_ok());
        assert_eq!(message("a=0.7,b=0.2"), "the shares add up to 0.9, not 1");
    }

    fn draw(split: &Split, depth: usize) -> PartDraw<'_> {
        PartDraw {
            split,
            seed: 0,
            depth,
        }
    }

    #[test]
    fn the_suggested_depth_fills_every_part() {
        let split: Split = "a=0.5,b=0.5".parse().unwrap();
        let paths = ["x/y/1.lua", "x/y/2.lua", "x/y/3.lua", "x/y/4.lua"];
        let counts = |depth| {
            let mut groups = Groups::new(draw(&split, depth));
            paths.iter().for_each(|path| {
                groups.add(path);
            });
            let count = |part| groups.count(part);
            (count(0), count(1), groups.sufficient_depth())
        };
        let (a, b, depth) = counts(1);
        assert_eq!((a + b, a * b, depth), (1, 0, Some(3)));
        let (a, b, _) = counts(3);
        assert_eq!(a + b, 4);
        assert!(a > 0 && b > 0, "{a} {b}");
    }

    #[test]
    fn a_part_without_a_share_may_be_empty() {
        let split: Split = "a=1,b=0".parse().unwrap();
        let mut groups = Groups::new(draw(&split, 1));
        assert_eq!(groups.add("x/1.lua"), 0);
        assert_eq!(groups.empty_parts(&[1, 0]).count(), 0);
        assert_eq!(
            groups.empty_parts(&[0, 0]).collect::<Vec<_>>(),
            ["a is empty: its only group has no records"]
        );
    }
}
