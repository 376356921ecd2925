//! Lines, each as its distance from the one before.

use crate::chunk::Proto;
use crate::stream::fragments::{Numbered, terse as f};
use crate::stream::scan::{Scan, Scanned, leading_number, show};
use crate::stream::sink::TokenWriter;

/// Writes a line as its distance from another.
#[inline(always)]
pub(super) fn write_line(out: &mut impl TokenWriter, from: i32, to: i32) {
    let distance = i64::from(to) - i64::from(from);
    match token(distance) {
        Some(token) => out.fragment(token),
        None => {
            out.fragment(f::LINE);
            out.integer(distance);
        }
    }
}

/// Returns the token of a short distance.
#[inline(always)]
fn token(distance: i64) -> Option<Numbered<16>> {
    match distance {
        0.. => f::FORWARD.find(distance as usize),
        _ => f::BACK.find(!distance as usize),
    }
}

/// Returns whether a line is here.
#[inline(always)]
pub(super) fn is_at_line(scan: &Scan) -> bool {
    let rest = scan.rest();
    matches!(rest, [b'<', b'|', b'+' | b'-', ..]) || rest.starts_with(f::LINE.tokens())
}

/// Takes a line, given the one that its distance is relative to.
pub(super) fn line(scan: &mut Scan, from: i32) -> Scanned<i32> {
    scan.skip_space();
    let before = *scan;
    let distance = distance(scan)?;
    let line = i64::from(from) + distance;
    line.try_into()
        .map_err(|_| before.refused(&format!("a line that fits into 32 bits, after line {from}")))
}

fn distance(scan: &mut Scan) -> Scanned<i64> {
    /// The longest distance of two lines.
    const MOST: i64 = u32::MAX as i64;

    if let Some(distance) = scan.any_value(&f::FORWARD) {
        return Ok(distance as i64);
    }
    let before = *scan;
    if scan.accept(&f::LINE) {
        let distance = scan.long(-MOST, MOST)?;
        return match token(distance) {
            None => Ok(distance),
            Some(token) => Err(before.refused(&show(token.tokens()))),
        };
    }
    let back = scan.rest().strip_prefix(b"<|-").map_or(0, leading_number);
    if let Some(token) = f::BACK.get(back.wrapping_sub(1))
        && scan.accept(token)
    {
        return Ok(-(back as i64));
    }
    Err(scan.expected("a line: <|+0|> to <|+255|>, <|-1|> to <|-255|> or <|LineInfo|>"))
}

/// Returns whether each instruction has a line.
pub(super) fn has_lines(p: &Proto) -> bool {
    p.lineinfo.len() == p.code.len()
}
