//! Pairwise residuals of any values in vector lanes: one row against four at a time, cells across the lanes.

use fearless_simd::{Level, Simd, prelude::*};

use crate::dispatch::dispatch;
use crate::rows::Rows;
use crate::vaultguard::DIFFERENCE_MAX;

/// Rows that share the loads of the row they are compared with.
const GROUP: usize = 4;

/// Cells after which the sums of the lanes are taken over into saturating ones: no lane can overflow before.
const CELLS_PER_BLOCK: usize = 1 << 16;

/// Row `i` of the upper triangle: the residuals to rows `i + 1 ..`, in their order.
pub(crate) fn row(level: Level, values: &Rows<'_>, i: usize, out: &mut [u64]) {
    let own = values.row(i);
    let mut j = i + 1;
    for group in out.chunks_mut(GROUP) {
        // A group that is not full compares its last row again and drops the result.
        let last = j + group.len() - 1;
        let others = std::array::from_fn(|k| values.row((j + k).min(last)));
        group.copy_from_slice(&residuals(level, own, others)[..group.len()]);
        j += GROUP;
    }
}

/// The capped L1 distance of two rows of any values, saturating.
pub(crate) fn residual(level: Level, a: &[i64], b: &[i64]) -> u64 {
    residuals(level, a, [b; GROUP])[0]
}

fn residuals(level: Level, own: &[i64], others: [&[i64]; GROUP]) -> [u64; GROUP] {
    let mut sums = [0_u64; GROUP];
    for start in (0..own.len()).step_by(CELLS_PER_BLOCK) {
        let block = start..own.len().min(start + CELLS_PER_BLOCK);
        let others = others.map(|row| &row[block.clone()]);
        let own = &own[block];
        let part = dispatch!(level, simd => sum(simd, own, others));
        sums = std::array::from_fn(|k| sums[k].saturating_add(part[k]));
    }
    sums
}

/// min(|a - b|, 2^46 - 1).
#[inline(always)]
fn distance<S: Simd>(simd: S, a: S::i64s, b: S::i64s) -> S::i64s {
    // The larger minus the smaller wraps to the right number without sign; as one with sign, what is too large for it
    // is negative.
    let difference = a.max(b) - a.min(b);
    let cap = S::i64s::splat(simd, DIFFERENCE_MAX);
    difference.simd_lt(0).select(cap, difference.min(cap))
}

/// The sums of the distances over a block, for each of the other rows.
fn sum<S: Simd>(simd: S, own: &[i64], others: [&[i64]; GROUP]) -> [u64; GROUP] {
    simd.vectorize(
        #[inline(always)]
        || {
            let lanes = S::i64s::LEN;
            let mut sums = [S::i64s::splat(simd, 0); GROUP];
            let whole = own.len() / lanes * lanes;
            for cell in (0..whole).step_by(lanes) {
                let a = S::i64s::from_slice(simd, &own[cell..cell + lanes]);
                for k in 0..GROUP {
                    let b = S::i64s::from_slice(simd, &others[k][cell..cell + lanes]);
                    sums[k] += distance(simd, a, b);
                }
            }
            if whole < own.len() {
                let a = tail::<S>(simd, &own[whole..]);
                for k in 0..GROUP {
                    sums[k] += distance(simd, a, tail::<S>(simd, &others[k][whole..]));
                }
            }
            sums.map(|lanes| lanes.as_slice().iter().map(|&lane| lane as u64).sum())
        },
    )
}

/// The last cells of a row; lanes beyond them are 0.
#[inline(always)]
fn tail<S: Simd>(simd: S, cells: &[i64]) -> S::i64s {
    let mut lanes = S::i64s::splat(simd, 0);
    lanes.as_mut_slice()[..cells.len()].copy_from_slice(cells);
    lanes
}
