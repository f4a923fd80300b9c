//! Residuals of every row to every other.

use lvs_kernels::{Argument, Rows};

use crate::array::{Input, Output, expect_disjoint};
use crate::engine::lvs_engine;
use crate::error::expect_matrix;
use crate::guard::guard;
use crate::handle::shared;
use crate::memory::Need;
use crate::status::lvs_status;

/// Computes the capped L1 distance of every row to every other: for rows i and j the sum over cells k of
/// min(|x[i][k] - x[j][k]|, 2^46 - 1), saturating.
///
/// `values` is N x B without gaps (`rows` x `cells`), micro-VU, any int64_t; `values_length` is N * B. `out` receives
/// N x N residuals, micro-VU, symmetric, 0 on the diagonal; `out_length` is N * N.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_pairwise_residuals(
    engine: *const lvs_engine,
    values: *const i64,
    values_length: usize,
    rows: usize,
    cells: usize,
    out: *mut u64,
    out_length: usize,
) -> lvs_status {
    guard(|| {
        // SAFETY: lvs.h asks the caller for a live handle.
        let engine = &unsafe { shared("engine", engine) }?.engine;
        let values = Input::new("values", values, values_length)?;
        let out = Output::new("out", out, out_length)?;
        expect_matrix("values", values.len(), rows, cells)?;
        expect_matrix("out", out.len(), rows, rows)?;
        expect_disjoint(&[out.region()], &[values.region()])?;
        // SAFETY: lvs.h asks the caller for arrays of these lengths, and they do not overlap.
        let values = Rows::new(Argument::Values, unsafe { values.slice() }, rows, cells)?;
        Need::new("pairwise residuals").expect()?;
        // SAFETY: as above.
        Ok(engine.pairwise_residuals(&values, unsafe { out.slice() })?)
    })
}
