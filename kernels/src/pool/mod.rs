//! The pool form of drift: many rows at once, each against its neighbours in a graph.
//!
//! A node's own fragments, ten thousand virtual nodes on one server and a simulated swarm of a million are the same
//! call (specification, "Pool").

#[cfg(gpu)]
pub(crate) mod cut;
#[cfg(gpu)]
pub(crate) mod gpu;
mod loss;
mod rounding;

use std::ops::Range;

use crate::allocate::reserved;
use crate::cancel::{GoOn, Stop};
use crate::drift::{DriftInput, DriftOutput, DriftSummary, expect_value_range, expect_weights};
use crate::error::{Argument, Result, expect_length};
use crate::graph::Graph;
use crate::memory::prefetch;
use crate::processor::Processor;
use crate::rows::Rows;
use crate::threads::Threads;
pub use loss::Loss;
pub(crate) use loss::Lost;
pub(crate) use rounding::Rounding;

/// Cells times neighbours that one job of a pool takes.
const TERMS_PER_JOB: usize = 1 << 16;

/// Cells times neighbours of a row between two looks at whether to go on, and the fewest cells: some milliseconds.
const TERMS_AT_ONCE: usize = 1 << 22;
const CELLS_AT_ONCE: usize = 1 << 10;

/// Bytes of values from which rows are asked for ahead: below, some cache holds them.
const PREFETCHED_FROM: usize = 1 << 22;

/// Rows to be asked for ahead, and the most cells of each: longer rows are asked for on the way, cell by cell.
const ROWS_AHEAD: usize = 2;
const CELLS_AHEAD: usize = 64;

/// N rows of B cells and who compares with whom (E edges).
#[derive(Clone, Copy, Debug)]
pub struct PoolInput<'a> {
    /// N rows of B cells in micro-VU; 0 ..= 2^62 in rows that are not frozen, any `i64` in those that are.
    pub values: Rows<'a>,
    /// Who compares with whom: N rows, E edges.
    pub graph: &'a Graph,
    /// A weight per edge in Q0.16; those of one row sum to at most 65,535.
    pub weights: &'a [u16],
    /// The values at the start of the window, as `values`.
    pub anchors: Rows<'a>,
    /// N marks: rows that never move (stubborn or hostile ones).
    pub frozen: Option<&'a [bool]>,
    /// The cycle number.
    pub cycle: u64,
    /// From it, the cycle and its number every row draws its rounding bit.
    pub seed: u64,
    /// Trim a third of the neighbours, by weight and by heads, from either side; `false` is plain weighted averaging.
    pub trim: bool,
    /// Let rows leave their anchors only for more than half of their neighbours' weight.
    pub hold: bool,
}

/// Where the results of a pool go.
#[derive(Debug)]
pub struct PoolOutput<'a> {
    /// The new values, N × B without gaps, in micro-VU.
    pub values: &'a mut [i64],
    /// A residual per edge in micro-VU, saturating.
    pub residuals: &'a mut [u64],
}

/// Rows of a pool that one thread works on, with its part of the outputs.
pub(crate) struct Band<'a, T> {
    /// The rows.
    pub rows: Range<usize>,
    /// Their new values, `stride` entries from row to row.
    pub values: &'a mut [i64],
    /// What belongs to their edges.
    pub edges: &'a mut [T],
}

/// Room for one row's neighbours, kept from row to row.
#[derive(Default)]
pub(crate) struct Scratch<'a> {
    /// The samples that do not arrive in this cycle.
    lost: Option<Lost>,
    neighbours: Vec<&'a [i64]>,
    arrived: (Vec<u16>, Vec<u64>),
}

impl Scratch<'_> {
    /// Room for rows of a cycle in which these samples do not arrive.
    pub(crate) fn without(lost: Option<Lost>) -> Self {
        Self { lost, ..Default::default() }
    }

    /// Calls `judge` with the trust in those neighbours of a row whose samples arrived, and with their residuals.
    pub(crate) fn arrived(
        &mut self,
        edges: Range<usize>,
        trust: &mut [u16],
        residuals: &mut [u64],
        judge: impl FnOnce(&mut [u16], &[u64]),
    ) {
        let Some(lost) = self.lost else { return judge(trust, residuals) };
        let arrived = || edges.clone().enumerate().filter(|&(_, edge)| !lost.takes(edge)).map(|(j, _)| j);
        let (some, theirs) = &mut self.arrived;
        some.clear();
        theirs.clear();
        some.extend(arrived().map(|j| trust[j]));
        theirs.extend(arrived().map(|j| residuals[j]));
        judge(some, theirs);
        arrived().zip(some).for_each(|(j, judged)| trust[j] = *judged);
    }
}

impl<'a> PoolInput<'a> {
    pub(crate) fn validate(&self) -> Result<()> {
        let (rows, cells) = (self.graph.rows(), self.values.cells());
        expect_length(Argument::Values, self.values.rows(), rows)?;
        expect_length(Argument::Anchors, self.anchors.rows(), rows)?;
        expect_length(Argument::Anchors, self.anchors.cells(), cells)?;
        expect_length(Argument::Weights, self.weights.len(), self.graph.edges())?;
        if let Some(frozen) = self.frozen {
            expect_length(Argument::Frozen, frozen.len(), rows)?;
        }
        (0..rows).try_for_each(|row| self.validate_row(row))
    }

    fn validate_row(&self, row: usize) -> Result<()> {
        let weights = expect_weights(&self.weights[self.graph.edges_of(row)]);
        weights.map_err(|error| error.in_row(row))?;
        if self.is_frozen(row) {
            return Ok(());
        }
        let values = expect_value_range(Argument::Values, self.values.row(row), 0);
        let anchors = values.and_then(|()| expect_value_range(Argument::Anchors, self.anchors.row(row), 0));
        anchors.map_err(|error| error.in_row(row))
    }

    fn is_frozen(&self, row: usize) -> bool {
        self.frozen.is_some_and(|frozen| frozen[row])
    }

    /// Asks for the neighbours of a row that comes soon. They lie anywhere in memory, and where rows are short the
    /// processor would wait for each.
    fn prefetch_for(&self, row: usize) {
        let cells = self.values.cells();
        if row >= self.graph.rows() || cells.saturating_mul(self.graph.rows() * 8) < PREFETCHED_FROM {
            return;
        }
        for &neighbour in self.graph.neighbours(row) {
            let values = self.values.row(neighbour as usize);
            (0..cells.min(CELLS_AHEAD)).step_by(8).for_each(|cell| prefetch(values, cell));
            // A row need not start with a cache line.
            prefetch(values, cells.saturating_sub(1).min(CELLS_AHEAD));
        }
    }

    /// Drifts one row with these weights into `values` and `residuals`.
    ///
    /// # Errors
    /// If the call was cancelled.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn drift_row(
        &self,
        processor: Processor,
        row: usize,
        weights: &[u16],
        scratch: &mut Scratch<'a>,
        values: &mut [i64],
        residuals: &mut [u64],
        stop: &Stop<'_, '_>,
    ) -> Result<DriftSummary> {
        self.prefetch_for(row + ROWS_AHEAD);
        let own = self.values.row(row);
        let lost = |edge| scratch.lost.is_some_and(|lost| lost.takes(edge));
        let heard =
            |edge| if lost(edge) { own } else { self.values.row(self.graph.targets()[edge] as usize) };
        scratch.neighbours.clear();
        scratch.neighbours.extend(self.graph.edges_of(row).map(heard));
        if self.is_frozen(row) {
            values.copy_from_slice(own);
            for (residual, neighbour) in residuals.iter_mut().zip(&scratch.neighbours) {
                *residual = processor.residual(own, neighbour);
                stop.worked(own.len())?;
            }
            return Ok(DriftSummary::default());
        }
        residuals.fill(0);
        let input = DriftInput {
            values: own,
            neighbours: &scratch.neighbours,
            weights,
            anchors: self.anchors.row(row),
            cycle: Rounding::in_cycle(self.seed, self.cycle).of_row(row),
            trim: self.trim,
            hold: self.hold,
        };
        let mut summary = DriftSummary::default();
        // Nearly every row is done at once; a huge one in parts, so that somebody can end it.
        let at_once = (TERMS_AT_ONCE / input.neighbours.len().max(1)).max(CELLS_AT_ONCE);
        for (part, values) in values.chunks_mut(at_once).enumerate() {
            let first = part * at_once;
            let cells = first..first + values.len();
            let mut out = DriftOutput { values, correction: None, residuals: &mut *residuals };
            summary.merge(&processor.drift(&input, cells, &mut out));
            stop.worked(out.values.len().saturating_mul(input.neighbours.len()))?;
        }
        Ok(summary)
    }
}

/// Checks a pool and where its results go.
pub(crate) fn validate(input: &PoolInput<'_>, out: &PoolOutput<'_>) -> Result<()> {
    input.validate()?;
    let cells = input.values.rows().saturating_mul(input.values.cells());
    expect_length(Argument::OutValues, out.values.len(), cells)?;
    expect_length(Argument::OutResiduals, out.residuals.len(), input.graph.edges())
}

/// Drifts every row of a pool that was checked.
pub(crate) fn drift(
    processor: Processor,
    threads: &Threads,
    input: &PoolInput<'_>,
    out: &mut PoolOutput<'_>,
    go_on: &mut GoOn<'_>,
) -> Result<DriftSummary> {
    let cells = input.values.cells();
    let bands = bands(input.graph, cells, cells, out.values, out.residuals)?;
    let work = |band: Band<'_, u64>, stop: &Stop<'_, '_>| {
        let mut scratch = Scratch::default();
        for_each_row(input.graph, cells, cells, band, |row, values, residuals| {
            let weights = &input.weights[input.graph.edges_of(row)];
            input.drift_row(processor, row, weights, &mut scratch, values, residuals, stop)
        })
    };
    Ok(threads.map_reduce(bands, go_on, work, merged)?.unwrap_or_default())
}

pub(crate) fn merged(mut a: DriftSummary, b: DriftSummary) -> DriftSummary {
    a.merge(&b);
    a
}

/// Cuts a pool's outputs into bands of rows that are worth a job each.
pub(crate) fn bands<'a, T>(
    graph: &Graph,
    cells: usize,
    stride: usize,
    mut values: &'a mut [i64],
    mut edges: &'a mut [T],
) -> Result<Vec<Band<'a, T>>> {
    let mean_degree = graph.edges() / graph.rows().max(1) + 1;
    let per_band = (TERMS_PER_JOB / (cells * mean_degree).max(1)).max(1);
    let mut bands = reserved("the bands of a pool", graph.rows().div_ceil(per_band))?;
    let mut first = 0;
    while first < graph.rows() {
        let rows = first..graph.rows().min(first + per_band);
        let (mine, rest) = values.split_at_mut(values.len().min(rows.len() * stride));
        let (my_edges, rest_edges) = edges.split_at_mut(graph.offsets()[rows.end] - graph.offsets()[first]);
        (values, edges, first) = (rest, rest_edges, rows.end);
        bands.push(Band { rows, values: mine, edges: my_edges });
    }
    Ok(bands)
}

/// Calls `work(row, its new values, what belongs to its edges)` for every row of a band.
pub(crate) fn for_each_row<T>(
    graph: &Graph,
    cells: usize,
    stride: usize,
    band: Band<'_, T>,
    mut work: impl FnMut(usize, &mut [i64], &mut [T]) -> Result<DriftSummary>,
) -> Result<DriftSummary> {
    let mut summary = DriftSummary::default();
    let first_edge = graph.offsets()[band.rows.start];
    for (position, row) in band.rows.enumerate() {
        let values = &mut band.values[position * stride..][..cells];
        let edges = graph.edges_of(row);
        let edges = &mut band.edges[edges.start - first_edge..edges.end - first_edge];
        summary.merge(&work(row, values, edges)?);
    }
    Ok(summary)
}
