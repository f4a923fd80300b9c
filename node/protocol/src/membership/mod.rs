//! Who is there. For now the members are a fixed list, given at the start; signs of life are exchanged all the same.

mod roster;

pub(crate) use roster::Roster;

use crate::id::NodeId;
use crate::outgoing::Outgoing;
use crate::replica::Replicas;
use crate::wire::{Beacon, Packet, Refusal};

/// Cycles from one beacon to the next.
const BEACON_EVERY: u64 = 64;

/// Takes and sends signs of life.
pub(crate) struct Membership {
    pub(crate) roster: Roster,
}

impl Membership {
    pub(crate) fn new(roster: Roster) -> Self {
        Self { roster }
    }

    /// A member is alive. Nothing follows from it while the list of members is fixed.
    pub(crate) fn handle(&mut self, from: NodeId, beacon: &Beacon) -> Result<(), Refusal> {
        tracing::trace!(%from, fragments = beacon.fragments, mean_trust = beacon.mean_trust, "beacon");
        Ok(())
    }

    /// Whether a beacon is due in this cycle.
    pub(crate) fn is_beacon_due(cycle: u64) -> bool {
        cycle.is_multiple_of(BEACON_EVERY)
    }

    /// Sends a sign of life.
    pub(crate) fn send_beacon(&self, to: NodeId, replicas: &Replicas, out: &mut Outgoing) {
        let mean_trust = replicas.mean_trust();
        let beacon = Beacon { node: self.roster.own(), fragments: replicas.len() as u32, mean_trust };
        out.send(to, Packet::Beacon(beacon));
    }
}
