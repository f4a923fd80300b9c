//! Residuals of every row to every other.

use std::ffi::c_void;

use lvs_kernels::{Argument, GoOn, Rows};

use crate::array::{Input, Output, expect_disjoint};
use crate::engine::lvs_engine;
use crate::error::expect_matrix;
use crate::go_on::{TO_THE_END, asking};
use crate::guard::guard;
use crate::handle::shared;
use crate::memory::Need;
use crate::status::lvs_status;
use crate::swarm::lvs_go_on;

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
    // SAFETY: lvs.h asks the caller for the same, and the question is one of ours.
    unsafe {
        lvs_pairwise_residuals_while(
            engine,
            values,
            values_length,
            rows,
            cells,
            out,
            out_length,
            TO_THE_END,
            std::ptr::null_mut(),
        )
    }
}

/// The same, for as long as `go_on` does not return 0; `context` is handed to it as it is. LVS_STATUS_CANCELLED if it
/// ended the call; what `out` holds then means nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_pairwise_residuals_while(
    engine: *const lvs_engine,
    values: *const i64,
    values_length: usize,
    rows: usize,
    cells: usize,
    out: *mut u64,
    out_length: usize,
    go_on: lvs_go_on,
    context: *mut c_void,
) -> lvs_status {
    let residuals = |go_on: &mut GoOn<'_>| {
        // SAFETY: lvs.h asks the caller for a live handle.
        let engine = &unsafe { shared("engine", engine) }?.engine;
        let values = Input::new("values", values, values_length)?;
        let out = Output::new("out", out, out_length)?;
        expect_matrix("values", values.len(), rows, cells)?;
        expect_matrix("out", out.len(), rows, rows)?;
        expect_disjoint(&[out.region()], &[values.region()])?;
        // SAFETY: lvs.h asks the caller for an array of this length, and the two do not overlap.
        let values = Rows::new(Argument::Values, unsafe { values.slice() }, rows, cells)?;
        Need::new("pairwise residuals").expect()?;
        // SAFETY: as above.
        Ok(engine.pairwise_residuals_while(&values, unsafe { out.slice() }, go_on)?)
    };
    // SAFETY: lvs.h asks the caller for a function of this type that does not unwind.
    guard(|| unsafe { asking(go_on, context, residuals) })
}
