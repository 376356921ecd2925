//! The longest common subsequence of two lists.

/// The elements that two lists share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shared {
    /// The indices of each in the first and in the second list, both ascending.
    pub pairs: Vec<(usize, usize)>,
    /// False if the search was cut short, so that more elements could be paired.
    pub exact: bool,
}

/// The number of edits after which the search for the middle of the shortest edit script gives up
/// and takes the furthest point it has reached. It is smaller for longer lists, so that the time
/// grows linearly with their lengths.
fn most_edits(length: isize) -> isize {
    ((1 << 22) / length).max(128)
}

/// Finds as many elements as possible that two lists share in order (Myers, 1986, in linear space).
/// If the lists have little in common, it may find fewer.
pub(super) fn align<T: PartialEq>(a: &[T], b: &[T]) -> Shared {
    let mut shared = Shared {
        pairs: Vec::new(),
        exact: true,
    };
    let mut search = Search::default();
    let mut todo = vec![Part::of(a, b)];
    while let Some(mut part) = todo.pop() {
        let (from_a, from_b) = (&a[part.a..part.end_a], &b[part.b..part.end_b]);
        let length = common(from_a.iter(), from_b.iter());
        let place = |i| (part.a + i, part.b + i);
        shared.pairs.extend((0..length).map(place));
        part.a += length;
        part.b += length;
        let (from_a, from_b) = (&a[part.a..part.end_a], &b[part.b..part.end_b]);
        let length = common(from_a.iter().rev(), from_b.iter().rev());
        if length > 0 && length < from_a.len().min(from_b.len()) {
            // The common end is done after the part before it.
            let (end_a, end_b) = (part.end_a - length, part.end_b - length);
            todo.push(Part {
                a: end_a,
                b: end_b,
                ..part
            });
            (part.end_a, part.end_b) = (end_a, end_b);
        } else if length > 0 {
            let (end_a, end_b) = (part.end_a - length, part.end_b - length);
            shared
                .pairs
                .extend((0..length).map(|i| (end_a + i, end_b + i)));
            continue;
        }
        let (from_a, from_b) = (&a[part.a..part.end_a], &b[part.b..part.end_b]);
        if from_a.is_empty() || from_b.is_empty() {
            continue;
        }
        let Some((split, exact)) = search.middle(from_a, from_b) else {
            continue;
        };
        shared.exact &= exact;
        let middle = (part.a + split.0, part.b + split.1);
        todo.push(Part {
            a: middle.0,
            b: middle.1,
            ..part
        });
        todo.push(Part {
            end_a: middle.0,
            end_b: middle.1,
            ..part
        });
    }
    shared
}

/// Counts the elements that two lists have in common before the first difference.
fn common<'l, T: PartialEq + 'l>(
    a: impl Iterator<Item = &'l T>,
    b: impl Iterator<Item = &'l T>,
) -> usize {
    a.zip(b).take_while(|(a, b)| a == b).count()
}

/// A part of both lists.
#[derive(Clone, Copy)]
struct Part {
    a: usize,
    end_a: usize,
    b: usize,
    end_b: usize,
}

impl Part {
    fn of<T>(a: &[T], b: &[T]) -> Part {
        Part {
            a: 0,
            end_a: a.len(),
            b: 0,
            end_b: b.len(),
        }
    }
}

/// How far the paths from the start and from the end reach on each diagonal.
#[derive(Default)]
struct Search {
    forward: Vec<isize>,
    backward: Vec<isize>,
}

impl Search {
    /// Returns a point on a shortest path through two lists, and true if the path is known to be a
    /// shortest one. Returns `None` if no element is shared. Neither list is empty, and their first
    /// elements differ.
    fn middle<T: PartialEq>(&mut self, a: &[T], b: &[T]) -> Option<((usize, usize), bool)> {
        let (n, m) = (a.len() as isize, b.len() as isize);
        let delta = n - m;
        let all = (n + m + 1) / 2 + 1;
        let most = all.min(most_edits(n + m));
        let middle = most + 1;
        let at = |k: isize| (middle + k) as usize;
        for ways in [&mut self.forward, &mut self.backward] {
            ways.clear();
            ways.resize(2 * middle as usize + 1, 0);
        }
        let (forward, backward) = (&mut self.forward, &mut self.backward);
        let start = |ways: &[isize], k: isize, edits: isize| {
            let (less, more) = (ways[at(k - 1)], ways[at(k + 1)]);
            match k == -edits || (k != edits && less < more) {
                true => more,
                false => less + 1,
            }
        };
        for edits in 0..most {
            for k in (-edits..=edits).rev().step_by(2) {
                let x = start(forward, k, edits);
                let y = x - k;
                let length = match x < n && y < m {
                    true => common(a[x as usize..].iter(), b[y as usize..].iter()),
                    false => 0,
                };
                forward[at(k)] = x + length as isize;
                let meets = delta % 2 != 0 && (k - delta).abs() < edits;
                if meets && forward[at(k)] + backward[at(delta - k)] >= n {
                    return split((x, y), (n, m)).map(|point| (point, true));
                }
            }
            for k in (-edits..=edits).rev().step_by(2) {
                let x = start(backward, k, edits);
                let y = x - k;
                let length = match x < n && y < m {
                    true => common(
                        a[..(n - x) as usize].iter().rev(),
                        b[..(m - y) as usize].iter().rev(),
                    ),
                    false => 0,
                } as isize;
                backward[at(k)] = x + length;
                let meets = delta % 2 == 0 && (k - delta).abs() <= edits;
                if meets && backward[at(k)] + forward[at(delta - k)] >= n {
                    let point = (n - x - length, m - y - length);
                    return split(point, (n, m)).map(|point| (point, true));
                }
            }
        }
        let reached = (1 - most..most).map(|k| (forward[at(k)], forward[at(k)] - k));
        let inside = reached.filter(|(x, y)| (0..=n).contains(x) && (0..=m).contains(y));
        let furthest = inside.max_by_key(|(x, y)| x + y)?;
        split(furthest, (n, m)).map(|point| (point, false))
    }
}

/// Returns a point that divides two lists, if there is something on both sides of it.
fn split((x, y): (isize, isize), (n, m): (isize, isize)) -> Option<(usize, usize)> {
    let inside = (0..=n).contains(&x) && (0..=m).contains(&y);
    (inside && (x, y) != (0, 0) && (x, y) != (n, m)).then_some((x as usize, y as usize))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// The length of the longest common subsequence, computed row by row from its definition.
    fn by_table(a: &[u8], b: &[u8]) -> usize {
        let mut row = vec![0; b.len() + 1];
        for x in a {
            let mut diagonal = 0;
            for (j, y) in b.iter().enumerate() {
                let above = row[j + 1];
                row[j + 1] = match x == y {
                    true => diagonal + 1,
                    false => above.max(row[j]),
                };
                diagonal = above;
            }
        }
        row[b.len()]
    }

    #[track_caller]
    fn holds<T: PartialEq>(a: &[T], b: &[T], shared: &Shared) {
        let rises = |pair: &[(usize, usize)]| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1;
        assert!(shared.pairs.windows(2).all(rises));
        assert!(shared.pairs.iter().all(|(i, j)| a[*i] == b[*j]));
    }

    proptest! {
        #[test]
        fn as_many_as_possible_are_paired(a in vec(0..4u8, 0..40), b in vec(0..4u8, 0..40)) {
            let shared = align(&a, &b);
            holds(&a, &b, &shared);
            prop_assert!(shared.exact);
            prop_assert_eq!(shared.pairs.len(), by_table(&a, &b));
        }

        #[test]
        fn few_edits_are_found_in_long_lists(edits in vec((0..3u8, 0..2000usize, any::<u16>()), 0..30)) {
            let a: Vec<u16> = (0..2000).collect();
            let mut b = a.clone();
            for &(kind, place, value) in &edits {
                let place = place.min(b.len() - 1);
                match kind {
                    0 => b.insert(place, value),
                    1 => drop(b.remove(place)),
                    _ => b[place] = value,
                }
            }
            let shared = align(&a, &b);
            holds(&a, &b, &shared);
            prop_assert!(shared.exact && shared.pairs.len() + edits.len() >= a.len());
        }
    }

    #[test]
    fn lists_with_little_in_common_take_bounded_time() {
        let (a, b) = (vec![1; 100_000], vec![2; 90_000]);
        assert_eq!(align(&a, &b).pairs, []);
        assert_eq!(align(&a, &a).pairs.len(), 100_000);
        let spread: Vec<usize> = (0..100_000)
            .map(|i| if i % 5 == 0 { 1 } else { i })
            .collect();
        let shared = align(&a, &spread);
        holds(&a, &spread, &shared);
        assert_eq!(shared.pairs.len(), 20_001);
    }
}
