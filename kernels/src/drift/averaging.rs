//! Plain weighted averaging in vector lanes: no sort, one pass over the neighbours.
//!
//! A whole tile adds up in 32 bits what lies in the [window](super::window), and in 64 what does not.

use fearless_simd::{Simd, prelude::*};

use super::lanes::{Group, Guard, Sides, TILE, add_lanes, for_each_tile, limit_neighbour, weighted};
use super::products::{LOWER_BIAS, NarrowSides, PRODUCTS_BIAS, Products, Weight};
use super::simd::{Block, Drifted};
use super::window::{CENTRE, Liar, Side, Window, residual};
use super::{DriftInput, DriftOutput};
use crate::vaultguard::DIFFERENCE_MAX;

/// Drifts a block of cells without trimming. `NARROW` if every weight fits [`Weight`].
pub(super) fn average<S: Simd, const NARROW: bool>(simd: S, block: &mut Block<'_, '_, '_>) -> Drifted {
    simd.vectorize(
        #[inline(always)]
        || {
            let input = block.input;
            let mut guard = Guard::new(simd, input, block.store);
            let mut averaging = Averaging {
                simd,
                half_width: Window::half_width(simd),
                neighbours: Vec::with_capacity(input.weights.len()),
                residuals: vec![S::i64s::splat(simd, 0); input.weights.len()],
            };
            for (row, &weight) in input.neighbours.iter().zip(input.weights) {
                averaging.neighbours.push(Neighbour::new(simd, row, weight));
            }
            for_each_tile::<S>(
                block.cells.clone(),
                #[inline(always)]
                |first, vectors| {
                    if NARROW && vectors == TILE {
                        averaging.narrow(first, input, block.out, &mut guard);
                    } else {
                        averaging.wide(first, vectors, input, block.out, &mut guard);
                    }
                },
            );
            for (sum, neighbour) in block.out.residuals.iter_mut().zip(&averaging.neighbours) {
                *sum = sum.saturating_add(neighbour.liar.residual::<S>());
            }
            add_lanes::<S>(block.out.residuals, &averaging.residuals);
            guard.finish()
        },
    )
}

struct Averaging<'a, S: Simd> {
    simd: S,
    half_width: S::i64s,
    neighbours: Vec<Neighbour<'a, S>>,
    residuals: Vec<S::i64s>,
}

struct Neighbour<'a, S: Simd> {
    row: &'a [i64],
    weight: i64,
    narrow_weight: Weight<S>,
    liar: Liar,
}

impl<'a, S: Simd> Neighbour<'a, S> {
    #[inline(always)]
    fn new(simd: S, row: &'a [i64], weight: u16) -> Self {
        let narrow_weight = Weight::new(simd, weight);
        Self { row, weight: weight.into(), narrow_weight, liar: Liar::default() }
    }
}

impl<S: Simd> Averaging<'_, S> {
    /// A whole tile.
    #[inline(always)]
    fn narrow(
        &mut self,
        first: Group,
        input: &DriftInput<'_>,
        out: &mut DriftOutput<'_>,
        guard: &mut Guard<S>,
    ) {
        let simd = self.simd;
        let values = first.load_whole_tile(simd, input.values);
        let window = Window::new(simd, values, self.half_width);
        let mut near = [Products::none(simd); TILE / 2];
        let mut near_weight = 0;
        let mut liars = 0;
        let mut far = [S::i64s::splat(simd, 0); TILE];
        let mut sides = NarrowSides::none(simd);
        for (neighbour, sum) in self.neighbours.iter_mut().zip(&mut self.residuals) {
            let cells = first.load_whole_tile(simd, neighbour.row);
            first.prefetch::<S>(neighbour.row, TILE);
            let keys = if let Some(keys) = window.keys(&cells) {
                *sum += residual::<S>(&keys);
                near[0].add(keys[0], &neighbour.narrow_weight);
                near[1].add(keys[1], &neighbour.narrow_weight);
                near_weight += neighbour.weight;
                keys
            } else if let Some(side) = window.beyond(&cells, neighbour.liar.side) {
                neighbour.liar.seen(side);
                let sign = if side == Side::Above { 1 } else { -1 };
                liars += sign * DIFFERENCE_MAX * neighbour.weight;
                window.end(side)
            } else {
                let differences = window.differences(&cells);
                let weight = S::i64s::splat(simd, neighbour.weight);
                for v in 0..TILE {
                    *sum += differences[v].abs();
                    far[v] += weighted::<S>(differences[v], weight);
                }
                window.limited_keys(&differences)
            };
            if input.hold {
                sides.add(&keys, &neighbour.narrow_weight);
            }
        }
        first.prefetch::<S>(input.values, TILE);
        first.prefetch::<S>(input.anchors, TILE);
        let constant = liars + PRODUCTS_BIAS + (LOWER_BIAS - CENTRE) * near_weight;
        for v in 0..TILE {
            let near = if v.is_multiple_of(2) { near[v / 2].even() } else { near[v / 2].odd() };
            let sides = if input.hold { Some(sides.of_vector(v)) } else { None };
            guard.apply(first.skip::<S>(v), values[v], near + far[v] + constant, sides, input, out);
        }
    }

    /// The first `vectors` vectors of a tile, whatever the weights.
    #[inline(always)]
    fn wide(
        &mut self,
        first: Group,
        vectors: usize,
        input: &DriftInput<'_>,
        out: &mut DriftOutput<'_>,
        guard: &mut Guard<S>,
    ) {
        let values = first.load_tile(self.simd, input.values, vectors);
        let mut sums = [S::i64s::splat(self.simd, 0); TILE];
        let mut sides = [Sides::none(self.simd); TILE];
        for (neighbour, residual) in self.neighbours.iter().zip(&mut self.residuals) {
            let weight = S::i64s::splat(self.simd, neighbour.weight);
            for v in 0..vectors {
                let cells = first.skip::<S>(v).load(self.simd, neighbour.row);
                let difference = limit_neighbour::<S>(cells, values[v]) - values[v];
                *residual += difference.abs();
                sums[v] += weighted::<S>(difference, weight);
                if input.hold {
                    sides[v].add(difference, weight);
                }
            }
            first.prefetch::<S>(neighbour.row, vectors);
        }
        for v in 0..vectors {
            let sides = if input.hold { Some(sides[v]) } else { None };
            guard.apply(first.skip::<S>(v), values[v], sums[v], sides, input, out);
        }
    }
}
