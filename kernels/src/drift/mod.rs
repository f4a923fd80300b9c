//! Drift: the correction vector of one row against its neighbours (the trust-weighted W-MSR rule).
//!
//! Source: LeBlanc, Zhang, Koutsoukos, Sundaram, "Resilient Asymptotic Consensus in Robust Networks", IEEE JSAC
//! 2013, trimmed by trust mass in integers; specification, "Drift". [`scalar`] is the rule as it is written there,
//! [`simd`] the same bits in vector lanes, `gpu` and the shaders `drift*.wgsl` the same on a GPU.

mod averaging;
#[cfg(gpu)]
pub(crate) mod gpu;
mod hold;
pub(crate) mod lanes;
mod narrow;
mod products;
pub(crate) mod scalar;
pub(crate) mod simd;
mod thresholds;
mod wide;
mod window;

use std::ops::Range;

use crate::error::{Argument, Error, Result, expect_length};
use crate::vaultguard::{NEIGHBOURS_MAX, VALUE_MAX, WEIGHT_MAX};

/// One row and its neighbours. B is the number of cells, K the number of neighbours.
#[derive(Clone, Copy, Debug)]
pub struct DriftInput<'a> {
    /// The row's own values, B cells in micro-VU, each in 0 ..= [`VALUE_MAX`].
    pub values: &'a [i64],
    /// K neighbour rows of B cells each, in micro-VU. Any `i64`: a neighbour may be hostile.
    pub neighbours: &'a [&'a [i64]],
    /// K weights in Q0.16 that sum to at most 65,535.
    pub weights: &'a [u16],
    /// The values at the start of the window, B cells in micro-VU, each in 0 ..= [`VALUE_MAX`].
    pub anchors: &'a [i64],
    /// The cycle number. Its parity is the rounding bit: an odd cycle rounds up.
    pub cycle: u64,
    /// Trim a third of the neighbours, by weight and by heads, from either side; `false` is plain weighted averaging.
    pub trim: bool,
    /// Let the row leave its anchors only for more than half of the neighbours' weight.
    pub hold: bool,
}

/// Where the results of one row go.
#[derive(Debug)]
pub struct DriftOutput<'a> {
    /// The new values, B cells in micro-VU.
    pub values: &'a mut [i64],
    /// If wanted: new value minus old value, B cells in micro-VU.
    pub correction: Option<&'a mut [i64]>,
    /// Per neighbour the sum over cells of the absolute difference, K sums in micro-VU, saturating.
    pub residuals: &'a mut [u64],
}

/// What VaultGuard did to a row, or to several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DriftSummary {
    /// Cells whose correction the rate limit changed.
    pub rate_limited: u64,
    /// Cells that the drain floor held.
    pub floored: u64,
    /// The largest absolute correction of a cell, in micro-VU.
    pub max_correction: u64,
    /// The sum of the absolute corrections, in micro-VU, saturating.
    pub sum_correction: u64,
}

impl DriftSummary {
    /// Adds the counters of other cells to these.
    pub fn merge(&mut self, other: &Self) {
        self.rate_limited += other.rate_limited;
        self.floored += other.floored;
        self.max_correction = self.max_correction.max(other.max_correction);
        self.sum_correction = self.sum_correction.saturating_add(other.sum_correction);
    }
}

impl DriftInput<'_> {
    /// Checks the shapes and the sum of the weights.
    pub(crate) fn validate_shape(&self) -> Result<()> {
        let cells = self.values.len();
        expect_length(Argument::Anchors, self.anchors.len(), cells)?;
        expect_length(Argument::Weights, self.weights.len(), self.neighbours.len())?;
        expect_weights(self.weights)?;
        for (j, neighbour) in self.neighbours.iter().enumerate() {
            if neighbour.len() != cells {
                let got = format!("{} cells in row {j}", neighbour.len());
                return Err(Error::argument(Argument::Neighbours, got, format!("{cells}")));
            }
        }
        Ok(())
    }

    /// Checks the values and anchors of these cells.
    pub(crate) fn validate_range(&self, cells: Range<usize>) -> Result<()> {
        let first = cells.start;
        expect_value_range(Argument::Values, &self.values[cells.clone()], first)?;
        expect_value_range(Argument::Anchors, &self.anchors[cells], first)
    }
}

impl DriftOutput<'_> {
    pub(crate) fn validate(&self, input: &DriftInput<'_>) -> Result<()> {
        expect_length(Argument::OutValues, self.values.len(), input.values.len())?;
        expect_length(Argument::OutResiduals, self.residuals.len(), input.neighbours.len())?;
        match &self.correction {
            Some(correction) => expect_length(Argument::OutCorrection, correction.len(), input.values.len()),
            None => Ok(()),
        }
    }
}

/// Refuses a row's weights if there are too many or they sum to more than "all".
pub(crate) fn expect_weights(weights: &[u16]) -> Result<()> {
    if weights.len() > NEIGHBOURS_MAX {
        let got = format!("{} neighbours", weights.len());
        return Err(Error::argument(Argument::Neighbours, got, format!("at most {NEIGHBOURS_MAX}")));
    }
    let sum: u32 = weights.iter().map(|&w| u32::from(w)).sum();
    if sum > WEIGHT_MAX {
        return Err(Error::argument(
            Argument::Weights,
            format!("a sum of {sum}"),
            format!("at most {WEIGHT_MAX}"),
        ));
    }
    Ok(())
}

/// Refuses values outside 0 ..= 2^62; `first` is the number of the first cell.
pub(crate) fn expect_value_range(argument: Argument, values: &[i64], first: usize) -> Result<()> {
    // One pass without a branch first: this runs over every row of every call.
    let outside = values.iter().fold(0, |bits, &v| bits | v | VALUE_MAX.wrapping_sub(v));
    if outside >= 0 {
        return Ok(());
    }
    let (cell, value) =
        values.iter().enumerate().find(|&(_, v)| !(0..=VALUE_MAX).contains(v)).expect("one is outside");
    Err(Error::argument(argument, format!("{value} at cell {}", first + cell), "0 to 2^62 micro-VU"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_range_is_exact_at_both_ends() {
        assert!(expect_value_range(Argument::Values, &[0, VALUE_MAX, 7], 0).is_ok());
        for bad in [-1, VALUE_MAX + 1, i64::MIN, i64::MAX] {
            let error = expect_value_range(Argument::Values, &[0, bad], 4).unwrap_err();
            assert!(error.to_string().contains("at cell 5"), "{error}");
        }
    }

    #[test]
    fn the_weights_may_sum_to_all_and_no_more() {
        assert!(expect_weights(&[65_535]).is_ok());
        assert!(expect_weights(&[65_535, 1]).is_err());
        assert!(expect_weights(&vec![0; NEIGHBOURS_MAX + 1]).is_err());
    }
}
