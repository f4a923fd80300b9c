//! A held fragment with its neighbours: caches, trust, and one step of drift.

mod cache;

use lvs_kernels::{DriftInput, DriftOutput, DriftSummary, Engine, update_trust, weights};

use crate::ledger::{CELLS, Fragment};
use crate::wire::CellSet;

use cache::Cache;

/// Cycles from one update of trust to the next, so that one sample is not evidence again and again.
const TRUST_EVERY: u64 = 8;

/// Another holder of a fragment.
pub(crate) struct Neighbour {
    /// Its place in the list of nodes.
    pub(crate) node: usize,
    pub(crate) trust: u16,
    pub(crate) cache: Cache,
}

/// A held fragment with its neighbours.
pub(crate) struct Replica {
    pub(crate) fragment: Fragment,
    pub(crate) neighbours: Vec<Neighbour>,
    /// Cycles since this node began.
    pub(crate) cycle: u64,
    /// It has moved since it last woke the others.
    pub(crate) restless: bool,
    /// For how many cycles each cell's stamp has disagreed with most of the trust.
    disagreement: Box<[u8; CELLS]>,
}

/// What a step of drift did.
pub(crate) struct Step {
    pub(crate) summary: DriftSummary,
    /// Some neighbour's fresh stamp differs from the replica's own, or a neighbour is losing trust.
    pub(crate) unsettled: bool,
}

impl Replica {
    pub(crate) fn new(index: u32, holders: impl Iterator<Item = usize>, trust: u16) -> Self {
        let neighbours = holders.map(|node| Neighbour { node, trust, cache: Cache::default() }).collect();
        Self {
            fragment: Fragment::new(index),
            neighbours,
            cycle: 0,
            restless: false,
            disagreement: Box::new([0; CELLS]),
        }
    }

    pub(crate) fn neighbour(&mut self, node: usize) -> Option<&mut Neighbour> {
        self.neighbours.iter_mut().find(|neighbour| neighbour.node == node)
    }

    /// One cycle of drift over what the caches hold; an odd `rounding` rounds up.
    pub(crate) fn step(&mut self, engine: &Engine, rounding: u64) -> Step {
        self.fragment.begin_cycle(self.cycle);
        let (rows, compared) = self.rows();
        let trust: Vec<_> = self.neighbours.iter().map(|neighbour| neighbour.trust).collect();
        let mut shares = vec![0; trust.len()];
        let mut residuals = vec![0; trust.len()];
        weights(&trust, &mut shares).expect("a fragment has few holders");
        let mut values = [0; CELLS];
        let input = DriftInput {
            values: self.fragment.values(),
            neighbours: &rows.iter().map(Vec::as_slice).collect::<Vec<_>>(),
            weights: &shares,
            anchors: self.fragment.anchors(),
            cycle: rounding,
            trim: true,
            hold: true,
        };
        let mut out = DriftOutput { values: &mut values, correction: None, residuals: &mut residuals };
        let summary = engine.drift(&input, &mut out).expect("a replica's shapes and values fit the kernel");
        self.fragment.drift_to(&values);
        let due = self.cycle % TRUST_EVERY == TRUST_EVERY - 1;
        let losing = due && self.learn_trust(&residuals, &compared);
        let unsettled = losing || self.unsettled();
        self.cycle += 1;
        Step { summary, unsettled }
    }

    /// What each neighbour counts as, cell by cell, and how many cells were compared with it. Where there is no fresh
    /// sample that stands for the same registers, a neighbour counts as agreeing, with its full weight: few answers
    /// mean no movement, never movement by the few.
    fn rows(&self) -> (Vec<Vec<i64>>, Vec<u64>) {
        let values = self.fragment.values();
        let stamps = self.fragment.stamps();
        let mut rows = Vec::with_capacity(self.neighbours.len());
        let mut compared = Vec::with_capacity(self.neighbours.len());
        for neighbour in &self.neighbours {
            let mut row = values.to_vec();
            let mut count = 0;
            for cell in 0..CELLS {
                if let Some(value) = neighbour.cache.value(cell, stamps[cell], self.cycle) {
                    row[cell] = value;
                    count += 1;
                }
            }
            rows.push(row);
            compared.push(count);
        }
        (rows, compared)
    }

    /// Residuals count as if all cells had been compared. A neighbour with none keeps its trust. Returns whether any
    /// neighbour lost some.
    fn learn_trust(&mut self, residuals: &[u64], compared: &[u64]) -> bool {
        let seen: Vec<_> = (0..residuals.len()).filter(|&j| compared[j] > 0).collect();
        let scaled: Vec<_> = seen.iter().map(|&j| scale_to_all(residuals[j], compared[j])).collect();
        let mut trust: Vec<_> = seen.iter().map(|&j| self.neighbours[j].trust).collect();
        update_trust(&mut trust, &scaled, CELLS as u64).expect("a fragment has few holders");
        let mut losing = false;
        for (j, trust) in seen.into_iter().zip(trust) {
            losing |= trust < self.neighbours[j].trust;
            self.neighbours[j].trust = trust;
        }
        losing
    }

    /// Whether a fresh stamp of any neighbour differs from the replica's own.
    fn unsettled(&self) -> bool {
        self.neighbours.iter().any(|neighbour| (0..CELLS).any(|cell| self.differs(neighbour, cell)))
    }

    fn differs(&self, neighbour: &Neighbour, cell: usize) -> bool {
        let own = self.fragment.stamps()[cell];
        neighbour.cache.stamp(cell, self.cycle).is_some_and(|stamp| stamp != own)
    }

    /// The cells whose stamp has disagreed with two thirds of the trust for `cycles` cycles; their count starts anew.
    pub(crate) fn outvoted(&mut self, cycles: u8) -> CellSet {
        let all: u32 = self.neighbours.iter().map(|neighbour| u32::from(neighbour.trust)).sum();
        let mut outvoted = CellSet::default();
        for cell in 0..CELLS {
            let against = self.neighbours.iter().filter(|neighbour| self.differs(neighbour, cell));
            let against: u32 = against.map(|neighbour| u32::from(neighbour.trust)).sum();
            let count = &mut self.disagreement[cell];
            *count = if against > 0 && against >= all - all / 3 { *count + 1 } else { 0 };
            if *count >= cycles {
                *count = 0;
                outvoted.insert(cell as u8);
            }
        }
        outvoted
    }
}

/// A residual of `compared` cells as if all had been compared.
fn scale_to_all(residual: u64, compared: u64) -> u64 {
    let scaled = u128::from(residual) * CELLS as u128 / u128::from(compared);
    u64::try_from(scaled).unwrap_or(u64::MAX)
}
