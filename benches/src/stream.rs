//! What memory alone costs: summing rows, a copy and a triad, in vector lanes and on as many threads as asked.

use std::ops::Range;

use fearless_simd::{Level, Simd, dispatch, prelude::*};
use rayon::prelude::*;

/// Vectors in a tile, each with an accumulator of its own, so that additions do not wait for each other.
const TILE: usize = 4;

/// Cells that one job takes, as in the engine.
const CELLS_PER_JOB: usize = 1 << 14;

/// The order in which rows are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// A tile of every row, then the next tile, as a fused kernel reads.
    SideBySide,
    /// One row after the other, as the prefetcher likes it best.
    RowByRow,
}

/// The lanes and threads that streams are measured with.
pub struct Streams {
    level: Level,
    threads: Option<rayon::ThreadPool>,
}

impl Streams {
    /// Streams at a level, on `threads` threads.
    ///
    /// # Panics
    /// If the threads cannot be started.
    pub fn new(level: Level, threads: usize) -> Self {
        let pool =
            || rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads for streams");
        Self { level, threads: (threads > 1).then(pool) }
    }

    /// The wrapping sum of all cells of all rows, which must be of one length.
    pub fn sum(&self, rows: &[&[i64]], order: Order) -> i64 {
        let cells = rows.first().map_or(0, |row| row.len());
        let part = |range| sum(self.level, rows, range, order);
        match &self.threads {
            None => part(0..cells),
            Some(pool) => {
                pool.install(|| jobs(cells).into_par_iter().map(part).reduce(|| 0, i64::wrapping_add))
            }
        }
    }

    /// `out[i] = a[i] + 3 * b[i]`, wrapping: two streams read, one written.
    pub fn triad(&self, a: &[i64], b: &[i64], out: &mut [i64]) {
        let level = self.level;
        self.for_each_job(a, out, |first, a, out| {
            let b = &b[first..first + a.len()];
            dispatch!(level, simd => triad(simd, a, b, out));
        });
    }

    /// `out[i] = a[i]`: one stream read, one written.
    pub fn copy(&self, a: &[i64], out: &mut [i64]) {
        self.for_each_job(a, out, |_, a, out| out.copy_from_slice(a));
    }

    fn for_each_job(&self, a: &[i64], out: &mut [i64], work: impl Fn(usize, &[i64], &mut [i64]) + Sync) {
        let Some(pool) = &self.threads else { return work(0, a, out) };
        let chunks = a.par_chunks(CELLS_PER_JOB).zip(out.par_chunks_mut(CELLS_PER_JOB)).enumerate();
        pool.install(|| chunks.for_each(|(i, (a, out))| work(i * CELLS_PER_JOB, a, out)));
    }
}

fn jobs(cells: usize) -> Vec<Range<usize>> {
    (0..cells).step_by(CELLS_PER_JOB).map(|first| first..cells.min(first + CELLS_PER_JOB)).collect()
}

fn sum(level: Level, rows: &[&[i64]], range: Range<usize>, order: Order) -> i64 {
    match order {
        Order::SideBySide => dispatch!(level, simd => sum_side_by_side(simd, rows, range)),
        Order::RowByRow => dispatch!(level, simd => sum_row_by_row(simd, rows, range)),
    }
}

#[inline(always)]
fn sum_side_by_side<S: Simd>(simd: S, rows: &[&[i64]], range: Range<usize>) -> i64 {
    let step = S::i64s::LEN * TILE;
    let whole = range.start + range.len() / step * step;
    let mut sums = [S::i64s::splat(simd, 0); TILE];
    for first in (range.start..whole).step_by(step) {
        for row in rows {
            add_tile(simd, &mut sums, &row[first..first + step]);
        }
    }
    let rest = rows.iter().map(|row| scalar_sum(&row[whole..range.end]));
    rest.fold(total(sums), i64::wrapping_add)
}

#[inline(always)]
fn sum_row_by_row<S: Simd>(simd: S, rows: &[&[i64]], range: Range<usize>) -> i64 {
    let mut sums = [S::i64s::splat(simd, 0); TILE];
    let mut rest = 0_i64;
    for row in rows {
        let mut tiles = row[range.clone()].chunks_exact(S::i64s::LEN * TILE);
        for tile in &mut tiles {
            add_tile(simd, &mut sums, tile);
        }
        rest = rest.wrapping_add(scalar_sum(tiles.remainder()));
    }
    total(sums).wrapping_add(rest)
}

#[inline(always)]
fn add_tile<S: Simd>(simd: S, sums: &mut [S::i64s; TILE], tile: &[i64]) {
    for (sum, cells) in sums.iter_mut().zip(tile.chunks_exact(S::i64s::LEN)) {
        *sum += S::i64s::from_slice(simd, cells);
    }
}

#[inline(always)]
fn total<V: SimdBase<S, Element = i64>, S: Simd>(sums: [V; TILE]) -> i64 {
    sums.iter().flat_map(|sum| sum.as_slice()).fold(0, |sum, &lane| sum.wrapping_add(lane))
}

fn scalar_sum(cells: &[i64]) -> i64 {
    cells.iter().fold(0, |sum, &cell| sum.wrapping_add(cell))
}

#[inline(always)]
fn triad<S: Simd>(simd: S, a: &[i64], b: &[i64], out: &mut [i64]) {
    let lanes = S::i64s::LEN;
    let whole = out.len() / lanes * lanes;
    for first in (0..whole).step_by(lanes) {
        let b = S::i64s::from_slice(simd, &b[first..first + lanes]);
        let a = S::i64s::from_slice(simd, &a[first..first + lanes]);
        (a + b + b + b).store_slice(&mut out[first..first + lanes]);
    }
    for i in whole..out.len() {
        out[i] = a[i].wrapping_add(b[i].wrapping_mul(3));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_level_and_thread_count_gives_the_sum() {
        let rows: Vec<Vec<i64>> = (0..3).map(|r| (0..40_007).map(|i| (i * 31 + r) << 40).collect()).collect();
        let rows: Vec<&[i64]> = rows.iter().map(Vec::as_slice).collect();
        let expected = rows.iter().fold(0, |sum: i64, row| sum.wrapping_add(scalar_sum(row)));
        for level in [Level::baseline(), Level::new()] {
            for streams in [1, 2].map(|threads| Streams::new(level, threads)) {
                assert_eq!(streams.sum(&rows, Order::SideBySide), expected);
                assert_eq!(streams.sum(&rows, Order::RowByRow), expected);
            }
        }
    }

    #[test]
    fn triad_and_copy_reach_every_cell() {
        let (a, b): (Vec<i64>, Vec<i64>) = (0..40_003).map(|i| (i, -2 * i)).unzip();
        for threads in [1, 2] {
            let streams = Streams::new(Level::new(), threads);
            let mut out = vec![0; a.len()];
            streams.triad(&a, &b, &mut out);
            assert!(out.iter().zip(&a).all(|(out, a)| *out == -5 * a));
            streams.copy(&a, &mut out);
            assert_eq!(out, a);
        }
    }
}
