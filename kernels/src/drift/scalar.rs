//! The drift rule, one cell at a time: the specification in code and the oracle of every other backend.

use std::ops::Range;

use super::hold::reach;
use super::{DriftInput, DriftOutput, DriftSummary};
use crate::vaultguard::{DIFFERENCE_MAX, Reach, bias, guard, trim_mass};

/// Drifts the cells `cells` of a row; `out` covers just those cells, and its residuals are added to.
pub(crate) fn drift(input: &DriftInput<'_>, cells: Range<usize>, out: &mut DriftOutput<'_>) -> DriftSummary {
    // Memory costs as much as a cell: the usual numbers of neighbours do without.
    match input.neighbours.len() {
        count @ 0..=16 => drift_in(&mut [(0, 0); 16][..count], input, cells, out),
        count @ 17..=64 => drift_in(&mut [(0, 0); 64][..count], input, cells, out),
        count => drift_in(&mut vec![(0, 0); count], input, cells, out),
    }
}

/// The same, with room for a difference and a weight for each neighbour.
fn drift_in(
    differences: &mut [(i64, u16)],
    input: &DriftInput<'_>,
    cells: Range<usize>,
    out: &mut DriftOutput<'_>,
) -> DriftSummary {
    let mass = if input.trim { trim_mass(input.weights) } else { 0 };
    let mut summary = DriftSummary::default();
    for (position, cell) in cells.enumerate() {
        let value = input.values[cell];
        for (j, (row, &weight)) in input.neighbours.iter().zip(input.weights).enumerate() {
            let d = difference(row[cell], value);
            out.residuals[j] = out.residuals[j].saturating_add(d.unsigned_abs());
            differences[j] = (d, weight);
        }
        let anchor = input.anchors[cell];
        let correction = (trimmed_sum(differences, mass) + bias(input.cycle)) >> 16;
        let reach = if input.hold { reach(value, anchor, differences) } else { Reach::ANY };
        let guarded = guard(value, anchor, correction, reach);
        let moved = guarded.value - value;
        out.values[position] = guarded.value;
        if let Some(correction) = &mut out.correction {
            correction[position] = moved;
        }
        summary.merge(&DriftSummary {
            rate_limited: guarded.rate_limited.into(),
            floored: guarded.floored.into(),
            max_correction: moved.unsigned_abs(),
            sum_correction: moved.unsigned_abs(),
        });
    }
    summary
}

/// A neighbour's value minus the row's own, clamped to ±(2^46 - 1).
#[inline(always)]
pub(crate) fn difference(neighbour: i64, value: i64) -> i64 {
    neighbour.saturating_sub(value).clamp(-DIFFERENCE_MAX, DIFFERENCE_MAX)
}

/// The weighted sum of what is left after weight `mass` is removed from the largest positive differences and as
/// much from the most negative ones, the last one on either side in part.
fn trimmed_sum(differences: &mut [(i64, u16)], mass: u32) -> i64 {
    let total: i64 = differences.iter().map(|&(d, weight)| d * i64::from(weight)).sum();
    if mass == 0 {
        return total;
    }
    // In which order equal differences come makes no difference to what is removed.
    differences.sort_unstable_by_key(|&(d, _)| d);
    let negative = removed(differences.iter().take_while(|(d, _)| *d < 0), mass);
    let positive = removed(differences.iter().rev().take_while(|(d, _)| *d > 0), mass);
    total - negative - positive
}

/// The weighted sum of the first differences that together weigh `mass`.
fn removed<'a>(outermost_first: impl Iterator<Item = &'a (i64, u16)>, mass: u32) -> i64 {
    let mut left = i64::from(mass);
    let mut sum = 0;
    for &(d, weight) in outermost_first {
        let taken = left.min(i64::from(weight));
        sum += taken * d;
        left -= taken;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trimming_takes_the_last_one_in_part() {
        // Weight 3 goes from the top: both units of 9 and one of the three units of 5.
        let mut differences = [(5, 3), (-4, 1), (9, 2), (1, 1)];
        assert_eq!(trimmed_sum(&mut differences, 3), 2 * 5 + 1);
    }

    #[test]
    fn no_mass_is_the_plain_weighted_sum() {
        assert_eq!(trimmed_sum(&mut [(5, 3), (-4, 1)], 0), 11);
    }

    #[test]
    fn differences_saturate() {
        assert_eq!(difference(i64::MIN, 1 << 62), -DIFFERENCE_MAX);
        assert_eq!(difference(i64::MAX, 0), DIFFERENCE_MAX);
    }
}
