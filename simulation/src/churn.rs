//! Churn: in every cycle some honest nodes vanish and newcomers take their places.
//!
//! A newcomer asks three random neighbours, hostile ones among them, and starts from the lower median of what they say,
//! cell by cell. Nobody knows it yet and it knows nobody: trust on every edge to and from it is that of a newcomer.
//! Hostile nodes stay, so under fast churn they are the ones that are still trusted;
//! a newcomer that asks two liars starts outside the honest range, however few they are.
//! Its anchors are those of its predecessor until the next window begins, for the kernels set anchors only then.

use lvs_kernels::vaultguard::VALUE_MAX;
use lvs_kernels::{Graph, Swarm, TRUST_NEWCOMER};

use crate::error::{Argument, Error, Result};
use crate::population::Population;
use crate::random::Random;

/// Whom a newcomer asks.
const ASKED: usize = 3;

/// What tells this stream of random numbers from others of the same seed.
const PURPOSE: u64 = 4;

/// The churn of a population.
#[derive(Clone, Debug)]
pub struct Churn {
    share: f64,
    random: Random,
    incoming: Incoming,
    /// Absent where trust is fixed: a newcomer then has its predecessor's.
    trust: Option<Vec<u16>>,
}

impl Churn {
    /// Replaces this share of the honest rows in every cycle, on average; with `learn_trust` newcomers start with the
    /// trust of newcomers, else all trust stays as it is.
    ///
    /// # Errors
    /// `churn` is named if it is not 0 to 1.
    pub fn new(share: f64, learn_trust: bool, population: &Population, seed: u64) -> Result<Self> {
        if !(0.0..=1.0).contains(&share) {
            return Err(Error::argument(Argument::Churn, share, "0 to 1"));
        }
        Ok(Self {
            share,
            random: Random::stream(seed, PURPOSE),
            incoming: Incoming::new(population),
            trust: learn_trust.then(|| vec![0; population.graph().edges()]),
        })
    }

    /// How many random numbers it has drawn.
    pub fn drawn(&self) -> u64 {
        self.random.drawn()
    }

    /// Goes on as one that has drawn so many random numbers.
    pub fn resume(&mut self, drawn: u64) {
        self.random.skip_to(drawn);
    }

    /// Replaces rows of a swarm that holds `values`, N × B in micro-VU; answers how many.
    ///
    /// # Errors
    /// If the device was lost.
    pub fn replace(&mut self, swarm: &mut Swarm, population: &Population, values: &[i64]) -> Result<usize> {
        let expected = self.share * population.rows() as f64;
        // The fraction is drawn, so that small swarms churn at the same rate on average.
        let count = expected as usize + usize::from(self.random.chance(expected.fract()));
        if count == 0 {
            return Ok(0);
        }
        // Different ones: a place cannot be taken twice in a cycle.
        let rows = self.random.distinct(count, population.rows());
        let cells = swarm.cells();
        let mut started = Vec::with_capacity(rows.len() * cells);
        for &row in &rows {
            self.start(population.graph(), row, values, cells, &mut started);
        }
        swarm.set_rows(&rows, &started)?;
        if let Some(trust) = &mut self.trust {
            swarm.read_trust(trust)?;
            for &row in &rows {
                trust[population.graph().edges_of(row)].fill(TRUST_NEWCOMER);
                self.incoming.edges_to(row).iter().for_each(|&edge| trust[edge as usize] = TRUST_NEWCOMER);
            }
            swarm.set_trust(trust)?;
        }
        Ok(rows.len())
    }

    /// Appends what a newcomer at `row` starts with.
    fn start(&mut self, graph: &Graph, row: usize, values: &[i64], cells: usize, out: &mut Vec<i64>) {
        let neighbours = graph.neighbours(row);
        let asked = self.random.distinct(ASKED, neighbours.len());
        if asked.is_empty() {
            return out.extend(&values[row * cells..][..cells]);
        }
        let answers: Vec<&[i64]> =
            asked.iter().map(|&k| &values[neighbours[k] as usize * cells..][..cells]).collect();
        let mut said = Vec::with_capacity(ASKED);
        for cell in 0..cells {
            said.clear();
            said.extend(answers.iter().map(|answer| answer[cell]));
            said.sort_unstable();
            // A liar may claim any i64, but a row that moves must start where drift takes it.
            out.push(said[(said.len() - 1) / 2].clamp(0, VALUE_MAX));
        }
    }
}

/// The edges that lead to each honest row.
#[derive(Clone, Debug)]
struct Incoming {
    offsets: Vec<usize>,
    edges: Vec<u32>,
}

impl Incoming {
    fn new(population: &Population) -> Self {
        let targets = population.graph().targets();
        let rows = population.rows();
        // Rows beyond the honest ones are faces: they are never replaced, and nobody needs to look up who knows them.
        let honest = targets.iter().enumerate().filter(|(_, target)| (**target as usize) < rows);
        let mut offsets = vec![0; rows + 1];
        honest.clone().for_each(|(_, &target)| offsets[target as usize + 1] += 1);
        (0..rows).for_each(|row| offsets[row + 1] += offsets[row]);
        let mut next = offsets.clone();
        let mut edges = vec![0; offsets[rows]];
        for (edge, &target) in honest {
            edges[next[target as usize]] = edge as u32;
            next[target as usize] += 1;
        }
        Self { offsets, edges }
    }

    fn edges_to(&self, row: usize) -> &[u32] {
        &self.edges[self.offsets[row]..self.offsets[row + 1]]
    }
}
