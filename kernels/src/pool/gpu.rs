//! A pool on the GPU: rows cut into columns of cells and edges into bands of rows, so that every buffer fits the
//! device's limits, and the passes of one cycle over them.
//!
//! Values are kept twice: a cycle reads one and writes the other. Rows that never move are the same in both.

use std::ops::Range;
use std::sync::Arc;

use wgpu::{Buffer, CommandEncoder, ComputePassDescriptor};

use super::cut::{Band, Column, DevicePoolInput, List, bands, columns, lists, trust_lists};
use super::{Lost, PoolInput, PoolOutput, Rounding};
use crate::drift::{DriftInput, DriftOutput, DriftSummary};
use crate::error::Result;
use crate::gpu::{
    Binding, Contents, CycleConstants, Gpu, Pass, ROUND_BY_ROW, ROUND_DOWN, ROUND_UP, Read, Shader, Shape,
    Stopwatch, groups, lane_bits, single_cells,
};
use crate::graph::Graph;
use crate::mix::halves;
use crate::trust::tolerated;

/// Bytes from one cycle's constants to the next: what every device takes as an offset.
const CYCLE_BYTES: usize = 256;

/// Cycles that are handed over at once, at most.
const CYCLES_AT_ONCE: usize = 64;

/// A pass, and which of the cycles whose constants are set it belongs to.
pub(crate) type Run<'a> = (&'a Pass, usize);

/// A cycle in which all rows round as its parity says, and no sample is lost.
fn by_parity(cycle: u64) -> CycleConstants {
    let rounding = if cycle % 2 == 1 { ROUND_UP } else { ROUND_DOWN };
    CycleConstants { rounding, ..Default::default() }
}

/// A cycle in which every row draws its rounding bit, and these samples are lost.
pub(crate) fn drawn_by_row(rounding: Rounding, lost: Option<Lost>) -> CycleConstants {
    let lost = lost.unwrap_or(Lost { share: 0, key: [0; 2] });
    CycleConstants {
        rounding: ROUND_BY_ROW,
        lost_share: lost.share,
        lost_key: lost.key,
        rounding_key: rounding.key,
    }
}

/// The pool.
#[derive(Debug)]
pub(crate) struct DevicePool {
    pub gpu: Arc<Gpu>,
    pub columns: Vec<Column>,
    pub bands: Vec<Band>,
    constants: Buffer,
    counters: Vec<Buffer>,
    /// About how many cells times neighbours a cycle works through.
    load: usize,
    /// Passes that read either copy of the values.
    passes: [Vec<Pass>; 2],
}

impl DevicePool {
    pub(crate) fn new(gpu: Arc<Gpu>, input: &DevicePoolInput<'_>) -> Result<Self> {
        let columns = columns(&gpu, input)?;
        let slots = columns.iter().map(|column| column.tiling.1).sum();
        let bands = bands(&gpu, input, slots)?;
        let constants = vec![0_u8; CYCLES_AT_ONCE * CYCLE_BYTES];
        let constants = gpu.buffer("constants of cycles", Contents::Uniform(&constants))?;
        let (counters, passes) = Default::default();
        let mut pool = Self { gpu, columns, bands, constants, counters, load: 0, passes };
        for band in 0..pool.bands.len() {
            pool.add_band(input, band, slots)?;
        }
        Ok(pool)
    }

    fn add_band(&mut self, input: &DevicePoolInput<'_>, band: usize, slots: usize) -> Result<()> {
        for list in lists(&self.gpu, input, &self.bands[band]) {
            let (rows, most_degree) = (list.rows.len(), list.most_degree() as u32);
            self.load += list.load(input.cells);
            let buffer = self.gpu.buffer("rows", Contents::Of(&list.rows))?;
            for column in 0..self.columns.len() {
                let (shape, groups) =
                    self.shape(list.shader, input, (band, column), rows, (most_degree, slots));
                self.add_pass(list.shader, "main", (band, column), &buffer, shape, groups)?;
            }
        }
        if input.residuals && slots > 1 {
            let edges = self.bands[band].edges.len();
            let (shape, _) = self.shape(Shader::Residuals, input, (band, 0), 0, (0, slots));
            let list = self.gpu.buffer::<u32>("rows", Contents::Zeros(0))?;
            self.add_pass(Shader::Residuals, "add_slots", (band, 0), &list, shape, edges.div_ceil(64))?;
        }
        Ok(())
    }

    /// The shape of a dispatch over `rows` rows, and its workgroups.
    fn shape(
        &self,
        shader: Shader,
        input: &DevicePoolInput<'_>,
        (band, column): (usize, usize),
        rows: usize,
        (most_degree, slots): (u32, usize),
    ) -> (Shape, usize) {
        let (band, column) = (&self.bands[band], &self.columns[column]);
        let (tile, tiles) = match shader {
            Shader::Bisection { .. } => single_cells(column.cells.len()),
            _ => column.tiling,
        };
        let lane_bits = lane_bits(tile);
        let shape = Shape {
            cells: column.cells.len() as u32,
            lane_bits,
            rows: rows as u32,
            tile: tile as u32,
            tiles: tiles as u32,
            edges: band.edges.len() as u32,
            most_degree,
            first_slot: column.first_slot as u32,
            slots: slots as u32,
            given_weights: input.given_weights.into(),
            hold: input.hold.into(),
            first_edge: halves(band.edges.start as u64)[0],
            first_edge_high: halves(band.edges.start as u64)[1],
            ..Default::default()
        };
        (shape, groups(rows, lane_bits, tiles))
    }

    fn add_pass(
        &mut self,
        shader: Shader,
        entry: &'static str,
        (band, column): (usize, usize),
        list: &Buffer,
        shape: Shape,
        groups: usize,
    ) -> Result<()> {
        let grid = self.gpu.grid(groups)?;
        let shape = self.gpu.buffer("shape", Contents::Uniform(&[Shape { groups_x: grid.0, ..shape }]))?;
        // Of every workgroup that is started, those beyond the last row too.
        let counting = entry == "main" && shader != Shader::Residuals;
        let counted = if counting { grid.0 as usize * grid.1 as usize } else { 0 };
        let counters = self.gpu.buffer::<[u64; 4]>("counters", Contents::Zeros(counted))?;
        let (band, column) = (&self.bands[band], &self.columns[column]);
        for (copy, passes) in self.passes.iter_mut().enumerate() {
            let bindings = [
                Some(Binding::Uniform(&shape)),
                Some(Binding::Varying(&self.constants, size_of::<CycleConstants>() as u64)),
                Some(Binding::Input(list)),
                Some(Binding::Input(&band.targets)),
                Some(Binding::Input(&band.trust)),
                Some(Binding::Input(&column.values[copy])),
                Some(Binding::Input(&column.anchors)),
                Some(Binding::Output(&column.values[1 - copy])),
                Some(Binding::Output(&band.residuals)),
                Some(Binding::Output(&counters)),
            ];
            passes.push(self.gpu.pass(shader, entry, &bindings, grid)?);
        }
        if counting {
            self.counters.push(counters);
        }
        Ok(())
    }

    /// The passes that learn trust from the residuals.
    pub(crate) fn trust_passes(&mut self, graph: &Graph, cells: usize) -> Result<Vec<Pass>> {
        let mut passes = Vec::new();
        for band in &self.bands {
            for list in trust_lists(&self.gpu, graph, band, cells) {
                self.load += list.load(cells);
                passes.push(self.trust_pass(band, &list, cells)?);
            }
        }
        Ok(passes)
    }

    fn trust_pass(&self, band: &Band, list: &List, cells: usize) -> Result<Pass> {
        let lane_bits = lane_bits(list.most_degree());
        let grid = self.gpu.grid(groups(list.rows.len(), lane_bits, 1))?;
        let shape = Shape {
            lane_bits,
            rows: list.rows.len() as u32,
            tiles: 1,
            first_edge: halves(band.edges.start as u64)[0],
            first_edge_high: halves(band.edges.start as u64)[1],
            groups_x: grid.0,
            tolerated: halves(tolerated(cells as u64)),
            ..Default::default()
        };
        let shape = self.gpu.buffer("shape", Contents::Uniform(&[shape]))?;
        let rows = self.gpu.buffer("rows", Contents::Of(&list.rows))?;
        let bindings = [
            Some(Binding::Uniform(&shape)),
            Some(Binding::Varying(&self.constants, size_of::<CycleConstants>() as u64)),
            Some(Binding::Input(&rows)),
            Some(Binding::Output(&band.trust)),
            Some(Binding::Input(&band.residuals)),
        ];
        self.gpu.pass(Shader::Trust, "main", &bindings, grid)
    }

    /// Sets the constants of the cycles that are submitted next.
    pub(crate) fn set_cycles(&self, cycles: &[CycleConstants]) -> Result<()> {
        let mut bytes = vec![0_u8; cycles.len() * CYCLE_BYTES];
        for (constants, slot) in cycles.iter().zip(bytes.chunks_mut(CYCLE_BYTES)) {
            slot[..size_of_val(constants)].copy_from_slice(bytemuck::bytes_of(constants));
        }
        self.gpu.write(&self.constants, 0, &bytes)
    }

    /// The passes of one cycle, the `position`th of those whose constants are set, from copy `from` of the values to the
    /// other, and then `after`.
    pub(crate) fn runs<'a>(&'a self, from: usize, after: &'a [Pass], position: usize) -> Vec<Run<'a>> {
        self.passes[from].iter().chain(after).map(|pass| (pass, position)).collect()
    }

    /// Hands over what is encoded and these runs, all at once if they are little enough; timed if a stopwatch is there.
    pub(crate) fn submit(
        &self,
        mut encoder: CommandEncoder,
        runs: &[Run<'_>],
        mut stopwatch: Option<&mut Stopwatch>,
    ) -> Result<()> {
        let together = if self.load <= self.gpu.load_at_once { runs.len().max(1) } else { 1 };
        for some in runs.chunks(together) {
            if let Some(stopwatch) = &mut stopwatch {
                stopwatch.make_room(&self.gpu)?;
            }
            let timestamp_writes = stopwatch.as_mut().map(|stopwatch| stopwatch.next());
            let descriptor = ComputePassDescriptor { label: Some("cycles"), timestamp_writes };
            let mut pass = encoder.begin_compute_pass(&descriptor);
            some.iter()
                .for_each(|(each, position)| each.run(&mut pass, Some((position * CYCLE_BYTES) as u32)));
            drop(pass);
            self.gpu.submit(std::mem::replace(&mut encoder, self.gpu.encoder()))?;
        }
        Ok(())
    }

    /// How many cycles make a submission.
    pub(crate) fn cycles_at_once(&self) -> usize {
        (self.gpu.load_at_once / 4 / self.load.max(1)).clamp(1, CYCLES_AT_ONCE)
    }

    /// Sets all counters to zero.
    pub(crate) fn clear_counters(&self, encoder: &mut CommandEncoder) {
        self.counters.iter().for_each(|counters| encoder.clear_buffer(counters, 0, None));
    }

    /// What VaultGuard did since the counters were cleared.
    pub(crate) fn summary(&self) -> Result<DriftSummary> {
        self.read_with_summary(Vec::new())
    }

    /// Merges the counters, and reads them together with other parts.
    fn read_with_summary(&self, parts: Vec<Read<'_>>) -> Result<DriftSummary> {
        let mut encoder = self.gpu.encoder();
        let mut merged = Vec::new();
        for counters in &self.counters {
            let result = self.gpu.buffer::<[u64; 4]>("merged counters", Contents::Zeros(1))?;
            let bindings = [Some(Binding::Input(counters)), Some(Binding::Output(&result))];
            let pass = self.gpu.pass(Shader::Swarm, "merge", &bindings, (1, 1))?;
            pass.run(&mut encoder.begin_compute_pass(&ComputePassDescriptor::default()), None);
            merged.push(result);
        }
        self.gpu.submit(encoder)?;
        let mut entries = vec![[0_u64; 4]; merged.len()];
        let counters = merged.iter().zip(entries.chunks_mut(1));
        let counters = counters.map(|(buffer, out)| Read::new(buffer, 0, out));
        self.gpu.read(parts.into_iter().chain(counters).collect())?;
        let mut summary = DriftSummary::default();
        for [rate_limited, floored, max_correction, sum_correction] in entries {
            summary.merge(&DriftSummary { rate_limited, floored, max_correction, sum_correction });
        }
        Ok(summary)
    }

    /// Reads rows `rows` of a buffer of every column into `out`, row after row of `cells` cells.
    pub(crate) fn read_rows(
        &self,
        buffer: impl Fn(&Column) -> &Buffer,
        rows: Range<usize>,
        cells: usize,
        out: &mut [i64],
    ) -> Result<()> {
        let read = |parts: Vec<Read<'_>>| self.gpu.read(parts);
        self.read_rows_by(buffer, rows, cells, out, read)
    }

    /// The same, by `read`, which may read more at once.
    fn read_rows_by<R>(
        &self,
        buffer: impl Fn(&Column) -> &Buffer,
        rows: Range<usize>,
        cells: usize,
        out: &mut [i64],
        read: impl FnOnce(Vec<Read<'_>>) -> Result<R>,
    ) -> Result<R> {
        if let [column] = &self.columns[..] {
            return read(vec![Read::new(buffer(column), rows.start * cells, out)]);
        }
        let widths = || self.columns.iter().map(|column| column.cells.len());
        let mut staged: Vec<Vec<i64>> = widths().map(|width| vec![0; rows.len() * width]).collect();
        let columns = self.columns.iter().zip(&mut staged);
        let parts =
            columns.map(|(column, out)| Read::new(buffer(column), rows.start * column.cells.len(), out));
        let result = read(parts.collect())?;
        for (column, part) in self.columns.iter().zip(&staged) {
            for (row, of_row) in part.chunks(column.cells.len()).enumerate() {
                out[row * cells..][column.cells.clone()].copy_from_slice(of_row);
            }
        }
        Ok(result)
    }

    /// One cycle by itself, from the first copy of the values to the second: the values of rows `rows`, and the
    /// residuals along all edges.
    fn drift_once(
        &self,
        cycle: CycleConstants,
        rows: Range<usize>,
        cells: usize,
        values: &mut [i64],
        residuals: &mut [u64],
    ) -> Result<DriftSummary> {
        self.set_cycles(&[cycle])?;
        self.submit(self.gpu.encoder(), &self.runs(0, &[], 0), None)?;
        self.read_rows_by(
            |column| &column.values[1],
            rows,
            cells,
            values,
            |parts| {
                let mut rest = residuals;
                let of_bands = self.bands.iter().map(|band| {
                    let mine = rest.split_off_mut(..band.edges.len()).expect("a residual for every edge");
                    Read::new(&band.residuals, 0, mine)
                });
                self.read_with_summary(parts.into_iter().chain(of_bands).collect())
            },
        )
    }
}

impl Gpu {
    /// Drifts every row of a pool once; `input` and `out` were checked.
    pub(crate) fn drift_pool(
        self: &Arc<Self>,
        input: &PoolInput<'_>,
        out: &mut PoolOutput<'_>,
    ) -> Result<DriftSummary> {
        let unfrozen;
        let frozen = match input.frozen {
            Some(frozen) => frozen,
            None => {
                unfrozen = vec![false; input.graph.rows()];
                &unfrozen
            }
        };
        let cells = input.values.cells();
        let pool = DevicePool::new(
            self.clone(),
            &DevicePoolInput {
                graph: input.graph,
                cells,
                values: &|row| input.values.row(row),
                anchors: Some(&|row| input.anchors.row(row)),
                frozen,
                trust: input.weights,
                given_weights: true,
                trim: input.trim,
                hold: input.hold,
                residuals: true,
            },
        )?;
        let cycle = drawn_by_row(Rounding::in_cycle(input.seed, input.cycle), None);
        pool.drift_once(cycle, 0..input.graph.rows(), cells, out.values, out.residuals)
    }

    /// Drifts one row; `input` and `out` were checked.
    pub(crate) fn drift_row(
        self: &Arc<Self>,
        input: &DriftInput<'_>,
        out: &mut DriftOutput<'_>,
    ) -> Result<DriftSummary> {
        let (cells, neighbours) = (input.values.len(), input.neighbours.len());
        // The neighbours are rows after it, without edges of their own.
        let offsets = std::iter::once(0).chain(std::iter::repeat_n(neighbours, neighbours + 1)).collect();
        let graph = Graph::new(offsets, (1..=neighbours as u32).collect())?;
        let frozen: Vec<bool> = (0..=neighbours).map(|row| row > 0).collect();
        let pool = DevicePool::new(
            self.clone(),
            &DevicePoolInput {
                graph: &graph,
                cells,
                values: &|row| if row == 0 { input.values } else { input.neighbours[row - 1] },
                // Nobody asks for the anchors of rows that do not move.
                anchors: Some(&|row| if row == 0 { input.anchors } else { input.neighbours[row - 1] }),
                frozen: &frozen,
                trust: input.weights,
                given_weights: true,
                trim: input.trim,
                hold: input.hold,
                residuals: true,
            },
        )?;
        let cycle = by_parity(input.cycle);
        let summary = pool.drift_once(cycle, 0..1, cells, out.values, out.residuals)?;
        if let Some(correction) = &mut out.correction {
            let moved = out.values.iter().zip(input.values).map(|(new, old)| new - old);
            correction.iter_mut().zip(moved).for_each(|(correction, moved)| *correction = moved);
        }
        Ok(summary)
    }
}
