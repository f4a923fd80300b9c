//! What can be read of a swarm.

use std::ffi::c_char;

use crate::array::{Output, expect_disjoint};
use crate::drift::lvs_drift_summary;
use crate::error::{Result, expect_length};
use crate::guard::guard;
use crate::handle::{shared, store};
use crate::memory::Need;
use crate::status::lvs_status;
use crate::swarm::lvs_swarm;

/// Writes the number of rows, N, to `out`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_swarm_rows(swarm: *const lvs_swarm, out: *mut usize) -> lvs_status {
    // SAFETY: lvs.h asks the caller for a live handle and a place of this type.
    guard(|| unsafe { store("out", out, shared("swarm", swarm)?.read()?.rows()) })
}

/// Writes the number of cells in a row, B, to `out`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_swarm_cells(swarm: *const lvs_swarm, out: *mut usize) -> lvs_status {
    // SAFETY: lvs.h asks the caller for a live handle and a place of this type.
    guard(|| unsafe { store("out", out, shared("swarm", swarm)?.read()?.cells()) })
}

/// Writes the number of edges, E, to `out`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_swarm_edges(swarm: *const lvs_swarm, out: *mut usize) -> lvs_status {
    // SAFETY: lvs.h asks the caller for a live handle and a place of this type.
    guard(|| unsafe { store("out", out, shared("swarm", swarm)?.read()?.graph().edges()) })
}

/// Writes the cycles done so far to `out`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_swarm_cycle(swarm: *const lvs_swarm, out: *mut u64) -> lvs_status {
    // SAFETY: lvs.h asks the caller for a live handle and a place of this type.
    guard(|| unsafe { store("out", out, shared("swarm", swarm)?.read()?.cycle()) })
}

/// Writes the full name of the backend that steps the swarm to `out`: its engine's, but for "auto" perhaps a GPU. The
/// string lives as long as the swarm.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_swarm_backend(swarm: *const lvs_swarm, out: *mut *const c_char) -> lvs_status {
    // SAFETY: lvs.h asks the caller for a live handle and a place of this type.
    guard(|| unsafe { store("out", out, shared("swarm", swarm)?.backend.as_ptr()) })
}

/// Writes what was picked for the swarm and why, for people to read, to `out`. The string lives as long as the swarm.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_swarm_choice(swarm: *const lvs_swarm, out: *mut *const c_char) -> lvs_status {
    // SAFETY: lvs.h asks the caller for a live handle and a place of this type.
    guard(|| unsafe { store("out", out, shared("swarm", swarm)?.choice.as_ptr()) })
}

/// Writes the seconds that the last step took inside the passes of a GPU, by its own clock, to `out`; NaN on a processor
/// and where the adapter cannot tell.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_swarm_device_seconds(swarm: *const lvs_swarm, out: *mut f64) -> lvs_status {
    guard(|| {
        // SAFETY: lvs.h asks the caller for a live handle.
        let seconds = unsafe { shared("swarm", swarm) }?.read()?.device_seconds()?;
        // SAFETY: lvs.h asks the caller for a place of this type.
        unsafe { store("out", out, seconds.unwrap_or(f64::NAN)) }
    })
}

/// Copies the marks of the rows that never move to `out`: N entries, 1 or 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_swarm_frozen(
    swarm: *const lvs_swarm,
    out: *mut u8,
    out_length: usize,
) -> lvs_status {
    guard(|| {
        let out = Output::new("out", out, out_length)?;
        // SAFETY: lvs.h asks the caller for a live handle.
        let swarm = unsafe { shared("swarm", swarm) }?.read()?;
        // SAFETY: lvs.h asks the caller for an array of this length.
        unsafe { copy("out", bytemuck::cast_slice(swarm.frozen()), out) }
    })
}

/// Copies the values of all rows to `out`: N x B without gaps, micro-VU; `out_length` is N * B.
///
/// LVS_STATUS_DEVICE if the device was lost; so for all that is read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_swarm_values(
    swarm: *const lvs_swarm,
    out: *mut i64,
    out_length: usize,
) -> lvs_status {
    guard(|| {
        let out = Output::new("out", out, out_length)?;
        // SAFETY: lvs.h asks the caller for a live handle and an array of this length.
        unsafe { Ok(shared("swarm", swarm)?.read()?.read_values(out.slice())?) }
    })
}

/// Copies the values of row `row` (below N) to `out`: B entries, micro-VU.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_swarm_row(
    swarm: *const lvs_swarm,
    row: usize,
    out: *mut i64,
    out_length: usize,
) -> lvs_status {
    guard(|| {
        let out = Output::new("out", out, out_length)?;
        // SAFETY: lvs.h asks the caller for a live handle.
        let swarm = unsafe { shared("swarm", swarm) }?.read()?;
        Need::new("row").and(swarm.cells(), 8).expect()?;
        // SAFETY: lvs.h asks the caller for an array of this length.
        unsafe { copy("out", &swarm.row(row)?, out) }
    })
}

/// Copies the trust along every edge to `out`: E entries, Q0.16.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_swarm_trust(
    swarm: *const lvs_swarm,
    out: *mut u16,
    out_length: usize,
) -> lvs_status {
    guard(|| {
        let out = Output::new("out", out, out_length)?;
        // SAFETY: lvs.h asks the caller for a live handle and an array of this length.
        unsafe { Ok(shared("swarm", swarm)?.read()?.read_trust(out.slice())?) }
    })
}

/// Writes what VaultGuard did in the last lvs_swarm_step or lvs_swarm_step_while to `out`, over all its cycles and rows.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_swarm_stats(swarm: *const lvs_swarm, out: *mut lvs_drift_summary) -> lvs_status {
    // SAFETY: lvs.h asks the caller for a live handle and a place of this type.
    guard(|| unsafe { store("out", out, shared("swarm", swarm)?.read()?.stats()?.into()) })
}

/// Copies, per cell, the smallest value over the rows that are not frozen to `lowest` and the largest to `highest`:
/// B entries each, micro-VU; INT64_MAX and INT64_MIN where all rows are frozen.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_swarm_extremes(
    swarm: *const lvs_swarm,
    lowest: *mut i64,
    lowest_length: usize,
    highest: *mut i64,
    highest_length: usize,
) -> lvs_status {
    guard(|| {
        let lowest = Output::new("lowest", lowest, lowest_length)?;
        let highest = Output::new("highest", highest, highest_length)?;
        expect_disjoint(&[lowest.region(), highest.region()], &[])?;
        // SAFETY: lvs.h asks the caller for a live handle.
        let swarm = unsafe { shared("swarm", swarm) }?.read()?;
        expect_length("lowest", lowest.len(), swarm.cells())?;
        expect_length("highest", highest.len(), swarm.cells())?;
        Need::new("extremes").and(swarm.cells(), 24).expect()?;
        // SAFETY: lvs.h asks the caller for arrays of these lengths, and they do not overlap.
        let lowest = unsafe { lowest.slice() };
        // SAFETY: as above.
        let highest = unsafe { highest.slice() };
        for (cell, (low, high)) in swarm.extremes()?.into_iter().enumerate() {
            lowest[cell] = low;
            highest[cell] = high;
        }
        Ok(())
    })
}

/// Copies, per cell, the largest minus the smallest value over the rows that are not frozen to `out`: B entries,
/// micro-VU; 0 where all rows are frozen.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_swarm_spread(
    swarm: *const lvs_swarm,
    out: *mut u64,
    out_length: usize,
) -> lvs_status {
    guard(|| {
        let out = Output::new("out", out, out_length)?;
        // SAFETY: lvs.h asks the caller for a live handle.
        let swarm = unsafe { shared("swarm", swarm) }?.read()?;
        Need::new("spread").and(swarm.cells(), 32).expect()?;
        // SAFETY: lvs.h asks the caller for an array of this length.
        unsafe { copy("out", &swarm.spread()?, out) }
    })
}

/// Copies to an array of the caller's that must have the right length.
///
/// # Safety
/// `out` must be good for writing.
unsafe fn copy<T: Copy>(name: &'static str, from: &[T], out: Output<'_, T>) -> Result<()> {
    expect_length(name, out.len(), from.len())?;
    // SAFETY: the caller's word.
    unsafe { out.slice() }.copy_from_slice(from);
    Ok(())
}
