//! A swarm on the GPU: its values, edges, trust and anchors stay there from cycle to cycle.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use bytemuck::{Pod, Zeroable};
use wgpu::{Buffer, CommandEncoder, ComputePassDescriptor};

use super::{Rules, State};
use crate::cancel::GoOn;
use crate::drift::DriftSummary;
use crate::error::Result;
use crate::gpu::{Binding, Contents, Gpu, Pass, Read, Shader, Stopwatch, lane_bits};
use crate::pool::Rounding;
use crate::pool::cut::{Column, DevicePoolInput};
use crate::pool::gpu::{DevicePool, drawn_by_row};
use crate::vaultguard::WINDOW;

/// Threads that look for extremes in a column: as many as keep a large device busy.
const SEARCHERS: usize = 1 << 18;

/// The search for extremes, as in swarm.wgsl.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
struct Extent {
    cells: u32,
    lane_bits: u32,
    rows: u32,
    /// Groups of lanes that share the rows.
    share: u32,
    /// Workgroups along a row.
    tiles: u32,
    groups_x: u32,
    padding: [u32; 2],
}

/// The swarm.
#[derive(Debug)]
struct GpuState {
    pool: DevicePool,
    cells: usize,
    trust: Vec<Pass>,
    searches: Vec<Search>,
    stopwatch: Option<Stopwatch>,
    /// Which copy of the values is the newest.
    copy: usize,
}

/// The search for the extremes of a column, over either copy of the values.
#[derive(Debug)]
struct Search {
    passes: [Pass; 2],
    found: Buffer,
    /// Pairs of values found for each cell.
    share: usize,
}

impl Gpu {
    /// A swarm that stays on the device: N × B values and the trust along the edges.
    pub(crate) fn swarm(
        self: &Arc<Self>,
        rules: &Rules,
        values: &[i64],
        cells: usize,
        trust: &[u16],
    ) -> Result<Box<dyn State>> {
        Ok(Box::new(GpuState::new(self.clone(), rules, values, cells, trust)?))
    }
}

impl GpuState {
    /// Brings N × B values and the trust along the edges to the device.
    fn new(gpu: Arc<Gpu>, rules: &Rules, values: &[i64], cells: usize, trust: &[u16]) -> Result<Self> {
        let row = |row: usize| &values[row * cells..][..cells];
        let input = DevicePoolInput {
            graph: &rules.graph,
            cells,
            values: &row,
            // The first window starts with cycle 0.
            anchors: None,
            frozen: &rules.frozen,
            trust,
            given_weights: false,
            trim: rules.trim,
            hold: rules.hold,
            residuals: rules.learn_trust,
        };
        let mut pool = DevicePool::new(gpu, &input)?;
        let trust = if rules.learn_trust { pool.trust_passes(&rules.graph, cells)? } else { Vec::new() };
        Ok(Self {
            searches: searches(&pool, rules)?,
            stopwatch: Stopwatch::new(&pool.gpu),
            copy: 0,
            pool,
            cells,
            trust,
        })
    }

    /// Hands over some cycles.
    fn submit(&mut self, rules: &Rules, cycles: Range<u64>) -> Result<()> {
        let constants = |cycle| {
            let lost = rules.loss.map(|loss| loss.in_cycle(cycle));
            drawn_by_row(Rounding::in_cycle(rules.seed, cycle), lost)
        };
        self.pool.set_cycles(&cycles.clone().map(constants).collect::<Vec<_>>())?;
        let mut position = 0;
        for within_window in split_at_windows(cycles) {
            let mut encoder = self.pool.gpu.encoder();
            if within_window.start.is_multiple_of(WINDOW) {
                self.drop_anchors(&mut encoder);
            }
            let mut runs = Vec::new();
            for _ in within_window {
                runs.extend(self.pool.runs(self.copy, &self.trust, position));
                self.copy = 1 - self.copy;
                position += 1;
            }
            self.pool.submit(encoder, &runs, self.stopwatch.as_mut())?;
        }
        Ok(())
    }

    /// The values become the anchors.
    fn drop_anchors(&self, encoder: &mut CommandEncoder) {
        for column in &self.pool.columns {
            let values = &column.values[self.copy];
            encoder.copy_buffer_to_buffer(values, 0, &column.anchors, 0, None);
        }
    }
}

impl State for GpuState {
    fn step(
        &mut self,
        rules: &Rules,
        mut cycles: Range<u64>,
        done: &mut u64,
        go_on: &mut GoOn<'_>,
    ) -> Result<()> {
        // Few enough that the caller can be asked between two submissions.
        let at_once = self.pool.cycles_at_once() as u64;
        while !cycles.is_empty() {
            let end = cycles.end.min(cycles.start + at_once);
            go_on.check()?;
            self.submit(rules, cycles.start..end)?;
            *done += end - cycles.start;
            cycles.start = end;
        }
        Ok(())
    }

    fn reset_stats(&mut self) -> Result<()> {
        self.stopwatch.iter_mut().for_each(Stopwatch::reset);
        let mut encoder = self.pool.gpu.encoder();
        self.pool.clear_counters(&mut encoder);
        self.pool.gpu.submit(encoder)
    }

    fn set_rows(&mut self, rows: &[usize], values: &[i64]) -> Result<()> {
        let mut start = 0;
        // Rows in a row lie side by side on the device, and one transfer takes them all.
        for run in rows.chunk_by(|a, b| a + 1 == *b) {
            let of_run = &values[start * self.cells..][..run.len() * self.cells];
            for column in &self.pool.columns {
                let written = part_of(column, of_run, self.cells);
                let first = run[0] * column.cells.len();
                // Both copies: a row that does not move is never written by a cycle.
                let mut copies = column.values.iter();
                copies.try_for_each(|copy| self.pool.gpu.write(copy, first, &written))?;
            }
            start += run.len();
        }
        self.pool.gpu.check()
    }

    fn set_anchors(&mut self, anchors: &[i64]) -> Result<()> {
        for column in &self.pool.columns {
            self.pool.gpu.write(&column.anchors, 0, &part_of(column, anchors, self.cells))?;
        }
        self.pool.gpu.check()
    }

    fn set_trust(&mut self, trust: &[u16]) -> Result<()> {
        for band in &self.pool.bands {
            let wide: Vec<u32> = trust[band.edges.clone()].iter().map(|&trust| trust.into()).collect();
            self.pool.gpu.write(&band.trust, 0, &wide)?;
        }
        self.pool.gpu.check()
    }

    fn read_values(&self, out: &mut [i64]) -> Result<()> {
        let rows = out.len() / self.cells.max(1);
        self.pool.read_rows(|column| &column.values[self.copy], 0..rows, self.cells, out)
    }

    fn read_anchors(&self, out: &mut [i64]) -> Result<()> {
        let rows = out.len() / self.cells.max(1);
        self.pool.read_rows(|column| &column.anchors, 0..rows, self.cells, out)
    }

    fn read_row(&self, row: usize, out: &mut [i64]) -> Result<()> {
        self.pool.read_rows(|column| &column.values[self.copy], row..row + 1, self.cells, out)
    }

    fn read_trust(&self, out: &mut [u16]) -> Result<()> {
        let mut wide = vec![0_u32; out.len()];
        let mut rest = &mut wide[..];
        let mut parts = Vec::new();
        for band in &self.pool.bands {
            let (mine, others) = rest.split_at_mut(band.edges.len());
            parts.push(Read::new(&band.trust, 0, mine));
            rest = others;
        }
        self.pool.gpu.read(parts)?;
        out.iter_mut().zip(wide).for_each(|(out, trust)| *out = trust as u16);
        Ok(())
    }

    fn extremes(&self, _: &Rules) -> Result<Vec<(i64, i64)>> {
        let gpu = &self.pool.gpu;
        let mut encoder = gpu.encoder();
        for search in &self.searches {
            let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor::default());
            search.passes[self.copy].run(&mut pass, None);
        }
        gpu.submit(encoder)?;
        let mut extremes = vec![(i64::MAX, i64::MIN); self.cells];
        for (search, column) in self.searches.iter().zip(&self.pool.columns) {
            let width = column.cells.len();
            let mut found = vec![[0_i64; 2]; search.share * width];
            gpu.read(vec![Read::new(&search.found, 0, &mut found)])?;
            for row in found.chunks(width) {
                for (extreme, &[low, high]) in extremes[column.cells.clone()].iter_mut().zip(row) {
                    *extreme = (extreme.0.min(low), extreme.1.max(high));
                }
            }
        }
        Ok(extremes)
    }

    fn stats(&self) -> Result<DriftSummary> {
        self.pool.summary()
    }

    fn device_seconds(&self) -> Result<Option<f64>> {
        self.stopwatch.as_ref().map(|stopwatch| stopwatch.seconds(&self.pool.gpu)).transpose()
    }
}

/// What a column holds of rows of `cells` cells.
fn part_of<'a>(column: &Column, rows: &'a [i64], cells: usize) -> Cow<'a, [i64]> {
    if column.cells.len() == cells {
        return Cow::Borrowed(rows);
    }
    rows.chunks(cells).flat_map(|row| &row[column.cells.clone()]).copied().collect()
}

/// Cuts cycles at the starts of windows.
fn split_at_windows(cycles: Range<u64>) -> Vec<Range<u64>> {
    let mut parts = Vec::new();
    let mut start = cycles.start;
    while start < cycles.end {
        let end = cycles.end.min((start / WINDOW + 1) * WINDOW);
        parts.push(start..end);
        start = end;
    }
    parts
}

fn searches(pool: &DevicePool, rules: &Rules) -> Result<Vec<Search>> {
    let moving: Vec<u32> =
        (0..).zip(&rules.frozen).filter(|(_, frozen)| !**frozen).map(|(row, _)| row).collect();
    let gpu = &pool.gpu;
    let list = gpu.buffer("moving rows", Contents::Of(&moving))?;
    let search = |column: &Column| {
        let width = column.cells.len();
        let lane_bits = lane_bits(width);
        let tiles = width.div_ceil(64);
        let together = 64 >> lane_bits;
        // Every cell's pair is 16 bytes.
        let room = gpu.entries_of(16) / (width * together).max(1);
        let groups = moving.len().div_ceil(together).min(SEARCHERS / (tiles * 64)).min(room).max(1);
        let share = groups * together;
        let grid = gpu.grid(groups * tiles)?;
        let extent = Extent {
            cells: width as u32,
            lane_bits,
            rows: moving.len() as u32,
            share: share as u32,
            tiles: tiles as u32,
            groups_x: grid.0,
            padding: [0; 2],
        };
        let extent = gpu.buffer("extent", Contents::Uniform(&[extent]))?;
        let found = gpu.buffer::<[i64; 2]>("extremes", Contents::Zeros(share * width))?;
        let pass = |copy: usize| {
            let bindings = [
                Some(Binding::Uniform(&extent)),
                Some(Binding::Input(&list)),
                Some(Binding::Input(&column.values[copy])),
                Some(Binding::Output(&found)),
            ];
            gpu.pass(Shader::Swarm, "extremes", &bindings, grid)
        };
        Ok(Search { passes: [pass(0)?, pass(1)?], found: found.clone(), share })
    };
    pool.columns.iter().map(search).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycles_are_cut_at_windows() {
        assert_eq!(split_at_windows(0..5), vec![0..5]);
        assert_eq!(split_at_windows(4_090..8_200), vec![4_090..4_096, 4_096..8_192, 8_192..8_200]);
        assert!(split_at_windows(7..7).is_empty());
    }
}
