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

/// The part of the neighbours' trust that is trimmed from either side, in 1/65,536: one third, rounded up.
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

/// Applies the rate limit, the drain floor and the value range to `correction` of a cell holding `value`.
#[inline(always)]
pub(crate) fn guard(value: i64, anchor: i64, correction: i64) -> Guarded {
    let limit = RATE_FLOOR.max(value >> RATE_SHIFT);
    let limited = correction.clamp(-limit, limit);
    let floor = value.min(anchor - (anchor >> DRAIN_SHIFT)).max(0);
    let moved = value + limited;
    Guarded {
        value: moved.clamp(floor, VALUE_MAX),
        rate_limited: limited != correction,
        floored: moved < floor,
    }
}

/// The bias added before the shift that rounds a correction: all ones on odd cycles, nothing on even ones.
///
/// Alternating it removes the dead zone of one unit that either rounding leaves on its own.
#[inline(always)]
pub(crate) fn bias(cycle: u64) -> i64 {
    if cycle % 2 == 1 { 65_535 } else { 0 }
}

/// `T`: the trust mass to trim from either side when the neighbours' weights sum to `weight_sum`.
///
/// It is rounded up: rounding down let 5 hostile of 16 through by one unit.
#[inline(always)]
pub(crate) fn trim_mass(weight_sum: u32) -> u32 {
    (TRIM * weight_sum.min(WEIGHT_MAX)).div_ceil(65_536)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trim_mass_is_a_third_rounded_up() {
        assert_eq!(trim_mass(0), 0);
        assert_eq!(trim_mass(1), 1);
        assert_eq!(trim_mass(3), 2);
        assert_eq!(trim_mass(65_535), 21_846);
    }

    #[test]
    fn the_rate_limit_is_a_64th_or_one_unit() {
        let rich = guard(640 * MICRO_VU, 640 * MICRO_VU, i64::MAX >> 16);
        assert_eq!((rich.value, rich.rate_limited), (650 * MICRO_VU, true));
        let poor = guard(0, 0, 5 * MICRO_VU);
        assert_eq!((poor.value, poor.rate_limited), (MICRO_VU, true));
    }

    #[test]
    fn the_drain_floor_is_three_quarters_of_the_anchor() {
        let held = guard(76, 100, -5);
        assert_eq!((held.value, held.floored, held.rate_limited), (75, true, false));
        let already_below = guard(50, 100, -5);
        assert_eq!((already_below.value, already_below.floored), (50, true));
    }
}
