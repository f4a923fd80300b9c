//! VaultGuard: the constants that bound what any correction may do, and the one function that applies them.
//!
//! They are compiled in. No option, file, flag or call changes them, and every backend reads them from here
//! (specification, "Numbers" and "VaultGuard").

/// One value unit (VU) in micro-VU, the unit of every cell.
pub const MICRO_VU: i64 = 1_000_000;

/// The largest value a cell or an anchor holds, in micro-VU.
pub const VALUE_MAX: i64 = 1 << 62;

/// The largest magnitude of a difference that drift or a residual takes into account, in micro-VU.
pub const DIFFERENCE_MAX: i64 = (1 << 46) - 1;

/// "All of the trust" in Q0.16, and the most that the weights of one row may sum to.
pub const WEIGHT_MAX: u32 = 65_535;

/// The least part of the neighbours' weight that is trimmed from either side, in 1/65,536: one third, rounded up.
pub const TRIM: u32 = 21_846;

/// A cell moves at most `value >> RATE_SHIFT` (1/64 of itself) per cycle ...
pub const RATE_SHIFT: u32 = 6;

/// ... or this much, in micro-VU, where that is more.
pub const RATE_FLOOR: i64 = MICRO_VU;

/// Within a window a cell loses at most `anchor >> DRAIN_SHIFT` (a quarter of its anchor) to drift.
pub const DRAIN_SHIFT: u32 = 2;

/// Cycles in a window; at the start of each the anchors are set to the values.
pub const WINDOW: u64 = 4_096;

/// The most neighbours that one row may have.
pub const NEIGHBOURS_MAX: usize = 4_096;

/// Disagreement alone takes trust down to here, 15/16 in Q0.16, and no further: only proof does.
///
/// To the larger half of a split group, flatterers and honest rows far away look alike. Whoever punished disagreement
/// harder would let liars turn honest halves against each other.
pub const TRUST_FLOOR: u16 = 61_440;

/// Up to so many weights are compared with each other, all with all.
const FEW: usize = 16;

/// What VaultGuard made of one cell's correction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Guarded {
    /// The cell's new value.
    pub value: i64,
    /// The rate limit changed the correction.
    pub rate_limited: bool,
    /// The drain floor held the cell.
    pub floored: bool,
}

/// How far a cell may move, for reasons that lie outside VaultGuard; the least and the largest value include its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reach {
    /// The least value that it may take.
    pub low: i64,
    /// The largest value that it may take.
    pub high: i64,
}

impl Reach {
    /// Anywhere.
    pub(crate) const ANY: Self = Self { low: i64::MIN, high: i64::MAX };
}

/// Applies the rate limit, `reach`, the drain floor and the value range to `correction` of a cell holding `value`.
#[inline(always)]
pub(crate) fn guard(value: i64, anchor: i64, correction: i64, reach: Reach) -> Guarded {
    let limit = RATE_FLOOR.max(value >> RATE_SHIFT);
    let limited = correction.clamp(-limit, limit);
    let floor = value.min(anchor - (anchor >> DRAIN_SHIFT)).max(0);
    let moved = (value + limited).clamp(reach.low, reach.high);
    Guarded {
        value: moved.clamp(floor, VALUE_MAX),
        rate_limited: limited != correction,
        floored: moved < floor,
    }
}

/// The bias added before the shift that rounds a correction: all ones if the rounding bit, the cycle's lowest, is set.
///
/// Rounding both ways by turns removes the dead zone of one unit that either leaves on its own.
#[inline(always)]
pub(crate) fn bias(cycle: u64) -> i64 {
    if cycle % 2 == 1 { 65_535 } else { 0 }
}

/// `T`: the weight to trim from either side of neighbours with these weights.
///
/// A third of it all, or what a third of the neighbours can weigh at most, whichever is more: so no third of them gets
/// through, by heads or by weight, whatever trust they have won.
#[inline]
pub(crate) fn trim_mass(weights: &[u16]) -> u32 {
    let heads = tolerated_heads(weights.len()) as u32;
    let mut sum = 0;
    let mut most = 0;
    for &weight in weights {
        sum += u32::from(weight);
        most = most.max(weight);
    }
    // Rounded up: rounded down, the hostile third can weigh one unit more.
    let third = (TRIM * sum.min(WEIGHT_MAX)).div_ceil(65_536);
    // Most rows trust their neighbours about alike, and need no search.
    if heads * u32::from(most) <= third { third } else { third.max(heaviest(weights, heads, most)) }
}

/// `F`: how many of `neighbours` may be hostile.
#[inline(always)]
pub(crate) fn tolerated_heads(neighbours: usize) -> usize {
    neighbours / 3
}

/// The sum of the `heads` largest weights; the largest is `most`, and above 0.
fn heaviest(weights: &[u16], heads: u32, most: u16) -> u32 {
    // Often so many neighbours have all the trust there is.
    if count_above(weights, most - 1) >= heads {
        return heads * u32::from(most);
    }
    if weights.len() <= FEW {
        heaviest_of_few(weights, heads)
    } else {
        heaviest_of_many(weights, heads, most)
    }
}

/// The same for up to [`FEW`] weights: the least that `heads·t + Σ max(w - t, 0)` is for any weight t. It is least at the
/// lightest of the heaviest, and there each of those counts as itself.
fn heaviest_of_few(weights: &[u16], heads: u32) -> u32 {
    // Weights of 0 beyond the last change nothing, and a sum of a fixed length is a few vector operations.
    let mut padded = [0; FEW];
    padded[..weights.len()].copy_from_slice(weights);
    let mut least = u32::MAX;
    for bound in padded {
        let above: u16 = padded.iter().map(|&weight| u16::saturating_sub(weight, bound)).sum();
        least = least.min(heads * u32::from(bound) + u32::from(above));
    }
    least
}

/// The same for any number. The lightest of the heaviest is searched for by halving, which needs no memory.
fn heaviest_of_many(weights: &[u16], heads: u32, mut most: u16) -> u32 {
    let mut least = 0;
    while least < most {
        let middle = least + (most - least) / 2;
        if count_above(weights, middle) >= heads {
            least = middle + 1;
        } else {
            most = middle;
        }
    }
    let above = weights.iter().map(|&weight| if weight > least { u32::from(weight) } else { 0 });
    above.sum::<u32>() + (heads - count_above(weights, least)) * u32::from(least)
}

fn count_above(weights: &[u16], bound: u16) -> u32 {
    weights.iter().map(|&weight| u32::from(weight > bound)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trim_mass_is_a_third_rounded_up() {
        assert_eq!(trim_mass(&[]), 0);
        assert_eq!(trim_mass(&[0, 0]), 0);
        assert_eq!(trim_mass(&[1]), 1);
        assert_eq!(trim_mass(&[1, 2]), 2);
        assert_eq!(trim_mass(&[65_535]), 21_846);
    }

    #[test]
    fn trim_mass_is_at_least_what_a_third_of_the_heads_weigh() {
        assert_eq!(trim_mass(&[1, 50, 2, 40, 3, 30, 4]), 90);
        assert_eq!(trim_mass(&[10, 10, 10]), 11);
        let mut weights = [1; 100];
        weights[7] = 1_000;
        assert_eq!(trim_mass(&weights), 1_000 + 32);
    }

    #[test]
    fn the_heaviest_are_those_that_sorting_finds() {
        let mut state = 1_u64;
        for count in (1..=40).cycle().take(2_000) {
            let mut draw = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                // Few different ones in every second row, so that some are equal.
                (state >> 33) as u16 % if state >> 63 == 0 { 4 } else { 65_535 / count as u16 }
            };
            let mut weights: Vec<u16> = (0..count).map(|_| draw()).collect();
            let heads = tolerated_heads(count) as u32;
            let most = weights.iter().copied().max().unwrap().max(1);
            let found = heaviest(&weights, heads, most);
            weights.sort_unstable_by(|a, b| b.cmp(a));
            let expected: u32 = weights[..heads as usize].iter().map(|&weight| u32::from(weight)).sum();
            assert_eq!(found, expected, "{heads} of {weights:?}");
        }
    }

    #[test]
    fn the_rate_limit_is_a_64th_or_one_unit() {
        let rich = guard(640 * MICRO_VU, 640 * MICRO_VU, i64::MAX >> 16, Reach::ANY);
        assert_eq!((rich.value, rich.rate_limited), (650 * MICRO_VU, true));
        let poor = guard(0, 0, 5 * MICRO_VU, Reach::ANY);
        assert_eq!((poor.value, poor.rate_limited), (MICRO_VU, true));
    }

    #[test]
    fn the_drain_floor_is_three_quarters_of_the_anchor() {
        let held = guard(76, 100, -5, Reach::ANY);
        assert_eq!((held.value, held.floored, held.rate_limited), (75, true, false));
        let already_below = guard(50, 100, -5, Reach::ANY);
        assert_eq!((already_below.value, already_below.floored), (50, true));
    }
}
