//! Trust and the weights that follow from it.

use crate::array::{Input, Output, expect_disjoint};
use crate::error::expect_length;
use crate::guard::guard;
use crate::status::lvs_status;

/// Updates the trust in K neighbours, in place, from what a row saw of them: slow to earn, quick to lose,
/// but disagreement alone never takes it below the constant trust_floor. A caller with proof of a lie may set it lower.
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
        Ok(unsafe { lvs_kernels::update_trust(trust.slice(), residuals.slice(), cells) }?)
    })
}

/// Computes the weights that a row gives its K neighbours: floor(trust / (K + 1)). They never sum to more than 65,535.
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
        Ok(unsafe { lvs_kernels::weights(trust.slice(), out.slice()) }?)
    })
}

/// Computes what trust is worth as a reputation: what it has above the constant trust_floor, 0 for newcomers and liars.
///
/// `trust` and `out` are Q0.16 and have as many entries as each other. Nothing is allocated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_credit(
    trust: *const u16,
    trust_length: usize,
    out: *mut u16,
    out_length: usize,
) -> lvs_status {
    guard(|| {
        let trust = Input::new("trust", trust, trust_length)?;
        let out = Output::new("out", out, out_length)?;
        expect_length("out", out.len(), trust.len())?;
        expect_disjoint(&[out.region()], &[trust.region()])?;
        // SAFETY: lvs.h asks the caller for an array of this length.
        let trust = unsafe { trust.slice() };
        // SAFETY: lvs.h asks the caller for an array of this length, and the two do not overlap.
        let out = unsafe { out.slice() };
        for (credit, &trust) in out.iter_mut().zip(trust) {
            *credit = lvs_kernels::credit(trust);
        }
        Ok(())
    })
}
