//! The picture of the lengths of records in a card.

use anyhow::{Context, Result};
use minijinja::{Environment, context};

use super::lengths::Lengths;

// The edges of the axes, in a picture of 720 by 360.
const LEFT: u64 = 80;
const RIGHT: u64 = 704;
const TOP: u64 = 16;
const BOTTOM: u64 = 304;

/// Draws an SVG with a bar for each octave.
pub fn svg(lengths: &Lengths) -> Result<String> {
    let octaves = lengths.octaves();
    let first = octaves.first().map_or(0, |(octave, _)| *octave);
    let end = octaves.last().map_or(1, |(octave, _)| *octave + 1);
    let most = octaves.iter().map(|(_, count)| *count).max().unwrap_or(1);
    // The highest bar does not touch the top.
    let height = (most + most.div_ceil(20)) as f64;
    let columns = u64::from(end - first);
    let x = |octave: u32| LEFT + (RIGHT - LEFT) * u64::from(octave - first) / columns;
    let y = |count: u64| BOTTOM as f64 - (BOTTOM - TOP) as f64 * count as f64 / height;
    let y = |count: u64| (y(count) * 10.0).round() / 10.0;

    let bars = octaves.iter().map(|(octave, count)| {
        let (left, right) = (x(*octave) + 2, x(*octave + 1) - 2);
        context! { x => left, width => right.saturating_sub(left), y => y(*count) }
    });
    let edges = (first..=end).map(|octave| context! { x => x(octave), tokens => 1u64 << octave });
    let step = step(most);
    let marks = (0..=most / step).map(|mark| {
        let count = mark * step;
        context! { y => y(count), count }
    });
    let picture = context! {
        left => LEFT,
        right => RIGHT,
        top => TOP,
        bottom => BOTTOM,
        bars => bars.collect::<Vec<_>>(),
        edges => edges.collect::<Vec<_>>(),
        marks => marks.collect::<Vec<_>>(),
    };
    Environment::new()
        .render_str(include_str!("lengths.svg"), picture)
        .context("lengths.svg")
}

/// Returns the distance between the marks of an axis up to `most`: a round number that gives few
/// marks.
fn step(most: u64) -> u64 {
    let powers = (0..20).map(|power| 10u64.pow(power));
    let steps = powers.flat_map(|power| [1, 2, 5].map(|digit| power.saturating_mul(digit)));
    let mut few = steps.filter(|step| most / step <= 6);
    few.next().unwrap_or(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_bar_for_each_power_of_two() {
        let mut lengths = Lengths::default();
        for length in [5, 6, 7, 20, 33, 34] {
            lengths.add(length);
        }
        let svg = svg(&lengths).unwrap();
        // 4, 8, 16, and 32 up to 64; the second has none.
        assert_eq!(svg.matches("<rect x=").count(), 4);
        assert!(
            svg.contains(r##"<rect x="82" y="88.0" width="152" height="216.0" fill="#3B6FB6"/>"##),
            "{svg}"
        );
        assert!(
            svg.contains(r##"<rect x="238" y="304.0" width="152" height="0.0" fill="#3B6FB6"/>"##),
            "{svg}"
        );
        for tokens in [4, 8, 16, 32, 64] {
            assert!(
                svg.contains(&format!(r#"text-anchor="middle">{tokens}</text>"#)),
                "{svg}"
            );
        }
        for count in 0..=3 {
            assert!(
                svg.contains(&format!(r#"text-anchor="end">{count}</text>"#)),
                "{svg}"
            );
        }
        assert!(!svg.contains("{{") && svg.starts_with("<svg ") && svg.ends_with("</svg>"));
    }

    #[test]
    fn few_marks_fit_beside_an_axis() {
        let steps = [1, 6, 7, 13, 61, 70, 1_000_000, u64::MAX].map(step);
        assert_eq!(steps[..6], [1, 1, 2, 2, 10, 20]);
        assert_eq!(steps[6], 200_000);
        assert!(u64::MAX / steps[7] <= 6);
        assert!(svg(&Lengths::default()).is_ok());
    }
}
