//! Replicas: held fragments with the neighbours that hold them too.

mod cache;
mod step;
mod trust;

use std::collections::BTreeMap;

use crate::id::NodeId;
use crate::ledger::{CELLS, Fragment};
use crate::wire::Refusal;

pub(crate) use cache::Cache;

/// Another holder of a fragment.
pub(crate) struct Neighbour {
    pub(crate) node: NodeId,
    /// In Q0.16.
    pub(crate) trust: u16,
    pub(crate) cache: Cache,
}

/// A held fragment with its neighbours.
pub(crate) struct Replica {
    pub(crate) fragment: Fragment,
    neighbours: Vec<Neighbour>,
    /// Cycles since this node began.
    cycle: u64,
}

impl Replica {
    pub(crate) fn new(index: u32, neighbours: impl Iterator<Item = NodeId>, trust: u16) -> Self {
        let neighbours = neighbours.map(|node| Neighbour { node, trust, cache: Cache::default() });
        Self { fragment: Fragment::new(index), neighbours: neighbours.collect(), cycle: 0 }
    }

    pub(crate) fn cycle(&self) -> u64 {
        self.cycle
    }

    /// The other holders, ascending.
    pub(crate) fn neighbours(&self) -> &[Neighbour] {
        &self.neighbours
    }

    pub(crate) fn neighbour(&mut self, node: NodeId) -> Option<&mut Neighbour> {
        self.neighbours.iter_mut().find(|neighbour| neighbour.node == node)
    }

    /// Keeps a neighbour's sample of a cell. Returns whether its stamp differs from the replica's own.
    pub(crate) fn keep_sample(&mut self, node: NodeId, cell: u8, value: i64, stamp: u64) -> bool {
        let cycle = self.cycle;
        let own = self.fragment.stamps()[usize::from(cell)];
        if let Some(neighbour) = self.neighbour(node) {
            neighbour.cache.put(cell, value, stamp, cycle);
        }
        stamp != own
    }

    /// Whether a neighbour's fresh stamp of a cell differs from the replica's own.
    fn differs(&self, neighbour: &Neighbour, cell: usize) -> bool {
        let own = self.fragment.stamps()[cell];
        neighbour.cache.stamp(cell, self.cycle).is_some_and(|stamp| stamp != own)
    }

    /// Whether a fresh stamp of any neighbour differs from the replica's own.
    fn is_unsettled(&self) -> bool {
        self.neighbours.iter().any(|neighbour| (0..CELLS).any(|cell| self.differs(neighbour, cell)))
    }

    /// Whether two thirds of the trust disagree with a cell's stamp.
    pub(crate) fn is_outvoted(&self, cell: usize) -> bool {
        let mut all = 0;
        let mut against = 0;
        for neighbour in &self.neighbours {
            all += u32::from(neighbour.trust);
            if self.differs(neighbour, cell) {
                against += u32::from(neighbour.trust);
            }
        }
        against > 0 && against >= all - all / 3
    }
}

/// The replicas that a node holds, by their fragments.
pub(crate) struct Replicas {
    held: BTreeMap<u32, Replica>,
}

impl Replicas {
    pub(crate) fn new(replicas: impl Iterator<Item = Replica>) -> Self {
        Self { held: replicas.map(|replica| (replica.fragment.index(), replica)).collect() }
    }

    pub(crate) fn len(&self) -> usize {
        self.held.len()
    }

    /// The fragments held, ascending.
    pub(crate) fn fragments(&self) -> Vec<u32> {
        self.held.keys().copied().collect()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Replica> {
        self.held.values()
    }

    pub(crate) fn get(&self, fragment: u32) -> Option<&Replica> {
        self.held.get(&fragment)
    }

    pub(crate) fn get_mut(&mut self, fragment: u32) -> Option<&mut Replica> {
        self.held.get_mut(&fragment)
    }

    /// The replica of a fragment that is held here.
    pub(crate) fn held(&mut self, fragment: u32) -> Result<&mut Replica, Refusal> {
        self.held.get_mut(&fragment).ok_or(Refusal::NotHeld)
    }

    /// The replica of a fragment that is held both here and by a neighbour.
    pub(crate) fn shared_with(&mut self, fragment: u32, node: NodeId) -> Result<&mut Replica, Refusal> {
        let replica = self.held(fragment)?;
        if replica.neighbour(node).is_some() { Ok(replica) } else { Err(Refusal::NotHeld) }
    }

    /// The mean of the trust in all neighbours of all replicas, in Q0.16; 0 if there are none.
    pub(crate) fn mean_trust(&self) -> u16 {
        let mut sum = 0;
        let mut count = 0;
        for neighbour in self.held.values().flat_map(Replica::neighbours) {
            sum += u64::from(neighbour.trust);
            count += 1;
        }
        sum.checked_div(count).unwrap_or(0) as u16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(i: u8) -> NodeId {
        NodeId::of_session([i; 16])
    }

    #[test]
    fn two_thirds_of_the_trust_outvote_a_cell() {
        let mut replica = Replica::new(0, (0..6).map(node), 60_000);
        for against in 0..6 {
            assert_eq!(replica.is_outvoted(7), against >= 4, "{against} of 6 against");
            assert!(replica.keep_sample(node(against), 7, 5, 99));
        }
        assert!(!replica.is_outvoted(8));
    }

    #[test]
    fn only_what_both_hold_is_shared() {
        let mut replicas = Replicas::new([Replica::new(4, [node(1)].into_iter(), 0)].into_iter());
        assert!(replicas.shared_with(4, node(1)).is_ok());
        assert_eq!(replicas.shared_with(4, node(2)).err(), Some(Refusal::NotHeld));
        assert_eq!(replicas.shared_with(5, node(1)).err(), Some(Refusal::NotHeld));
    }
}
