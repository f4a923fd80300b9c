//! Trust and the weights that follow from it.

use crate::array::{Input, Output, expect_disjoint};
use crate::guard::guard;
use crate::status::lvs_status;

/// Updates the trust in K neighbours, in place, from what a row saw of them: slow to earn, quick to lose.
///
/// `trust` is Q0.16, K entries, at most 4,096. `residuals` is micro-VU, K entries, in the same order. `cells` is the
/// number of cells that the residuals were summed over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_update_trust(
    trust: *mut u16,
    trust_length: usize,
    residuals: *const u64,
    residuals_length: usize,
    cells: u64,
) -> lvs_status {
    guard(|| {
        let trust = Output::new("trust", trust, trust_length)?;
        let residuals = Input::new("residuals", residuals, residuals_length)?;
        expect_disjoint(&[trust.region()], &[residuals.region()])?;
        // SAFETY: lvs.h asks the caller for arrays of these lengths, and they do not overlap.
        let (trust, residuals) = unsafe { (trust.slice(), residuals.slice()) };
        Ok(lvs_kernels::update_trust(trust, residuals, cells)?)
    })
}

/// Computes the weights of K neighbours in the drift of a row that trusts them so: floor(trust / (K + 1)). They never
/// sum to more than 65,535.
///
/// `trust` and `out` are Q0.16, K entries each, at most 4,096. Nothing is allocated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_weights(
    trust: *const u16,
    trust_length: usize,
    out: *mut u16,
    out_length: usize,
) -> lvs_status {
    guard(|| {
        let trust = Input::new("trust", trust, trust_length)?;
        let out = Output::new("out", out, out_length)?;
        expect_disjoint(&[out.region()], &[trust.region()])?;
        // SAFETY: lvs.h asks the caller for arrays of these lengths, and they do not overlap.
        let (trust, out) = unsafe { (trust.slice(), out.slice()) };
        Ok(lvs_kernels::weights(trust, out)?)
    })
}
