//! The drift rule in vector lanes: a cell in each lane, the same code at every level.
//!
//! Nothing is removed one by one here. With the thresholds `high`, the largest one at which the differences from it
//! upwards weigh `T` (or 0), and `low` likewise, what trimming leaves is
//! `Σ w·clamp(d, low, high) - T·(low + high)` (specification, "Drift", has the proof), so that the weights stay
//! constants of the row and only the thresholds need the differences in order.

use std::ops::Range;

use fearless_simd::{Level, Simd, dispatch, prelude::*};

use super::averaging::average;
use super::lanes::{Group, Guard, Sides, TILE, add_lanes, for_each_tile, limit_neighbour, weighted};
use super::thresholds::{BIAS, Bisection, KEY_WEIGHT_MAX, Sorted, Thresholds, clamp_biased};
use super::{DriftInput, DriftOutput, DriftSummary};
use crate::vaultguard::trim_mass;

/// Cells after which the sums of the lanes are taken over into saturating ones: no lane can overflow before.
const CELLS_PER_BLOCK: usize = 1 << 16;

/// Drifts the cells `cells` of a row; `out` covers just those cells, and its residuals are added to.
pub(crate) fn drift(
    level: Level,
    input: &DriftInput<'_>,
    cells: Range<usize>,
    out: &mut DriftOutput<'_>,
) -> DriftSummary {
    let mut summary = DriftSummary::default();
    let first = cells.start;
    for start in cells.clone().step_by(CELLS_PER_BLOCK) {
        let block = start..cells.end.min(start + CELLS_PER_BLOCK);
        let part = block.start - first..block.end - first;
        let mut out = DriftOutput {
            values: &mut out.values[part.clone()],
            correction: out.correction.as_deref_mut().map(|correction| &mut correction[part]),
            residuals: out.residuals,
        };
        summary.merge(&dispatch!(level, simd => by_degree(simd, input, block, &mut out)));
    }
    summary
}

/// Picks the way to find thresholds that suits the number of neighbours.
#[inline(always)]
fn by_degree<S: Simd>(
    simd: S,
    input: &DriftInput<'_>,
    block: Range<usize>,
    out: &mut DriftOutput<'_>,
) -> DriftSummary {
    let mass = if input.trim { trim_mass(input.weights) } else { 0 };
    let largest_weight = input.weights.iter().copied().max().unwrap_or(0);
    match input.neighbours.len() {
        _ if mass == 0 => average(simd, input, block, out),
        _ if largest_weight > KEY_WEIGHT_MAX => by_bisection(simd, input, block, out, mass),
        0..=4 => by_sorting::<S, 4>(simd, input, block, out, mass),
        5..=8 => by_sorting::<S, 8>(simd, input, block, out, mass),
        9..=15 => by_sorting::<S, 15>(simd, input, block, out, mass),
        16 => by_sorting::<S, 16>(simd, input, block, out, mass),
        17..=32 => by_sorting::<S, 32>(simd, input, block, out, mass),
        33..=64 => by_sorting::<S, 64>(simd, input, block, out, mass),
        _ => by_bisection(simd, input, block, out, mass),
    }
}

/// With up to N neighbours.
fn by_sorting<S: Simd, const N: usize>(
    simd: S,
    input: &DriftInput<'_>,
    block: Range<usize>,
    out: &mut DriftOutput<'_>,
    mass: u32,
) -> DriftSummary {
    simd.vectorize(
        #[inline(always)]
        || {
            let zero = S::i64s::splat(simd, 0);
            let weights: [i64; N] = std::array::from_fn(|j| input.weights.get(j).map_or(0, |&w| w.into()));
            let mut work = Work::<S> {
                // Beyond K stands the row itself, with no weight.
                rows: &std::array::from_fn::<_, N, _>(|j| {
                    input.neighbours.get(j).map_or(input.values, |row| row)
                }),
                weights: &weights.map(|weight| S::i64s::splat(simd, weight)),
                differences: &mut [[zero; TILE]; N],
                residuals: &mut [zero; N],
            };
            let thresholds = Sorted::<S, N>::new(simd, weights, mass);
            trimmed(simd, input, block, out, mass, thresholds, &mut work)
        },
    )
}

/// With any number of neighbours.
fn by_bisection<S: Simd>(
    simd: S,
    input: &DriftInput<'_>,
    block: Range<usize>,
    out: &mut DriftOutput<'_>,
    mass: u32,
) -> DriftSummary {
    simd.vectorize(
        #[inline(always)]
        || {
            let zero = S::i64s::splat(simd, 0);
            let weights: Vec<_> = input.weights.iter().map(|&w| S::i64s::splat(simd, w.into())).collect();
            let mut work = Work::<S> {
                rows: input.neighbours,
                weights: &weights,
                differences: &mut vec![[zero; TILE]; weights.len()],
                residuals: &mut vec![zero; weights.len()],
            };
            let thresholds = Bisection::new(simd, &weights, mass);
            trimmed(simd, input, block, out, mass, thresholds, &mut work)
        },
    )
}

/// What there is once for each neighbour.
struct Work<'a, S: Simd> {
    rows: &'a [&'a [i64]],
    weights: &'a [S::i64s],
    /// Of a tile of cells, with [`BIAS`] added.
    differences: &'a mut [[S::i64s; TILE]],
    residuals: &'a mut [S::i64s],
}

impl<S: Simd> Work<'_, S> {
    /// Takes the differences of a tile from `values`, and adds them to the residuals.
    #[inline(always)]
    fn compare(&mut self, simd: S, first: Group, values: &[S::i64s; TILE], vectors: usize) {
        for j in 0..self.rows.len() {
            for v in 0..vectors {
                let group = first.skip::<S>(v);
                let neighbour = group.load(simd, self.rows[j]);
                group.prefetch(self.rows[j]);
                let difference = limit_neighbour::<S>(neighbour, values[v]) - values[v];
                self.differences[j][v] = difference + BIAS;
                self.residuals[j] += difference.abs();
            }
        }
    }

    /// The weights on either side of a tile's vector `v`.
    #[inline(always)]
    fn sides(&self, simd: S, v: usize) -> Sides<S> {
        let mut sides = Sides::none(simd);
        for j in 0..self.rows.len() {
            sides.add(self.differences[j][v] - BIAS, self.weights[j]);
        }
        sides
    }

    /// Adds the weighted sums of a tile's differences, limited to their thresholds, to `sums`.
    #[inline(always)]
    fn sum(&self, bounds: &[(S::i64s, S::i64s); TILE], sums: &mut [S::i64s; TILE], vectors: usize) {
        for j in 0..self.rows.len() {
            for v in 0..vectors {
                let (low, high) = bounds[v];
                let difference = clamp_biased::<S>(self.differences[j][v], low, high);
                sums[v] += weighted::<S>(difference, self.weights[j]);
            }
        }
    }
}

#[inline(always)]
fn trimmed<S: Simd>(
    simd: S,
    input: &DriftInput<'_>,
    block: Range<usize>,
    out: &mut DriftOutput<'_>,
    mass: u32,
    thresholds: impl Thresholds<S>,
    work: &mut Work<'_, S>,
) -> DriftSummary {
    let weight_sum: i64 = input.weights.iter().map(|&w| i64::from(w)).sum();
    let mass = i64::from(mass);
    // What the bias adds to the sum below, in both of its terms; it wraps, as they may.
    let unbias = S::i64s::splat(simd, BIAS.wrapping_mul(2 * mass - weight_sum));
    let (zero, mass) = (S::i64s::splat(simd, 0), S::i64s::splat(simd, mass));
    let mut guard = Guard::new(simd, input);
    for_each_tile::<S>(
        block,
        #[inline(always)]
        |first, vectors| {
            let values = first.load_tile(simd, input.values, vectors);
            work.compare(simd, first, &values, vectors);
            let mut bounds = [(zero, zero); TILE];
            for v in 0..vectors {
                bounds[v] = thresholds.find(work.differences, v);
            }
            let mut sums = [unbias; TILE];
            work.sum(&bounds, &mut sums, vectors);
            for v in 0..vectors {
                let (low, high) = bounds[v];
                let sum = sums[v] - (low + high) * mass;
                let sides = if input.hold { Some(work.sides(simd, v)) } else { None };
                guard.apply(first.skip::<S>(v), values[v], sum, sides, input, out);
            }
        },
    );
    add_lanes::<S>(out.residuals, work.residuals);
    guard.summary()
}
