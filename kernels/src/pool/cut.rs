//! How a pool is cut to fit a device: rows into columns of cells, edges into bands of rows, and the rows of a band into
//! lists by the shader that takes them.

use std::collections::BTreeMap;
use std::ops::Range;

use wgpu::Buffer;

use crate::drift::gpu::{ListedRow, leaves_residuals, shader_for, tiles_of};
use crate::error::Result;
use crate::gpu::{Contents, Gpu, Shader};
use crate::graph::Graph;

/// What a pool is made of.
pub(crate) struct DevicePoolInput<'a> {
    pub graph: &'a Graph,
    pub cells: usize,
    /// Row `i` of the values and of the anchors.
    pub row: &'a dyn Fn(usize) -> (&'a [i64], &'a [i64]),
    pub frozen: &'a [bool],
    /// Along the edges: weights if they are given, else trust.
    pub trust: &'a [u16],
    pub given_weights: bool,
    pub trim: bool,
    /// Whether the residuals are wanted, also those of frozen rows.
    pub residuals: bool,
}

/// Some cells of all rows.
#[derive(Debug)]
pub(crate) struct Column {
    pub cells: Range<usize>,
    pub values: [Buffer; 2],
    pub anchors: Buffer,
    /// Cells of a tile, and tiles.
    pub tiling: (usize, usize),
    pub first_slot: usize,
}

/// Some rows and all their edges.
#[derive(Debug)]
pub(crate) struct Band {
    pub edges: Range<usize>,
    pub rows: Range<usize>,
    pub targets: Buffer,
    pub trust: Buffer,
    /// Partial residuals, slot by slot; the first holds their sums.
    pub residuals: Buffer,
}

/// Cuts the rows into columns and brings them to the device.
pub(super) fn columns(gpu: &Gpu, input: &DevicePoolInput<'_>) -> Result<Vec<Column>> {
    let rows = input.graph.rows();
    let width = gpu.entries_of(8) / rows.max(1);
    if width == 0 {
        let most = format!("{} in one buffer", gpu.entries_of(1));
        return Err(gpu.too_large(format!("{} bytes for one cell of {rows} rows", rows * 8), most));
    }
    let drifting = input.frozen.iter().filter(|frozen| !**frozen).count();
    let mut first_slot = 0;
    let starts = (0..input.cells).step_by(width);
    let column = |start: usize| {
        let cells = start..input.cells.min(start + width);
        let tiling = tiles_of(drifting, cells.len(), input.graph.max_degree());
        let column = column(gpu, input, cells, tiling, first_slot);
        first_slot += tiling.1;
        column
    };
    starts.map(column).collect()
}

fn column(
    gpu: &Gpu,
    input: &DevicePoolInput<'_>,
    cells: Range<usize>,
    tiling: (usize, usize),
    first_slot: usize,
) -> Result<Column> {
    let rows = || (0..input.graph.rows()).map(|row| (input.row)(row));
    let gathered: Vec<i64> = rows().flat_map(|(values, _)| &values[cells.clone()]).copied().collect();
    let values =
        [gpu.buffer("values", Contents::Of(&gathered))?, gpu.buffer("values", Contents::Of(&gathered))?];
    let gathered: Vec<i64> = rows().flat_map(|(_, anchors)| &anchors[cells.clone()]).copied().collect();
    let anchors = gpu.buffer("anchors", Contents::Of(&gathered))?;
    Ok(Column { cells, values, anchors, tiling, first_slot })
}

/// Cuts the rows into bands whose edges, residuals and counters fit, and brings their edges to the device.
pub(super) fn bands(gpu: &Gpu, input: &DevicePoolInput<'_>, slots: usize) -> Result<Vec<Band>> {
    let slots = slots.max(1);
    let most_edges = gpu.entries_of(8) / slots;
    // Counters are 32 bytes for each workgroup, of which a row has at most one for 64 cells; a listed row is 16.
    let most_rows = (gpu.entries_of(32) / slots.max(input.cells.div_ceil(64))).max(1);
    let offsets = input.graph.offsets();
    let mut bands = Vec::new();
    let mut first = 0;
    while first < input.graph.rows() {
        let last = first + most_rows.min(input.graph.rows() - first);
        let end = first
            + offsets[first + 1..=last].partition_point(|&offset| offset - offsets[first] <= most_edges);
        if end == first {
            let needed = format!(
                "{} bytes for the residuals of row {first}",
                input.graph.edges_of(first).len() * 8 * slots
            );
            return Err(gpu.too_large(needed, format!("{} in one buffer", gpu.entries_of(1))));
        }
        bands.push(band(gpu, input, first..end, slots)?);
        first = end;
    }
    Ok(bands)
}

fn band(gpu: &Gpu, input: &DevicePoolInput<'_>, rows: Range<usize>, slots: usize) -> Result<Band> {
    let edges = input.graph.offsets()[rows.start]..input.graph.offsets()[rows.end];
    let trust: Vec<u32> = input.trust[edges.clone()].iter().map(|&trust| trust.into()).collect();
    Ok(Band {
        targets: gpu.buffer("neighbours", Contents::Of(&input.graph.targets()[edges.clone()]))?,
        trust: gpu.buffer("trust", Contents::Of(&trust))?,
        residuals: gpu.buffer::<u64>("residuals", Contents::Zeros(edges.len() * slots))?,
        edges,
        rows,
    })
}

/// A row as shaders see it.
pub(super) fn listed(graph: &Graph, band: &Band, row: usize) -> ListedRow {
    let edges = graph.edges_of(row);
    let first_edge = (edges.start - band.edges.start) as u32;
    ListedRow { row: row as u32, first_edge, degree: edges.len() as u32, padding: 0 }
}

/// Which rows of a band each shader takes, in the order they run. Rows without neighbours never move.
pub(super) fn lists(input: &DevicePoolInput<'_>, band: &Band) -> Vec<(Shader, Vec<ListedRow>)> {
    let mut lists: BTreeMap<Shader, Vec<ListedRow>> = BTreeMap::new();
    for row in band.rows.clone() {
        let edges = input.graph.edges_of(row);
        if edges.is_empty() {
            continue;
        }
        let row_listed = listed(input.graph, band, row);
        let shader = (!input.frozen[row]).then(|| {
            let weights = input.given_weights.then(|| &input.trust[edges.clone()]);
            shader_for(edges.len(), weights, input.trim)
        });
        if let Some(shader) = shader {
            lists.entry(shader).or_default().push(row_listed);
        }
        if input.residuals && shader.is_none_or(leaves_residuals) {
            lists.entry(Shader::Residuals).or_default().push(row_listed);
        }
    }
    lists.into_iter().collect()
}
