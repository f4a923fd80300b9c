//! Pairwise residuals: the capped L1 distance of every row to every other row.
//!
//! `R[i][j] = Σ_k min(|x[i][k] - x[j][k]|, 2^46 - 1)`, saturating (specification, "Trust").

#[cfg(gpu)]
mod gpu;
pub(crate) mod scalar;
pub(crate) mod simd;

use crate::error::{Result, expect_length};
use crate::rows::Rows;
use crate::vaultguard::DIFFERENCE_MAX;

/// How far the values of a matrix lie apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// No two differ by more than the cap.
    Near,
    /// Any values.
    Any,
}

impl Reach {
    /// That of all cells of a matrix.
    pub(crate) fn of(values: &Rows<'_>) -> Self {
        let (mut low, mut high) = (i64::MAX, i64::MIN);
        for row in 0..values.rows() {
            for &value in values.row(row) {
                (low, high) = (low.min(value), high.max(value));
            }
        }
        if low > high || high.abs_diff(low) <= DIFFERENCE_MAX as u64 { Self::Near } else { Self::Any }
    }
}

/// Checks that `out` holds N × N residuals.
pub(crate) fn validate(values: &Rows<'_>, out: &[u64]) -> Result<()> {
    let rows = values.rows();
    expect_length("out", out.len(), rows.saturating_mul(rows))
}

/// Copies the upper triangle of the N × N matrix `out` to the lower one.
pub(crate) fn mirror(out: &mut [u64], rows: usize) {
    for i in 1..rows {
        for j in 0..i {
            out[i * rows + j] = out[j * rows + i];
        }
    }
}
