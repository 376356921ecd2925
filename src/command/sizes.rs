//! Sizes and counts in options: `4096`, `4k`, `1MB`, `64KiB`, `0x1F`.

/// A number with a unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amount {
    /// A number without `B`, of bytes or of anything else.
    Plain(u64),
    /// A number of bytes with `B`.
    Bytes(u64),
}

/// Reads a number with a unit. Units are powers of 1,000 (`k`, `M`, `G`, `T`) or of 1,024 (`Ki`,
/// `Mi`, `Gi`, `Ti`), in upper or lower case, and may end in `B`. Returns `None` for anything else
/// and for a number that is too large.
pub fn amount(text: &str) -> Option<Amount> {
    if let Some(digits) = text.strip_prefix("0x") {
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let number = u64::from_str_radix(digits, 16).ok();
        return number.filter(|_| is_hex).map(Amount::Plain);
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = unit.to_ascii_lowercase();
    let (prefix, is_bytes) = match unit.strip_suffix('b') {
        Some(prefix) => (prefix, true),
        None => (unit.as_str(), false),
    };
    let scale = match prefix {
        "" => 1,
        "k" => 1000,
        "m" => 1000u64.pow(2),
        "g" => 1000u64.pow(3),
        "t" => 1000u64.pow(4),
        "ki" => 1 << 10,
        "mi" => 1 << 20,
        "gi" => 1 << 30,
        "ti" => 1 << 40,
        _ => return None,
    };
    let number = number.parse::<u64>().ok()?.checked_mul(scale)?;
    Some(match is_bytes {
        true => Amount::Bytes(number),
        false => Amount::Plain(number),
    })
}

/// Reads a number of anything but bytes: `4096`, `4k`, `2M`.
///
/// # Errors
/// What was expected instead.
pub fn count<T: TryFrom<u64>>(text: &str) -> Result<T, &'static str> {
    match amount(text) {
        Some(Amount::Plain(number)) => fit(number),
        _ => Err("expected a number, such as 4096, 4k or 2M"),
    }
}

/// Reads a number of 1 or more of anything but bytes.
///
/// # Errors
/// What was expected instead.
#[cfg(any(test, feature = "dataset"))]
pub fn positive<T: TryFrom<u64>>(text: &str) -> Result<T, &'static str> {
    match count(text)? {
        0 => Err("expected 1 or more"),
        number => fit(number),
    }
}

/// Reads a number of bytes: `4096`, `4k`, `1MB`, `64KiB`.
///
/// # Errors
/// What was expected instead.
pub fn bytes<T: TryFrom<u64>>(text: &str) -> Result<T, &'static str> {
    match amount(text) {
        Some(Amount::Plain(number) | Amount::Bytes(number)) => fit(number),
        None => Err("expected a number of bytes, such as 4096, 64k, 1MB or 64KiB"),
    }
}

fn fit<T: TryFrom<u64>>(number: u64) -> Result<T, &'static str> {
    T::try_from(number).map_err(|_| "expected a smaller number")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_powers_of_1000_or_1024() {
        for (text, number) in [
            ("0", 0),
            ("4096", 4096),
            ("4k", 4000),
            ("4K", 4000),
            ("4Ki", 4096),
            ("2M", 2_000_000),
            ("0x1f", 31),
            ("18446744073709551615", u64::MAX),
        ] {
            assert_eq!(amount(text), Some(Amount::Plain(number)), "{text}");
        }
        for (text, number) in [
            ("1B", 1),
            ("1kB", 1000),
            ("1KiB", 1024),
            ("1MB", 1_000_000),
            ("3mib", 3 << 20),
            ("2GB", 2_000_000_000),
            ("1GiB", 1 << 30),
            ("1TiB", 1 << 40),
        ] {
            assert_eq!(amount(text), Some(Amount::Bytes(number)), "{text}");
        }
        for text in [
            "",
            "k",
            "-1",
            "+1",
            "1.5M",
            "4 k",
            "4kk",
            "4x",
            "0x",
            "0x+1",
            "0x1k",
            "99999999T",
            "18446744073709551616",
        ] {
            assert_eq!(amount(text), None, "{text}");
        }
    }

    #[test]
    fn what_was_expected_is_named() {
        assert_eq!(count("4k"), Ok(4000u32));
        assert_eq!(bytes("1MB"), Ok(1_000_000u64));
        let refused = |text| positive::<u32>(text).unwrap_err();
        assert_eq!(refused("x"), "expected a number, such as 4096, 4k or 2M");
        assert_eq!(refused("4kB"), refused("x"));
        assert_eq!(refused("0"), "expected 1 or more");
        assert_eq!(refused("5G"), "expected a smaller number");
        assert_eq!(
            bytes::<u64>("1XB"),
            Err("expected a number of bytes, such as 4096, 64k, 1MB or 64KiB")
        );
    }
}
