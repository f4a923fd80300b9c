//! Where trimming cuts: per cell the differences at which a third of the trust is spent from either side.
//!
//! Each difference is packed with its weight into one key, so that a plain minimum and maximum carry the weight along;
//! ties are harmless, because equal differences contribute equally whichever is trimmed.

use fearless_simd::{Simd, prelude::*};

use super::lanes::TILE;
use crate::network::{larger, smaller, sort};

/// Added to differences so that they, and the keys made of them, have the bits of positive, normal floating-point
/// numbers. Those are in the same order as integers and as floats, and a processor has more units for both than for
/// either.
pub(super) const BIAS: i64 = (1 << 62) + (1 << 47);

/// The bits of a key that hold the weight.
const WEIGHT_BITS: u32 = 15;

/// The largest weight that fits a key.
pub(super) const KEY_WEIGHT_MAX: u16 = (1 << WEIGHT_BITS) - 1;

/// Finds, for vector `v` of a tile of biased differences, the lower threshold (never above 0) and the upper one (never
/// below 0), both biased.
pub(super) trait Thresholds<S: Simd> {
    fn find(&self, differences: &[[S::i64s; TILE]], v: usize) -> (S::i64s, S::i64s);
}

/// A biased difference, limited to biased thresholds.
#[inline(always)]
pub(super) fn clamp_biased<S: Simd>(difference: S::i64s, low: S::i64s, high: S::i64s) -> S::i64s {
    smaller::<S>(larger::<S>(difference, low), high)
}

/// By sorting up to N neighbours' keys.
pub(super) struct Sorted<S: Simd, const N: usize> {
    simd: S,
    weights: [S::i64s; N],
    mass: i64,
    /// The least and the most neighbours whose weights are spent in full on either side.
    fewest: usize,
    most: usize,
}

impl<S: Simd, const N: usize> Sorted<S, N> {
    #[inline(always)]
    pub(super) fn new(simd: S, weights: [i64; N], mass: u32) -> Self {
        let mass = mass.into();
        let mut sorted = weights;
        sorted.sort_unstable();
        Self {
            simd,
            weights: weights.map(|weight| S::i64s::splat(simd, weight)),
            mass,
            fewest: spent_in_full(sorted.iter().rev(), mass),
            most: spent_in_full(sorted.iter(), mass),
        }
    }

    /// The biased difference at which the weights, from the first key on, reach `T`.
    #[inline(always)]
    fn spend(&self, outermost_first: impl Iterator<Item = S::i64s>) -> S::i64s {
        let zero = S::i64s::splat(self.simd, 0);
        let mut left = S::i64s::splat(self.simd, self.mass);
        let mut last = zero;
        for (step, key) in outermost_first.enumerate() {
            last = if step <= self.fewest { key } else { left.simd_gt(0).select(key, last) };
            if step == self.most {
                break;
            }
            left -= key & i64::from(KEY_WEIGHT_MAX);
        }
        (last >> WEIGHT_BITS) + (1 << 62)
    }
}

/// How many of these weights fit into less than `mass`.
fn spent_in_full<'a>(weights: impl Iterator<Item = &'a i64>, mass: i64) -> usize {
    let mut left = mass;
    let fits = |weight: &&i64| {
        left -= **weight;
        left > 0
    };
    weights.take_while(fits).count()
}

impl<S: Simd, const N: usize> Thresholds<S> for Sorted<S, N> {
    #[inline(always)]
    fn find(&self, differences: &[[S::i64s; TILE]], v: usize) -> (S::i64s, S::i64s) {
        let mut keys = [S::i64s::splat(self.simd, 0); N];
        for j in 0..N {
            keys[j] = (differences[j][v] << WEIGHT_BITS) | self.weights[j];
        }
        sort::<S, N>(&mut keys);
        let low = self.spend(keys.into_iter());
        let high = self.spend(keys.into_iter().rev());
        let none = S::i64s::splat(self.simd, BIAS);
        (smaller::<S>(low, none), larger::<S>(high, none))
    }
}

/// By halving the interval that holds a threshold, for any number of neighbours and any weights.
pub(super) struct Bisection<'a, S: Simd> {
    simd: S,
    weights: &'a [S::i64s],
    mass: i64,
}

impl<'a, S: Simd> Bisection<'a, S> {
    pub(super) fn new(simd: S, weights: &'a [S::i64s], mass: u32) -> Self {
        Self { simd, weights, mass: mass.into() }
    }

    /// The largest threshold, from 0 on, at which the differences from it upwards weigh `T`; 0 if none does.
    #[inline(always)]
    fn upper(&self, differences: impl Iterator<Item = S::i64s> + Clone) -> S::i64s {
        let (zero, one) = (S::i64s::splat(self.simd, 0), S::i64s::splat(self.simd, 1));
        let mut reached = zero;
        let mut missed = differences.clone().fold(zero, |largest, d| largest.max(d)) + one;
        while (missed - reached).simd_gt(1).any_true() {
            let middle = (reached + missed) >> 1;
            let mut weight = zero;
            for (difference, share) in differences.clone().zip(self.weights) {
                weight += difference.simd_ge(middle).select(*share, zero);
            }
            let enough = weight.simd_ge(self.mass);
            reached = enough.select(middle, reached);
            missed = enough.select(missed, middle);
        }
        reached
    }
}

impl<S: Simd> Thresholds<S> for Bisection<'_, S> {
    #[inline(always)]
    fn find(&self, differences: &[[S::i64s; TILE]], v: usize) -> (S::i64s, S::i64s) {
        let unbiased = differences.iter().map(|tile| tile[v] - BIAS);
        let high = self.upper(unbiased.clone());
        let low = self.upper(unbiased.map(|difference| -difference));
        (-low + BIAS, high + BIAS)
    }
}
