//! What every honest replica should hold, and which ones do not.

use std::collections::BTreeMap;

use lvs_protocol::CellId;
use lvs_protocol::ledger::{CELLS, Fragment};

use crate::accepted::{Sums, value_of};
use crate::checks::{Checker, Violation, hostile_neighbours};
use crate::deeds::Deed;
use crate::swarm::Swarm;

/// Of so many neighbours, one may be hostile; so many more than those must agree to repair an overwritten cell soon.
const NEIGHBOURS_PER_HOSTILE: usize = 3;
const REPAIRERS_BEYOND: usize = 2;

/// A cell of an honest replica that does not hold what was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The node.
    pub node: usize,
    /// The cell, counted over the whole ledger.
    pub cell: u64,
    /// What it holds.
    pub value: i64,
    /// What it should hold.
    pub expected: i64,
}

impl Mismatch {
    /// The mismatch as a broken promise.
    pub(crate) fn violation(self, cycle: u64) -> Violation {
        let what = format!("it holds {}, and {} was accepted", self.value, self.expected);
        Violation { checker: Checker::Exact, node: self.node, cell: Some(self.cell), cycle, what }
    }
}

/// A replica and the number of its node.
struct Held<'a> {
    node: usize,
    fragment: &'a Fragment,
}

impl Swarm {
    /// Honest replicas' cells that do not hold what was accepted, where the protocol promises that they do.
    pub fn mismatches(&self) -> Vec<Mismatch> {
        let mut found = Vec::new();
        for (index, holders) in self.honest_replicas() {
            let expected = self.expected(index, &holders);
            for held in holders {
                found.extend(self.mismatches_of(&held, &expected));
            }
        }
        found
    }

    /// Runs until every honest replica is exact, but no longer than `limit` cycles. Returns after how many it was.
    pub fn run_until_exact(&mut self, limit: u32) -> Option<u32> {
        (0..limit).find(|_| {
            self.run(1);
            self.mismatches().is_empty()
        })
    }

    /// Honest replicas for which nothing is promised, as too many of their neighbours are hostile.
    pub fn replicas_beyond_bound(&self) -> usize {
        let replicas = self.honest_replicas().into_iter();
        let beyond = |index, held: &Held| !self.is_within_bound(held.node, index);
        replicas.map(|(index, holders)| holders.iter().filter(|held| beyond(index, held)).count()).sum()
    }

    /// What a cell should hold.
    pub fn expected_value(&self, cell: CellId) -> i64 {
        let holders = self.honest_replicas().remove(&cell.fragment).unwrap_or_default();
        self.expected(cell.fragment, &holders)[usize::from(cell.cell)]
    }

    fn honest_replicas(&self) -> BTreeMap<u32, Vec<Held<'_>>> {
        let mut replicas: BTreeMap<u32, Vec<Held>> = BTreeMap::new();
        for node in self.living() {
            for fragment in self.node(node).fragments() {
                replicas.entry(fragment.index()).or_default().push(Held { node, fragment });
            }
        }
        replicas
    }

    /// What the cells of a fragment should hold. What a node brought before it died counts as far as anybody has it.
    fn expected(&self, index: u32, holders: &[Held<'_>]) -> [i64; CELLS] {
        let arrived = |cell: CellId, writer: usize| {
            let member = &self.members[writer];
            let id = member.id;
            let known = holders.iter().filter_map(|held| held.fragment.sequence(cell.cell, id)).max();
            if member.is_alive { None } else { Some(known.unwrap_or(0)) }
        };
        let mut sums = self.accepted.sums(index, arrived);
        if self.conditions.deed == Some(Deed::Equivocate) {
            self.add_hostile(holders, &mut sums);
        }
        (*sums).map(value_of)
    }

    /// Adds what hostile nodes brought: whatever it is, all holders must have the same of it, so the first one tells.
    fn add_hostile(&self, holders: &[Held<'_>], sums: &mut Sums) {
        let Some(first) = holders.first() else { return };
        for cell in 0..=u8::MAX {
            let registers = first.fragment.registers_of(cell);
            let hostile = registers.filter(|(writer, _)| self.hostile.contains(writer));
            sums[usize::from(cell)] += hostile.map(|(_, register)| i128::from(register.amount)).sum::<i128>();
        }
    }

    fn mismatches_of<'a>(
        &'a self,
        held: &'a Held<'_>,
        expected: &'a [i64; CELLS],
    ) -> impl Iterator<Item = Mismatch> + 'a {
        let cells = (0..=u8::MAX).zip(held.fragment.values()).zip(expected);
        let wrong = cells.filter(|((_, value), expected)| value != expected);
        let id = |cell| CellId { fragment: held.fragment.index(), cell };
        let promised = wrong.filter(move |((cell, _), _)| self.is_promised(held.node, id(*cell)));
        promised.map(move |((cell, &value), &expected)| Mismatch {
            node: held.node,
            cell: id(cell).number(),
            value,
            expected,
        })
    }

    /// Whether few enough of a replica's neighbours are hostile.
    pub(crate) fn is_within_bound(&self, node: usize, fragment: u32) -> bool {
        let neighbours = hostile_neighbours(self.node(node), fragment, |id| self.hostile.contains(&id));
        neighbours.hostile + self.conditions.garbled() <= neighbours.all / NEIGHBOURS_PER_HOSTILE
    }

    /// Whether a replica's cell is promised to become exact. An overwritten cell needs enough good neighbours that live,
    /// and no majority against it.
    fn is_promised(&self, node: usize, cell: CellId) -> bool {
        let overwritten = self.overwritten.get(&cell).map_or(0, |nodes| nodes.len());
        self.is_within_bound(node, cell.fragment)
            && (overwritten == 0 || self.can_repair(node, cell, overwritten))
    }

    /// Whether a replica's cell could be repaired if so many copies of it were overwritten.
    pub(crate) fn can_repair(&self, node: usize, cell: CellId, overwritten: usize) -> bool {
        let neighbours = hostile_neighbours(self.node(node), cell.fragment, |id| self.hostile.contains(&id));
        let dead = self.node(node).trust(cell.fragment).filter(|(id, _)| self.is_dead(*id)).count();
        let lost = neighbours.hostile + dead + overwritten - 1;
        let repairers = neighbours.all.saturating_sub(lost);
        repairers >= neighbours.all / NEIGHBOURS_PER_HOSTILE + REPAIRERS_BEYOND
            && 2 * (neighbours.hostile + overwritten) < neighbours.all
    }
}
