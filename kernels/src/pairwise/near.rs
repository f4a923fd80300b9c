//! Pairwise residuals where values lie near each other: sums of minima, four rows against several at once.
//!
//! `Σ|a - b| = Σa + Σb - 2·Σmin(a, b)` needs two operations a term, where the difference takes three to five. Cells are
//! rebased to the least value that any row holds in them, and kept as f64: processors have minima and sums of those at
//! every level, but none of 64-bit integers below AVX-512. Nothing is rounded, for every sum is an integer below 2^53.

use std::ops::Range;

use fearless_simd::{Level, Simd, prelude::*};

use super::simd;
use crate::allocate::{filled, reserved};
use crate::cancel::{GoOn, Stop};
use crate::dispatch::dispatch;
use crate::error::Result;
use crate::rows::Rows;
use crate::threads::Threads;
use crate::vaultguard::DIFFERENCE_MAX;

/// Cells of a panel: 64 rows of it fit a second-level cache.
const PANEL: usize = 512;

/// Up to this range all of a panel's minima can be summed at once without leaving 2^53.
const SUMMED_AT_ONCE: u64 = 1 << 44;

/// Cells that can be summed at once whatever their range, as it is below 2^46.
const STRETCH: usize = 128;

/// Rows that are compared with so many others at once: eight sums, which the sixteen registers of AVX2 hold.
const LEFT: usize = 4;
const RIGHT: usize = 2;

/// Rows that stay in cache while a band is compared with them.
const TILE: usize = 64;

/// Fewer rows are not worth the panel.
const FEWEST_ROWS: usize = 8;

/// The N × N residuals of all rows into the upper triangle of `out`.
pub(crate) fn upper_triangle(
    level: Level,
    threads: &Threads,
    values: &Rows<'_>,
    out: &mut [u64],
    go_on: &mut GoOn<'_>,
) -> Result<()> {
    out.fill(0);
    let rows = values.rows();
    let band = band_of(rows, threads.count());
    for start in (0..values.cells()).step_by(PANEL) {
        let cells = values.columns(start..values.cells().min(start + PANEL));
        let panel = if rows < FEWEST_ROWS { None } else { Panel::new(&cells, go_on)? };
        threads.for_each_chunk(out, band * rows, go_on, |first, part, stop| match &panel {
            Some(panel) => dispatch!(level, simd => panel.add_band(simd, first / rows, part, stop)),
            None => add_any(level, &cells, first / rows, part, stop),
        })?;
    }
    Ok(())
}

/// Rows that one job takes: enough jobs for every thread, for the later ones are shorter.
fn band_of(rows: usize, threads: usize) -> usize {
    (rows / (8 * threads)).clamp(LEFT, TILE).next_multiple_of(LEFT)
}

/// Adds the residuals of rows of any values: those from `first` on, as many as `out` has rows, to all later ones.
fn add_any(level: Level, cells: &Rows<'_>, first: usize, out: &mut [u64], stop: &Stop<'_, '_>) -> Result<()> {
    let rows = cells.rows();
    let mut residuals = filled("the residuals of a row", 0, rows)?;
    for (i, out) in (first..).zip(out.chunks_mut(rows)) {
        let later = &mut residuals[i + 1..];
        simd::row(level, cells, i, later);
        for (sum, residual) in out[i + 1..].iter_mut().zip(later) {
            *sum = sum.saturating_add(*residual);
        }
        stop.worked((rows - i) * cells.cells())?;
    }
    Ok(())
}

/// Some cells of all rows, rebased so that none is negative.
struct Panel {
    /// Row after row, each filled up with zeros to whole vectors.
    values: Vec<f64>,
    width: usize,
    /// The sum of each row.
    sums: Vec<u64>,
    /// Cells whose minima may be summed at once.
    stretch: usize,
}

impl Panel {
    /// The panel, unless the values of some cell lie further apart than the cap.
    fn new(cells: &Rows<'_>, go_on: &mut GoOn<'_>) -> Result<Option<Self>> {
        let mut low = [i64::MAX; PANEL];
        let mut high = [i64::MIN; PANEL];
        for row in 0..cells.rows() {
            for (cell, &value) in cells.row(row).iter().enumerate() {
                low[cell] = low[cell].min(value);
                high[cell] = high[cell].max(value);
            }
            go_on.worked(cells.cells())?;
        }
        let ranges = low.iter().zip(&high).take(cells.cells());
        let range = ranges.map(|(low, high)| high.abs_diff(*low)).max();
        let Some(range) = range.filter(|&range| range <= DIFFERENCE_MAX as u64) else { return Ok(None) };
        let stretch = if range <= SUMMED_AT_ONCE { PANEL } else { STRETCH };
        // The widest vector has eight lanes.
        let width = cells.cells().next_multiple_of(8);
        let values = reserved("a panel of pairwise residuals", cells.rows() * width)?;
        let sums = reserved("a panel of pairwise residuals", cells.rows())?;
        let mut panel = Self { values, width, sums, stretch };
        panel.fill(cells, &low, go_on)?;
        Ok(Some(panel))
    }

    fn fill(&mut self, cells: &Rows<'_>, low: &[i64; PANEL], go_on: &mut GoOn<'_>) -> Result<()> {
        for row in 0..cells.rows() {
            let rebased = cells.row(row).iter().zip(low).map(|(&value, &low)| value.abs_diff(low));
            self.sums.push(rebased.clone().sum());
            self.values.extend(rebased.map(exact_float));
            self.values.resize((row + 1) * self.width, 0.0);
            go_on.worked(self.width)?;
        }
        Ok(())
    }

    fn rows(&self) -> usize {
        self.sums.len()
    }

    fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.width..][..self.width]
    }

    /// Adds the residuals of the rows from `first` on, as many as `out` has rows, to all later ones.
    #[inline(always)]
    fn add_band<S: Simd>(&self, simd: S, first: usize, out: &mut [u64], stop: &Stop<'_, '_>) -> Result<()> {
        let rows = self.rows();
        for tile in (first..rows).step_by(TILE) {
            let end = rows.min(tile + TILE);
            for (group, out) in out.chunks_mut(LEFT * rows).enumerate() {
                let i = first + group * LEFT;
                for j in (tile.max(i)..end).step_by(RIGHT) {
                    self.add_block(simd, i, j..end.min(j + RIGHT), out);
                }
                stop.worked(LEFT * TILE * self.width / RIGHT)?;
            }
        }
        Ok(())
    }

    /// Adds the residuals of the up to four rows from `i` on to rows `others`, for each pair in order.
    #[inline(always)]
    fn add_block<S: Simd>(&self, simd: S, i: usize, others: Range<usize>, out: &mut [u64]) {
        let rows = self.rows();
        // A block that is not full compares its last row again; nobody takes the result.
        let left = [0, 1, 2, 3].map(|a| self.row((i + a).min(rows - 1)));
        let right = [0, 1].map(|b| self.row((others.start + b).min(others.end - 1)));
        let minima = self.minima(simd, left, right);
        for (a, out) in out.chunks_mut(rows).enumerate() {
            for j in others.clone().filter(|&j| j > i + a) {
                let residual = self.sums[i + a] + self.sums[j] - 2 * minima[a][j - others.start];
                out[j] = out[j].saturating_add(residual);
            }
        }
    }

    /// The sums of the minima of each row of `left` and each of `right`.
    #[inline(always)]
    fn minima<S: Simd>(&self, simd: S, left: [&[f64]; LEFT], right: [&[f64]; RIGHT]) -> [[u64; RIGHT]; LEFT] {
        let mut sums = [[0; RIGHT]; LEFT];
        for start in (0..self.width).step_by(self.stretch) {
            let stretch = start..self.width.min(start + self.stretch);
            let left = left.map(|row| &row[stretch.clone()]);
            let right = right.map(|row| &row[stretch.clone()]);
            let part = minima_of_stretch(simd, left, right);
            for a in 0..LEFT {
                for b in 0..RIGHT {
                    sums[a][b] += part[a][b];
                }
            }
        }
        sums
    }
}

/// The same over cells whose minima may be summed at once.
///
/// The sums are written out one by one: compilers keep an array of them in memory, at several times the cost.
#[inline(always)]
fn minima_of_stretch<S: Simd>(simd: S, left: [&[f64]; LEFT], right: [&[f64]; RIGHT]) -> [[u64; RIGHT]; LEFT] {
    simd.vectorize(
        #[inline(always)]
        || {
            let zero = S::f64s::splat(simd, 0.0);
            let (mut first_0, mut first_1) = (zero, zero);
            let (mut second_0, mut second_1) = (zero, zero);
            let (mut third_0, mut third_1) = (zero, zero);
            let (mut fourth_0, mut fourth_1) = (zero, zero);
            let [first, second, third, fourth] = left;
            for cell in (0..first.len()).step_by(S::f64s::LEN) {
                let other_0 = load::<S>(simd, right[0], cell);
                let other_1 = load::<S>(simd, right[1], cell);
                let own = load::<S>(simd, first, cell);
                first_0 += own.min(other_0);
                first_1 += own.min(other_1);
                let own = load::<S>(simd, second, cell);
                second_0 += own.min(other_0);
                second_1 += own.min(other_1);
                let own = load::<S>(simd, third, cell);
                third_0 += own.min(other_0);
                third_1 += own.min(other_1);
                let own = load::<S>(simd, fourth, cell);
                fourth_0 += own.min(other_0);
                fourth_1 += own.min(other_1);
            }
            [
                [lane_sum::<S>(first_0), lane_sum::<S>(first_1)],
                [lane_sum::<S>(second_0), lane_sum::<S>(second_1)],
                [lane_sum::<S>(third_0), lane_sum::<S>(third_1)],
                [lane_sum::<S>(fourth_0), lane_sum::<S>(fourth_1)],
            ]
        },
    )
}

#[inline(always)]
fn load<S: Simd>(simd: S, row: &[f64], cell: usize) -> S::f64s {
    S::f64s::from_slice(simd, &row[cell..cell + S::f64s::LEN])
}

/// The sum of integers that are below 2^53 together.
#[inline(always)]
fn lane_sum<S: Simd>(lanes: S::f64s) -> u64 {
    lanes.as_slice().iter().sum::<f64>() as u64
}

/// An integer below 2^52 as a float, by its bits: only AVX-512 has an instruction for it.
fn exact_float(value: u64) -> f64 {
    const TWO_TO_52: f64 = (1_u64 << 52) as f64;
    f64::from_bits(TWO_TO_52.to_bits() | value) - TWO_TO_52
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Argument;

    /// A small generator is enough: what matters is where the values lie.
    fn random(state: &mut u64, below: u64) -> i64 {
        *state = crate::mix::mix64(*state);
        (*state % below) as i64
    }

    #[test]
    fn every_panel_gives_the_scalar_answer() {
        let mut state = 7;
        for (rows, cells, range) in [(8, 1, 9), (9, 513, 1 << 36), (70, 1_030, 1 << 45), (131, 40, 1 << 46)] {
            let base: Vec<i64> = (0..cells).map(|_| random(&mut state, 1 << 62)).collect();
            let mut values = Vec::new();
            for _ in 0..rows {
                values.extend(base.iter().map(|&base| base + random(&mut state, range)));
            }
            // One panel that is not near, at the end of the type.
            values[cells - 1] = i64::MIN;
            let matrix = Rows::new(Argument::Values, &values, rows, cells).unwrap();
            let mut expected = vec![0; rows * rows];
            for (i, out) in expected.chunks_mut(rows).enumerate() {
                super::super::scalar::row(&matrix, i, out, &Stop::asking(&mut GoOn::always())).unwrap();
            }
            for level in crate::backend::Level::ALL.iter().filter_map(|level| level.lanes()) {
                let threads = Threads::new(Some(2)).unwrap();
                let mut got = vec![1; rows * rows];
                upper_triangle(level, &threads, &matrix, &mut got, &mut GoOn::always()).unwrap();
                assert_eq!(got, expected, "{rows} x {cells}, {level:?}");
            }
        }
    }

    #[test]
    fn every_row_is_in_a_band() {
        for rows in 1..300 {
            for threads in 1..5 {
                assert!(band_of(rows, threads).is_multiple_of(LEFT), "{rows} {threads}");
            }
        }
    }
}
