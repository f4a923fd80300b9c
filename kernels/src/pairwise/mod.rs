//! Pairwise residuals: the capped L1 distance of every row to every other row.
//!
//! `R[i][j] = Σ_k min(|x[i][k] - x[j][k]|, 2^46 - 1)`, saturating (specification, "Trust").

pub(crate) mod scalar;

use crate::error::{Result, expect_length};
use crate::rows::Rows;

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
