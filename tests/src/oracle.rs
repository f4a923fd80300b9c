//! A second, deliberately naive reading of the drift rule, to check the scalar backend against something that shares
//! nothing with it: weights as heaps of single units, 128-bit sums, rounding up or down by name; and the rounding bits
//! of pools.

/// One cell: the row's own value, its anchor, and (value, weight) of each neighbour.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The row's own value.
    pub value: i128,
    /// The value at the start of the window.
    pub anchor: i128,
    /// Each neighbour's value and weight.
    pub neighbours: Vec<(i128, u16)>,
}

/// What becomes of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MovedCell {
    /// The new value.
    pub value: i128,
    /// The rate limit changed the correction.
    pub rate_limited: bool,
    /// The drain floor held the cell.
    pub floored: bool,
}

/// Drifts a cell, unit by unit of weight.
pub fn drift(cell: &Cell, round_up: bool, trim: bool, hold: bool) -> MovedCell {
    let sum = remaining_sum(cell, trim);
    // A unit of weight is 1/65,536 of a vote.
    let wanted = if round_up { -(-sum).div_euclid(65_536) } else { sum.div_euclid(65_536) };
    confine(cell, wanted, hold)
}

/// The sum of the differences over every unit of weight that trimming leaves.
pub fn remaining_sum(cell: &Cell, trim: bool) -> i128 {
    remaining_units(cell, trim).iter().sum()
}

/// The capped difference of a neighbour, as residuals count it.
pub fn difference(cell: &Cell, neighbour: i128) -> i128 {
    let cap = (1 << 46) - 1;
    (neighbour - cell.value).max(-cap).min(cap)
}

/// One entry per unit of weight that trimming leaves.
fn remaining_units(cell: &Cell, trim: bool) -> Vec<i128> {
    let mut units = Vec::new();
    for &(neighbour, weight) in &cell.neighbours {
        units.extend(std::iter::repeat_n(difference(cell, neighbour), weight.into()));
    }
    units.sort_unstable();
    if trim {
        let trimmed = trimmed_units(cell);
        let positive = units.iter().filter(|&&d| d > 0).count();
        units.truncate(units.len() - trimmed.min(positive));
        let negative = units.iter().filter(|&&d| d < 0).count();
        units.drain(..trimmed.min(negative));
    }
    units
}

/// How many units go from either side: a third of them, or all those of the heaviest third of the neighbours.
pub fn trimmed_units(cell: &Cell) -> usize {
    let mut weights: Vec<usize> = cell.neighbours.iter().map(|&(_, weight)| weight.into()).collect();
    weights.sort_unstable();
    let third = (21_846 * weights.iter().sum::<usize>()).div_ceil(65_536);
    let heaviest: usize = weights.iter().rev().take(weights.len() / 3).sum();
    third.max(heaviest)
}

/// Where a cell that would go to `aimed` is held, if less than a majority leads it away from its anchor.
fn held(cell: &Cell, aimed: i128) -> i128 {
    let agreeing = |side: i128| -> u32 {
        let there = cell.neighbours.iter().filter(|&&(neighbour, _)| (neighbour - cell.value) * side > 0);
        there.map(|&(_, weight)| u32::from(weight)).sum()
    };
    let all: u32 = cell.neighbours.iter().map(|&(_, weight)| u32::from(weight)).sum();
    let low = cell.value.min(cell.anchor);
    let high = cell.value.max(cell.anchor);
    if aimed > high && agreeing(1) <= all / 2 {
        high
    } else if aimed < low && agreeing(-1) <= all / 2 {
        low
    } else {
        aimed
    }
}

/// Whether row `row` of a pool or a swarm rounds up in this cycle.
pub fn rounds_up(seed: u64, cycle: u64, row: u32) -> bool {
    let key = mix64(mix64(seed) ^ mix64(cycle));
    let low = key % (1 << 32);
    let high = key >> 32;
    mix32(mix32(row ^ low as u32) ^ high as u32) >= 1 << 31
}

/// The first output of SplitMix64 started at `value`.
fn mix64(value: u64) -> u64 {
    let step = |z: u64, shift: u32, factor: u64| (z ^ (z >> shift)).wrapping_mul(factor);
    let z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = step(step(z, 30, 0xBF58_476D_1CE4_E5B9), 27, 0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The finaliser of MurmurHash3.
fn mix32(value: u32) -> u32 {
    let step = |h: u32, shift: u32, factor: u32| (h ^ (h >> shift)).wrapping_mul(factor);
    let h = step(step(value, 16, 0x85EB_CA6B), 13, 0xC2B2_AE35);
    h ^ (h >> 16)
}

/// Keeps a wanted correction inside the interval that VaultGuard leaves.
fn confine(cell: &Cell, wanted: i128, hold: bool) -> MovedCell {
    let most = (cell.value / 64).max(1_000_000);
    let step = if wanted > most {
        most
    } else if wanted < -most {
        -most
    } else {
        wanted
    };
    // Three quarters of the anchor, rounded up; a cell that is already below stays where it is.
    let floor = ((3 * cell.anchor + 3) / 4).min(cell.value).max(0);
    let aimed = if hold { held(cell, cell.value + step) } else { cell.value + step };
    MovedCell { value: aimed.max(floor).min(1 << 62), rate_limited: step != wanted, floored: aimed < floor }
}
