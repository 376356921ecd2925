//! The groups of a split: which part each falls into, and how many each part has.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::split::{Split, group};

/// Draws a part for each source, and counts the groups.
pub struct Groups<'a> {
    split: &'a Split,
    seed: u64,
    depth: usize,
    /// The hashes of the groups of each part.
    found: Vec<HashSet<u64>>,
    /// For each greater depth, whether it would put something into each part.
    deeper: [Vec<bool>; DEEPER],
}

/// How many greater depths are tried: few sources lie deeper.
const DEEPER: usize = 8;

impl<'a> Groups<'a> {
    /// No groups yet.
    pub fn new(split: &'a Split, seed: u64, depth: usize) -> Groups<'a> {
        let parts = split.names().count();
        Groups {
            split,
            seed,
            depth,
            found: vec![HashSet::new(); parts],
            deeper: std::array::from_fn(|_| vec![false; parts]),
        }
    }

    /// Returns the index of the part that a source falls into.
    pub fn add(&mut self, path: &str) -> usize {
        let name = group(path, self.depth);
        let part = self.split.part(self.seed, name);
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        self.found[part].insert(hasher.finish());
        let depths = self.depth.saturating_add(1)..;
        for (filled, depth) in self.deeper.iter_mut().zip(depths) {
            filled[self.split.part(self.seed, group(path, depth))] = true;
        }
        part
    }

    /// The number of groups in a part.
    pub fn count(&self, part: usize) -> u64 {
        self.found[part].len() as u64
    }

    /// The least depth that puts something into every part that is to have anything.
    pub fn sufficient_depth(&self) -> Option<usize> {
        let suffices = |filled: &Vec<bool>| {
            let mut parts = filled.iter().enumerate();
            parts.all(|(part, filled)| *filled || self.split.share(part) == 0.0)
        };
        let index = self.deeper.iter().position(suffices)?;
        Some(self.depth + 1 + index)
    }

    /// Says of each part that is empty against the will of who named it why it is, and what helps.
    pub fn empty_parts<'s>(&'s self, records: &'s [u64]) -> impl Iterator<Item = String> + 's {
        let parts = self.split.names().zip(records).enumerate();
        let empty =
            parts.filter(|(part, (_, records))| **records == 0 && self.split.share(*part) > 0.0);
        empty.map(|(part, (name, _))| match (self.count(part), self.sufficient_depth()) {
            (0, Some(depth)) => format!(
                "{name} is empty: all groups fell into other parts; --group-depth {depth} makes smaller groups, \
                 which reach every part"
            ),
            (0, None) => format!(
                "{name} is empty: all groups fell into other parts; give it a larger share, or another --seed"
            ),
            (1, _) => format!("{name} is empty: its only group gave no record"),
            (groups, _) => format!("{name} is empty: its {groups} groups gave no record"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_depth_that_is_advised_fills_every_part() {
        let split: Split = "a=0.5,b=0.5".parse().unwrap();
        let paths = ["x/y/1.lua", "x/y/2.lua", "x/y/3.lua", "x/y/4.lua"];
        let counts = |depth| {
            let mut groups = Groups::new(&split, 0, depth);
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
        let mut groups = Groups::new(&split, 0, 1);
        assert_eq!(groups.add("x/1.lua"), 0);
        assert_eq!(groups.empty_parts(&[1, 0]).count(), 0);
        assert_eq!(
            groups.empty_parts(&[0, 0]).collect::<Vec<_>>(),
            ["a is empty: its only group gave no record"]
        );
    }
}
