//! What a node is told at its start.

use std::time::Duration;

use lvs_kernels::TRUST_NEWCOMER;
use lvs_kernels::vaultguard::NEIGHBOURS_MAX;

use crate::address::Address;
use crate::argument::{Argument, Invalid};
use crate::id::{LinkId, NetworkId, NodeId};
use crate::keys::Keys;
use crate::ledger::CELLS;

/// The fewest holders that a fragment should have. With fewer, two wrong copies can outweigh the right ones.
pub const REPLICAS_MIN: usize = 8;

/// The most fragments that one node may have to hold. Each takes about 110 kB beside 15 neighbours.
pub const HELD_MAX: u64 = 4_096;

/// The shortest time from cycle to cycle.
const CYCLE_MIN: Duration = Duration::from_millis(1);

/// A node as others know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Who it is.
    pub id: NodeId,
    /// Where its datagrams come from and go to.
    pub link: LinkId,
}

/// What a node is told at its start.
#[derive(Clone, Debug)]
pub struct Config {
    /// What the node signs with, and is known by.
    pub keys: Keys,
    /// The network that it belongs to.
    pub network: NetworkId,
    /// Other nodes that found the swarm together with it.
    pub peers: Vec<Peer>,
    /// Where other members may be found. They are tried for ever.
    pub seeds: Vec<Address>,
    /// Fragments of 256 cells in the ledger.
    pub fragments: u32,
    /// Holders of a fragment, R.
    pub replicas: usize,
    /// The time from cycle to cycle while anything moves.
    pub cycle: Duration,
    /// The longest time from cycle to cycle while nothing does.
    pub idle_cycle: Duration,
    /// The trust in its peers at first: [`TRUST_NEWCOMER`], or more among those who found a swarm together. Those who join
    /// later start with [`TRUST_NEWCOMER`] at most.
    pub initial_trust: u16,
}

impl Config {
    /// The defaults of the design: 16 holders, cycles of 100 ms to 30 s, a newcomer's trust.
    pub fn new(keys: Keys, peers: Vec<Peer>, fragments: u32) -> Self {
        Self {
            keys,
            network: NetworkId::PUBLIC,
            peers,
            seeds: Vec::new(),
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

    /// Refuses what a node cannot be.
    ///
    /// # Errors
    /// The argument is named, with what came and what was expected.
    pub fn validate(&self) -> Result<(), Invalid> {
        if self.fragments == 0 || self.fragments > 1 << 20 {
            return refuse(Argument::Fragments, self.fragments, "1 to 1,048,576");
        }
        if !(REPLICAS_MIN..=NEIGHBOURS_MAX).contains(&self.replicas) {
            return refuse(Argument::Replicas, self.replicas, "8 to 4,096");
        }
        if self.cycle < CYCLE_MIN || self.idle_cycle < self.cycle {
            return refuse(
                Argument::Cycle,
                format!("{:?}", self.cycle),
                "1ms to 30s, the longest time while nothing moves",
            );
        }
        let held = self.held_about();
        if held > HELD_MAX && !self.is_joining() {
            let got = format!("{}, of which this node would hold about {held}", self.fragments);
            return refuse(
                Argument::Fragments,
                got,
                "at most 4,096 for one node to hold: more peers or fewer fragments",
            );
        }
        if let Some(id) = twice(self.peers.iter().map(|peer| peer.id).chain([self.keys.id()]).collect()) {
            return refuse(Argument::Peers, format!("node {id} twice"), "every node once");
        }
        if let Some(link) = twice(self.peers.iter().map(|peer| peer.link).collect()) {
            return refuse(Argument::Peers, format!("{link} twice"), "every link once");
        }
        Ok(())
    }

    /// Whether the node has to find others before it holds anything.
    pub(crate) fn is_joining(&self) -> bool {
        self.peers.is_empty() && !self.seeds.is_empty()
    }

    /// About how many fragments the node has to hold.
    fn held_about(&self) -> u64 {
        let nodes = self.peers.len() as u64 + 1;
        u64::from(self.fragments) * nodes.min(self.replicas as u64) / nodes
    }
}

fn refuse(argument: Argument, got: impl ToString, expected: &str) -> Result<(), Invalid> {
    Err(Invalid::new(argument, got.to_string(), expected))
}

/// What is in a list more than once, if anything is.
fn twice<T: Ord + Copy>(mut list: Vec<T>) -> Option<T> {
    list.sort_unstable();
    list.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}
