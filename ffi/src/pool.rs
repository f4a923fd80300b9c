//! Drift of many rows in one call.

use std::ffi::c_void;

use lvs_kernels::{Argument, GoOn, PoolInput, PoolOutput, Rows};

use crate::array::{Input, Output, Region, expect_disjoint, expect_unused, flag, flags};
use crate::drift::lvs_drift_summary;
use crate::engine::lvs_engine;
use crate::error::Result;
use crate::go_on::{TO_THE_END, asking};
use crate::graph::lvs_graph;
use crate::guard::guard;
use crate::handle::{shared, store_if_wanted};
use crate::memory::Need;
use crate::status::lvs_status;
use crate::swarm::lvs_go_on;

/// N rows of B cells that are neighbours of each other, with E edges in a graph.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct lvs_pool_input {
    /// N x B values, micro-VU; 0 to 2^62 in rows that are not frozen, any int64_t in those that are.
    pub values: *const i64,
    /// At least (N - 1) * `values_stride` + B.
    pub values_length: usize,
    /// Entries from the start of a row of `values` to that of the next, at least B; 0 for B.
    pub values_stride: usize,
    /// The values at the start of the window, as `values`; NULL for `values`.
    pub anchors: *const i64,
    /// As `values_length`; 0 if `anchors` is NULL.
    pub anchors_length: usize,
    /// As `values_stride`.
    pub anchors_stride: usize,
    /// A weight per edge, Q0.16; those of one row sum to at most 65,535.
    pub weights: *const u16,
    /// E.
    pub weights_length: usize,
    /// 1 for rows that never move, 0 for others; NULL if all move.
    pub frozen: *const u8,
    /// N; 0 if `frozen` is NULL.
    pub frozen_length: usize,
    /// B.
    pub cells: usize,
    /// The cycle number.
    pub cycle: u64,
    /// From it, the cycle and its number every row draws whether it rounds up.
    pub seed: u64,
    /// 0: trim a third of the neighbours, by weight and by heads, from either side. 1: plain weighted averaging, which
    /// any neighbour can lead.
    pub plain_average: u8,
    /// 1: rows leave their anchors only for more than half of their neighbours' weight. 0: they drift freely.
    pub hold: u8,
    /// Must be 0; later versions may take fields from it, whose 0 will mean what is done now.
    pub reserved: [u64; 4],
}

/// Where the results of a pool go.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct lvs_pool_output {
    /// The new values, N x B without gaps, micro-VU.
    pub values: *mut i64,
    /// N * B.
    pub values_length: usize,
    /// A residual per edge, micro-VU, saturating.
    pub residuals: *mut u64,
    /// E.
    pub residuals_length: usize,
    /// Must be 0; room for later versions.
    pub reserved: [u64; 4],
}

/// Drifts every row of a pool against its neighbours in `graph`, all from the same old values.
///
/// `summary` receives VaultGuard's counters over all rows; NULL if not wanted.
///
/// LVS_STATUS_INVALID_ARGUMENT if a length does not fit the graph, a value or anchor is out of its range, or the
/// weights of a row sum to more than 65,535.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_drift_pool(
    engine: *const lvs_engine,
    graph: *const lvs_graph,
    input: *const lvs_pool_input,
    out: *const lvs_pool_output,
    summary: *mut lvs_drift_summary,
) -> lvs_status {
    // SAFETY: lvs.h asks the caller for the same, and the question is one of ours.
    unsafe { lvs_drift_pool_while(engine, graph, input, out, summary, TO_THE_END, std::ptr::null_mut()) }
}

/// The same, for as long as `go_on` does not return 0; `context` is handed to it as it is. LVS_STATUS_CANCELLED if it
/// ended the call; what `out` holds then means nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvs_drift_pool_while(
    engine: *const lvs_engine,
    graph: *const lvs_graph,
    input: *const lvs_pool_input,
    out: *const lvs_pool_output,
    summary: *mut lvs_drift_summary,
    go_on: lvs_go_on,
    context: *mut c_void,
) -> lvs_status {
    let run = |go_on: &mut GoOn<'_>| {
        // SAFETY: lvs.h asks the caller for live handles, filled structs and arrays of the lengths in them.
        unsafe { drift(engine, graph, input, out, summary, go_on) }
    };
    // SAFETY: lvs.h asks the caller for a function of this type that does not unwind.
    guard(|| unsafe { asking(go_on, context, run) })
}

/// # Safety
/// The handles must live, and every pointer must be good for as many entries as was said.
unsafe fn drift(
    engine: *const lvs_engine,
    graph: *const lvs_graph,
    input: *const lvs_pool_input,
    out: *const lvs_pool_output,
    summary: *mut lvs_drift_summary,
    go_on: &mut GoOn<'_>,
) -> Result<()> {
    // SAFETY: the caller's word.
    let engine = unsafe { shared("engine", engine) }?;
    // SAFETY: the caller's word.
    let graph = unsafe { shared("graph", graph) }?;
    // SAFETY: the caller's word.
    let input = unsafe { shared("input", input) }?;
    // SAFETY: the caller's word.
    let out = unsafe { shared("out", out) }?;
    expect_unused(&input.reserved)?;
    expect_unused(&out.reserved)?;
    let values = Input::new("values", input.values, input.values_length)?;
    let anchors = Input::new("anchors", input.anchors, input.anchors_length)?;
    let weights = Input::new("weights", input.weights, input.weights_length)?;
    let frozen = Input::new("frozen", input.frozen, input.frozen_length)?;
    let moved = Output::new("out.values", out.values, out.values_length)?;
    let residuals = Output::new("out.residuals", out.residuals, out.residuals_length)?;
    let inputs = [
        values.region(),
        anchors.region(),
        weights.region(),
        frozen.region(),
        Region::of("input", input),
        Region::of("out", out),
    ];
    expect_disjoint(&[moved.region(), residuals.region(), Region::of("summary", summary)], &inputs)?;

    let rows = graph.graph.rows();
    // SAFETY: the caller's word, and no output overlaps anything.
    let own = unsafe { matrix(Argument::Values, values, rows, input.cells, input.values_stride) }?;
    let anchors = match anchors.is_absent() {
        true => own,
        // SAFETY: as above.
        false => unsafe { matrix(Argument::Anchors, anchors, rows, input.cells, input.anchors_stride) }?,
    };
    // A job's bounds for every row at most, and room for one row's neighbours in every thread.
    Need::new("pool").and(rows, 64).and(engine.engine.threads().saturating_mul(4_096), 64).expect()?;
    // SAFETY: the caller's word, and no output overlaps anything.
    unsafe {
        let frozen = if frozen.is_absent() { None } else { Some(flags("frozen", frozen.slice())?) };
        let input = PoolInput {
            values: own,
            graph: &graph.graph,
            weights: weights.slice(),
            anchors,
            frozen,
            cycle: input.cycle,
            seed: input.seed,
            hold: flag("hold", input.hold)?,
            trim: !flag("plain_average", input.plain_average)?,
        };
        let mut out = PoolOutput { values: moved.slice(), residuals: residuals.slice() };
        let done = engine.engine.drift_pool_while(&input, &mut out, go_on)?.into();
        store_if_wanted("summary", summary, done)
    }
}

/// N rows of B cells; a stride of 0 is B.
///
/// # Safety
/// The pointer must be good for as many entries as was said, and no output may overlap them.
unsafe fn matrix<'a>(
    argument: Argument,
    data: Input<'a, i64>,
    rows: usize,
    cells: usize,
    stride: usize,
) -> Result<Rows<'a>> {
    let stride = if stride == 0 { cells } else { stride };
    if rows.checked_mul(stride).is_none() {
        let expected = format!("{rows} rows, {stride} apart, which overflows");
        let error = lvs_kernels::Error::argument(argument, format!("{} entries", data.len()), expected);
        return Err(error.into());
    }
    // SAFETY: the caller's word.
    Ok(Rows::strided(argument, unsafe { data.slice() }, rows, cells, stride)?)
}
