//! What the vector forms of drift share: loading cells into lanes, differences, and VaultGuard over lanes.

use std::hint::black_box;
use std::ops::Range;

use fearless_simd::{Simd, prelude::*};

use super::simd::Drifted;
use super::{DriftInput, DriftOutput, DriftSummary};
use crate::memory::{prefetch_soon, store_past_caches};
use crate::vaultguard::{DIFFERENCE_MAX, DRAIN_SHIFT, RATE_FLOOR, RATE_SHIFT, VALUE_MAX, bias};

/// Vectors in a tile. A tile reads a few cache lines of one row before it goes on to the next, which keeps more reads
/// of memory under way than a line of each row in turn.
pub(super) const TILE: usize = 4;

/// How far ahead of a tile its memory is asked for: what 16 rows hold up to there fits the first-level cache.
const CELLS_AHEAD: usize = 128;

/// Cells in a cache line.
pub(super) const CELLS_PER_LINE: usize = 8;

/// Where a row's new values go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    /// Into the caches: they are likely to be read soon.
    Cached,
    /// Past the caches: the row is longer than they are.
    PastCaches,
}

/// A run of cells: a vector of them, the fewer that are left at the end of a row, or the first vector of a tile.
#[derive(Clone, Copy)]
pub(super) struct Group {
    /// The first cell in the row.
    cell: usize,
    /// The same cell in the output.
    position: usize,
    count: usize,
}

/// Calls `work(first group, vectors)` for the cells of `block`: a tile at a time, then the vectors that are left and
/// the cells that are.
#[inline(always)]
pub(super) fn for_each_tile<S: Simd>(block: Range<usize>, mut work: impl FnMut(Group, usize)) {
    let lanes = S::i64s::LEN;
    let group = |position, count| Group { cell: block.start + position, position, count };
    let tiled = block.len() - block.len() % (TILE * lanes);
    for position in (0..tiled).step_by(TILE * lanes) {
        work(group(position, lanes), TILE);
    }
    for position in (tiled..block.len()).step_by(lanes) {
        work(group(position, lanes.min(block.len() - position)), 1);
    }
}

impl Group {
    /// The group `vectors` further on.
    #[inline(always)]
    pub(super) fn skip<S: Simd>(self, vectors: usize) -> Self {
        let cells = vectors * S::i64s::LEN;
        Self { cell: self.cell + cells, position: self.position + cells, ..self }
    }

    /// The group's cells of `row`; lanes beyond them are 0.
    #[inline(always)]
    pub(super) fn load<S: Simd>(self, simd: S, row: &[i64]) -> S::i64s {
        let cells = &row[self.cell..self.cell + self.count];
        if self.count == S::i64s::LEN {
            return S::i64s::from_slice(simd, cells);
        }
        let mut lanes = S::i64s::splat(simd, 0);
        lanes.as_mut_slice()[..self.count].copy_from_slice(cells);
        lanes
    }

    /// The first `vectors` vectors of `row` from here on; the others are 0.
    #[inline(always)]
    pub(super) fn load_tile<S: Simd>(self, simd: S, row: &[i64], vectors: usize) -> [S::i64s; TILE] {
        // Bounds are checked once, not for each vector.
        if vectors == TILE {
            return self.load_whole_tile(simd, row);
        }
        let mut tile = [S::i64s::splat(simd, 0); TILE];
        for v in 0..vectors {
            tile[v] = self.skip::<S>(v).load(simd, row);
        }
        tile
    }

    /// The whole tile of `row` from here on.
    #[inline(always)]
    pub(super) fn load_whole_tile<S: Simd>(self, simd: S, row: &[i64]) -> [S::i64s; TILE] {
        let lanes = S::i64s::LEN;
        let cells = &row[self.cell..self.cell + TILE * lanes];
        // Written out: a loop over so few vectors ends up in memory instead of registers.
        [
            S::i64s::from_slice(simd, &cells[..lanes]),
            S::i64s::from_slice(simd, &cells[lanes..2 * lanes]),
            S::i64s::from_slice(simd, &cells[2 * lanes..3 * lanes]),
            S::i64s::from_slice(simd, &cells[3 * lanes..]),
        ]
    }

    /// Asks for what a later tile will load of `row` in the place of this group and the next `vectors - 1`.
    #[inline(always)]
    pub(super) fn prefetch<S: Simd>(self, row: &[i64], vectors: usize) {
        for line in 0..(vectors * S::i64s::LEN).div_ceil(CELLS_PER_LINE) {
            prefetch_soon(row, self.cell + CELLS_AHEAD + line * CELLS_PER_LINE);
        }
    }

    #[inline(always)]
    fn store<S: Simd>(self, simd: S, lanes: S::i64s, out: &mut [i64], store: Store) {
        let cells = &mut out[self.position..self.position + self.count];
        if self.count == S::i64s::LEN {
            match store {
                Store::Cached => lanes.store_slice(cells),
                Store::PastCaches => store_past_caches(simd, lanes, cells),
            }
        } else {
            cells.copy_from_slice(&lanes.as_slice()[..self.count]);
        }
    }
}

/// How far a neighbour's value counts around a row's own, for values in 0 ..= 2^62, where neither end overflows.
#[inline(always)]
pub(super) fn limit_neighbour<S: Simd>(neighbour: S::i64s, value: S::i64s) -> S::i64s {
    neighbour.max(value - DIFFERENCE_MAX).min(value + DIFFERENCE_MAX)
}

/// The product with weights, each of 16 bits; it wraps.
#[inline(always)]
pub(super) fn weighted<S: Simd>(difference: S::i64s, weight: S::i64s) -> S::i64s {
    // Only AVX-512 multiplies 64 bits at once. Elsewhere it takes three products of 32 bits, one of which a compiler
    // leaves out when it sees that weights have no upper half.
    if S::i64s::LEN == 8 { difference * weight } else { difference * (weight & 0xffff) }
}

/// Adds what the lanes hold to saturating sums.
#[inline(always)]
pub(super) fn add_lanes<S: Simd>(sums: &mut [u64], lanes: &[S::i64s]) {
    for (sum, lanes) in sums.iter_mut().zip(lanes) {
        *sum = sum.saturating_add(lane_sum::<S>(*lanes));
    }
}

fn lane_sum<S: Simd>(lanes: S::i64s) -> u64 {
    lanes.as_slice().iter().map(|&lane| lane as u64).sum()
}

/// The weights of the neighbours above and below a row, in each lane; what `hold` goes by.
#[derive(Clone, Copy)]
pub(super) struct Sides<S: Simd> {
    above: S::i64s,
    below: S::i64s,
}

impl<S: Simd> Sides<S> {
    #[inline(always)]
    pub(super) fn none(simd: S) -> Self {
        let zero = S::i64s::splat(simd, 0);
        Self { above: zero, below: zero }
    }

    /// Sides that were added up elsewhere.
    #[inline(always)]
    pub(super) fn new(above: S::i64s, below: S::i64s) -> Self {
        Self { above, below }
    }

    /// Adds a neighbour with these differences.
    #[inline(always)]
    pub(super) fn add(&mut self, difference: S::i64s, weight: S::i64s) {
        // A mask of all ones where a difference has the sign.
        self.above += weight & ((-difference) >> 63);
        self.below += weight & (difference >> 63);
    }

    /// Limits `moved` to where these sides let a cell go; the vector form of `hold::reach`.
    #[inline(always)]
    fn hold(&self, moved: S::i64s, value: S::i64s, anchor: S::i64s, weight_sum: i64) -> S::i64s {
        let risen = (self.above + self.above).simd_gt(weight_sum).select(moved, moved.min(value.max(anchor)));
        (self.below + self.below).simd_gt(weight_sum).select(risen, risen.max(value.min(anchor)))
    }
}

/// Applies corrections within VaultGuard's limits and counts what it did; the vector form of `vaultguard::guard`.
pub(super) struct Guard<S: Simd> {
    simd: S,
    bias: i64,
    weight_sum: i64,
    rate_limited: S::i64s,
    floored: S::i64s,
    max_correction: S::i64s,
    sum_correction: S::i64s,
    /// All values and anchors, or-ed.
    seen: S::i64s,
    one: S::i64s,
    store: Store,
}

impl<S: Simd> Guard<S> {
    #[inline(always)]
    pub(super) fn new(simd: S, input: &DriftInput<'_>, store: Store) -> Self {
        let zero = S::i64s::splat(simd, 0);
        Self {
            simd,
            bias: bias(input.cycle),
            weight_sum: input.weights.iter().map(|&weight| i64::from(weight)).sum(),
            rate_limited: zero,
            floored: zero,
            max_correction: zero,
            sum_correction: zero,
            seen: zero,
            // Opaque: a compiler that knows it to be 1 makes the counting below three steps instead of two.
            one: S::i64s::splat(simd, black_box(1)),
            store,
        }
    }

    /// Moves a group of cells by the weighted sum of their differences, held where `sides` are given, and stores them.
    #[inline(always)]
    pub(super) fn apply(
        &mut self,
        group: Group,
        value: S::i64s,
        sum: S::i64s,
        sides: Option<Sides<S>>,
        input: &DriftInput<'_>,
        out: &mut DriftOutput<'_>,
    ) {
        let anchor = group.load(self.simd, input.anchors);
        self.seen |= value | anchor;
        let correction = (sum + self.bias) >> 16;
        let limit = (value >> RATE_SHIFT).max(RATE_FLOOR);
        let limited = correction.max(-limit).min(limit);
        let floor = value.min(anchor - (anchor >> DRAIN_SHIFT));
        let free = value + limited;
        // Not a closure: outside this function it would be compiled for the least processor.
        let moved = match sides {
            Some(sides) => sides.hold(free, value, anchor, self.weight_sum),
            None => free,
        };
        let guarded = moved.max(floor).min(VALUE_MAX);
        self.count(correction.simd_ne(limited), moved.simd_lt(floor), (guarded - value).abs());
        group.store(self.simd, guarded, out.values, self.store);

        if let Some(correction) = out.correction.as_deref_mut() {
            group.store(self.simd, guarded - value, correction, Store::Cached);
        }
    }

    #[inline(always)]
    fn count(&mut self, rate_limited: S::mask64s, floored: S::mask64s, moved: S::i64s) {
        let zero = S::i64s::splat(self.simd, 0);
        self.rate_limited += rate_limited.select(self.one, zero);
        self.floored += floored.select(self.one, zero);
        self.max_correction = self.max_correction.max(moved);
        self.sum_correction += moved;
    }

    /// What was done to the cells.
    #[inline(always)]
    pub(super) fn finish(&self) -> Drifted {
        Drifted {
            summary: DriftSummary {
                rate_limited: lane_sum::<S>(self.rate_limited),
                floored: lane_sum::<S>(self.floored),
                max_correction: self.max_correction.reduce_max() as u64,
                sum_correction: lane_sum::<S>(self.sum_correction),
            },
            // Rough: 2^62 itself is valid. Who hears of a suspicion looks at every value.
            suspects_range: self.seen.as_slice().iter().any(|&bits| !(0..VALUE_MAX).contains(&bits)),
        }
    }
}
