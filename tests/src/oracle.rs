//! A second, deliberately naive reading of the drift rule, to check the scalar backend against something that shares
//! nothing with it: weights as heaps of single units, 128-bit sums, rounding up or down by name.

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
pub struct Outcome {
    /// The new value.
    pub value: i128,
    /// The rate limit changed the correction.
    pub rate_limited: bool,
    /// The drain floor held the cell.
    pub floored: bool,
}

/// Drifts a cell, unit by unit of weight.
pub fn drift(cell: &Cell, odd_cycle: bool, trim: bool) -> Outcome {
    let sum = remaining_sum(cell, trim);
    // A unit of weight is 1/65,536 of a vote; odd cycles round up, even ones down.
    let wanted = if odd_cycle { -(-sum).div_euclid(65_536) } else { sum.div_euclid(65_536) };
    confine(cell, wanted)
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
        let third = (21_846 * units.len()).div_ceil(65_536);
        let positive = units.iter().filter(|&&d| d > 0).count();
        units.truncate(units.len() - third.min(positive));
        let negative = units.iter().filter(|&&d| d < 0).count();
        units.drain(..third.min(negative));
    }
    units
}

/// Keeps a wanted correction inside the interval that VaultGuard leaves.
fn confine(cell: &Cell, wanted: i128) -> Outcome {
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
    let aimed = cell.value + step;
    Outcome { value: aimed.max(floor).min(1 << 62), rate_limited: step != wanted, floored: aimed < floor }
}
