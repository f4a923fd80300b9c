//! The line search for the strength that does the most harm.

use super::rounded;
use crate::error::Result;

/// Strengths of the first look: powers of two from 2^-6 to 2^9, which spans whispers and shouts.
const POWERS: std::ops::RangeInclusive<i32> = -6..=9;

/// Looks between the best of them and its neighbours.
const STEPS: usize = 8;

/// The strength with the largest error, and that error: the best of a geometric grid, narrowed by golden section.
pub(super) fn worst(mut error: impl FnMut(f64) -> Result<f64>) -> Result<(f64, f64)> {
    let mut best = (0.0, f64::NEG_INFINITY);
    for power in POWERS {
        best = larger(best, at(&mut error, f64::from(power))?);
    }
    // On the exponent: whether harm peaks at 0.1 or at 100, the steps are as fine.
    let mut low = best.0 - 1.0;
    let mut high = best.0 + 1.0;
    let golden = (5_f64.sqrt() - 1.0) / 2.0;
    for _ in 0..STEPS {
        let left = high - golden * (high - low);
        let right = low + golden * (high - low);
        let at_left = at(&mut error, left)?;
        let at_right = at(&mut error, right)?;
        // Not every error has one peak, so the best of all looks counts, not where the search ends.
        best = larger(best, larger(at_left, at_right));
        if at_left.1 > at_right.1 { high = right } else { low = left }
    }
    Ok((strength(best.0), best.1))
}

fn at(error: &mut impl FnMut(f64) -> Result<f64>, power: f64) -> Result<(f64, f64)> {
    Ok((power, error(strength(power))?))
}

fn strength(power: f64) -> f64 {
    rounded(power.exp2())
}

fn larger(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    if b.1 > a.1 { b } else { a }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;

    #[test]
    fn a_peak_between_the_powers_is_found() {
        let peak = |strength: f64| Ok(1.0 / (1.0 + (strength.log2() - 2.3).powi(2)));
        let (strength, error) = worst(peak).unwrap();
        assert_abs_diff_eq!(strength.log2(), 2.3, epsilon = 0.03);
        assert_abs_diff_eq!(error, 1.0, epsilon = 0.001);
    }
}
