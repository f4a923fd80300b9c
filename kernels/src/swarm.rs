//! A swarm: a pool that steps through cycles by itself, learns trust and moves its anchors window by window.

use crate::drift::{DriftSummary, expect_value_range};
use crate::engine::Engine;
use crate::error::{Error, Result, expect_length};
use crate::graph::Graph;
use crate::pool::{Band, PoolInput, Scratch, bands, for_each_row, merged};
use crate::rows::Rows;
use crate::trust::{update_trust, weights};
use crate::vaultguard::{NEIGHBOURS_MAX, WEIGHT_MAX, WINDOW};

/// What a swarm starts with besides its graph and values.
#[derive(Clone, Debug)]
pub struct SwarmOptions {
    /// A trust per edge in Q0.16; all of it (65,535) if absent.
    pub trust: Option<Vec<u16>>,
    /// Update the trust after every cycle.
    pub learn_trust: bool,
    /// N marks: rows that never move. All rows move if absent.
    pub frozen: Option<Vec<bool>>,
    /// Trim a third of the neighbours' weight from either side; `false` is plain weighted averaging.
    pub trim: bool,
}

impl Default for SwarmOptions {
    fn default() -> Self {
        Self { trust: None, learn_trust: true, frozen: None, trim: true }
    }
}

/// N rows of B cells that drift in step: every row reads the values of the cycle before.
#[derive(Debug)]
pub struct Swarm {
    engine: Engine,
    graph: Graph,
    cells: usize,
    stride: usize,
    values: Vec<i64>,
    next: Vec<i64>,
    anchors: Vec<i64>,
    trust: Vec<u16>,
    frozen: Vec<bool>,
    learn_trust: bool,
    trim: bool,
    cycle: u64,
    stats: DriftSummary,
}

impl Swarm {
    /// A swarm of `graph.rows()` rows with `cells` cells each, at cycle 0; `values` is N × B without gaps.
    ///
    /// # Errors
    /// If a length does not fit, a row has more than 4,096 neighbours, or a row that is not frozen holds a value
    /// outside 0 ..= 2^62.
    pub fn new(
        engine: Engine,
        graph: Graph,
        values: &[i64],
        cells: usize,
        options: SwarmOptions,
    ) -> Result<Self> {
        let rows = graph.rows();
        expect_length("values", values.len(), rows.saturating_mul(cells))?;
        let trust = options.trust.unwrap_or_else(|| vec![WEIGHT_MAX as u16; graph.edges()]);
        expect_length("trust", trust.len(), graph.edges())?;
        let frozen = options.frozen.unwrap_or_else(|| vec![false; rows]);
        expect_length("frozen", frozen.len(), rows)?;
        if graph.max_degree() > NEIGHBOURS_MAX {
            let got = format!("a row with {} neighbours", graph.max_degree());
            return Err(Error::argument("indptr", got, format!("at most {NEIGHBOURS_MAX}")));
        }
        let stride = stride_of(cells);
        let mut swarm = Self {
            values: vec![0; rows * stride],
            next: vec![0; rows * stride],
            anchors: vec![0; rows * stride],
            learn_trust: options.learn_trust,
            trim: options.trim,
            cycle: 0,
            stats: DriftSummary::default(),
            engine,
            graph,
            cells,
            stride,
            trust,
            frozen,
        };
        (0..rows).try_for_each(|row| swarm.set_row(row, &values[row * cells..][..cells]))?;
        Ok(swarm)
    }

    /// Runs `cycles` cycles.
    pub fn step(&mut self, cycles: u64) {
        self.stats = DriftSummary::default();
        for _ in 0..cycles {
            let summary = self.advance();
            self.stats.merge(&summary);
        }
    }

    fn advance(&mut self) -> DriftSummary {
        if self.cycle.is_multiple_of(WINDOW) {
            self.anchors.copy_from_slice(&self.values);
        }
        let summary = self.drift();
        std::mem::swap(&mut self.values, &mut self.next);
        self.cycle += 1;
        summary
    }

    fn drift(&mut self) -> DriftSummary {
        let (rows, cells, stride) = (self.graph.rows(), self.cells, self.stride);
        let matrix = |data| Rows::padded(data, rows, cells, stride);
        let input = PoolInput {
            values: matrix(&self.values),
            graph: &self.graph,
            // Made from the trust, row by row.
            weights: &[],
            anchors: matrix(&self.anchors),
            frozen: Some(&self.frozen),
            cycle: self.cycle,
            trim: self.trim,
        };
        let learn_trust = self.learn_trust;
        let (processor, threads) = self.engine.parts();
        let work = |band: Band<'_, u16>| {
            let mut scratch = Scratch::default();
            let (mut shares, mut residuals) = (Vec::new(), Vec::new());
            for_each_row(input.graph, cells, stride, band, |row, values, trust| {
                shares.resize(trust.len(), 0);
                residuals.resize(trust.len(), 0);
                weights(trust, &mut shares).expect("the degree was checked");
                let summary = input.drift_row(processor, row, &shares, &mut scratch, values, &mut residuals);
                if learn_trust {
                    update_trust(trust, &residuals, cells as u64).expect("the degree was checked");
                }
                summary
            })
        };
        let bands = bands(&self.graph, cells, stride, &mut self.next, &mut self.trust);
        threads.map_reduce(bands, work, merged).unwrap_or_default()
    }

    /// Overwrites the values of one row; its anchors stay until the next window.
    ///
    /// # Errors
    /// If there is no such row, it has another number of cells, or it is not frozen and a value is outside
    /// 0 ..= 2^62.
    pub fn set_row(&mut self, row: usize, values: &[i64]) -> Result<()> {
        if row >= self.rows() {
            return Err(Error::argument("row", row, format!("below {}", self.rows())));
        }
        expect_length("values", values.len(), self.cells)?;
        if !self.frozen[row] {
            expect_value_range("values", values, 0).map_err(|error| error.in_row(row))?;
        }
        self.values[row * self.stride..][..self.cells].copy_from_slice(values);
        Ok(())
    }

    /// The number of rows, N.
    pub fn rows(&self) -> usize {
        self.graph.rows()
    }

    /// The number of cells in a row, B.
    pub fn cells(&self) -> usize {
        self.cells
    }

    /// The cycles done so far.
    pub fn cycle(&self) -> u64 {
        self.cycle
    }

    /// The values of row `row`, B cells in micro-VU.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, row: usize) -> &[i64] {
        assert!(row < self.rows(), "row {row} of {}", self.rows());
        &self.values[row * self.stride..][..self.cells]
    }

    /// The trust along every edge, in Q0.16.
    pub fn trust(&self) -> &[u16] {
        &self.trust
    }

    /// Who compares with whom.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// What VaultGuard did in the last call of [`Swarm::step`], summed over its cycles and rows.
    pub fn stats(&self) -> &DriftSummary {
        &self.stats
    }

    /// Per cell, the largest minus the smallest value over the rows that are not frozen, in micro-VU.
    pub fn spread(&self) -> Vec<u64> {
        let mut range = vec![(i64::MAX, i64::MIN); self.cells];
        for row in (0..self.rows()).filter(|&row| !self.frozen[row]) {
            for ((low, high), &value) in range.iter_mut().zip(self.row(row)) {
                (*low, *high) = ((*low).min(value), (*high).max(value));
            }
        }
        range.into_iter().map(|(low, high)| if low <= high { high.abs_diff(low) } else { 0 }).collect()
    }
}

/// Rows a power of two apart compete for the same cache sets; an odd number of cache lines between them does not.
fn stride_of(cells: usize) -> usize {
    const LINE: usize = 8;
    match cells.div_ceil(LINE) {
        lines if lines >= 16 && lines % 2 == 0 => (lines + 1) * LINE,
        _ => cells,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Backend;

    fn complete(rows: u32) -> Graph {
        let targets = (0..rows).flat_map(|i| (0..rows).filter(move |&j| j != i)).collect();
        Graph::new((0..=rows as usize).map(|i| i * (rows as usize - 1)).collect(), targets).unwrap()
    }

    fn scalar() -> Engine {
        Engine::with_threads(Backend::Scalar, Some(1)).unwrap()
    }

    #[test]
    fn five_stubborn_of_sixteen_do_not_stop_agreement() {
        let mut values: Vec<i64> = (0..16).map(|i| 1_000_000_000 + i * 12_345_678).collect();
        values[11..].copy_from_slice(&[i64::MAX, i64::MIN, 0, 1 << 62, -1]);
        let frozen = Some((0..16).map(|i| i >= 11).collect());
        let options = SwarmOptions { frozen, ..Default::default() };
        let mut swarm = Swarm::new(scalar(), complete(16), &values, 1, options).unwrap();
        swarm.step(400);
        assert_eq!((swarm.spread(), swarm.cycle()), (vec![0], 400));
        assert!((1_000_000_000..=1_000_000_000 + 10 * 12_345_678).contains(&swarm.row(0)[0]));
        assert_eq!(swarm.row(12), [i64::MIN]);
    }

    #[test]
    fn a_row_must_hold_values_unless_frozen() {
        let error = Swarm::new(scalar(), complete(2), &[5, -5], 1, SwarmOptions::default()).unwrap_err();
        assert_eq!(error.to_string(), "values: got -5 at cell 0 in row 1, expected 0 to 2^62 micro-VU");
    }
}
