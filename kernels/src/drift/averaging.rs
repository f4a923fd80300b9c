//! Plain weighted averaging in vector lanes: no sort, one pass over the neighbours.

use std::ops::Range;

use fearless_simd::{Simd, prelude::*};

use super::lanes::{Guard, Sides, TILE, add_lanes, for_each_tile, limit_neighbour, weighted};
use super::{DriftInput, DriftOutput, DriftSummary};

/// Drifts a block of cells without trimming.
pub(super) fn average<S: Simd>(
    simd: S,
    input: &DriftInput<'_>,
    block: Range<usize>,
    out: &mut DriftOutput<'_>,
) -> DriftSummary {
    simd.vectorize(
        #[inline(always)]
        || {
            let zero = S::i64s::splat(simd, 0);
            let weights: Vec<_> = input.weights.iter().map(|&w| S::i64s::splat(simd, i64::from(w))).collect();
            let mut residuals = vec![zero; weights.len()];
            let mut guard = Guard::new(simd, input);
            for_each_tile::<S>(
                block,
                #[inline(always)]
                |first, vectors| {
                    let values = first.load_tile(simd, input.values, vectors);
                    let mut sums = [zero; TILE];
                    let mut sides = [Sides::none(simd); TILE];
                    for ((row, weight), residual) in input.neighbours.iter().zip(&weights).zip(&mut residuals)
                    {
                        for v in 0..vectors {
                            let neighbour = first.skip::<S>(v).load(simd, row);
                            first.skip::<S>(v).prefetch(row);
                            let difference = limit_neighbour::<S>(neighbour, values[v]) - values[v];
                            *residual += difference.abs();
                            sums[v] += weighted::<S>(difference, *weight);
                            if input.hold {
                                sides[v].add(difference, *weight);
                            }
                        }
                    }
                    for v in 0..vectors {
                        let sides = if input.hold { Some(sides[v]) } else { None };
                        guard.apply(first.skip::<S>(v), values[v], sums[v], sides, input, out);
                    }
                },
            );
            add_lanes::<S>(out.residuals, &residuals);
            guard.summary()
        },
    )
}
