//! Where trimming cuts: per cell the differences at which a third of the trust is spent from either side.
//!
//! In the 64-bit form each difference is packed with its weight into one key, so that a plain minimum and maximum carry
//! the weight along; ties are harmless, because equal differences contribute equally whichever is trimmed. In the
//! 32-bit form keys are bare, and weights come in by rank.

use fearless_simd::{Simd, prelude::*};

use super::lanes::TILE;
use super::products::Weight;
use crate::network::{larger, ordered, ordered_narrow, smaller, sort};

/// Added to differences so that they, and the keys made of them, have the bits of positive, normal floating-point
/// numbers. Those are in the same order as integers and as floats, and a processor has more units for both than for
/// either.
pub(super) const BIAS: i64 = (1 << 62) + (1 << 47);

/// The bits of a key that hold the weight.
const WEIGHT_BITS: u32 = 15;

/// The most neighbours that a network sorts.
pub(super) const NETWORK_MAX: usize = 64;

/// The largest weight that fits a key, and a product of 16 bits with signs.
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
pub(super) struct Sorted<'a, S: Simd, const N: usize> {
    simd: S,
    weights: &'a [S::i64s; N],
    mass: i64,
    /// The least and the most neighbours whose weights are spent in full on either side.
    fewest: usize,
    most: usize,
}

impl<'a, S: Simd, const N: usize> Sorted<'a, S, N> {
    /// With the weights in every lane, and their span, which counts those of 0 beyond K too.
    #[inline(always)]
    pub(super) fn new(simd: S, weights: &'a [S::i64s; N], mass: u32, span: Span, neighbours: usize) -> Self {
        Self { simd, weights, mass: mass.into(), fewest: span.fewest, most: span.most + N - neighbours }
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

/// Between which ranks, counted from the outermost difference, a threshold lies: whichever neighbours are outermost,
/// at least `fewest` and at most `most` of them are spent in full before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub fewest: usize,
    pub most: usize,
}

impl Span {
    /// The span for up to [`NETWORK_MAX`] weights of which `mass` is trimmed.
    pub(super) fn new(weights: &[u16], mass: u32) -> Self {
        if let Some((&first, others)) = weights.split_first()
            && others.iter().all(|&weight| weight == first)
        {
            // Whoever is outermost; above 0, or nothing would be trimmed.
            let spent = (mass as usize - 1) / usize::from(first);
            return Self { fewest: spent.min(weights.len()), most: spent.min(weights.len()) };
        }
        let mut room = [0; NETWORK_MAX];
        let sorted = &mut room[..weights.len()];
        sorted.copy_from_slice(weights);
        sorted.sort_unstable();
        Self { fewest: spent_in_full(sorted.iter().rev(), mass), most: spent_in_full(sorted.iter(), mass) }
    }
}

/// How many of these weights fit into less than `mass`.
fn spent_in_full<'a>(weights: impl Iterator<Item = &'a u16>, mass: u32) -> usize {
    let mut spent = 0;
    let fits = |weight: &&u16| {
        spent += u32::from(**weight);
        spent < mass
    };
    weights.take_while(fits).count()
}

/// A [`Span`] as the 32-bit form takes it. Where the compiler knows it, a network is left with the comparators that it
/// needs, and no rank is looked at in vain.
pub(super) trait Ranks: Copy {
    /// The span.
    fn span(self) -> Span;
    /// How many of N keys stand for no neighbour. They are the last.
    fn padding(self) -> usize;
}

/// The span of full networks that is known when the code is compiled.
#[derive(Clone, Copy)]
pub(super) struct Fixed<const FEWEST: usize, const MOST: usize>;

impl<const FEWEST: usize, const MOST: usize> Ranks for Fixed<FEWEST, MOST> {
    #[inline(always)]
    fn span(self) -> Span {
        Span { fewest: FEWEST, most: MOST }
    }

    #[inline(always)]
    fn padding(self) -> usize {
        0
    }
}

/// Any span.
#[derive(Clone, Copy)]
pub(super) struct AnyRanks {
    pub span: Span,
    pub padding: usize,
}

impl Ranks for AnyRanks {
    #[inline(always)]
    fn span(self) -> Span {
        self.span
    }

    #[inline(always)]
    fn padding(self) -> usize {
        self.padding
    }
}

/// Up to N neighbours' keys of 32 bits, of which weight `mass` is trimmed from either side.
pub(super) struct Ranked<'a, S: Simd, const N: usize> {
    pub simd: S,
    pub keys: &'a [S::i32s; N],
    pub weights: &'a [Weight<S>; N],
    pub mass: i32,
}

impl<S: Simd, const N: usize> Ranked<'_, S, N> {
    /// The lower threshold, never above `centre`, and the upper one, never below.
    #[inline(always)]
    pub(super) fn thresholds(&self, ranks: impl Ranks, centre: i32) -> (S::i32s, S::i32s) {
        let mut sorted = *self.keys;
        sort(&mut sorted, ordered_narrow::<S>);
        let last = N - 1 - ranks.padding();
        let low = self.threshold(
            ranks,
            #[inline(always)]
            |rank| sorted[rank],
            #[inline(always)]
            |key, bound| key.simd_le(bound),
        );
        let high = self.threshold(
            ranks,
            #[inline(always)]
            |rank| sorted[last - rank],
            #[inline(always)]
            |key, bound| key.simd_ge(bound),
        );
        (low.min(centre), high.max(centre))
    }

    /// The first key, from the outermost on, at which the weights at or `beyond` it reach `mass`.
    #[inline(always)]
    fn threshold(
        &self,
        ranks: impl Ranks,
        at: impl Fn(usize) -> S::i32s,
        beyond: impl Fn(S::i32s, S::i32s) -> S::mask32s,
    ) -> S::i32s {
        let Span { fewest, most } = ranks.span();
        let zero = S::i32s::splat(self.simd, 0);
        let mut found = at(fewest);
        for rank in fewest..most {
            let mut weight = zero;
            for (key, share) in self.keys.iter().zip(self.weights) {
                weight += beyond(*key, found).select(share.lower, zero);
            }
            let enough = weight.simd_ge(self.mass);
            if most - fewest > 1 && enough.all_true() {
                break;
            }
            found = enough.select(found, at(rank + 1));
        }
        found
    }
}

impl<S: Simd, const N: usize> Thresholds<S> for Sorted<'_, S, N> {
    #[inline(always)]
    fn find(&self, differences: &[[S::i64s; TILE]], v: usize) -> (S::i64s, S::i64s) {
        let mut keys = [S::i64s::splat(self.simd, 0); N];
        for j in 0..N {
            keys[j] = (differences[j][v] << WEIGHT_BITS) | self.weights[j];
        }
        sort(&mut keys, ordered::<S>);
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
