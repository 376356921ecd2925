//! Decimal digits, four at a time.

/// The first number that [`digits`] does not accept.
pub(crate) const DIGITS_END: u32 = 100_000_000;

/// The first number with more than four digits.
const FOUR_END: usize = 10_000;

/// For each number below 10,000, its four digits and the number of bits taken by leading zeros.
static FOUR: [(u32, u8); FOUR_END] = {
    let mut four = [(0, 0); FOUR_END];
    let mut n = 0;
    while n < FOUR_END {
        let digits = [n / 1000, n / 100 % 10, n / 10 % 10, n % 10];
        let ascii = [
            b'0' + digits[0] as u8,
            b'0' + digits[1] as u8,
            b'0' + digits[2] as u8,
            b'0' + digits[3] as u8,
        ];
        let zeros = (n < 1000) as u8 + (n < 100) as u8 + (n < 10) as u8;
        four[n] = (u32::from_le_bytes(ascii), 8 * zeros);
        n += 1;
    }
    four
};

/// Returns the decimal digits of `n`, which is below [`DIGITS_END`], at the start of an array, and
/// their count.
#[inline(always)]
pub(crate) fn digits(n: u32) -> ([u8; 8], usize) {
    debug_assert!(n < DIGITS_END);
    let (high, low) = (n as usize / FOUR_END, n as usize % FOUR_END);
    let ((first, first_zeros), (last, last_zeros)) = (FOUR[high], FOUR[low]);
    let zeros = if high == 0 {
        32 + last_zeros
    } else {
        first_zeros
    };
    let digits = (u64::from(first) | u64::from(last) << 32) >> zeros;
    (digits.to_le_bytes(), 8 - usize::from(zeros / 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_match_format() {
        let edges = (0..8).flat_map(|power| [10u32.pow(power) - 1, 10u32.pow(power)]);
        for n in edges
            .chain((0..DIGITS_END).step_by(997))
            .chain([DIGITS_END - 1])
        {
            let (text, count) = digits(n);
            assert_eq!(std::str::from_utf8(&text[..count]).unwrap(), n.to_string());
        }
    }
}
