//! The drift rule in vector lanes: a cell in each lane, the same code at every level.
//!
//! Nothing is removed one by one here. With the thresholds `high`, the largest one at which the differences from it
//! upwards weigh `T` (or 0), and `low` likewise, what trimming leaves is
//! `Σ w·clamp(d, low, high) - T·(low + high)` (specification, "Drift", has the proof), so that the weights stay
//! constants of the row and only the thresholds need the differences in order.
//!
//! A tile of cells takes its [narrow](super::narrow) form if it can, else its [wide](super::wide) one.

use std::ops::Range;

use fearless_simd::{Level, Simd, prelude::*};

use super::averaging::average;
use super::lanes::{Guard, Store, TILE, add_lanes, for_each_tile};
use super::narrow::{Backoff, Narrow};
use super::thresholds::{AnyRanks, Bisection, Fixed, KEY_WEIGHT_MAX, NETWORK_MAX, Ranks, Sorted, Span};
use super::wide::Wide;
use super::{DriftInput, DriftOutput, DriftSummary};
use crate::dispatch::dispatch;
use crate::memory::{cells_before_alignment, fence};
use crate::vaultguard::trim_mass;

/// Cells after which the sums of the lanes are taken over into saturating ones: no lane can overflow before.
const CELLS_PER_BLOCK: usize = 1 << 16;

/// What drift did to cells of a row.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Drifted {
    /// What VaultGuard did.
    pub summary: DriftSummary,
    /// Some value or anchor may lie outside 0 ..= 2^62, and then the results mean nothing.
    pub suspects_range: bool,
}

/// Drifts the cells `cells` of a row; `out` covers just those cells, and its residuals are added to.
pub(crate) fn drift(
    level: Level,
    input: &DriftInput<'_>,
    cells: Range<usize>,
    out: &mut DriftOutput<'_>,
    store: Store,
) -> Drifted {
    let mut drifted = Drifted::default();
    let mut backoff = Backoff::default();
    let mut start = cells.start;
    while start < cells.end {
        let position = start - cells.start;
        let length = match store {
            // Whole vectors can only go past the caches from an aligned cell on.
            Store::PastCaches if position == 0 && cells_before_alignment(out.values) > 0 => {
                cells_before_alignment(out.values)
            }
            _ => CELLS_PER_BLOCK.min(cells.end - start),
        };
        let mut part = part(out, position..position + length);
        let mut block =
            Block { input, cells: start..start + length, out: &mut part, store, backoff: &mut backoff };
        let done = dispatch!(level, simd => by_degree(simd, &mut block));
        drifted.summary.merge(&done.summary);
        drifted.suspects_range |= done.suspects_range;
        start += length;
    }
    if store == Store::PastCaches {
        fence();
    }
    drifted
}

/// The part of `out` for some of its cells.
fn part<'a>(out: &'a mut DriftOutput<'_>, cells: Range<usize>) -> DriftOutput<'a> {
    DriftOutput {
        values: &mut out.values[cells.clone()],
        correction: out.correction.as_deref_mut().map(|correction| &mut correction[cells]),
        residuals: out.residuals,
    }
}

/// Cells of a row that are drifted in one go, and where they go.
pub(super) struct Block<'a, 'b, 'c> {
    pub input: &'a DriftInput<'a>,
    pub cells: Range<usize>,
    pub out: &'b mut DriftOutput<'c>,
    pub store: Store,
    pub backoff: &'b mut Backoff,
}

/// Picks the way to find thresholds that suits the number of neighbours and their weights.
#[inline(always)]
fn by_degree<S: Simd>(simd: S, block: &mut Block<'_, '_, '_>) -> Drifted {
    let input = block.input;
    let mass = if input.trim { trim_mass(input.weights) } else { 0 };
    let largest_weight = input.weights.iter().copied().max().unwrap_or(0);
    if mass == 0 {
        return if largest_weight > KEY_WEIGHT_MAX {
            average::<S, false>(simd, block)
        } else {
            average::<S, true>(simd, block)
        };
    }
    let neighbours = input.neighbours.len();
    if largest_weight > KEY_WEIGHT_MAX || neighbours > NETWORK_MAX {
        return by_bisection(simd, block, mass);
    }
    let span = Span::new(input.weights, mass);
    // With as many neighbours as the network has keys, and equal weights or nearly so, the span is one of few.
    match (neighbours, span.fewest, span.most) {
        (4, 1, 1) => by_sorting::<S, 4, _>(simd, block, mass, Fixed::<1, 1>),
        (8, 2, 2) => by_sorting::<S, 8, _>(simd, block, mass, Fixed::<2, 2>),
        (15, 4, 5) => by_sorting::<S, 15, _>(simd, block, mass, Fixed::<4, 5>),
        (15, 5, 5) => by_sorting::<S, 15, _>(simd, block, mass, Fixed::<5, 5>),
        (16, 5, 5) => by_sorting::<S, 16, _>(simd, block, mass, Fixed::<5, 5>),
        (0..=4, ..) => by_sorting::<S, 4, _>(simd, block, mass, any::<4>(span, neighbours)),
        (5..=8, ..) => by_sorting::<S, 8, _>(simd, block, mass, any::<8>(span, neighbours)),
        (9..=15, ..) => by_sorting::<S, 15, _>(simd, block, mass, any::<15>(span, neighbours)),
        (16, ..) => by_sorting::<S, 16, _>(simd, block, mass, any::<16>(span, neighbours)),
        (17..=32, ..) => by_sorting::<S, 32, _>(simd, block, mass, any::<32>(span, neighbours)),
        _ => by_sorting::<S, 64, _>(simd, block, mass, any::<64>(span, neighbours)),
    }
}

fn any<const N: usize>(span: Span, neighbours: usize) -> AnyRanks {
    AnyRanks { span, padding: N - neighbours }
}

/// With up to N neighbours.
fn by_sorting<S: Simd, const N: usize, R: Ranks>(
    simd: S,
    block: &mut Block<'_, '_, '_>,
    mass: u32,
    ranks: R,
) -> Drifted {
    simd.vectorize(
        #[inline(always)]
        || {
            let input = block.input;
            let zero = S::i64s::splat(simd, 0);
            // Beyond K stands the row itself, with no weight.
            let mut rows = [input.values; N];
            rows[..input.neighbours.len()].copy_from_slice(input.neighbours);
            let mut weights = [zero; N];
            for (weight, &share) in weights.iter_mut().zip(input.weights) {
                *weight = S::i64s::splat(simd, share.into());
            }
            let thresholds = Sorted::<S, N>::new(simd, &weights, mass, ranks.span(), input.neighbours.len());
            let mut differences = [[zero; TILE]; N];
            let mut wide = Wide::new(simd, thresholds, &rows, &weights, &mut differences, mass);
            let mut narrow = Narrow::<S, N, R>::new(simd, input, mass, ranks);
            let mut residuals = [zero; N];
            let mut discarded = [zero; N];
            let mut guard = Guard::new(simd, input, block.store);
            for_each_tile::<S>(
                block.cells.clone(),
                #[inline(always)]
                |first, vectors| {
                    if vectors < TILE || !block.backoff.tries() {
                        wide.drift(first, vectors, input, block.out, &mut residuals, &mut guard);
                    } else if narrow.drift(first, input, block.out, &mut residuals, &mut guard) {
                        block.backoff.hit();
                    } else {
                        block.backoff.missed();
                        // The narrow form has added the residuals already.
                        wide.drift(first, vectors, input, block.out, &mut discarded, &mut guard);
                    }
                },
            );
            narrow.add_liars(block.out.residuals);
            add_lanes::<S>(block.out.residuals, &residuals);
            guard.finish()
        },
    )
}

/// With any number of neighbours.
fn by_bisection<S: Simd>(simd: S, block: &mut Block<'_, '_, '_>, mass: u32) -> Drifted {
    simd.vectorize(
        #[inline(always)]
        || {
            let input = block.input;
            let zero = S::i64s::splat(simd, 0);
            let weights: Vec<_> = input.weights.iter().map(|&w| S::i64s::splat(simd, w.into())).collect();
            let mut differences = vec![[zero; TILE]; weights.len()];
            let thresholds = Bisection::new(simd, &weights, mass);
            let mut wide = Wide::new(simd, thresholds, input.neighbours, &weights, &mut differences, mass);
            let mut residuals = vec![zero; weights.len()];
            let mut guard = Guard::new(simd, input, block.store);
            for_each_tile::<S>(
                block.cells.clone(),
                #[inline(always)]
                |first, vectors| {
                    wide.drift(first, vectors, input, block.out, &mut residuals, &mut guard);
                },
            );
            add_lanes::<S>(block.out.residuals, &residuals);
            guard.finish()
        },
    )
}
