//! Which cells a sample shows.

use crate::array::Output;
use crate::guard::guard;
use crate::status::lvs_status;

/// Draws `count` distinct cells below `cells` from `seed`, in draw order; the same on every machine.
///
/// `cells` is at most 65,536, and `count` at most `cells`. `out` receives `count` cell numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_sample_cells(
    seed: u64,
    cells: usize,
    out: *mut u16,
    count: usize,
) -> lvs_status {
    guard(|| {
        let out = Output::new("out", out, count)?;
        // SAFETY: lvs.h asks the caller for an array of this length.
        Ok(lvs_kernels::sample_cells(seed, cells, unsafe { out.slice() })?)
    })
}
