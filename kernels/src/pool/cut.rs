//! How a pool is cut to fit a device: rows into columns of cells, edges into bands of rows, and the rows of a band into
//! lists by the shader that takes them.

use std::collections::BTreeMap;
use std::ops::Range;

use wgpu::Buffer;

use crate::drift::gpu::{leaves_residuals, shader_for};
use crate::error::Result;
use crate::gpu::{Contents, FUSED_NEIGHBOURS, Gpu, ListedRow, Shader, tiles_of};
use crate::graph::Graph;

/// What a pool is made of.
pub(crate) struct DevicePoolInput<'a> {
    pub graph: &'a Graph,
    pub cells: usize,
    /// Row `i` of the values.
    pub values: &'a dyn Fn(usize) -> &'a [i64],
    /// Row `i` of the anchors; absent if they are set before the first cycle.
    pub anchors: Option<&'a dyn Fn(usize) -> &'a [i64]>,
    pub frozen: &'a [bool],
    /// Along the edges: weights if they are given, else trust.
    pub trust: &'a [u16],
    pub given_weights: bool,
    pub trim: bool,
    pub hold: bool,
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
    // The search for extremes needs two values for each cell.
    let width = gpu.entries_of(8) / rows.max(2);
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

fn column<'a>(
    gpu: &Gpu,
    input: &DevicePoolInput<'a>,
    cells: Range<usize>,
    tiling: (usize, usize),
    first_slot: usize,
) -> Result<Column> {
    let count = input.graph.rows() * cells.len();
    let gathered = |row: &dyn Fn(usize) -> &'a [i64]| -> Vec<i64> {
        (0..input.graph.rows()).flat_map(|i| &row(i)[cells.clone()]).copied().collect()
    };
    let newest = gpu.buffer("values", Contents::Of(&gathered(input.values)))?;
    let other = gpu.buffer::<i64>("values", Contents::Zeros(count))?;
    // Rows that do not move are never written by a cycle.
    let mut encoder = gpu.encoder();
    encoder.copy_buffer_to_buffer(&newest, 0, &other, 0, None);
    gpu.submit(encoder)?;
    let anchors = match input.anchors {
        Some(row) => gpu.buffer("anchors", Contents::Of(&gathered(row)))?,
        None => gpu.buffer::<i64>("anchors", Contents::Zeros(count))?,
    };
    Ok(Column { cells, values: [newest, other], anchors, tiling, first_slot })
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

/// Rows of a band that one dispatch takes.
pub(super) struct List {
    pub shader: Shader,
    pub rows: Vec<ListedRow>,
}

impl List {
    /// The most neighbours of a row.
    pub(super) fn most_degree(&self) -> usize {
        self.rows.iter().map(|row| row.degree as usize).max().unwrap_or(0)
    }

    /// About how many cells times neighbours it works through, in rows of `cells` cells.
    pub(super) fn load(&self, cells: usize) -> usize {
        self.rows.len().saturating_mul(row_load(self.shader, self.most_degree(), cells))
    }
}

fn row_load(shader: Shader, degree: usize, cells: usize) -> usize {
    let (degree, cells) = (degree.max(1), cells.max(1));
    match shader {
        // It goes over the neighbours once for every bit of a difference.
        Shader::Bisection { trim: true } => degree.saturating_mul(cells).saturating_mul(48),
        // Every residual is compared with every other.
        Shader::Trust => degree.saturating_mul(degree),
        _ => degree.saturating_mul(cells),
    }
}

/// The lists of a band in the order they run: by shader, then by about how many neighbours their rows have, so that no
/// row waits for one with many more; none is more work than the device takes at once. Rows without neighbours
/// never move.
pub(super) fn lists(gpu: &Gpu, input: &DevicePoolInput<'_>, band: &Band) -> Vec<List> {
    let rows = band.rows.clone().filter(|&row| !input.graph.edges_of(row).is_empty());
    let drifting = rows.clone().filter(|&row| !input.frozen[row]).map(|row| (shader_of(input, row), row));
    let compared =
        rows.filter(|&row| input.residuals && (input.frozen[row] || leaves_residuals(shader_of(input, row))));
    let compared = compared.map(|row| (Shader::Residuals, row));
    sorted(gpu, drifting.chain(compared), |row| listed(input.graph, band, row), input.cells)
}

/// The lists of the rows with neighbours of a band whose trust is learned.
pub(super) fn trust_lists(gpu: &Gpu, graph: &Graph, band: &Band, cells: usize) -> Vec<List> {
    let rows = band.rows.clone().filter(|&row| !graph.edges_of(row).is_empty());
    sorted(gpu, rows.map(|row| (Shader::Trust, row)), |row| listed(graph, band, row), cells)
}

fn shader_of(input: &DevicePoolInput<'_>, row: usize) -> Shader {
    let edges = input.graph.edges_of(row);
    let weights = input.given_weights.then(|| &input.trust[edges.clone()]);
    shader_for(edges.len(), weights, input.trim)
}

fn sorted(
    gpu: &Gpu,
    rows: impl Iterator<Item = (Shader, usize)>,
    listed: impl Fn(usize) -> ListedRow,
    cells: usize,
) -> Vec<List> {
    let mut lists: BTreeMap<(Shader, u32), Vec<ListedRow>> = BTreeMap::new();
    for (shader, row) in rows {
        let row = listed(row);
        let class = row.degree.max(FUSED_NEIGHBOURS as u32).next_power_of_two();
        lists.entry((shader, class)).or_default().push(row);
    }
    let cut = |((shader, class), rows): ((Shader, u32), Vec<ListedRow>)| {
        let most = (gpu.load_at_once / row_load(shader, class as usize, cells)).max(1);
        rows.chunks(most).map(|rows| List { shader, rows: rows.to_vec() }).collect::<Vec<_>>()
    };
    lists.into_iter().flat_map(cut).collect()
}
