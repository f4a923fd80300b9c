//! A swarm in this machine's own memory, stepped by its processor's threads.

use std::ops::Range;

use super::{Rules, State};
use crate::allocate::{copied, expect_room, filled};
use crate::cancel::{GoOn, Stop};
use crate::drift::DriftSummary;
use crate::error::Result;
use crate::pool::{Band, PoolInput, Scratch, bands, for_each_row, merged};
use crate::processor::Processor;
use crate::rows::Rows;
use crate::threads::Threads;
use crate::trust::{update_trust, weights};
use crate::vaultguard::WINDOW;

/// The rows, `stride` entries apart.
#[derive(Debug)]
pub(super) struct HostState {
    processor: Processor,
    threads: Threads,
    rows: usize,
    cells: usize,
    stride: usize,
    values: Vec<i64>,
    next: Vec<i64>,
    anchors: Vec<i64>,
    trust: Vec<u16>,
    /// The trust after the cycle under way, which may yet be cancelled.
    next_trust: Vec<u16>,
    stats: DriftSummary,
}

impl HostState {
    /// Takes in N × B values without gaps.
    pub(super) fn new(
        processor: Processor,
        threads: Threads,
        rows: usize,
        values: &[i64],
        cells: usize,
        trust: &[u16],
    ) -> Result<Self> {
        let stride = stride_of(cells);
        let entries = rows.saturating_mul(stride);
        // All together, so that it is not found half-way, with the machine's memory full.
        expect_room("a swarm", entries.saturating_mul(24).saturating_add(trust.len().saturating_mul(4)))?;
        let mut state = Self {
            processor,
            threads,
            rows,
            cells,
            stride,
            values: filled("the values of a swarm", 0, entries)?,
            next: filled("the next values of a swarm", 0, entries)?,
            anchors: filled("the anchors of a swarm", 0, entries)?,
            trust: copied("the trust of a swarm", trust)?,
            next_trust: copied("the next trust of a swarm", trust)?,
            stats: DriftSummary::default(),
        };
        for row in 0..rows {
            state.row_mut(row).copy_from_slice(&values[row * cells..][..cells]);
        }
        Ok(state)
    }

    fn row_mut(&mut self, row: usize) -> &mut [i64] {
        &mut self.values[row * self.stride..][..self.cells]
    }

    fn row_of(&self, row: usize) -> &[i64] {
        &self.values[row * self.stride..][..self.cells]
    }

    fn advance(&mut self, rules: &Rules, cycle: u64, go_on: &mut GoOn<'_>) -> Result<()> {
        if cycle.is_multiple_of(WINDOW) {
            self.anchors.copy_from_slice(&self.values);
        }
        let summary = self.drift(rules, cycle, go_on)?;
        self.stats.merge(&summary);
        std::mem::swap(&mut self.values, &mut self.next);
        if rules.learn_trust {
            std::mem::swap(&mut self.trust, &mut self.next_trust);
        }
        Ok(())
    }

    /// Fills the next values and the next trust.
    fn drift(&mut self, rules: &Rules, cycle: u64, go_on: &mut GoOn<'_>) -> Result<DriftSummary> {
        let rows = self.rows;
        let cells = self.cells;
        let stride = self.stride;
        let processor = self.processor;
        let matrix = |data| Rows::padded(data, rows, cells, stride);
        let input = PoolInput {
            values: matrix(&self.values),
            graph: &rules.graph,
            // Made from the trust, row by row.
            weights: &[],
            anchors: matrix(&self.anchors),
            frozen: Some(&rules.frozen),
            cycle,
            seed: rules.seed,
            trim: rules.trim,
            hold: rules.hold,
        };
        let lost = rules.loss.map(|loss| loss.in_cycle(cycle));
        let work = |band: Band<'_, u16>, stop: &Stop<'_, '_>| {
            let mut scratch = Scratch::without(lost);
            let mut shares = Vec::new();
            let mut residuals = Vec::new();
            for_each_row(input.graph, cells, stride, band, |row, values, next_trust| {
                let edges = input.graph.edges_of(row);
                shares.resize(edges.len(), 0);
                residuals.resize(edges.len(), 0);
                let trust = &self.trust[edges.clone()];
                weights(trust, &mut shares).expect("the degree was checked");
                let summary =
                    input.drift_row(processor, row, &shares, &mut scratch, values, &mut residuals, stop)?;
                if rules.learn_trust {
                    next_trust.copy_from_slice(trust);
                    scratch.arrived(edges, next_trust, &mut residuals, |trust, residuals| {
                        update_trust(trust, residuals, cells as u64).expect("the degree was checked");
                    });
                }
                Ok(summary)
            })
        };
        let bands = bands(&rules.graph, cells, stride, &mut self.next, &mut self.next_trust)?;
        Ok(self.threads.map_reduce(bands, go_on, work, merged)?.unwrap_or_default())
    }
}

impl State for HostState {
    fn step(
        &mut self,
        rules: &Rules,
        cycles: Range<u64>,
        done: &mut u64,
        go_on: &mut GoOn<'_>,
    ) -> Result<()> {
        for cycle in cycles {
            self.advance(rules, cycle, go_on)?;
            *done += 1;
        }
        Ok(())
    }

    fn reset_stats(&mut self) -> Result<()> {
        self.stats = DriftSummary::default();
        Ok(())
    }

    fn set_rows(&mut self, rows: &[usize], values: &[i64]) -> Result<()> {
        for (position, &row) in rows.iter().enumerate() {
            let cells = self.cells;
            self.row_mut(row).copy_from_slice(&values[position * cells..][..cells]);
        }
        Ok(())
    }

    fn set_trust(&mut self, trust: &[u16]) -> Result<()> {
        self.trust.copy_from_slice(trust);
        Ok(())
    }

    fn set_anchors(&mut self, anchors: &[i64]) -> Result<()> {
        for row in 0..self.rows {
            let anchors = &anchors[row * self.cells..][..self.cells];
            self.anchors[row * self.stride..][..self.cells].copy_from_slice(anchors);
        }
        Ok(())
    }

    fn read_values(&self, out: &mut [i64]) -> Result<()> {
        for row in 0..self.rows {
            out[row * self.cells..][..self.cells].copy_from_slice(self.row_of(row));
        }
        Ok(())
    }

    fn read_anchors(&self, out: &mut [i64]) -> Result<()> {
        for row in 0..self.rows {
            let anchors = &self.anchors[row * self.stride..][..self.cells];
            out[row * self.cells..][..self.cells].copy_from_slice(anchors);
        }
        Ok(())
    }

    fn read_row(&self, row: usize, out: &mut [i64]) -> Result<()> {
        out.copy_from_slice(self.row_of(row));
        Ok(())
    }

    fn read_trust(&self, out: &mut [u16]) -> Result<()> {
        out.copy_from_slice(&self.trust);
        Ok(())
    }

    fn extremes(&self, rules: &Rules) -> Result<Vec<(i64, i64)>> {
        let mut extremes = filled("the extremes of a swarm", (i64::MAX, i64::MIN), self.cells)?;
        for row in (0..self.rows).filter(|&row| !rules.frozen[row]) {
            for ((low, high), &value) in extremes.iter_mut().zip(self.row_of(row)) {
                *low = (*low).min(value);
                *high = (*high).max(value);
            }
        }
        Ok(extremes)
    }

    fn stats(&self) -> Result<DriftSummary> {
        Ok(self.stats)
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
