//! Pairwise residuals: the capped L1 distance of every row to every other row.
//!
//! `R[i][j] = Σ_k min(|x[i][k] - x[j][k]|, 2^46 - 1)`, saturating (specification, "Trust").

#[cfg(gpu)]
mod gpu;
pub(crate) mod near;
pub(crate) mod scalar;
pub(crate) mod simd;

use crate::cancel::GoOn;
use crate::error::{Argument, Result, expect_length};
use crate::rows::Rows;

/// Checks that `out` holds N × N residuals.
pub(crate) fn validate(values: &Rows<'_>, out: &[u64]) -> Result<()> {
    let rows = values.rows();
    expect_length(Argument::Out, out.len(), rows.saturating_mul(rows))
}

/// Rows and columns of the squares in which a matrix is mirrored, so that each is in cache when it is written.
const SQUARE: usize = 16;

/// Copies the upper triangle of the N × N matrix `out` to the lower one.
pub(crate) fn mirror(out: &mut [u64], rows: usize, go_on: &mut GoOn<'_>) -> Result<()> {
    for top in (0..rows).step_by(SQUARE) {
        for left in (0..=top).step_by(SQUARE) {
            for i in top..rows.min(top + SQUARE) {
                for j in left..i.min(left + SQUARE) {
                    out[i * rows + j] = out[j * rows + i];
                }
            }
        }
        go_on.worked(SQUARE * (top + SQUARE))?;
    }
    Ok(())
}
