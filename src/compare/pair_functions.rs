//! Pairs the functions of two trees.

use std::collections::HashMap;

use super::align::align;
use super::function::PreparedFunction;

/// The most pairs of functions that are compared at a time.
const MOST_PAIRS: usize = 1 << 14;
/// How many instructions of a function and of those inside it are looked at.
const MOST_DEEDS: usize = 512;

/// Pairs a list of functions of a chunk with a list of an answer, in order, so that the pairs share
/// as many instructions as possible. Returns the indices of each pair in the two lists.
pub(super) fn pair(
    (a, all_a): (&[usize], &[PreparedFunction]),
    (b, all_b): (&[usize], &[PreparedFunction]),
) -> Vec<(usize, usize)> {
    let shapes = |list: &[usize], all: &[PreparedFunction]| -> Vec<u64> {
        list.iter().map(|place| all[*place].shape).collect()
    };
    let (shapes_a, shapes_b) = (shapes(a, all_a), shapes(b, all_b));
    let same = |(a, b): &(&u64, &u64)| a == b;
    let start = shapes_a.iter().zip(&shapes_b).take_while(same).count();
    let ends = shapes_a[start..]
        .iter()
        .rev()
        .zip(shapes_b[start..].iter().rev());
    let end = ends.take_while(same).count();
    let (end_a, end_b) = (a.len() - end, b.len() - end);

    let mut pairs: Vec<(usize, usize)> = (0..start).map(|i| (i, i)).collect();
    let middle = |from: usize, to: usize, list: &[usize], all: &[PreparedFunction]| -> Vec<Deeds> {
        list[from..to]
            .iter()
            .map(|place| Deeds::of(*place, all))
            .collect()
    };
    if (end_a - start) * (end_b - start) <= MOST_PAIRS {
        let deeds = (
            middle(start, end_a, a, all_a),
            middle(start, end_b, b, all_b),
        );
        let best = best(&deeds.0, &deeds.1);
        pairs.extend(best.into_iter().map(|(i, j)| (start + i, start + j)));
    } else {
        // Functions that are alike are fixed points; those between two fixed points are paired by
        // themselves.
        let fixed = align(&shapes_a[start..end_a], &shapes_b[start..end_b]).pairs;
        let fixed = fixed.into_iter().map(|(i, j)| (start + i, start + j));
        let (mut i, mut j) = (start, start);
        for (next_i, next_j) in fixed.chain([(end_a, end_b)]) {
            if (next_i - i) * (next_j - j) <= MOST_PAIRS {
                let deeds = (middle(i, next_i, a, all_a), middle(j, next_j, b, all_b));
                let best = best(&deeds.0, &deeds.1);
                pairs.extend(best.into_iter().map(|(x, y)| (i + x, j + y)));
            } else {
                pairs.extend((i..next_i).zip(j..next_j));
            }
            if next_i < end_a {
                pairs.push((next_i, next_j));
            }
            (i, j) = (next_i + 1, next_j + 1);
        }
    }
    pairs.extend((0..end).map(|i| (end_a + i, end_b + i)));
    pairs
}

/// What the instructions of a function and of those inside it do, in any order.
struct Deeds {
    /// Each hash, and how often it occurs.
    counts: HashMap<u64, usize>,
    size: usize,
}

impl Deeds {
    fn of(place: usize, all: &[PreparedFunction]) -> Deeds {
        // The functions inside a function follow it.
        let tree = &all[place..place + all[place].functions];
        let deeds = tree.iter().flat_map(|function| &function.units);
        let mut counts = HashMap::new();
        for unit in deeds.take(MOST_DEEDS) {
            *counts.entry(unit.deed).or_default() += 1;
        }
        Deeds {
            counts,
            size: all[place].size,
        }
    }

    /// Scores how well two functions match; 0 if not at all.
    fn likeness(&self, other: &Deeds) -> usize {
        let (few, many) = match self.counts.len() < other.counts.len() {
            true => (self, other),
            false => (other, self),
        };
        let counts = few.counts.iter();
        let shared = counts.map(|(deed, count)| *count.min(many.counts.get(deed).unwrap_or(&0)));
        match shared.sum() {
            0 => (self.size == other.size).into(),
            shared => 2 * shared + usize::from(self.size == other.size),
        }
    }
}

/// Returns the pairs, in order, whose scores add up to the most.
fn best(a: &[Deeds], b: &[Deeds]) -> Vec<(usize, usize)> {
    let width = b.len() + 1;
    let mut most = vec![0; (a.len() + 1) * width];
    let mut likeness = vec![0; a.len() * b.len()];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            let alike = a[i].likeness(&b[j]);
            likeness[i * b.len() + j] = alike;
            let paired = alike + most[(i + 1) * width + j + 1];
            let without = most[(i + 1) * width + j].max(most[i * width + j + 1]);
            most[i * width + j] = paired.max(without);
        }
    }
    let mut pairs = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        let alike = likeness[i * b.len() + j];
        let here = most[i * width + j];
        if alike > 0 && here == alike + most[(i + 1) * width + j + 1] {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if here == most[(i + 1) * width + j] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}
