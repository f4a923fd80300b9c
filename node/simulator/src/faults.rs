//! What the timeline of a scenario does to a swarm.

use lvs_protocol::CellId;
use lvs_protocol::ledger::CELLS;

use crate::partition::{Nodes, Partition};
use crate::swarm::Swarm;

/// The least that one contribution adds, in micro-VU.
const AMOUNT_LEAST: i64 = 1_000_000;

/// Contributions add up to so much more.
const AMOUNT_RANGE: u64 = 500_000_000_000;

/// One of so many contributions takes back a part of what its writer has brought to the cell.
const TAKEN_BACK: u64 = 8;

/// An overwritten value is up to so many times too large or too small.
const FACTOR_MAX: u64 = 10;

/// Cells that are tried for each one that is to be overwritten.
const TRIES: usize = 50;

impl Swarm {
    /// Contributes so many times to random cells at random honest nodes of those named, or of all. Returns how many were
    /// accepted.
    pub fn contribute_at_random(&mut self, count: usize, by: Option<Nodes>) -> usize {
        let writers: Vec<_> =
            self.living().filter(|&number| by.is_none_or(|nodes| nodes.contain(number))).collect();
        if writers.is_empty() {
            return 0;
        }
        (0..count).filter(|_| self.contribute_once(&writers)).count()
    }

    fn contribute_once(&mut self, writers: &[usize]) -> bool {
        let cells = u64::from(self.conditions.fragments) * CELLS as u64;
        let writer = self.contributions.one_of(writers);
        let cell = self.contributions.below(cells);
        let adds = AMOUNT_LEAST + self.contributions.below(AMOUNT_RANGE) as i64;
        let takes_back = self.contributions.below(TAKEN_BACK) == 0;
        let brought = CellId::of_number(cell).map_or(0, |id| self.accepted.brought(id, writer));
        let part = self.contributions.below(brought.max(0) as u64 + 1) as i64;
        self.contribute(writer, cell, if takes_back && part > 0 { -part } else { adds })
    }

    /// Overwrites a cell of a node's replica, if it holds it. Returns whether it does.
    pub fn overwrite(&mut self, number: usize, cell: u64, value: i64) -> bool {
        let Some(id) = CellId::of_number(cell) else { return false };
        if !self.members[number].host().overwrite(id, value) {
            return false;
        }
        self.overwritten.entry(id).or_default().insert(number);
        self.checks.overwritten(number, id, value);
        true
    }

    /// Overwrites so many cells that hold something, of random honest replicas, at most `copies` of one cell, and only
    /// where that can be repaired. Returns how many it were.
    pub fn overwrite_at_random(&mut self, count: usize, copies: usize) -> usize {
        let cells = self.accepted.cells();
        let nodes: Vec<_> = self.living().collect();
        if cells.is_empty() || nodes.is_empty() {
            return 0;
        }
        (0..count).filter(|_| (0..TRIES).any(|_| self.overwrite_once(&cells, &nodes, copies))).count()
    }

    fn overwrite_once(&mut self, cells: &[CellId], nodes: &[usize], copies: usize) -> bool {
        let cell = self.faults.one_of(cells);
        let node = self.faults.one_of(nodes);
        let factor = self.faults.between(2, FACTOR_MAX) as i64;
        let grows = self.faults.chance(50);
        let others = self.overwritten.get(&cell).map_or(0, |nodes| nodes.len());
        let value = self.expected_value(cell);
        let wrong = if grows { value.saturating_mul(factor) } else { value / factor };
        let may = value > 0
            && others < copies
            && !self.overwritten.get(&cell).is_some_and(|nodes| nodes.contains(&node))
            && self.node(node).cycle() > 0
            && self.can_repair(node, cell, others + 1);
        may && self.overwrite(node, cell.number(), wrong)
    }

    /// Kills so many honest nodes at once, drawn at random. Returns which.
    pub fn kill_at_random(&mut self, count: usize) -> Vec<usize> {
        let mut living: Vec<_> = self.living().collect();
        let mut killed = Vec::new();
        while killed.len() < count && !living.is_empty() {
            let number = living.swap_remove(self.faults.below(living.len() as u64) as usize);
            self.kill(number);
            killed.push(number);
        }
        killed
    }

    /// A node dies, with all it holds.
    pub fn kill(&mut self, number: usize) {
        self.members[number].is_alive = false;
        self.checks.gone(number);
        self.overwritten.values_mut().for_each(|nodes| _ = nodes.remove(&number));
    }

    /// Cuts some nodes off.
    pub fn part(&mut self, partition: Partition) {
        self.network.partitions.push(partition);
    }

    /// Ends all cuts.
    pub fn heal(&mut self) {
        self.network.partitions.clear();
    }

    /// From now on so many parts of a hundred of all datagrams are lost.
    pub fn lose(&mut self, percent: u64) {
        self.conditions.loss_percent = percent;
    }
}
