//! How rows are cut into tiles of cells, and how many threads and workgroups take them.

/// Threads of a workgroup.
const THREADS: usize = 64;

/// Workgroups that keep a large device busy; fewer rows than that are cut into tiles of cells.
const BUSY: usize = 2_048;

/// The fewest and the most cells of a tile. No residual of a tile can overflow.
const TILE_CELLS: (usize, usize) = (256, 1 << 16);

/// The most turns that all loops of a thread may take together: llvmpipe ends every loop of a thread that has taken
/// 65,535.
pub(crate) const TURNS: usize = 1 << 15;

/// How rows of `cells` cells and at most `degree` neighbours are cut into tiles when there are `rows` of them: cells of a
/// tile, and tiles.
pub(crate) fn tiles_of(rows: usize, cells: usize, degree: usize) -> (usize, usize) {
    let wanted = BUSY.div_ceil(rows.max(1)).min(cells.div_ceil(TILE_CELLS.0)).max(1);
    // residuals.wgsl takes a turn for every neighbour and cell, and nearly as many again to add them up.
    let most = TILE_CELLS.1.min(THREADS * (TURNS / 2 / degree.max(1)));
    cut(cells, cells.div_ceil(wanted).min(most))
}

/// The same for drift_bisection.wgsl, where a thread takes one cell.
pub(crate) fn single_cells(cells: usize) -> (usize, usize) {
    cut(cells, THREADS)
}

fn cut(cells: usize, tile: usize) -> (usize, usize) {
    let tile = tile.max(1).next_multiple_of(THREADS).min(cells.max(1));
    (tile, cells.div_ceil(tile).max(1))
}

/// log2 of the threads that share a row of `cells` cells.
pub(crate) fn lane_bits(cells: usize) -> u32 {
    cells.clamp(1, THREADS).next_power_of_two().trailing_zeros()
}

/// Workgroups for so many rows of so many tiles.
pub(crate) fn groups(rows: usize, lane_bits: u32, tiles: usize) -> usize {
    rows.div_ceil(THREADS >> lane_bits) * tiles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_cover_every_cell() {
        for rows in [1, 3, 2_000, 1_000_000] {
            for cells in [0, 1, 63, 64, 65, 255, 256, 257, 4_096, 65_537, 1_000_003] {
                let (tile, tiles) = tiles_of(rows, cells, 4_096);
                assert!(tile >= 1 && tile.div_ceil(THREADS) * 4_096 <= TURNS);
                assert!(
                    tile * tiles >= cells && (tiles == 1 || tile * (tiles - 1) < cells),
                    "{rows} {cells}"
                );
            }
        }
        assert_eq!(tiles_of(1, 1 << 20, 15).1, 2_048);
        assert_eq!(tiles_of(100_000, 256, 15), (256, 1));
    }
}
