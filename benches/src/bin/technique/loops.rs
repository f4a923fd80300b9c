//! The two inner loops, written once over [`Lanes`] and inlined into each technique's own function.

#![allow(clippy::needless_range_loop, reason = "parallel arrays, indexed alike")]

use lvs_kernels::vaultguard::{DIFFERENCE_MAX, TRIM};

use crate::machine::Lanes;
use crate::network::sort;

/// Neighbours: with a key that weighs nothing they fill the network.
pub const NEIGHBOURS: usize = 15;

/// A row, its neighbours and their weights. All rows have the same length, a multiple of [`CELLS_STEP`].
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// The row's own values.
    pub own: &'a [i64],
    /// The neighbours' values.
    pub neighbours: [&'a [i64]; NEIGHBOURS],
    /// Their weights, summing to 1 ..= 65535.
    pub weights: [i64; NEIGHBOURS],
}

/// The cells of a row must be a multiple of this, so that no technique needs a tail.
pub const CELLS_STEP: usize = 32;

/// Few enough cells that no lane's sum of absolute differences overflows; between blocks sums saturate.
const CELLS_PER_BLOCK: usize = 1 << 14;

/// What a loop makes of a row.
#[derive(Clone, PartialEq, Eq)]
pub struct Output {
    /// Per cell the rounded weighted sum, before any limit.
    pub corrections: Vec<i64>,
    /// Per neighbour the sum of absolute differences; zeros where the loop does not compute them.
    pub residuals: [u64; NEIGHBOURS],
}

/// Plain averaging with residuals: for each cell (Σ w·d) >> 16, for each neighbour Σ |d|, saturating.
#[inline(always)]
pub fn average<L: Lanes, const TILE: usize>(lanes: L, input: &Input<'_>, out: &mut Output) {
    out.residuals = [0; NEIGHBOURS];
    for (block, corrections) in out.corrections.chunks_mut(CELLS_PER_BLOCK).enumerate() {
        let sums = average_block::<L, TILE>(lanes, input, block * CELLS_PER_BLOCK, corrections);
        for (residual, sum) in out.residuals.iter_mut().zip(sums) {
            *residual = residual.saturating_add(total(lanes, sum));
        }
    }
}

/// A tile of `TILE` vectors stays in registers while the neighbours pass by.
#[inline(always)]
fn average_block<L: Lanes, const TILE: usize>(
    lanes: L,
    input: &Input<'_>,
    start: usize,
    corrections: &mut [i64],
) -> [L::V; NEIGHBOURS] {
    let mut residuals = [lanes.splat(0); NEIGHBOURS];
    let limit = lanes.splat(DIFFERENCE_MAX);
    for (first, corrections) in tiles::<L, TILE>(start, corrections) {
        let own = each::<L, TILE>(|u| lanes.load(&input.own[first + u * L::LEN..]));
        let mut sums = [lanes.splat(0); TILE];
        for j in 0..NEIGHBOURS {
            let cells = &input.neighbours[j][first..first + TILE * L::LEN];
            let weight = lanes.splat(input.weights[j]);
            for u in 0..TILE {
                let d = difference(lanes, lanes.load(&cells[u * L::LEN..]), own[u], limit);
                sums[u] = lanes.add(sums[u], lanes.weigh(d, weight));
                residuals[j] = lanes.add(residuals[j], lanes.abs(d));
            }
        }
        for u in 0..TILE {
            lanes.store(lanes.shift_right_16(sums[u]), &mut corrections[u * L::LEN..]);
        }
    }
    residuals
}

/// The trimmed weighted sum: for each cell (Σ w·clamp(d, θ⁻, θ⁺) - T·(θ⁺ + θ⁻)) >> 16.
///
/// θ⁺ is the largest θ >= 0 with Σ_{d >= θ} w >= T, or 0; θ⁻ likewise from below.
#[inline(always)]
pub fn trim<L: Lanes>(lanes: L, input: &Input<'_>, out: &mut Output) {
    let mass = trim_mass(&input.weights);
    let limit = lanes.splat(DIFFERENCE_MAX);
    for (first, corrections) in tiles::<L, 1>(0, &mut out.corrections) {
        let own = lanes.load(&input.own[first..]);
        let mut keys = [lanes.splat(0); 16];
        for j in 0..NEIGHBOURS {
            let d = difference(lanes, lanes.load(&input.neighbours[j][first..]), own, limit);
            keys[j] = lanes.add(lanes.shift_left_16(d), lanes.splat(input.weights[j]));
        }
        sort(&mut keys, |a, b| (lanes.min(a, b), lanes.max(a, b)));
        lanes.store(trimmed_sum(lanes, &keys, mass), corrections);
    }
}

/// A neighbour's value minus the row's own, clamped. The row's own is in 0 ..= 2^62, so that nothing overflows.
#[inline(always)]
fn difference<L: Lanes>(lanes: L, neighbour: L::V, own: L::V, limit: L::V) -> L::V {
    let inside = lanes.min(lanes.max(neighbour, lanes.sub(own, limit)), lanes.add(own, limit));
    lanes.sub(inside, own)
}

#[inline(always)]
fn trimmed_sum<L: Lanes>(lanes: L, keys: &[L::V; 16], mass: i64) -> L::V {
    let (zero, mass_lanes, low_16) = (lanes.splat(0), lanes.splat(mass), lanes.splat(0xFFFF));
    let upper = threshold(lanes, keys, mass_lanes, |i| 15 - i, |best, key| lanes.max(best, key));
    let lower = threshold(lanes, keys, mass_lanes, |i| i, |best, key| lanes.min(best, key));
    let mut sum = zero;
    for &key in keys {
        let d = lanes.max(lanes.min(lanes.shift_right_16(key), upper), lower);
        sum = lanes.add(sum, lanes.weigh(d, lanes.and(key, low_16)));
    }
    let excess = lanes.weigh(lanes.add(upper, lower), mass_lanes);
    lanes.shift_right_16(lanes.sub(sum, excess))
}

/// Walks the keys in an order until every lane has spent `mass`; the first difference at which a lane has, or 0.
#[inline(always)]
fn threshold<L: Lanes>(
    lanes: L,
    keys: &[L::V; 16],
    mass: L::V,
    order: impl Fn(usize) -> usize,
    outer: impl Fn(L::V, L::V) -> L::V,
) -> L::V {
    let (mut weight, mut best) = (lanes.splat(0), lanes.splat(0));
    // Written out, since a loop with an exit would send the keys through memory.
    macro_rules! steps {
        ($($i:literal)+) => {
            'walk: {
                $(
                    let key = keys[order($i)];
                    weight = lanes.add(weight, lanes.and(key, lanes.splat(0xFFFF)));
                    best = outer(best, lanes.keep_where_at_least(weight, mass, key));
                    if lanes.all_at_least(weight, mass) {
                        break 'walk;
                    }
                )+
            }
        };
    }
    steps!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
    lanes.shift_right_16(best)
}

#[inline(always)]
fn each<L: Lanes, const TILE: usize>(make: impl Fn(usize) -> L::V) -> [L::V; TILE] {
    let mut vectors = [make(0); TILE];
    for u in 1..TILE {
        vectors[u] = make(u);
    }
    vectors
}

#[inline(always)]
fn tiles<L: Lanes, const TILE: usize>(
    start: usize,
    out: &mut [i64],
) -> impl Iterator<Item = (usize, &mut [i64])> {
    let step = TILE * L::LEN;
    assert!(CELLS_STEP.is_multiple_of(step) && out.len().is_multiple_of(CELLS_STEP));
    out.chunks_exact_mut(step).enumerate().map(move |(i, cells)| (start + i * step, cells))
}

#[inline(always)]
fn total<L: Lanes>(lanes: L, sums: L::V) -> u64 {
    let mut cells = [0; CELLS_STEP];
    lanes.store(sums, &mut cells);
    cells.iter().map(|&sum| sum as u64).sum()
}

fn trim_mass(weights: &[i64]) -> i64 {
    let sum: i64 = weights.iter().sum();
    (i64::from(TRIM) * sum + 65_535) / 65_536
}
