//! Weights times keys of 32 bits: the sums that both rules need, and the weights on either side that `hold` needs.

use fearless_simd::{Simd, prelude::*};

use super::lanes::{Sides, TILE};
use super::window::{CENTRE, Keys, even, odd};

/// What [`halves`] takes from a key's value.
pub(super) const LOWER_BIAS: i64 = 0x8000;

/// The two halves of each key, with signs: `key - LOWER_BIAS = upper·2^16 + lower`.
#[inline(always)]
pub(super) fn halves<S: Simd>(keys: S::i32s) -> S::i16s {
    (keys ^ LOWER_BIAS as i32).bitcast()
}

/// A neighbour's weight, below 2^15, as [`Products`] takes it.
#[derive(Clone, Copy)]
pub(super) struct Weight<S: Simd> {
    /// In the lower half of each lane.
    pub lower: S::i32s,
    /// In the upper half.
    pub upper: S::i32s,
}

impl<S: Simd> Weight<S> {
    #[inline(always)]
    pub(super) fn new(simd: S, weight: u16) -> Self {
        let weight = i32::from(weight);
        Self { lower: S::i32s::splat(simd, weight), upper: S::i32s::splat(simd, weight << 16) }
    }
}

/// The sums of weights times keys, minus [`LOWER_BIAS`] each: the keys' halves apart, since a product of whole keys
/// would take 64 bits. Weights sum to less than 2^16, so that neither sum overflows.
#[derive(Clone, Copy)]
pub(super) struct Products<S: Simd> {
    lower: S::i32s,
    upper: S::i32s,
}

impl<S: Simd> Products<S> {
    /// No products yet.
    #[inline(always)]
    pub(super) fn none(simd: S) -> Self {
        let zero = S::i32s::splat(simd, 0);
        Self { lower: zero, upper: zero }
    }

    #[inline(always)]
    pub(super) fn add(&mut self, keys: S::i32s, weight: &Weight<S>) {
        let halves = halves::<S>(keys);
        self.lower += halves.pairwise_dot_product(weight.lower.bitcast::<S::i16s>());
        self.upper += halves.pairwise_dot_product(weight.upper.bitcast::<S::i16s>());
    }

    /// Takes over what `other` added up, of other neighbours.
    #[inline(always)]
    pub(super) fn merge(&mut self, other: &Self) {
        self.lower += other.lower;
        self.upper += other.upper;
    }

    /// The sums of the even lanes. Their constant part, [`PRODUCTS_BIAS`], is still to be added.
    #[inline(always)]
    pub(super) fn even(&self) -> S::i64s {
        even::<S>(self.lower ^ i32::MIN) + (even::<S>(self.upper) << 16)
    }

    /// Those of the odd ones.
    #[inline(always)]
    pub(super) fn odd(&self) -> S::i64s {
        odd::<S>(self.lower ^ i32::MIN) + (odd::<S>(self.upper) << 16)
    }
}

/// What is still to be added to sums of [`Products`]: their lower halves have a sign, and were widened without one.
pub(super) const PRODUCTS_BIAS: i64 = i32::MIN as i64;

/// The weights of the neighbours above and below a row in a tile, in 32 bits.
pub(super) struct NarrowSides<S: Simd> {
    simd: S,
    above: Keys<S>,
    below: Keys<S>,
}

impl<S: Simd> NarrowSides<S> {
    #[inline(always)]
    pub(super) fn none(simd: S) -> Self {
        let zero = [S::i32s::splat(simd, 0); TILE / 2];
        Self { simd, above: zero, below: zero }
    }

    /// Adds a neighbour with these keys.
    #[inline(always)]
    pub(super) fn add(&mut self, keys: &Keys<S>, weight: &Weight<S>) {
        let zero = S::i32s::splat(self.simd, 0);
        for half in 0..TILE / 2 {
            self.above[half] += keys[half].simd_gt(CENTRE as i32).select(weight.lower, zero);
            self.below[half] += keys[half].simd_lt(CENTRE as i32).select(weight.lower, zero);
        }
    }

    /// Those of the tile's vector `v`.
    #[inline(always)]
    pub(super) fn of_vector(&self, v: usize) -> Sides<S> {
        let (above, below) = (self.above[v / 2], self.below[v / 2]);
        if v.is_multiple_of(2) {
            Sides::new(even::<S>(above), even::<S>(below))
        } else {
            Sides::new(odd::<S>(above), odd::<S>(below))
        }
    }
}
