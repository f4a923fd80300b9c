//! Exchange with other holders: samples, registers and their acknowledgements, fetches.

mod contributions;
mod fetches;
mod proofs;
mod samples;

use std::collections::BTreeSet;

use crate::argument::Invalid;
use crate::budget::{Budgets, Expense};
use crate::id::{CellId, NodeId};
use crate::keys::Keys;
use crate::ledger::{Applied, Equivocation, Fragment, Register};
use crate::outgoing::Outgoing;
use crate::replica::Replicas;
use crate::wire::{
    ACKNOWLEDGEMENTS_MAX, Acknowledge, CellSet, DATAGRAM_MAX, Diff, Entropy, Fetch, Packet, REGISTERS_MAX,
    Refusal,
};

use contributions::Contributions;
pub(crate) use proofs::Proofs;
pub(crate) use samples::sample;

/// What it costs to look for registers, in bytes of an answer, even if there are none.
const LOOKING: usize = 64;

/// What this node has still to bring to others, and how it answers them.
pub(crate) struct Exchange {
    keys: Keys,
    contributions: Contributions,
}

/// What came of a diff.
#[derive(Default)]
pub(crate) struct Taken {
    /// Registers that stand now.
    pub(crate) changed: u64,
    /// There was no room for some.
    pub(crate) is_full: bool,
    /// The writer has given one number to two amounts.
    pub(crate) proof: Option<Equivocation>,
}

impl Exchange {
    pub(crate) fn new(keys: Keys) -> Self {
        Self { keys, contributions: Contributions::default() }
    }

    /// Registers of this node's own that some holder has not acknowledged, counted once for each.
    pub(crate) fn unacknowledged(&self) -> usize {
        self.contributions.pending()
    }

    /// Adds to this node's own register of a cell, which waits for these holders from now on.
    pub(crate) fn contribute(
        &mut self,
        cell: CellId,
        amount: i64,
        holders: &[NodeId],
    ) -> Result<Register, Invalid> {
        let own = self.keys.id();
        let others = holders.iter().copied().filter(|&holder| holder != own);
        self.contributions.add(&self.keys, cell, amount, others)
    }

    /// These hold a fragment now.
    pub(crate) fn follow(&mut self, fragment: u32, holders: &[NodeId]) {
        self.contributions.follow(fragment, holders);
    }

    /// The fragments that this node has contributed to.
    pub(crate) fn fragments_written(&self) -> Vec<u32> {
        self.contributions.fragments()
    }

    /// Those of them with registers that some holder has not acknowledged.
    pub(crate) fn fragments_waiting(&self) -> BTreeSet<u32> {
        self.contributions.fragments_waiting()
    }

    /// Keeps a neighbour's sample, and asks for the registers of the cells whose stamps differ. Another member may hold the
    /// fragment as surplus: its sample is not kept, but it may have registers that are missing here.
    pub(crate) fn handle_entropy(
        &mut self,
        from: NodeId,
        entropy: &Entropy,
        replicas: &mut Replicas,
        out: &mut Outgoing,
    ) -> Result<(), Refusal> {
        let replica = replicas.held(entropy.fragment)?;
        let is_neighbour = replica.neighbour(from).is_some();
        let shown = samples::take(replica, from, entropy)?;
        // Whoever has to be repaired needs fresh samples of most neighbours, so none may sleep.
        if is_neighbour && (shown.is_contested || !shown.differing.is_empty()) {
            out.called_by(from);
        }
        if !shown.differing.is_empty() {
            fetch(from, entropy.fragment, shown.differing, out);
        }
        Ok(())
    }

    /// Takes registers over. Their writer, if they come from it, is told which ones are held now.
    pub(crate) fn handle_diff(
        &mut self,
        from: NodeId,
        diff: &Diff,
        replicas: &mut Replicas,
        budgets: &mut Budgets,
        out: &mut Outgoing,
    ) -> Result<Taken, Refusal> {
        let fragment = &mut replicas.held(diff.fragment)?.fragment;
        let taken = take(from, fragment, diff, budgets)?;
        if taken.changed > 0 {
            out.wake();
        }
        if from == diff.writer.id() {
            acknowledge(from, fragment, diff, out);
        }
        Ok(taken)
    }

    /// A holder says which of this node's registers it has.
    pub(crate) fn handle_acknowledge(
        &mut self,
        from: NodeId,
        acknowledge: &Acknowledge,
    ) -> Result<(), Refusal> {
        if acknowledge.writer != self.keys.id() {
            return Err(Refusal::NotHeld);
        }
        self.contributions.acknowledged(acknowledge.fragment, from, &acknowledge.sequences);
        Ok(())
    }

    /// Answers a request for the registers of some cells, as far as the asker's budget goes. Where there are more, it begins with
    /// the writer `start`.
    pub(crate) fn handle_fetch(
        &mut self,
        from: NodeId,
        fetch: &Fetch,
        start: NodeId,
        replicas: &mut Replicas,
        budgets: &mut Budgets,
        out: &mut Outgoing,
    ) -> Result<(), Refusal> {
        let replica = replicas.shared_with(fetch.fragment, from)?;
        let most = budgets.left(from, Expense::Answers) as usize / DATAGRAM_MAX;
        if most == 0 {
            return Err(Refusal::Budget);
        }
        let diffs = fetches::answer(&replica.fragment, &fetch.cells, start, most);
        let bytes: usize = diffs.iter().map(Diff::bytes).sum();
        budgets.spend(from, Expense::Answers, bytes.max(LOOKING) as u64);
        for diff in diffs {
            out.send(from, Packet::Diff(diff));
        }
        Ok(())
    }

    /// Sends own registers to the holders that have not acknowledged them, as far as they are due; all of them if the node is
    /// slow. Returns whether any have not been tried often yet: a holder that never answers must not keep the node awake.
    pub(crate) fn poll(&mut self, cycle: u64, is_slow: bool, out: &mut Outgoing) -> bool {
        for delivery in self.contributions.due(cycle, is_slow) {
            for part in delivery.registers.chunks(REGISTERS_MAX) {
                let registers = part.to_vec();
                let diff = Diff { fragment: delivery.fragment, writer: self.keys.public(), registers };
                out.send(delivery.holder, Packet::Diff(diff));
            }
        }
        self.contributions.is_new()
    }
}

/// Asks a neighbour for the registers of some cells.
pub(crate) fn fetch(from: NodeId, fragment: u32, cells: CellSet, out: &mut Outgoing) {
    tracing::trace!(%from, fragment, cells = cells.iter().count(), "fetching registers");
    out.send(from, Packet::Fetch(Fetch { fragment, cells }));
}

/// Takes the registers of a diff over.
///
/// # Errors
/// At the first that its writer has not signed: whoever sent it forges, so the rest is not worth the time. And once the sender
/// has nothing left to have signatures checked with; what is missing then comes again.
fn take(from: NodeId, fragment: &mut Fragment, diff: &Diff, budgets: &mut Budgets) -> Result<Taken, Refusal> {
    let mut taken = Taken::default();
    let writer = diff.writer.id();
    for &(cell, register) in &diff.registers {
        if fragment.is_news(cell, writer, &register) && !budgets.spend(from, Expense::Checks, 1) {
            return Err(Refusal::Budget);
        }
        match fragment.apply(cell, diff.writer, register) {
            Applied::Changed => taken.changed += 1,
            Applied::Known => {}
            Applied::Forged => return Err(Refusal::Forged),
            Applied::Contradicted(proof) => taken.proof = Some(proof),
            Applied::Full => taken.is_full = true,
        }
    }
    Ok(taken)
}

/// Tells the writer of a diff which of its registers are held now.
fn acknowledge(writer: NodeId, fragment: &Fragment, diff: &Diff, out: &mut Outgoing) {
    const { assert!(REGISTERS_MAX <= ACKNOWLEDGEMENTS_MAX) };
    let held = |&(cell, _): &(u8, Register)| Some((cell, fragment.sequence(cell, writer)?));
    let sequences: Vec<_> = diff.registers.iter().filter_map(held).collect();
    if !sequences.is_empty() {
        let acknowledge = Acknowledge { fragment: diff.fragment, writer, sequences };
        out.send(writer, Packet::Acknowledge(acknowledge));
    }
}
