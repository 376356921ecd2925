//! How many edits turn one list into another.

/// An edit distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Distance {
    /// The number of elements that are put in, taken out or replaced.
    pub edits: usize,
    /// Whether that is the least possible. Where it is not, it is an upper bound.
    pub exact: bool,
}

/// The most steps that the search may take along diagonals, and so what its time is bounded by.
const MOST_STEPS: usize = 1 << 24;

/// The least number of elements to put in, take out or replace, so that `a` becomes `b`.
///
/// Time and memory grow with the distance rather than with the lengths: it is searched edit by edit
/// for how far each diagonal of the table leads (Ukkonen, 1985). Where that would take more than
/// some 16 million steps, the answer is an upper bound: the number of elements that differ place by
/// place. Lists of 4,000 elements never get there; longer ones only if they have little in common.
pub fn distance<T: PartialEq>(a: &[T], b: &[T]) -> Distance {
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[same..], &b[same..]);
    let ends = a.iter().rev().zip(b.iter().rev());
    let same = ends.take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[..a.len() - same], &b[..b.len() - same]);
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    if short.is_empty() {
        return Distance {
            edits: long.len(),
            exact: true,
        };
    }
    let most = MOST_STEPS / long.len();
    match search(short, long, most) {
        Some(edits) => Distance { edits, exact: true },
        None => Distance {
            edits: place_by_place(short, long),
            exact: false,
        },
    }
}

/// The distance if it is at most `most`. Neither list is empty, and `short` is not the longer one.
fn search<T: PartialEq>(short: &[T], long: &[T], most: usize) -> Option<usize> {
    // Diagonal `middle + d` holds the pairs whose place in `long` is `d` more than that in `short`.
    let (m, n) = (short.len() as isize, long.len() as isize);
    let least = (n - m) as usize;
    let most = most.min(long.len());
    if least > most {
        return None;
    }
    let middle = most as isize + 1;
    let slide = |row: isize, d: isize| {
        let (a, b) = (&short[row as usize..], &long[(row + d) as usize..]);
        row + a.iter().zip(b).take_while(|(a, b)| a == b).count() as isize
    };
    // How far along each diagonal the edits so far lead: a place in `short`.
    const NOWHERE: isize = isize::MIN / 2;
    let mut far = vec![NOWHERE; 2 * middle as usize + 1];
    far[middle as usize] = slide(0, 0);
    if m == n && far[middle as usize] == m {
        return Some(0);
    }
    for edits in 1..=most as isize {
        let mut left = NOWHERE;
        for d in (-edits).max(-m)..=edits.min(n) {
            let here = (middle + d) as usize;
            let old = far[here];
            // Replaced, put in, taken out.
            let row = (old + 1).max(left).max(far[here + 1] + 1);
            let row = row.min(m).min(n - d);
            left = old;
            if row < 0 || row + d < 0 {
                continue;
            }
            far[here] = slide(row, d);
            if d == n - m && far[here] == m {
                return Some(edits as usize);
            }
        }
    }
    None
}

fn place_by_place<T: PartialEq>(short: &[T], long: &[T]) -> usize {
    let differ = short.iter().zip(long).filter(|(a, b)| a != b).count();
    differ + long.len() - short.len()
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// Row by row, as it is defined.
    fn by_table(a: &[u8], b: &[u8]) -> usize {
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, x) in a.iter().enumerate() {
            let mut diagonal = row[0];
            row[0] = i + 1;
            for (j, y) in b.iter().enumerate() {
                let replaced = diagonal + usize::from(x != y);
                diagonal = row[j + 1];
                row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
            }
        }
        row[b.len()]
    }

    proptest! {
        #[test]
        fn it_is_the_distance_of_the_definition(a in vec(0..4u8, 0..40), b in vec(0..4u8, 0..40)) {
            let found = distance(&a, &b);
            prop_assert_eq!(found, Distance { edits: by_table(&a, &b), exact: true });
            prop_assert!(place_by_place(&a[..a.len().min(b.len())], &b) >= by_table(&a[..a.len().min(b.len())], &b));
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
            let found = distance(&a, &b);
            prop_assert!(found.exact && found.edits <= edits.len());
        }
    }

    #[test]
    fn what_would_take_too_long_is_bounded_from_above() {
        let (a, b) = (vec![1; 100_000], vec![2; 90_000]);
        assert_eq!(
            distance(&a, &b),
            Distance {
                edits: 100_000,
                exact: false
            }
        );
        assert_eq!(distance(&a, &a).edits, 0);
    }
}
