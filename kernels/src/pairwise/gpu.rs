//! Pairwise residuals on the GPU: bands of rows against all, tile by tile; columns of cells where a matrix is too large
//! for one buffer.

use bytemuck::{Pod, Zeroable};
use wgpu::{Buffer, ComputePassDescriptor};

use super::mirror;
use crate::cancel::GoOn;
use crate::error::Result;
use crate::gpu::{Binding, Contents, Gpu, Read, Shader, TURNS};
use crate::rows::Rows;

/// Rows and columns of a workgroup.
const TILE: usize = 16;

/// The extent of a dispatch, as in pairwise.wgsl.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
struct Extent {
    rows: u32,
    cells: u32,
    first: u32,
    band: u32,
    add: u32,
    skipped: u32,
    padding: [u32; 2],
}

impl Gpu {
    /// The N × N residuals in `out`; both were checked, and there is a row.
    pub(crate) fn pairwise_residuals(
        &self,
        values: &Rows<'_>,
        out: &mut [u64],
        go_on: &mut GoOn<'_>,
    ) -> Result<()> {
        let gpu = self;
        let rows = values.rows();
        let width = (gpu.entries_of(8) / rows).min(TURNS / 2);
        let band = (gpu.entries_of(8) / rows).min(rows) / TILE * TILE;
        if width == 0 || (band == 0 && rows > TILE) {
            let most = format!("{} in one buffer", gpu.entries_of(1));
            return Err(
                gpu.too_large(format!("{} bytes for {TILE} rows of residuals", rows * TILE * 8), most)
            );
        }
        for (first, part) in out.chunks_mut(band.max(TILE) * rows).enumerate() {
            residuals_of_band(gpu, values, first * band, width, part, go_on)?;
        }
        mirror(out, rows, go_on)
    }
}

/// The residuals of rows `first` on to all later ones, in `out`, whole rows of N; `width` cells at a time.
fn residuals_of_band(
    gpu: &Gpu,
    values: &Rows<'_>,
    first: usize,
    width: usize,
    out: &mut [u64],
    go_on: &mut GoOn<'_>,
) -> Result<()> {
    let rows = values.rows();
    let band = out.len() / rows;
    let residuals = gpu.buffer::<u64>("residuals", Contents::Zeros(out.len()))?;
    for start in (0..values.cells()).step_by(width) {
        let cells = start..values.cells().min(start + width);
        let column: Vec<i64> = (0..rows).flat_map(|row| &values.row(row)[cells.clone()]).copied().collect();
        let column = gpu.buffer("values", Contents::Of(&column))?;
        let at_once = (gpu.load_at_once / (rows * cells.len())).max(1).next_multiple_of(TILE);
        for skipped in (0..band).step_by(at_once) {
            go_on.check()?;
            let extent = Extent {
                rows: rows as u32,
                cells: cells.len() as u32,
                first: first as u32,
                band: band as u32,
                add: (start > 0).into(),
                skipped: skipped as u32,
                padding: [0; 2],
            };
            let some = at_once.min(band - skipped);
            let grid = (rows.div_ceil(TILE) as u32, some.div_ceil(TILE) as u32);
            dispatch(gpu, extent, &column, &residuals, grid)?;
        }
    }
    gpu.read(vec![Read::new(&residuals, 0, out)])
}

fn dispatch(gpu: &Gpu, extent: Extent, column: &Buffer, residuals: &Buffer, grid: (u32, u32)) -> Result<()> {
    let extent = gpu.buffer("extent", Contents::Uniform(&[extent]))?;
    let bindings =
        [Some(Binding::Uniform(&extent)), Some(Binding::Input(column)), Some(Binding::Output(residuals))];
    let pass = gpu.pass(Shader::Pairwise, "main", &bindings, grid)?;
    let mut encoder = gpu.encoder();
    pass.run(&mut encoder.begin_compute_pass(&ComputePassDescriptor::default()), None);
    gpu.submit(encoder)
}
