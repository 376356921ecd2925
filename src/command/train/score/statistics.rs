//! The statistics of the report: pass@k, intervals and the test of a comparison.

use serde::Serialize;

/// An interval that contains a rate with a confidence of 95 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

/// The 97.5th percentile of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// Returns the Wilson score interval of a rate that was found in `n` independent trials.
pub fn wilson(rate: f64, n: f64) -> Interval {
    if n <= 0.0 {
        return Interval {
            low: 0.0,
            high: 1.0,
        };
    }
    let spread = Z * Z / n;
    let center = rate + spread / 2.0;
    let half = Z * (rate * (1.0 - rate) / n + spread / (4.0 * n)).sqrt();
    // At the ends, rounding would leave a trace.
    Interval {
        low: match rate <= 0.0 {
            true => 0.0,
            false => (center - half) / (1.0 + spread),
        },
        high: match rate >= 1.0 {
            true => 1.0,
            false => (center + half) / (1.0 + spread),
        },
    }
}

/// Returns the probability that at least one of `k` samples is right, if they are drawn from `n`
/// samples of which `right` are right: the unbiased estimator of Chen et al. (2021).
pub fn pass_at(k: usize, n: usize, right: usize) -> f64 {
    let wrong = n - right;
    if wrong < k {
        return 1.0;
    }
    let none = (wrong + 1..=n).map(|i| 1.0 - k as f64 / i as f64);
    1.0 - none.product::<f64>()
}

/// Returns the p-value of the exact two-sided sign test: the probability that a fair coin lands at least
/// as unevenly as `better` to `worse`.
pub fn sign_test(better: u64, worse: u64) -> f64 {
    let (few, all) = (better.min(worse), better + worse);
    // The logarithm of the probability of exactly `few`.
    let ways = (1..=few).map(|i| ((all - few + i) as f64 / i as f64).ln());
    let mut term = (ways.sum::<f64>() - all as f64 * std::f64::consts::LN_2).exp();
    let mut sum = 0.0;
    for i in (0..=few).rev() {
        sum += term;
        // The terms shrink faster and faster.
        if term < sum * f64::EPSILON / 4.0 {
            break;
        }
        term *= i as f64 / (all - i + 1) as f64;
    }
    (2.0 * sum).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_close(found: f64, expected: f64) {
        let error = (found - expected).abs();
        assert!(
            error <= 1e-9 * expected.abs().max(1e-300),
            "{found}, not {expected}"
        );
    }

    #[test]
    fn pass_at_k_is_the_probability_of_a_right_sample() {
        for (k, n, right, expected) in [
            (1, 1, 0, 0.0),
            (1, 1, 1, 1.0),
            (1, 4, 1, 0.25),
            (2, 4, 1, 0.5),
            (4, 4, 1, 1.0),
            // 1 - (3 choose 2) / (5 choose 2)
            (2, 5, 2, 0.7),
            (2, 4, 0, 0.0),
        ] {
            assert!(
                (pass_at(k, n, right) - expected).abs() < 1e-12,
                "{k} of {n}, {right} right"
            );
        }
    }

    /// The mean over all samples that could have been drawn is what more samples would show.
    #[test]
    fn pass_at_k_is_unbiased() {
        for (k, n) in [(1, 3), (2, 3), (2, 5), (3, 5)] {
            for p in [0.1_f64, 0.5, 0.8] {
                let draws = (0..1_u32 << n).map(|samples| {
                    let right = samples.count_ones() as usize;
                    let chance = p.powi(right as i32) * (1.0 - p).powi((n - right) as i32);
                    chance * pass_at(k, n, right)
                });
                assert_close(draws.sum(), 1.0 - (1.0 - p).powi(k as i32));
            }
        }
    }

    /// The second and the third are in Newcombe (1998); the others solve the equation of the score test.
    #[test]
    fn intervals_are_wilson_s() {
        for (right, n, low, high) in [
            (8.0, 9.0, 0.5650002944233439, 0.9801091123614551),
            (81.0, 263.0, 0.2552885198782742, 0.3662095769828001),
            (15.0, 148.0, 0.06238639953073628, 0.16048724172330806),
            (1.0, 2.0, 0.09453120573423071, 0.9054687942657693),
            (0.0, 10.0, 0.0, 0.27753279986288926),
            (10.0, 10.0, 0.7224672001371107, 1.0),
            (1.0, 1e6, 1.7652457674537147e-7, 5.664911804311443e-6),
        ] {
            let found = wilson(right / n, n);
            assert_close(found.low, low);
            assert_close(found.high, high);
        }
        let nothing = Interval {
            low: 0.0,
            high: 1.0,
        };
        assert_eq!(wilson(0.0, 0.0), nothing);
    }

    /// The values are sums of binomial coefficients, as fractions.
    #[test]
    fn the_sign_test_is_exact() {
        for (better, worse, expected) in [
            (0, 0, 1.0),
            (1, 0, 1.0),
            (5, 0, 0.0625),
            (0, 6, 0.03125),
            (9, 1, 0.021484375),
            (8, 2, 0.109375),
            (2, 12, 0.012939453125),
            (7, 7, 1.0),
            (7, 6, 1.0),
            (60, 40, 0.056887933640980791),
            (600, 500, 0.0028195449914364277),
            (0, 1000, 1.8665272370064378e-301),
            // Too small for a number.
            (3, 2000, 0.0),
        ] {
            assert_close(sign_test(better, worse), expected);
            assert_close(sign_test(worse, better), expected);
        }
    }

    /// With this many functions, the normal distribution is close.
    #[test]
    fn the_sign_test_takes_millions() {
        let found = sign_test(5_002_000, 4_998_000);
        assert!((found - 0.206).abs() < 0.001, "{found}");
    }
}
