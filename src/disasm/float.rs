//! Floats as C prints them.

use std::borrow::Cow;

/// Formats a float as C does with `%.Ng`, where N is `digits`.
pub(super) fn percent_g(buffer: &mut zmij::Buffer, value: f64, digits: usize) -> Cow<'_, str> {
    if value.is_nan() {
        let nan = if value.is_sign_negative() {
            "-nan"
        } else {
            "nan"
        };
        return nan.into();
    }
    if value.is_infinite() {
        return if value < 0.0 { "-inf" } else { "inf" }.into();
    }
    // A fast path for everyday numbers. If the shortest text that reads back to the same double has
    // at most `digits` digits, rounding to that many digits gives the same text, because
    // neighbouring doubles lie much closer together than that.
    if (1e-4..1e15).contains(&value.abs()) {
        let text = buffer.format(value);
        let text = text.strip_suffix(".0").unwrap_or(text);
        if text.len() <= digits || significant_digits(text) <= digits {
            return text.into();
        }
    }
    let scientific = format!("{value:.*e}", digits - 1);
    let (mantissa, exponent) = scientific.split_once('e').expect("`{:e}` writes an e");
    let exponent: i32 = exponent
        .parse()
        .expect("`{:e}` writes a number after its e");
    if (-4..digits as i32).contains(&exponent) {
        let decimals = (digits as i32 - 1 - exponent) as usize;
        return without_zeros(&format!("{value:.decimals$}"))
            .to_owned()
            .into();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    let mantissa = without_zeros(mantissa);
    format!("{mantissa}e{sign}{:02}", exponent.abs()).into()
}

fn significant_digits(number: &str) -> usize {
    let digits = number.trim_start_matches(['-', '0', '.']).bytes();
    digits.filter(u8::is_ascii_digit).count()
}

/// Removes the zeros at the end of a fraction, and the point if nothing is left of it.
fn without_zeros(number: &str) -> &str {
    match number.contains('.') {
        true => number.trim_end_matches('0').trim_end_matches('.'),
        false => number,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn both(value: f64, digits: usize) -> (String, String) {
        let lua = mlua::Lua::new();
        let format: mlua::Function = lua.load("return string.format").eval().unwrap();
        let of_c = format.call((format!("%.{digits}g"), value)).unwrap();
        let ours = percent_g(&mut zmij::Buffer::new(), value, digits).into_owned();
        (ours, of_c)
    }

    #[test]
    fn edges_are_printed_as_c_does() {
        let edges = [
            0.0,
            -0.0,
            0.1,
            1.0,
            1e-4,
            1e-5,
            9.9999999999999e-5,
            99999999999999.0,
            99999999999999.5,
            1e14,
            1e15,
            123456.5,
            1234567.5,
            9999999.5,
            1e7,
            5e-324,
            f64::MAX,
            f64::MIN_POSITIVE,
            f64::INFINITY,
            f64::NEG_INFINITY,
            0.30000000000000004,
            2.5,
        ];
        for (value, digits) in edges.into_iter().flat_map(|edge| [(edge, 14), (edge, 7)]) {
            let (ours, of_c) = both(value, digits);
            assert_eq!(ours, of_c, "%.{digits}g of {value:?}");
        }
    }

    proptest! {
        #[test]
        fn any_float_is_printed_as_c_does(bits: u64, digits in prop_oneof![Just(14usize), Just(7)]) {
            let value = f64::from_bits(bits);
            prop_assume!(!value.is_nan());
            let (ours, of_c) = both(value, digits);
            prop_assert_eq!(ours, of_c);
        }

        #[test]
        fn everyday_floats_are_printed_as_c_does(
            whole in -99_999_999i64..=99_999_999,
            power in -12i32..12,
            digits in prop_oneof![Just(14usize), Just(7)],
        ) {
            let (ours, of_c) = both(whole as f64 * 10f64.powi(power), digits);
            prop_assert_eq!(ours, of_c);
        }
    }
}
