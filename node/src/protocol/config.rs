//! What a node is told at its start.

use std::net::SocketAddr;
use std::time::Duration;

use lvs_kernels::TRUST_NEWCOMER;

use crate::state::{CELLS, Session};

/// The fewest holders that a fragment should have.
pub const REPLICAS_MIN: usize = 8;

/// A node as others know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its session.
    pub session: Session,
    /// Where its datagrams come from and go to.
    pub address: SocketAddr,
}

/// What a node is told at its start. Peers are a fixed list for now; membership will keep it later.
#[derive(Clone, Debug)]
pub struct Config {
    /// The node itself.
    pub own: Peer,
    /// All other nodes.
    pub peers: Vec<Peer>,
    /// Fragments of 256 cells in the ledger.
    pub fragments: u32,
    /// Holders of a fragment, R.
    pub replicas: usize,
    /// The time from cycle to cycle while anything moves.
    pub cycle: Duration,
    /// The longest time from cycle to cycle while nothing does.
    pub idle_cycle: Duration,
    /// The trust in a neighbour at first: [`TRUST_NEWCOMER`], or more among those who found a swarm together.
    pub initial_trust: u16,
}

impl Config {
    /// The defaults of the design: 16 holders, cycles of 100 ms to 30 s, a newcomer's trust.
    pub fn new(own: Peer, peers: Vec<Peer>, fragments: u32) -> Self {
        Self {
            own,
            peers,
            fragments,
            replicas: 16,
            cycle: Duration::from_millis(100),
            idle_cycle: Duration::from_secs(30),
            initial_trust: TRUST_NEWCOMER,
        }
    }

    /// Cells in the ledger.
    pub fn cells(&self) -> u64 {
        u64::from(self.fragments) * CELLS as u64
    }

    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let refuse = |field, got: String, expected| Err(ConfigError { field, got, expected });
        if self.fragments == 0 || self.fragments > 1 << 20 {
            return refuse("fragments", self.fragments.to_string(), "1 to 1,048,576");
        }
        if self.replicas == 0 || self.replicas > lvs_kernels::vaultguard::NEIGHBOURS_MAX {
            return refuse("replicas", self.replicas.to_string(), "1 to 4,096");
        }
        if self.cycle.is_zero() || self.idle_cycle < self.cycle {
            return refuse("cycle", format!("{:?}", self.cycle), "above 0 and at most the idle cycle");
        }
        let mut sessions: Vec<_> = self.peers.iter().chain([&self.own]).map(|peer| peer.session).collect();
        sessions.sort_unstable();
        match sessions.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => refuse("peers", format!("session {} twice", pair[0]), "every session once"),
            None => Ok(()),
        }
    }
}

/// A part of a [`Config`] that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: got {got}, expected {expected}")]
pub struct ConfigError {
    /// Its name.
    pub field: &'static str,
    /// What came.
    pub got: String,
    /// What is taken.
    pub expected: &'static str,
}
