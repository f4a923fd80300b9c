//! The simulated network: datagrams under way, and what happens to them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use crate::adversary::Lie;

/// What a simulated network does to datagrams.
#[derive(Clone, Debug)]
pub struct Conditions {
    /// Nodes in the swarm; the last `hostile` of them lie.
    pub nodes: usize,
    /// Fragments of the ledger.
    pub fragments: u32,
    /// Nodes that lie.
    pub hostile: usize,
    /// How they lie.
    pub lie: Lie,
    /// Parts of a hundred of all datagrams that are lost.
    pub loss_percent: u64,
    /// Parts of a hundred of all datagrams that come twice.
    pub duplicate_percent: u64,
    /// Each datagram takes this long and up to as much more.
    pub delay: Duration,
}

impl Default for Conditions {
    fn default() -> Self {
        Self {
            nodes: 16,
            fragments: 1,
            hostile: 0,
            lie: Lie::Huge,
            loss_percent: 0,
            duplicate_percent: 2,
            delay: Duration::from_millis(20),
        }
    }
}

/// A datagram under way; the earliest arrival comes first, and of several the one sent first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Flight {
    pub(crate) arrival: Duration,
    /// How many were sent before it.
    order: u64,
    pub(crate) to: usize,
    pub(crate) from: usize,
    pub(crate) bytes: Vec<u8>,
}

/// The datagrams under way.
#[derive(Default)]
pub(crate) struct Network {
    flights: BinaryHeap<Reverse<Flight>>,
    sent: u64,
}

impl Network {
    /// When the next datagram arrives.
    pub(crate) fn next_arrival(&self) -> Option<Duration> {
        self.flights.peek().map(|Reverse(flight)| flight.arrival)
    }

    /// Takes the next datagram that has arrived by `now`.
    pub(crate) fn arrived(&mut self, now: Duration) -> Option<Flight> {
        if self.next_arrival()? > now {
            return None;
        }
        self.flights.pop().map(|Reverse(flight)| flight)
    }

    /// Sends a datagram on its way.
    pub(crate) fn send(&mut self, from: usize, to: usize, bytes: Vec<u8>, arrival: Duration) {
        self.sent += 1;
        self.flights.push(Reverse(Flight { arrival, order: self.sent, to, from, bytes }));
    }
}
