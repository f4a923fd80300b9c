//! Drift of many rows in one call.

use lvs_kernels::{PoolInput, PoolOutput, Rows};

use crate::array::{Input, Output, expect_disjoint, flag, flags};
use crate::drift::lvs_drift_summary;
use crate::engine::lvs_engine;
use crate::error::Result;
use crate::graph::lvs_graph;
use crate::guard::guard;
use crate::handle::{shared, store_if_wanted};
use crate::memory::Need;
use crate::status::lvs_status;

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
    /// The cycle number; its parity sets the rounding.
    pub cycle: u64,
    /// 0: trim a third of the weight from either side. 1: plain weighted averaging, which any neighbour can lead.
    pub plain_average: u8,
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
    guard(|| {
        // SAFETY: lvs.h asks the caller for live handles.
        let (engine, graph) = unsafe { (shared("engine", engine)?, shared("graph", graph)?) };
        // SAFETY: lvs.h asks the caller for filled structs and arrays of the lengths in them.
        let done = unsafe { drift(engine, graph, shared("input", input)?, shared("out", out)?) }?;
        // SAFETY: lvs.h asks the caller for a place of this type or NULL.
        unsafe { store_if_wanted("summary", summary, done) }
    })
}

/// # Safety
/// Every pointer must be good for as many entries as was said.
unsafe fn drift(
    engine: &lvs_engine,
    graph: &lvs_graph,
    input: &lvs_pool_input,
    out: &lvs_pool_output,
) -> Result<lvs_drift_summary> {
    let values = Input::new("values", input.values, input.values_length)?;
    let anchors = Input::new("anchors", input.anchors, input.anchors_length)?;
    let weights = Input::new("weights", input.weights, input.weights_length)?;
    let frozen = Input::new("frozen", input.frozen, input.frozen_length)?;
    let moved = Output::new("out.values", out.values, out.values_length)?;
    let residuals = Output::new("out.residuals", out.residuals, out.residuals_length)?;
    let inputs = [values.region(), anchors.region(), weights.region(), frozen.region()];
    expect_disjoint(&[moved.region(), residuals.region()], &inputs)?;

    let shape = (graph.graph.rows(), input.cells);
    // SAFETY: the caller's word, and no output overlaps anything.
    let own = unsafe { matrix("values", values, shape, input.values_stride) }?;
    let anchors = match anchors.is_absent() {
        true => own,
        // SAFETY: as above.
        false => unsafe { matrix("anchors", anchors, shape, input.anchors_stride) }?,
    };
    // A job's bounds for every row at most, and room for one row's neighbours in every thread.
    Need::new("pool").and(shape.0, 64).and(engine.engine.threads().saturating_mul(4_096), 64).expect()?;
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
            seed: 0,
            hold: false,
            trim: !flag("plain_average", input.plain_average)?,
        };
        let mut out = PoolOutput { values: moved.slice(), residuals: residuals.slice() };
        Ok(engine.engine.drift_pool(&input, &mut out)?.into())
    }
}

/// N rows of B cells; a stride of 0 is B.
///
/// # Safety
/// The pointer must be good for as many entries as was said, and no output may overlap them.
unsafe fn matrix<'a>(
    name: &'static str,
    data: Input<'a, i64>,
    (rows, cells): (usize, usize),
    stride: usize,
) -> Result<Rows<'a>> {
    let stride = if stride == 0 { cells } else { stride };
    // SAFETY: the caller's word.
    Ok(Rows::strided(name, unsafe { data.slice() }, rows, cells, stride)?)
}
