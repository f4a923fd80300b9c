//! Replicas: held fragments with the neighbours that hold them too.

mod cache;
mod step;
mod trust;

use std::collections::{BTreeMap, BTreeSet};

use crate::id::NodeId;
use crate::ledger::{CELLS, Fragment};
use crate::rules::Rule;
use crate::wire::Refusal;

pub(crate) use cache::Cache;

/// Cycles in which a neighbour's other registers may keep the node awake. Honest neighbours agree within fewer; a hostile one
/// would never.
const PATIENCE: u16 = 256;

/// Agreeing cycles that give one of them back.
const PATIENCE_REGAINED: u16 = 8;

/// Cycles for which it is remembered which cycle a neighbour has shown last.
const REMEMBERED: u64 = 512;

/// Another holder of a fragment.
pub(crate) struct Neighbour {
    pub(crate) node: NodeId,
    /// In Q0.16.
    pub(crate) trust: u16,
    /// It has been proven a liar: its trust stays 0.
    pub(crate) is_proven: bool,
    /// One more than the last of its cycles that it has shown; 0 for none.
    shown: u64,
    /// The replica's own cycle when it did.
    shown_at: u64,
    /// What is left of the patience with it, in parts of a cycle.
    patience: u16,
    pub(crate) cache: Cache,
}

impl Neighbour {
    pub(crate) fn new(node: NodeId, trust: u16) -> Self {
        let patience = PATIENCE * PATIENCE_REGAINED;
        Self { node, trust, is_proven: false, shown: 0, shown_at: 0, patience, cache: Cache::default() }
    }

    /// Takes note of a cycle in which it has other registers or has not. Returns whether the node should stay awake for it.
    fn is_waited_for(&mut self, differs: bool) -> bool {
        if !differs {
            self.patience = (self.patience + 1).min(PATIENCE * PATIENCE_REGAINED);
            return false;
        }
        let is_waited_for = self.patience >= PATIENCE_REGAINED;
        self.patience = self.patience.saturating_sub(PATIENCE_REGAINED);
        is_waited_for
    }
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
        let neighbours = neighbours.map(|node| Neighbour::new(node, trust));
        Self { fragment: Fragment::new(index), neighbours: neighbours.collect(), cycle: 0 }
    }

    pub(crate) fn cycle(&self) -> u64 {
        self.cycle
    }

    /// The other holders, ascending.
    pub(crate) fn neighbours(&self) -> &[Neighbour] {
        &self.neighbours
    }

    /// Puts other neighbours in place, each with the trust in it at first. Those who stay keep theirs, and what they have shown.
    pub(crate) fn set_neighbours(&mut self, neighbours: impl Iterator<Item = (NodeId, u16)>) {
        let mut before: BTreeMap<_, _> = self.neighbours.drain(..).map(|n| (n.node, n)).collect();
        let stays = |(node, trust)| before.remove(&node).unwrap_or_else(|| Neighbour::new(node, trust));
        self.neighbours = neighbours.map(stays).collect();
    }

    pub(crate) fn neighbour(&mut self, node: NodeId) -> Option<&mut Neighbour> {
        self.neighbours.iter_mut().find(|neighbour| neighbour.node == node)
    }

    /// Takes note that a neighbour shows its replica as it is in this cycle of its own.
    ///
    /// # Errors
    /// If it has shown that cycle or a later one before: what is late, or played again, is no news. That is forgotten once the
    /// neighbour has shown nothing new for long: a cycle that was garbled on the way must not make this node deaf for ever.
    pub(crate) fn begin_sample(&mut self, node: NodeId, cycle: u64) -> Result<(), Refusal> {
        let is_kept = self.fragment.keeps(Rule::Freshness);
        let now = self.cycle;
        let neighbour = self.neighbour(node).ok_or(Refusal::NotHeld)?;
        let is_remembered = now < neighbour.shown_at + REMEMBERED;
        if is_kept && is_remembered && cycle < neighbour.shown {
            return Err(Refusal::Stale);
        }
        neighbour.shown = cycle.saturating_add(1);
        neighbour.shown_at = now;
        Ok(())
    }

    /// Keeps a neighbour's sample of a cell, and whether its registers of the cell are the replica's own.
    pub(crate) fn keep_sample(&mut self, node: NodeId, cell: u8, value: i64, agrees: bool) {
        let cycle = self.cycle;
        let version = self.fragment.versions()[usize::from(cell)];
        if let Some(neighbour) = self.neighbour(node) {
            neighbour.cache.put(cell, value, agrees, version, cycle);
        }
    }

    /// A neighbour has been proven a liar: nothing that it says counts any more.
    pub(crate) fn condemn(&mut self, node: NodeId) {
        if let Some(neighbour) = self.neighbour(node) {
            neighbour.is_proven = true;
            neighbour.trust = 0;
        }
    }

    /// Whether a neighbour has other registers of a cell, by its fresh sample.
    fn differs(&self, neighbour: &Neighbour, cell: usize) -> bool {
        neighbour.cache.differs(cell, self.fragment.versions()[cell], self.cycle)
    }

    /// Takes note of who has other registers in this cycle, by the fresh samples. Returns whether the node should stay awake for any.
    fn is_unsettled(&mut self) -> bool {
        let versions = self.fragment.versions();
        let mut unsettled = false;
        for neighbour in &mut self.neighbours {
            let differs = (0..CELLS).any(|cell| neighbour.cache.differs(cell, versions[cell], self.cycle));
            unsettled |= neighbour.is_waited_for(differs);
        }
        unsettled
    }

    /// Whether two thirds of the trust have other registers of a cell.
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
#[derive(Default)]
pub(crate) struct Replicas {
    held: BTreeMap<u32, Replica>,
}

impl Replicas {
    #[cfg(test)]
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

    pub(crate) fn insert(&mut self, replica: Replica) {
        self.held.insert(replica.fragment.index(), replica);
    }

    pub(crate) fn remove(&mut self, fragment: u32) {
        self.held.remove(&fragment);
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

    /// All that hold any of these fragments too, ascending.
    pub(crate) fn neighbours(&self) -> Vec<NodeId> {
        let all = self.held.values().flat_map(Replica::neighbours).map(|neighbour| neighbour.node);
        all.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// All replicas leave out a rule from now on.
    #[cfg(feature = "fault-injection")]
    pub(crate) fn leave_out(&mut self, rule: Rule) {
        self.held.values_mut().for_each(|replica| replica.fragment.leave_out(rule));
    }

    /// A node has been proven a liar.
    pub(crate) fn condemn(&mut self, node: NodeId) {
        self.held.values_mut().for_each(|replica| replica.condemn(node));
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
        NodeId::from_bytes([i; 16])
    }

    #[test]
    fn two_thirds_of_the_trust_outvote_a_cell() {
        let mut replica = Replica::new(0, (0..6).map(node), 60_000);
        for against in 0..6 {
            assert_eq!(replica.is_outvoted(7), against >= 4, "{against} of 6 against");
            replica.keep_sample(node(against), 7, 5, false);
        }
        assert!(!replica.is_outvoted(8));
    }

    #[test]
    fn whoever_never_agrees_is_not_waited_for_for_ever() {
        let mut neighbour = Neighbour::new(node(1), 60_000);
        let awake = (0..10_000).filter(|_| neighbour.is_waited_for(true)).count();
        assert_eq!(awake, usize::from(PATIENCE));
        // Nor is whoever agrees now and then.
        let awake = (0..10_000).filter(|i| neighbour.is_waited_for(i % 2 == 0)).count();
        assert!(awake < 10_000 / usize::from(PATIENCE_REGAINED), "{awake} cycles");
    }

    #[test]
    fn what_is_late_or_played_again_is_refused() {
        let mut replica = Replica::new(0, (0..6).map(node), 60_000);
        for (cycle, is_news) in [(4, true), (4, false), (2, false), (5, true), (900, true), (899, false)] {
            assert_eq!(replica.begin_sample(node(1), cycle).is_ok(), is_news, "cycle {cycle}");
        }
        replica.cycle += REMEMBERED - 1;
        assert_eq!(replica.begin_sample(node(1), 5), Err(Refusal::Stale));
        replica.cycle += 1;
        assert!(replica.begin_sample(node(1), 5).is_ok(), "nothing new has come for long");
        assert!(replica.begin_sample(node(2), 0).is_ok(), "each neighbour has cycles of its own");
        assert_eq!(replica.begin_sample(node(9), 0), Err(Refusal::NotHeld));
    }

    #[test]
    fn who_was_proven_a_liar_has_no_say() {
        let mut replica = Replica::new(0, (0..3).map(node), 60_000);
        (0..3).for_each(|i| replica.keep_sample(node(i), 7, 5, i == 0));
        assert!(replica.is_outvoted(7));
        replica.condemn(node(1));
        assert!(!replica.is_outvoted(7), "one half of the trust is not two thirds");
    }

    #[test]
    fn only_what_both_hold_is_shared() {
        let mut replicas = Replicas::default();
        replicas.insert(Replica::new(4, [node(1)].into_iter(), 0));
        assert!(replicas.shared_with(4, node(1)).is_ok());
        assert_eq!(replicas.shared_with(4, node(2)).err(), Some(Refusal::NotHeld));
        assert_eq!(replicas.shared_with(5, node(1)).err(), Some(Refusal::NotHeld));
    }
}
