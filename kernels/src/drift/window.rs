//! The window around a row's values in which differences fit 32 bits, and what lies outside it.
//!
//! Values that matter lie close together. A difference within ±2^30 micro-VU (1,073 VU) becomes a *key* of 31 bits:
//! twice as many fit a vector, and minima, maxima and products of 32 bits are cheap where those of 64 are not.

use std::hint::black_box;

use fearless_simd::{Simd, prelude::*};

use super::lanes::{TILE, limit_neighbour};
use crate::vaultguard::DIFFERENCE_MAX;

/// The key of a neighbour that agrees with the row: the middle of the window.
pub(super) const CENTRE: i64 = 1 << 30;

/// The last key of the window; the first is 0. At either a key says only that the difference is at least as large.
pub(super) const LAST: i32 = i32::MAX;

/// The keys of a tile: the even lanes of a vector belong to one vector of cells, the odd ones to the next.
pub(super) type Keys<S> = [<S as Simd>::i32s; TILE / 2];

/// On which side of a row a neighbour lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Side {
    /// Above it.
    #[default]
    Above,
    /// Below it.
    Below,
}

/// What is known of a neighbour that lies as far away as counts in whole tiles.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Liar {
    /// Where it was last.
    pub side: Side,
    /// In so many tiles.
    pub tiles: u64,
}

impl Liar {
    /// Notes one more tile.
    #[inline(always)]
    pub(super) fn seen(&mut self, side: Side) {
        self.side = side;
        self.tiles += 1;
    }

    /// What it adds to its residual: the most that counts, in each cell of its tiles.
    pub(super) fn residual<S: Simd>(&self) -> u64 {
        let cells = (TILE * S::i64s::LEN) as u64;
        // A block has at most 2^16 cells, so this does not overflow.
        self.tiles * cells * DIFFERENCE_MAX as u64
    }
}

/// The window around the values of a tile.
pub(super) struct Window<S: Simd> {
    simd: S,
    values: [S::i64s; TILE],
    /// The values that have key 0.
    first: [S::i64s; TILE],
}

impl<S: Simd> Window<S> {
    /// Half a window's width, for [`Window::new`]. Opaque: a compiler that knows it adds it to every difference instead
    /// of taking it from the values once.
    #[inline(always)]
    pub(super) fn half_width(simd: S) -> S::i64s {
        S::i64s::splat(simd, black_box(CENTRE))
    }

    /// The window around `values`.
    #[inline(always)]
    pub(super) fn new(simd: S, values: [S::i64s; TILE], half_width: S::i64s) -> Self {
        let [a, b, c, d] = values;
        let first = [a - half_width, b - half_width, c - half_width, d - half_width];
        Self { simd, values, first }
    }

    /// The keys of a neighbour, if they all lie in the window.
    #[inline(always)]
    pub(super) fn keys(&self, neighbour: &[S::i64s; TILE]) -> Option<Keys<S>> {
        let [a, b, c, d] = self.offsets(neighbour);
        // One test for the tile: a difference outside the window has one of the upper 33 bits set.
        let outside = ((a | b) | (c | d)) & !i64::from(LAST);
        if outside.simd_ne(0).any_true() {
            return None;
        }
        Some([pack::<S>(a, b), pack::<S>(c, d)])
    }

    #[inline(always)]
    fn offsets(&self, neighbour: &[S::i64s; TILE]) -> [S::i64s; TILE] {
        // Written out: a loop over so few vectors ends up in memory instead of registers.
        [
            neighbour[0] - self.first[0],
            neighbour[1] - self.first[1],
            neighbour[2] - self.first[2],
            neighbour[3] - self.first[3],
        ]
    }

    /// The side on which a neighbour lies as far away as counts, or farther, in the whole tile: what a liar does. The
    /// side `likely` is tried first.
    #[inline(always)]
    pub(super) fn beyond(&self, neighbour: &[S::i64s; TILE], likely: Side) -> Option<Side> {
        if self.is_beyond(neighbour, likely) {
            return Some(likely);
        }
        let other = if likely == Side::Above { Side::Below } else { Side::Above };
        if self.is_beyond(neighbour, other) { Some(other) } else { None }
    }

    #[inline(always)]
    fn is_beyond(&self, neighbour: &[S::i64s; TILE], side: Side) -> bool {
        let [a, b, c, d] = *neighbour;
        let [x, y, z, w] = self.values;
        let outside = match side {
            Side::Above => {
                let upper = a.simd_ge(x + DIFFERENCE_MAX) & b.simd_ge(y + DIFFERENCE_MAX);
                upper & c.simd_ge(z + DIFFERENCE_MAX) & d.simd_ge(w + DIFFERENCE_MAX)
            }
            Side::Below => {
                let lower = a.simd_le(x - DIFFERENCE_MAX) & b.simd_le(y - DIFFERENCE_MAX);
                lower & c.simd_le(z - DIFFERENCE_MAX) & d.simd_le(w - DIFFERENCE_MAX)
            }
        };
        outside.all_true()
    }

    /// A neighbour's differences, wherever it lies.
    #[inline(always)]
    pub(super) fn differences(&self, neighbour: &[S::i64s; TILE]) -> [S::i64s; TILE] {
        let mut differences = self.values;
        for v in 0..TILE {
            differences[v] = limit_neighbour::<S>(neighbour[v], self.values[v]) - self.values[v];
        }
        differences
    }

    /// The keys of differences; those outside the window get its ends.
    #[inline(always)]
    pub(super) fn limited_keys(&self, differences: &[S::i64s; TILE]) -> Keys<S> {
        let [a, b, c, d] = *differences;
        [pack::<S>(self.limited(a), self.limited(b)), pack::<S>(self.limited(c), self.limited(d))]
    }

    #[inline(always)]
    fn limited(&self, difference: S::i64s) -> S::i64s {
        (difference + CENTRE).max(S::i64s::splat(self.simd, 0)).min(i64::from(LAST))
    }

    /// The keys of a neighbour that lies beyond on a side.
    #[inline(always)]
    pub(super) fn end(&self, side: Side) -> Keys<S> {
        [S::i32s::splat(self.simd, if side == Side::Above { LAST } else { 0 }); TILE / 2]
    }
}

/// The sums over a tile of the absolute differences that keys in the window stand for.
#[inline(always)]
pub(super) fn residual<S: Simd>(keys: &Keys<S>) -> S::i64s {
    // Each is at most 2^30, so two fit 32 bits without a sign.
    let sum = (keys[0] - CENTRE as i32).abs() + (keys[1] - CENTRE as i32).abs();
    even::<S>(sum) + odd::<S>(sum)
}

/// Two vectors of numbers of 32 bits as one: `a` in the even lanes, `b` in the odd ones. Cheaper than in order.
#[inline(always)]
fn pack<S: Simd>(a: S::i64s, b: S::i64s) -> S::i32s {
    (a | (b << 32)).bitcast()
}

/// The even lanes, without sign.
#[inline(always)]
pub(super) fn even<S: Simd>(lanes: S::i32s) -> S::i64s {
    lanes.bitcast::<S::i64s>() & 0xffff_ffff
}

/// The odd lanes, without sign.
#[inline(always)]
pub(super) fn odd<S: Simd>(lanes: S::i32s) -> S::i64s {
    (lanes.bitcast::<S::u64s>() >> 32).bitcast()
}
