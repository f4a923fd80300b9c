//! A tile of the trimming rule in 32-bit lanes, for rows whose thresholds lie in the [window](super::window).
//!
//! Who lies outside the window counts as its end: the rule limits every difference to the thresholds anyway. Where a
//! threshold itself lies at an end the tile is left to the 64-bit form, [`super::wide`].

use fearless_simd::{Simd, prelude::*};

use super::lanes::{Group, Guard, TILE};
use super::products::{LOWER_BIAS, NarrowSides, PRODUCTS_BIAS, Products, Weight};
use super::thresholds::{Ranked, Ranks};
use super::window::{CENTRE, LAST, Liar, Window, even, odd, residual};
use super::{DriftInput, DriftOutput};

/// The narrow form for up to N neighbours.
pub(super) struct Narrow<'a, S: Simd, const N: usize, R> {
    simd: S,
    rows: &'a [&'a [i64]],
    ranks: R,
    weights: [Weight<S>; N],
    mass: i64,
    /// What the keys' own biases add to a weighted sum, negated.
    unbias: i64,
    half_width: S::i64s,
    /// Of a tile: those of its first half, those of its second.
    keys: [[S::i32s; N]; TILE / 2],
    liars: [Liar; N],
}

impl<'a, S: Simd, const N: usize, R: Ranks> Narrow<'a, S, N, R> {
    #[inline(always)]
    pub(super) fn new(simd: S, input: &DriftInput<'a>, mass: u32, ranks: R) -> Self {
        let weight_sum: i64 = input.weights.iter().map(|&weight| i64::from(weight)).sum();
        let mass = i64::from(mass);
        // Beyond K stand neighbours without weight at the upper end, where the ranks know of them.
        let mut weights = [Weight::new(simd, 0); N];
        for (weight, &share) in weights.iter_mut().zip(input.weights) {
            *weight = Weight::new(simd, share);
        }
        Self {
            simd,
            rows: input.neighbours,
            ranks,
            weights,
            mass,
            unbias: CENTRE * (2 * mass - weight_sum) + LOWER_BIAS * weight_sum + PRODUCTS_BIAS,
            half_width: Window::half_width(simd),
            keys: [[S::i32s::splat(simd, LAST); N]; TILE / 2],
            liars: [Liar::default(); N],
        }
    }

    /// Drifts a tile; `false` if its thresholds are not in the window. Then only `residuals` are done.
    #[inline(always)]
    pub(super) fn drift(
        &mut self,
        first: Group,
        input: &DriftInput<'_>,
        out: &mut DriftOutput<'_>,
        residuals: &mut [S::i64s; N],
        guard: &mut Guard<S>,
    ) -> bool {
        let values = first.load_whole_tile(self.simd, input.values);
        self.compare(first, values, residuals);
        let low_end = S::i32s::splat(self.simd, 0);
        let mut lowest = S::i32s::splat(self.simd, LAST);
        let mut highest = low_end;
        let mut sums = values;
        for half in 0..TILE / 2 {
            self.prefetch(first, half, input);
            let keys = &self.keys[half];
            let ranked = Ranked { simd: self.simd, keys, weights: &self.weights, mass: self.mass as i32 };
            let (low, high) = ranked.thresholds(self.ranks, CENTRE as i32);
            lowest = lowest.min(low);
            highest = highest.max(high);
            (sums[2 * half], sums[2 * half + 1]) = self.trimmed_sums(keys, low, high);
        }
        if (lowest.simd_eq(0) | highest.simd_eq(LAST)).any_true() {
            return false;
        }
        let mut sides = [None; TILE];
        if input.hold {
            let of_tile = self.sides();
            for v in 0..TILE {
                sides[v] = Some(of_tile.of_vector(v));
            }
        }
        for v in 0..TILE {
            guard.apply(first.skip::<S>(v), values[v], sums[v], sides[v], input, out);
        }
        true
    }

    /// Takes the keys of a tile, and adds to the residuals.
    #[inline(always)]
    fn compare(&mut self, first: Group, values: [S::i64s; TILE], residuals: &mut [S::i64s; N]) {
        let window = Window::new(self.simd, values, self.half_width);
        let [first_half, second_half] = &mut self.keys;
        let keys = first_half.iter_mut().zip(second_half);
        let state = keys.zip(&mut self.liars).zip(residuals);
        for (row, ((keys, liar), sum)) in self.rows.iter().zip(state) {
            let neighbour = first.load_whole_tile(self.simd, row);
            let tile_keys = if let Some(near) = window.keys(&neighbour) {
                *sum += residual::<S>(&near);
                near
            } else if let Some(side) = window.beyond(&neighbour, liar.side) {
                liar.seen(side);
                window.end(side)
            } else {
                let differences = window.differences(&neighbour);
                for difference in differences {
                    *sum += difference.abs();
                }
                window.limited_keys(&differences)
            };
            *keys.0 = tile_keys[0];
            *keys.1 = tile_keys[1];
        }
    }

    /// Asks for what later tiles will load in the place of half of this one. Right before a sort, when no load waits.
    #[inline(always)]
    fn prefetch(&self, first: Group, half: usize, input: &DriftInput<'_>) {
        let half = first.skip::<S>(half * TILE / 2);
        for row in self.rows {
            half.prefetch::<S>(row, TILE / 2);
        }
        half.prefetch::<S>(input.values, TILE / 2);
        half.prefetch::<S>(input.anchors, TILE / 2);
    }

    /// `Σ w·clamp(d, low, high) - T·(low + high)` of the cells in the even and in the odd lanes.
    #[inline(always)]
    fn trimmed_sums(&self, keys: &[S::i32s; N], low: S::i32s, high: S::i32s) -> (S::i64s, S::i64s) {
        // Two sums at a time: in one, each product would wait for the one before.
        let mut sums = Products::none(self.simd);
        let mut others = Products::none(self.simd);
        for j in (0..N).step_by(2) {
            sums.add(keys[j].max(low).min(high), &self.weights[j]);
            if j + 1 < N {
                others.add(keys[j + 1].max(low).min(high), &self.weights[j + 1]);
            }
        }
        sums.merge(&others);
        // At most 2^32 - 2: without sign it fits.
        let both = low + high;
        (
            sums.even() + self.unbias - even::<S>(both) * (self.mass & 0xffff),
            sums.odd() + self.unbias - odd::<S>(both) * (self.mass & 0xffff),
        )
    }

    /// The weights on either side of a tile.
    #[inline(always)]
    fn sides(&self) -> NarrowSides<S> {
        let mut sides = NarrowSides::none(self.simd);
        for j in 0..N {
            sides.add(&[self.keys[0][j], self.keys[1][j]], &self.weights[j]);
        }
        sides
    }

    /// Adds what liars add to the residuals.
    pub(super) fn add_liars(&self, residuals: &mut [u64]) {
        for (sum, liar) in residuals.iter_mut().zip(&self.liars) {
            *sum = sum.saturating_add(liar.residual::<S>());
        }
    }
}

/// When tiles go the 64-bit way without trying the narrow one: after a miss the next one, then 2, 4 ... 64.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Backoff {
    /// Tiles still to go there.
    left: u32,
    /// Tiles to go there after the last miss; 0 after a hit.
    last: u32,
}

impl Backoff {
    const MOST: u32 = 64;

    /// Whether the next tile tries the narrow way.
    #[inline(always)]
    pub(super) fn tries(&mut self) -> bool {
        let tries = self.left == 0;
        self.left = self.left.saturating_sub(1);
        tries
    }

    #[inline(always)]
    pub(super) fn hit(&mut self) {
        self.last = 0;
    }

    pub(super) fn missed(&mut self) {
        self.last = (2 * self.last).clamp(1, Self::MOST);
        self.left = self.last;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many tiles go the 64-bit way directly after each of `misses` misses in a row.
    fn direct(backoff: &mut Backoff, misses: usize) -> Vec<usize> {
        let tiles_until_a_try = |backoff: &mut Backoff| (0..).take_while(|_| !backoff.tries()).count();
        (0..misses)
            .map(|_| {
                backoff.missed();
                tiles_until_a_try(backoff)
            })
            .collect()
    }

    #[test]
    fn misses_back_off_by_doubling_and_a_hit_starts_anew() {
        let mut backoff = Backoff::default();
        assert!(backoff.tries() && backoff.tries());
        assert_eq!(direct(&mut backoff, 9), [1, 2, 4, 8, 16, 32, 64, 64, 64]);
        backoff.hit();
        assert_eq!(direct(&mut backoff, 2), [1, 2]);
    }
}
