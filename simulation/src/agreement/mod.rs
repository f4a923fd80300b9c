//! Whether a replica group agrees under attack: a complete group of honest rows beside hostile members, from any start and
//! with any trust, until its values are exact or its cycles are over.
//!
//! A [`Case`] says everything that is drawn, so that a run that fails can be replayed by its words.

mod case;

use std::ops::Range;

use lvs_kernels::vaultguard::{MICRO_VU, TRIM};
use lvs_kernels::{Backend, Engine, Swarm, SwarmOptions, TRUST_FLOOR, TRUST_NEWCOMER};

use crate::attack::{Attack, Attacker, Sight, View, ends};
use crate::error::Result;
use crate::population::{Hostile, Population};
use crate::random::Random;
use crate::topology::Topology;
pub use case::{Case, Start, Trust};

/// For how many cycles a group must stay exact before nothing more is expected of it.
const SETTLED: u64 = 32;

/// The cycle before which no run beside sleepers ends: they wake at 200.
const AWAKE: u64 = 232;

/// Cells of a row: one vector of the kernel, in which lies can point either way.
const CELLS: usize = 4;

/// Around which the values lie, in micro-VU.
const CENTER: i64 = 1_000 * MICRO_VU;

/// What tells the streams of random numbers of one case from each other and from those of its attacker.
const PURPOSE_VALUES: u64 = 7;
const PURPOSE_TRUST: u64 = 8;

/// How a case ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ending {
    /// The cycle from which on the honest rows were equal in every cell; none if they were not at the end.
    pub exact_from: Option<u64>,
    /// How far an honest value was outside the range in which the honest rows started, at the most, in micro-VU.
    pub outside: u64,
    /// The same for as long as the bound held: 0, if the rule keeps its promise.
    pub outside_within_bound: u64,
    /// The first cycle before which hostile members weighed more at an honest row than it trims by weight or by heads:
    /// from then on nothing is promised.
    pub beyond_from: Option<u64>,
    /// The largest spread of a cell at the end, in micro-VU.
    pub spread: u64,
    /// Cycles that were run.
    pub cycles: u64,
}

/// How far apart the honest rows of [`cases`] start, in micro-VU.
pub const SPREADS: [i64; 3] = [1, MICRO_VU, 200 * MICRO_VU];

/// Every attack on a group, from either start and every one of [`SPREADS`], once for each seed.
pub fn cases(members: usize, hostile: usize, trust: Trust, seeds: Range<u64>) -> Vec<Case> {
    let mut cases = Vec::new();
    for attack in Attack::ALL {
        for start in Start::ALL {
            for spread in SPREADS {
                for seed in seeds.clone() {
                    cases.push(Case { members, hostile, attack, start, spread, trust, cells: CELLS, seed });
                }
            }
        }
    }
    cases
}

/// A group at work.
struct Group {
    population: Population,
    attacker: Attacker,
    swarm: Swarm,
    faces: Vec<usize>,
    cells: usize,
    values: Vec<i64>,
    start: Vec<(i64, i64)>,
}

/// Runs a case for up to `cycles` cycles; it ends early once it has stayed exact for a while.
///
/// # Errors
/// If the case has no honest row, or its attack's numbers are more than a graph holds.
pub fn run(case: &Case, cycles: u64) -> Result<Ending> {
    let mut group = Group::new(case)?;
    let earliest = if case.attack == Attack::Sleeper { AWAKE } else { 0 };
    let mut ending = Ending::default();
    loop {
        group.look(&mut ending)?;
        let has_settled =
            ending.exact_from.is_some_and(|from| ending.cycles >= (from + SETTLED).max(earliest));
        if ending.cycles == cycles || has_settled {
            return Ok(ending);
        }
        group.step()?;
        ending.cycles += 1;
    }
}

impl Group {
    fn new(case: &Case) -> Result<Self> {
        let honest = case.honest()?;
        let cells = case.cells;
        let graph = Topology::Groups { size: honest }.build(honest, 0)?;
        let hostile = Hostile::Neighbours(case.hostile);
        let population = Population::new(graph, hostile, case.attack.faces(), case.seed)?;
        let attacker = Attacker::new(case.attack, None, &population, cells, case.seed)?;
        let mut values = case.start.values(honest, cells, case.spread, case.seed);
        let start = extremes(&values, cells);
        values.resize(population.graph().rows() * cells, 0);
        let options = SwarmOptions {
            trust: Some(case.trust.along(&population, case.seed)),
            learn_trust: case.trust != Trust::Fixed,
            frozen: Some(population.frozen()),
            seed: case.seed,
            ..SwarmOptions::default()
        };
        // One row of a vector's width: threads would only wait for each other.
        let engine = Engine::with_threads(Backend::Simd, Some(1))?;
        let swarm = Swarm::new(engine, population.graph().clone(), &values, cells, options)?;
        let faces = (honest..population.graph().rows()).collect();
        Ok(Self { population, attacker, swarm, faces, cells, values, start })
    }

    fn honest(&self) -> &[i64] {
        &self.values[..self.population.rows() * self.cells]
    }

    /// Notes what the group holds before the cycle that comes.
    fn look(&mut self, ending: &mut Ending) -> Result<()> {
        self.swarm.read_values(&mut self.values)?;
        ending.spread = 0;
        for (now, start) in extremes(self.honest(), self.cells).iter().zip(&self.start) {
            ending.spread = ending.spread.max(now.1.abs_diff(now.0));
            let outside = (start.0 - now.0).max(now.1 - start.1).max(0);
            ending.outside = ending.outside.max(outside as u64);
        }
        ending.exact_from = match (ending.spread, ending.exact_from) {
            // Counted from the start of the stretch that lasts: a group may agree for a cycle and part again.
            (0, None) => Some(ending.cycles),
            (0, from) => from,
            _ => None,
        };
        if ending.beyond_from.is_none() {
            ending.outside_within_bound = ending.outside;
            ending.beyond_from = self.is_beyond_bound()?.then_some(ending.cycles);
        }
        Ok(())
    }

    /// Whether at some honest row the hostile members are more than a third by heads and also weigh more than it trims.
    fn is_beyond_bound(&self) -> Result<bool> {
        // Every row of a complete group has as many.
        let neighbours = self.population.graph().neighbours(0).len();
        if self.population.hostile() <= neighbours / 3 {
            return Ok(false);
        }
        let trust = self.swarm.trust()?;
        Ok((0..self.population.rows()).any(|row| {
            let trust = &trust[self.population.graph().edges_of(row)];
            weighs_too_much(trust, self.population.honest_neighbours(row).len())
        }))
    }

    fn step(&mut self) -> Result<()> {
        let sight = self.attacker.sight();
        if sight != Sight::Stands && !self.faces.is_empty() {
            let extremes = extremes(self.honest(), self.cells);
            let trust = if sight == Sight::Trust { self.swarm.trust()? } else { Vec::new() };
            let values = &self.values[..self.population.rows() * self.cells];
            let view = View { cycle: self.swarm.cycle(), values, extremes: &extremes, trust: &trust };
            self.swarm.set_rows(&self.faces, self.attacker.speak(&self.population, view))?;
        }
        Ok(self.swarm.step(1)?)
    }
}

impl Start {
    /// H × B values in micro-VU.
    fn values(self, honest: usize, cells: usize, spread: i64, seed: u64) -> Vec<i64> {
        let mut random = Random::stream(seed, PURPOSE_VALUES);
        let low = CENTER - spread / 2;
        let first_is_low: Vec<bool> = (0..cells).map(|_| random.one_in(2)).collect();
        let mut values = Vec::with_capacity(honest * cells);
        for row in 0..honest {
            for first_is_low in &first_is_low {
                // Rows of one half lie within a 16th of the spread.
                let inward = random.between(0, spread / 16 + 1);
                let is_low = (row < honest / 2) == *first_is_low;
                values.push(match self {
                    Self::Random => random.between(low, low + spread + 1),
                    Self::Halves if is_low => low + inward,
                    Self::Halves => low + spread - inward,
                });
            }
        }
        values
    }
}

impl Trust {
    /// A trust along every edge of the honest rows.
    fn along(self, population: &Population, seed: u64) -> Vec<u16> {
        let mut random = Random::stream(seed, PURPOSE_TRUST);
        let mut trust = Vec::with_capacity(population.graph().edges());
        for row in 0..population.rows() {
            let honest = population.honest_neighbours(row).len();
            for neighbour in 0..population.graph().neighbours(row).len() {
                let is_honest = neighbour < honest;
                trust.push(match self {
                    Self::Random => random.below(65_536) as u16,
                    Self::Floor if is_honest => TRUST_FLOOR,
                    Self::Zero if is_honest => 0,
                    Self::Newcomers if !is_honest => TRUST_NEWCOMER,
                    _ => u16::MAX,
                });
            }
        }
        trust
    }
}

/// Whether those after the first `honest` weigh more than a third of all, rounded up as the kernel rounds it.
fn weighs_too_much(trust: &[u16], honest: usize) -> bool {
    let parts = trust.len() as u64 + 1;
    let hostile = weight_of(&trust[honest..], parts);
    hostile > (u64::from(TRIM) * weight_of(trust, parts)).div_ceil(65_536)
}

/// The weights of some neighbours together, each a part of its trust.
fn weight_of(trust: &[u16], parts: u64) -> u64 {
    trust.iter().map(|&trust| u64::from(trust) / parts).sum()
}

/// Per cell, the least and the largest value.
fn extremes(values: &[i64], cells: usize) -> Vec<(i64, i64)> {
    ends(values.chunks_exact(cells), cells)
}
