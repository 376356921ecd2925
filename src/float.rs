//! Floats as text, as Python's `repr` formats them.

/// A float as text, at most 24 bytes.
pub(crate) struct Float {
    buffer: zmij::Buffer,
    python: [u8; 32],
}

impl Float {
    pub fn new() -> Self {
        Float {
            buffer: zmij::Buffer::new(),
            python: [0; 32],
        }
    }

    /// Returns the shortest text that parses to the same double, as Python's `repr` formats it:
    /// positional from 1e-4 to below 1e16, with `.0` if it is whole, otherwise with an exponent of
    /// at least two digits; `inf`, `-inf` and `nan`.
    pub fn format(&mut self, value: f64) -> &[u8] {
        if value.is_nan() {
            return b"nan";
        }
        let text = self.buffer.format(value).as_bytes();
        // zmij formats alike except in two places: 0.00001 is 1e-05 in Python, and 1e-6 is 1e-06.
        let (sign, magnitude) = match text {
            [b'-', magnitude @ ..] => (&b"-"[..], magnitude),
            _ => (&b""[..], text),
        };
        if let Some(digits) = magnitude.strip_prefix(b"0.0000") {
            let (first, rest) = digits.split_at(1);
            let point: &[u8] = if rest.is_empty() { b"" } else { b"." };
            join(&mut self.python, &[sign, first, point, rest, b"e-05"])
        } else if let [mantissa @ .., b'e', b'-', digit] = magnitude {
            join(&mut self.python, &[sign, mantissa, b"e-0", &[*digit]])
        } else {
            text
        }
    }
}

fn join<'a>(out: &'a mut [u8; 32], parts: &[&[u8]]) -> &'a [u8] {
    let mut end = 0;
    for part in parts {
        out[end..end + part.len()].copy_from_slice(part);
        end += part.len();
    }
    &out[..end]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn float(value: f64) -> String {
        String::from_utf8(Float::new().format(value).to_vec()).unwrap()
    }

    /// Python's `repr` from the definition: digits and exponent, then the layout.
    fn repr(value: f64) -> String {
        if !value.is_finite() {
            return format!("{value}").to_lowercase();
        }
        // The nearest of the texts with as many digits as the shortest has, even at a tie.
        let shortest = format!("{:e}", value.abs());
        let digits = shortest
            .bytes()
            .take_while(|byte| *byte != b'e')
            .filter(u8::is_ascii_digit)
            .count();
        let scientific = format!("{:.*e}", digits - 1, value.abs());
        let (mantissa, exponent) = scientific.split_once('e').unwrap();
        let exponent: i32 = exponent.parse().unwrap();
        let digits = mantissa.replace('.', "");
        let count = digits.len() as i32;
        let sign = if value.is_sign_negative() { "-" } else { "" };
        let body = if !(-4..16).contains(&exponent) {
            let point = if count == 1 { "" } else { "." };
            let direction = if exponent < 0 { '-' } else { '+' };
            format!(
                "{}{point}{}e{direction}{:02}",
                &digits[..1],
                &digits[1..],
                exponent.abs()
            )
        } else if exponent < 0 {
            format!("0.{}{digits}", "0".repeat((-exponent - 1) as usize))
        } else if count <= exponent + 1 {
            format!("{digits}{}.0", "0".repeat((exponent + 1 - count) as usize))
        } else {
            let (whole, fraction) = digits.split_at(exponent as usize + 1);
            format!("{whole}.{fraction}")
        };
        sign.to_owned() + &body
    }

    #[test]
    fn floats_match_python_3_11() {
        for (value, text) in [
            (0.1, "0.1"),
            (1.0, "1.0"),
            (-0.0, "-0.0"),
            (1e15, "1000000000000000.0"),
            (9999999999999998.0, "9999999999999998.0"),
            (1e16, "1e+16"),
            (12345678901234567.0, "1.2345678901234568e+16"),
            (1e22, "1e+22"),
            (0.0001, "0.0001"),
            (1e-5, "1e-05"),
            (-1.5e-5, "-1.5e-05"),
            (1e-6, "1e-06"),
            (1.25e-9, "1.25e-09"),
            (1e-10, "1e-10"),
            (5e-324, "5e-324"),
            (1e308, "1e+308"),
            // A tie, which goes to the even digit.
            (f64::from_bits(0x430F_FB7E_63DC_D242), "1125280567237192.2"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
            (-f64::NAN, "nan"),
        ] {
            assert_eq!(float(value), text);
        }
    }

    proptest! {
        #[test]
        fn floats_are_laid_out_as_pythons_repr(bits: u64) {
            let value = f64::from_bits(bits);
            prop_assume!(!value.is_nan());
            prop_assert_eq!(float(value), repr(value));
        }

        #[test]
        fn floats_of_everyday_size_are_laid_out_as_pythons_repr(digits in -99_999_999i64..=99_999_999, power in -30i32..30) {
            let value = digits as f64 * 10f64.powi(power);
            prop_assert_eq!(float(value), repr(value));
        }
    }
}
