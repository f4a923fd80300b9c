//! A tile of the trimming rule in 64-bit lanes: for any values, and for the cells at a row's end.

use fearless_simd::{Simd, prelude::*};

use super::lanes::{CELLS_PER_LINE, Group, Guard, Sides, TILE, limit_neighbour, weighted};
use super::thresholds::{BIAS, Thresholds, clamp_biased};
use super::{DriftInput, DriftOutput};

/// The wide form, with thresholds found by `T`.
pub(super) struct Wide<'a, S: Simd, T> {
    simd: S,
    thresholds: T,
    rows: &'a [&'a [i64]],
    weights: &'a [S::i64s],
    /// Of a tile of cells, with [`BIAS`] added.
    differences: &'a mut [[S::i64s; TILE]],
    mass: i64,
    /// What the bias adds to a weighted sum, negated; it wraps, as the sum may.
    unbias: i64,
}

impl<'a, S: Simd, T: Thresholds<S>> Wide<'a, S, T> {
    /// For neighbours `rows` with `weights`; `differences` is room for as many.
    #[inline(always)]
    pub(super) fn new(
        simd: S,
        thresholds: T,
        rows: &'a [&'a [i64]],
        weights: &'a [S::i64s],
        differences: &'a mut [[S::i64s; TILE]],
        mass: u32,
    ) -> Self {
        let weight_sum: i64 = weights.iter().map(|weight| weight.as_slice()[0]).sum();
        let mass = i64::from(mass);
        let unbias = BIAS.wrapping_mul(2 * mass - weight_sum);
        Self { simd, thresholds, rows, weights, differences, mass, unbias }
    }

    /// Drifts the first `vectors` vectors of a tile.
    ///
    /// Not inlined: beside the narrow form, which most tiles take, it would only take registers and stack from it.
    #[inline(never)]
    pub(super) fn drift(
        &mut self,
        first: Group,
        vectors: usize,
        input: &DriftInput<'_>,
        out: &mut DriftOutput<'_>,
        residuals: &mut [S::i64s],
        guard: &mut Guard<S>,
    ) {
        self.simd.vectorize(
            #[inline(always)]
            || {
                // Twice, so that the number of vectors is known to the compiler.
                if vectors == TILE {
                    self.drift_tile(first, TILE, input, out, residuals, guard);
                } else {
                    self.drift_tile(first, vectors, input, out, residuals, guard);
                }
            },
        );
    }

    #[inline(always)]
    fn drift_tile(
        &mut self,
        first: Group,
        vectors: usize,
        input: &DriftInput<'_>,
        out: &mut DriftOutput<'_>,
        residuals: &mut [S::i64s],
        guard: &mut Guard<S>,
    ) {
        let zero = S::i64s::splat(self.simd, 0);
        let values = first.load_tile(self.simd, input.values, vectors);
        self.compare(first, &values, vectors, residuals);
        let mut bounds = [(zero, zero); TILE];
        for v in 0..vectors {
            self.prefetch(first, v, input);
            bounds[v] = self.thresholds.find(self.differences, v);
        }
        let mut sums = [zero + self.unbias; TILE];
        self.sum(&bounds, &mut sums, vectors);
        for v in 0..vectors {
            let (low, high) = bounds[v];
            let sum = sums[v] - (low + high) * self.mass;
            let sides = if input.hold { Some(self.sides(v)) } else { None };
            guard.apply(first.skip::<S>(v), values[v], sum, sides, input, out);
        }
    }

    /// Takes the differences of a tile from `values`, and adds them to `residuals`.
    #[inline(always)]
    fn compare(&mut self, first: Group, values: &[S::i64s; TILE], vectors: usize, residuals: &mut [S::i64s]) {
        let state = self.differences.iter_mut().zip(residuals);
        for (row, (differences, residual)) in self.rows.iter().zip(state) {
            let neighbour = first.load_tile(self.simd, row, vectors);
            for v in 0..vectors {
                let difference = limit_neighbour::<S>(neighbour[v], values[v]) - values[v];
                differences[v] = difference + BIAS;
                *residual += difference.abs();
            }
        }
    }

    /// Asks for what a later tile will load in the place of vector `v`. Right before a sort, when no load waits.
    #[inline(always)]
    fn prefetch(&self, first: Group, v: usize, input: &DriftInput<'_>) {
        // Where a line holds several vectors, once.
        if !(v * S::i64s::LEN).is_multiple_of(CELLS_PER_LINE) {
            return;
        }
        let first = first.skip::<S>(v);
        for row in self.rows {
            first.prefetch::<S>(row, 1);
        }
        first.prefetch::<S>(input.values, 1);
        first.prefetch::<S>(input.anchors, 1);
    }

    /// The weights on either side of a tile's vector `v`.
    #[inline(always)]
    fn sides(&self, v: usize) -> Sides<S> {
        let mut sides = Sides::none(self.simd);
        for (differences, weight) in self.differences.iter().zip(self.weights) {
            sides.add(differences[v] - BIAS, *weight);
        }
        sides
    }

    /// Adds the weighted sums of a tile's differences, limited to their thresholds, to `sums`.
    #[inline(always)]
    fn sum(&self, bounds: &[(S::i64s, S::i64s); TILE], sums: &mut [S::i64s; TILE], vectors: usize) {
        for (differences, weight) in self.differences.iter().zip(self.weights) {
            for v in 0..vectors {
                let (low, high) = bounds[v];
                let difference = clamp_biased::<S>(differences[v], low, high);
                sums[v] += weighted::<S>(difference, *weight);
            }
        }
    }
}
