//! Pairwise residuals, one pair at a time.

use crate::cancel::Stop;
use crate::error::Result;
use crate::rows::Rows;
use crate::vaultguard::DIFFERENCE_MAX;

/// Row `i` of the upper triangle and its diagonal, in `out`, a whole row of N.
pub(crate) fn row(values: &Rows<'_>, i: usize, out: &mut [u64], stop: &Stop<'_, '_>) -> Result<()> {
    for j in i..values.rows() {
        out[j] = residual(values.row(i), values.row(j));
        stop.worked(values.cells())?;
    }
    Ok(())
}

/// The capped L1 distance of two rows, saturating.
pub(crate) fn residual(a: &[i64], b: &[i64]) -> u64 {
    let capped = |(&a, &b): (&i64, &i64)| a.abs_diff(b).min(DIFFERENCE_MAX as u64);
    a.iter().zip(b).map(capped).fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_capped_and_sums_saturate() {
        assert_eq!(residual(&[i64::MIN, 5], &[i64::MAX, 2]), DIFFERENCE_MAX as u64 + 3);
        let (low, high) = (vec![i64::MIN; 1 << 18], vec![i64::MAX; 1 << 18]);
        assert_eq!(residual(&low, &high), (DIFFERENCE_MAX as u64) << 18);
        let (low, high) = (vec![0; (1 << 18) + 16], vec![1 << 50; (1 << 18) + 16]);
        assert_eq!(residual(&low, &high), u64::MAX);
    }
}
