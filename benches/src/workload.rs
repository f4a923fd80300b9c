//! Seeded data that looks like a swarm at work: rows around a common value, some of them hostile.

use clap::ValueEnum;
use lvs_kernels::{DriftInput, vaultguard::MICRO_VU};
use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::Serialize;

use crate::memory::{Memory, Pages};

/// Entries of 8 bytes in a cache line.
const LINE: usize = 8;

/// How the neighbours' weights are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Weights {
    /// Drawn within 5 % of an even share of most of the trust (near 4,000 for 15 neighbours).
    Random,
    /// That share for everyone.
    Equal,
}

/// Where rows lie in memory, and what they are drawn from.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// K: how many neighbours.
    pub neighbours: usize,
    /// B: cells in a row.
    pub cells: usize,
    /// An odd number of cache lines between rows keeps them from competing for the same cache sets.
    pub stagger_lines: usize,
    /// The pages that the rows lie on.
    pub pages: Pages,
    /// The seed of values and weights.
    pub seed: u64,
}

/// One row and its K neighbours in one staggered block of memory.
pub struct Workload {
    layout: Layout,
    memory: Memory,
    weights: Vec<u16>,
}

impl Workload {
    /// Draws the values and weights; honest rows lie within 100 VU of each other's middle. Every fifth neighbour is
    /// hostile and reports huge values, by turns of either sign.
    pub fn new(layout: Layout, weights: Weights) -> Self {
        Self::spread(layout, weights, 100)
    }

    /// The same with honest rows within `units` VU, at most 10,000, of their middle.
    pub fn spread(layout: Layout, weights: Weights, units: u64) -> Self {
        let mut generator = Xoshiro256PlusPlus::seed_from_u64(layout.seed);
        let weights = draw_weights(&mut generator, layout.neighbours, weights);
        let memory = Memory::zeroed((layout.neighbours + 1) * stride(&layout), layout.pages);
        let mut workload = Self { layout, memory, weights };
        workload.fill(&mut generator, units as i64 * MICRO_VU);
        workload
    }

    fn fill(&mut self, generator: &mut Xoshiro256PlusPlus, spread: i64) {
        let (stride, cells) = (stride(&self.layout), self.layout.cells);
        for cell in 0..cells {
            let common = 10_000 * MICRO_VU + below(generator, 1_000_000 * MICRO_VU as u64);
            for row in 0..=self.layout.neighbours {
                self.memory[row * stride + cell] = match hostile_sign(row) {
                    0 => common + below(generator, 2 * spread as u64) - spread,
                    sign => sign * ((1 << 61) + below(generator, 1 << 60)),
                };
            }
        }
    }

    fn row(&self, row: usize) -> &[i64] {
        &self.memory[row * stride(&self.layout)..][..self.layout.cells]
    }

    /// The row's own values.
    pub fn values(&self) -> &[i64] {
        self.row(0)
    }

    /// The K neighbour rows.
    pub fn neighbours(&self) -> Vec<&[i64]> {
        (1..=self.layout.neighbours).map(|row| self.row(row)).collect()
    }

    /// All K + 1 rows, the row's own first.
    pub fn rows(&self) -> Vec<&[i64]> {
        (0..=self.layout.neighbours).map(|row| self.row(row)).collect()
    }

    /// The K weights.
    pub fn weights(&self) -> &[u16] {
        &self.weights
    }

    /// The data as the drift kernel takes it, at an odd cycle, the anchors being the values.
    pub fn input<'a>(&'a self, neighbours: &'a [&'a [i64]], trim: bool) -> DriftInput<'a> {
        let (values, weights) = (self.values(), self.weights());
        DriftInput { values, neighbours, weights, anchors: values, cycle: 1, trim, hold: false }
    }
}

/// The sign of a hostile row's values; 0 for the row itself (row 0) and honest neighbours.
pub fn hostile_sign(row: usize) -> i64 {
    match row % 10 {
        3 => 1,
        8 => -1,
        _ => 0,
    }
}

fn stride(layout: &Layout) -> usize {
    layout.cells.next_multiple_of(LINE) + layout.stagger_lines * LINE
}

fn draw_weights(generator: &mut Xoshiro256PlusPlus, count: usize, weights: Weights) -> Vec<u16> {
    let share = 60_000 / count.max(1) as i64;
    let draw = |_| match weights {
        Weights::Equal => share as u16,
        Weights::Random => (share - share / 20 + below(generator, (share / 10) as u64 + 1)) as u16,
    };
    (0..count).map(draw).collect()
}

/// A number of at least 0 and below `bound`.
pub fn below(generator: &mut Xoshiro256PlusPlus, bound: u64) -> i64 {
    ((u128::from(generator.next_u64()) * u128::from(bound)) >> 64) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workload(neighbours: usize, weights: Weights) -> Workload {
        let layout = Layout { neighbours, cells: 100, stagger_lines: 5, pages: Pages::Plain, seed: 9 };
        Workload::new(layout, weights)
    }

    #[test]
    fn rows_are_staggered_and_a_fifth_is_hostile() {
        let data = workload(15, Weights::Random);
        let rows = data.rows();
        let apart = rows[1].as_ptr() as usize - rows[0].as_ptr() as usize;
        assert_eq!(apart, (104 + 40) * 8);
        let huge = |row: &&&[i64]| row.iter().all(|v| v.unsigned_abs() >= 1 << 61);
        assert_eq!(rows.iter().filter(huge).count(), 3);
        assert!(rows.iter().all(|row| !row.contains(&0)));
    }

    #[test]
    fn weights_are_near_an_even_share_and_never_too_many() {
        for count in [1, 7, 15, 64, 65] {
            let data = workload(count, Weights::Random);
            assert!(data.weights().iter().map(|&w| u32::from(w)).sum::<u32>() <= 65_535);
        }
        assert!(workload(15, Weights::Random).weights().iter().all(|w| (3_800..=4_200).contains(w)));
        assert_eq!(workload(15, Weights::Equal).weights(), [4_000; 15]);
    }

    #[test]
    fn the_seed_decides_everything() {
        assert_eq!(workload(7, Weights::Random).rows(), workload(7, Weights::Random).rows());
    }
}
