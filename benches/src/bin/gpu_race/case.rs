//! The data: rows that move, each with 15 frozen neighbours of its own, so that nothing is read twice.

use std::path::Path;

use bytemuck::cast_slice;
use lvs_benches::workload::{below, hostile_sign};
use lvs_kernels::vaultguard::{
    DIFFERENCE_MAX, DRAIN_SHIFT, MICRO_VU, RATE_FLOOR, RATE_SHIFT, TRIM, VALUE_MAX,
};
use lvs_kernels::{Graph, weights};
use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde_json::{Value, json};

/// K.
pub const NEIGHBOURS: usize = 15;

/// An odd cycle, which rounds with the bias.
pub const CYCLE: u64 = 1;

/// Of the rows' rounding bits.
pub const SEED: u64 = 1;

/// A swarm of `moving` rows, followed by their neighbours.
pub struct Case {
    pub moving: usize,
    pub cells: usize,
    pub graph: Graph,
    pub values: Vec<i64>,
    pub anchors: Vec<i64>,
    pub trust: Vec<u16>,
    pub weights: Vec<u16>,
    pub frozen: Vec<bool>,
}

impl Case {
    /// Draws values, anchors and trust from the seed.
    pub fn new(moving: usize, cells: usize, seed: u64) -> Self {
        let mut generator = Xoshiro256PlusPlus::seed_from_u64(seed);
        let rows = moving * (NEIGHBOURS + 1);
        let offsets = (0..=rows).map(|row| row.min(moving) * NEIGHBOURS).collect();
        let graph = Graph::new(offsets, (moving as u32..rows as u32).collect()).expect("neighbours follow");
        let trust: Vec<u16> =
            (0..graph.edges()).map(|_| 60_000 + below(&mut generator, 5_536) as u16).collect();
        let mut case = Self {
            moving,
            cells,
            values: vec![0; rows * cells],
            anchors: vec![0; rows * cells],
            weights: weights_of(&trust),
            frozen: (0..rows).map(|row| row >= moving).collect(),
            graph,
            trust,
        };
        (0..moving).for_each(|row| case.fill(row, &mut generator));
        case
    }

    fn fill(&mut self, row: usize, generator: &mut Xoshiro256PlusPlus) {
        let first_neighbour = self.moving + row * NEIGHBOURS;
        for cell in 0..self.cells {
            // One in 16 is poor: the rate limit's floor holds for it.
            let common = match below(generator, 16) {
                0 => below(generator, 200 * MICRO_VU as u64),
                _ => 1_000 * MICRO_VU + below(generator, 1_000_000 * MICRO_VU as u64),
            };
            let own = near(common, generator).max(0);
            let position = row * self.cells + cell;
            self.values[position] = own;
            // One in 8 has lost a third since the window began, more than it may lose.
            self.anchors[position] = if below(generator, 8) == 0 { own + own / 2 } else { own };
            for j in 0..NEIGHBOURS {
                self.values[(first_neighbour + j) * self.cells + cell] = match hostile_sign(j + 1) {
                    0 => near(common, generator),
                    sign => huge(sign, generator),
                };
            }
        }
    }

    /// Writes the arrays, little-endian and without gaps.
    pub fn write(&self, folder: &Path) -> std::io::Result<()> {
        std::fs::create_dir_all(folder)?;
        let targets = self.graph.targets();
        std::fs::write(folder.join("values.i64"), cast_slice::<_, u8>(&self.values))?;
        std::fs::write(folder.join("anchors.i64"), cast_slice(&self.anchors[..self.moving * self.cells]))?;
        std::fs::write(folder.join("targets.u32"), cast_slice(targets))?;
        std::fs::write(folder.join("weights.u16"), cast_slice(&self.weights))
    }
}

fn weights_of(trust: &[u16]) -> Vec<u16> {
    let mut all = vec![0; trust.len()];
    for (trust, out) in trust.chunks(NEIGHBOURS).zip(all.chunks_mut(NEIGHBOURS)) {
        weights(trust, out).expect("as many weights as trusts");
    }
    all
}

fn near(common: i64, generator: &mut Xoshiro256PlusPlus) -> i64 {
    common + below(generator, 200 * MICRO_VU as u64) - 100 * MICRO_VU
}

/// A lie; one in 64 is as far away as the type goes.
fn huge(sign: i64, generator: &mut Xoshiro256PlusPlus) -> i64 {
    match below(generator, 64) {
        0 if sign > 0 => i64::MAX,
        0 => i64::MIN,
        _ => sign * ((1 << 61) + below(generator, 1 << 60)),
    }
}

/// What others need to compute the same: VaultGuard's constants, and what the rows round by.
pub fn constants() -> Value {
    json!({
        "cycle": CYCLE, "seed": SEED, "trim": TRIM, "rate_shift": RATE_SHIFT, "rate_floor": RATE_FLOOR, "drain_shift": DRAIN_SHIFT,
        "difference_max": DIFFERENCE_MAX, "value_max": VALUE_MAX,
    })
}

#[cfg(test)]
mod tests {
    use lvs_kernels::{Backend, Engine};

    use super::*;
    use crate::answer::Answer;

    #[test]
    fn no_row_is_heard_twice() {
        let case = Case::new(3, 5, 1);
        assert_eq!(case.graph.targets(), (3..48).collect::<Vec<u32>>());
        assert_eq!(case.values.len(), 48 * 5);
        assert!(
            case.weights.chunks(NEIGHBOURS).all(|w| w.iter().map(|&w| u32::from(w)).sum::<u32>() > 56_000)
        );
    }

    #[test]
    fn every_limit_is_met_and_every_difference_is_noticed() {
        let engine = Engine::with_threads(Backend::Scalar, Some(1)).unwrap();
        let answer = |seed| Answer::of(&engine, &Case::new(8, 100, seed), true).unwrap();
        let summary = answer(1).summary("trim");
        assert!(["rate_limited", "floored"].iter().all(|name| summary[name].as_u64() > Some(0)), "{summary}");
        assert!(answer(1).expect(&answer(1), "trim").is_ok());
        assert!(answer(1).expect(&answer(2), "trim").is_err());
    }
}
