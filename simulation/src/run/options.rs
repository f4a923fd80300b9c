//! What a simulation is asked for.

use lvs_kernels::Engine;
use lvs_kernels::vaultguard::{MICRO_VU, VALUE_MAX};
use serde::{Deserialize, Serialize};

use crate::attack::Attack;
use crate::error::{Argument, Error, Result};
use crate::population::Hostile;
use crate::topology::Topology;

/// The most threads that can be asked for: no machine gains from more, and each costs memory.
const THREADS_MAX: usize = 1_024;

/// What a simulation is asked for. The same options give the same run, but for the time it takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Options {
    /// Nodes of the graph; a file decides that itself.
    pub nodes: usize,
    /// Cells of each node.
    pub cells: usize,
    /// Cycles to run.
    pub cycles: u64,
    /// Who compares with whom.
    pub topology: Topology,
    /// How hostile nodes lie; hostile nodes without an attack hold 0 and never move.
    pub attack: Option<Attack>,
    /// The attack's strength; its own if absent.
    pub strength: Option<f64>,
    /// How many nodes are hostile.
    pub hostile: Hostile,
    /// The share of the honest nodes that newcomers replace in every cycle, 0 to 1.
    pub churn: f64,
    /// The share of all samples that is lost, 0 to 1; rounded down to a whole number of 65,536ths.
    pub loss: f64,
    /// Trim a third of the neighbours, by weight and by heads, from either side; `false` is plain averaging.
    pub trim: bool,
    /// Let nodes leave their anchors only for more than half of their neighbours' weight.
    pub hold: bool,
    /// Learn trust from what neighbours show; `false` leaves it where it starts, at all.
    pub learn_trust: bool,
    /// The middle of the values at the start, in micro-VU.
    pub center: i64,
    /// The width of the range of values at the start, in micro-VU; each value is uniform in it.
    pub width: i64,
    /// The backend's name.
    pub backend: String,
    /// Threads; one for each processor if absent.
    pub threads: Option<usize>,
    /// Cycles from record to record.
    pub record_every: u64,
    /// Decides everything that is drawn at random.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            nodes: 1_000,
            cells: 16,
            cycles: 100,
            topology: Topology::Regular { degree: 16 },
            attack: None,
            strength: None,
            hostile: Hostile::Share(0.0),
            churn: 0.0,
            loss: 0.0,
            trim: true,
            hold: false,
            learn_trust: true,
            center: 1_000 * MICRO_VU,
            width: 10 * MICRO_VU,
            backend: "auto".into(),
            threads: None,
            record_every: 1,
            seed: 1,
        }
    }
}

impl Options {
    /// The smallest and the largest value at the start.
    pub(super) fn range(&self) -> (i64, i64) {
        let low = self.center - self.width / 2;
        (low, low + self.width)
    }

    /// The engine of the options, once they are known to be right.
    pub(super) fn engine(&self) -> Result<Engine> {
        self.validate()?;
        Ok(Engine::with_threads(self.backend.parse()?, self.threads)?)
    }

    /// All edges, with those to hostile nodes beside a graph of `nodes` nodes and `edges` edges.
    pub(super) fn all_edges(&self, nodes: usize, edges: usize) -> usize {
        match self.hostile {
            Hostile::Neighbours(count) => edges.saturating_add(nodes.saturating_mul(count)),
            Hostile::Share(_) => edges,
        }
    }

    /// Refuses what is out of range by itself; what depends on the graph is found when that is drawn.
    ///
    /// # Errors
    /// The option is named, with what came and what was expected.
    pub fn validate(&self) -> Result<()> {
        if self.cells == 0 {
            return refuse(Argument::Cells, "0".into(), "at least 1");
        }
        if self.record_every == 0 {
            return refuse(Argument::RecordEvery, "0".into(), "at least 1");
        }
        if let Some(threads) = self.threads.filter(|threads| !(1..=THREADS_MAX).contains(threads)) {
            return refuse(Argument::Threads, threads.to_string(), "1 to 1,024");
        }
        for (argument, share) in [(Argument::Churn, self.churn), (Argument::Loss, self.loss)] {
            if !(0.0..=1.0).contains(&share) {
                return refuse(argument, share.to_string(), "0 to 1");
            }
        }
        if !(0..=VALUE_MAX).contains(&self.center) {
            return refuse(Argument::Center, self.center.to_string(), "0 to 2^62 micro-VU");
        }
        let most = 2 * self.center.min(VALUE_MAX - self.center);
        if !(0..=most).contains(&self.width) {
            return refuse(
                Argument::Width,
                self.width.to_string(),
                &format!("0 to {most} around that center"),
            );
        }
        match (self.attack, self.strength) {
            (Some(attack), strength) => attack.expect_strength(strength),
            (None, Some(strength)) => {
                refuse(Argument::Strength, strength.to_string(), "none without an attack")
            }
            (None, None) => Ok(()),
        }
    }
}

fn refuse(argument: Argument, got: String, expected: &str) -> Result<()> {
    Err(Error::argument(argument, got, expected))
}
