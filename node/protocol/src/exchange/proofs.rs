//! Proofs of equivocation: kept, passed on, and held against the writer.

use std::collections::BTreeMap;

use crate::budget::{Budgets, Expense};
use crate::id::NodeId;
use crate::ledger::Equivocation;
use crate::outgoing::Outgoing;
use crate::replica::Replicas;
use crate::wire::{Packet, Refusal};

/// The most proofs that are kept, about 200 bytes each. One is enough for each writer.
const PROOFS_MAX: usize = 1_024;

/// The proofs that a node has, by their writers.
#[derive(Default)]
pub(crate) struct Proofs {
    known: BTreeMap<NodeId, Equivocation>,
    /// The writer whose proof was repeated last.
    repeated: Option<NodeId>,
}

impl Proofs {
    /// Whether a node has been proven a liar.
    pub(crate) fn condemns(&self, node: NodeId) -> bool {
        self.known.contains_key(&node)
    }

    /// Holds all proofs against neighbours, new ones among them.
    pub(crate) fn hold_against(&self, replicas: &mut Replicas) {
        self.known.keys().for_each(|&writer| replicas.condemn(writer));
    }

    /// Takes a proof that a neighbour sends.
    ///
    /// # Errors
    /// If it proves nothing, or the neighbour has nothing left to have signatures checked with.
    pub(crate) fn handle(
        &mut self,
        from: NodeId,
        proof: &Equivocation,
        replicas: &mut Replicas,
        budgets: &mut Budgets,
        out: &mut Outgoing,
    ) -> Result<(), Refusal> {
        // Known ones are not checked again: that takes two signatures.
        if self.condemns(proof.writer.id()) {
            return Ok(());
        }
        if !budgets.spend(from, Expense::Checks, 2) {
            return Err(Refusal::Budget);
        }
        if !proof.holds() {
            return Err(Refusal::Forged);
        }
        self.add(*proof, replicas, out);
        Ok(())
    }

    /// Keeps a proof that holds, takes the trust of its writer, and passes it on to all neighbours.
    pub(crate) fn add(&mut self, proof: Equivocation, replicas: &mut Replicas, out: &mut Outgoing) {
        let writer = proof.writer.id();
        if self.condemns(writer) || self.known.len() >= PROOFS_MAX {
            return;
        }
        tracing::warn!(%writer, cell = proof.cell.number(), "two amounts under one number: its trust is gone");
        self.known.insert(writer, proof);
        replicas.condemn(writer);
        for to in replicas.neighbours() {
            out.send(to, Packet::Proof(Box::new(proof)));
        }
        out.wake();
    }

    /// Sends one proof again, another one each time: what was lost on the way, or came before the receiver did, comes again.
    pub(crate) fn repeat(&mut self, to: NodeId, out: &mut Outgoing) {
        let after = self.repeated.and_then(|last| self.known.keys().find(|&&writer| writer > last));
        let Some(&writer) = after.or_else(|| self.known.keys().next()) else { return };
        self.repeated = Some(writer);
        out.send(to, Packet::Proof(Box::new(self.known[&writer])));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::CellId;
    use crate::keys::Keys;
    use crate::ledger::Register;
    use crate::outgoing::Action;
    use crate::replica::Replica;

    fn proof(liar: u8) -> Equivocation {
        let keys = Keys::from_seed([liar; 32]);
        let cell = CellId { fragment: 4, cell: 1 };
        let register = |amount| Register::signed(&keys, cell, 1, amount);
        Equivocation::new(keys.public(), cell, register(5), register(9))
    }

    fn replicas(neighbours: &[NodeId]) -> Replicas {
        Replicas::new([Replica::new(4, neighbours.iter().copied(), 60_000)].into_iter())
    }

    fn handle(
        proofs: &mut Proofs,
        proof: &Equivocation,
        replicas: &mut Replicas,
        out: &mut Outgoing,
    ) -> Result<(), Refusal> {
        proofs.handle(NodeId::from_bytes([8; 16]), proof, replicas, &mut Budgets::default(), out)
    }

    fn receivers(out: &mut Outgoing) -> Vec<NodeId> {
        std::iter::from_fn(|| out.next())
            .map(|action| match action {
                Action::Send(to, Packet::Proof(_)) => to,
                _ => panic!("only proofs are sent"),
            })
            .collect()
    }

    #[test]
    fn a_proof_takes_the_trust_and_is_passed_on_once() {
        let proof = proof(1);
        let liar = proof.writer.id();
        let honest = NodeId::from_bytes([9; 16]);
        let mut replicas = replicas(&[liar, honest]);
        let mut proofs = Proofs::default();
        let mut out = Outgoing::default();
        assert_eq!(handle(&mut proofs, &proof, &mut replicas, &mut out), Ok(()));
        let trust: Vec<_> =
            replicas.iter().flat_map(Replica::neighbours).map(|n| (n.node, n.trust)).collect();
        assert_eq!(trust, [(liar, 0), (honest, 60_000)]);
        assert_eq!(receivers(&mut out), replicas.neighbours());
        assert_eq!(handle(&mut proofs, &proof, &mut replicas, &mut out), Ok(()));
        assert!(receivers(&mut out).is_empty());
    }

    #[test]
    fn a_forged_proof_is_refused() {
        let mut forged = proof(1);
        forged.writer = Keys::from_seed([2; 32]).public();
        let mut replicas = replicas(&[forged.writer.id()]);
        let mut proofs = Proofs::default();
        let mut out = Outgoing::default();
        assert_eq!(handle(&mut proofs, &forged, &mut replicas, &mut out), Err(Refusal::Forged));
        assert!(!proofs.condemns(forged.writer.id()));
    }

    #[test]
    fn proofs_are_repeated_in_turn() {
        let mut proofs = Proofs::default();
        let mut out = Outgoing::default();
        for liar in 1..=3 {
            proofs.add(proof(liar), &mut replicas(&[]), &mut out);
        }
        for _ in 0..6 {
            proofs.repeat(NodeId::from_bytes([9; 16]), &mut out);
        }
        let mut writers = Vec::new();
        while let Some(Action::Send(_, Packet::Proof(proof))) = out.next() {
            writers.push(proof.writer.id());
        }
        assert_eq!(writers.len(), 6);
        assert_eq!(writers[..3], writers[3..]);
        assert_eq!(writers[..3].iter().collect::<std::collections::BTreeSet<_>>().len(), 3);
    }
}
