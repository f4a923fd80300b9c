//! Who holds which fragment: rendezvous hashing over the known nodes.
//!
//! Every node computes the same holders from the same list, and a node that comes or goes changes only the fragments
//! it holds (Thaler and Ravishankar, "Using Name-Based Mappings to Increase Hit Rates", IEEE/ACM ToN 1998).

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::config::{Config, Peer};
use crate::ledger::Session;

/// The known nodes, the node itself first, and the holders of every fragment.
pub(crate) struct Placement {
    nodes: Vec<Peer>,
    by_address: BTreeMap<SocketAddr, usize>,
    holders: Vec<Vec<usize>>,
}

impl Placement {
    pub(crate) fn new(config: &Config) -> Self {
        let nodes: Vec<_> = [config.own].into_iter().chain(config.peers.iter().copied()).collect();
        let sessions: Vec<_> = nodes.iter().map(|node| node.session).collect();
        let holders = (0..config.fragments).map(|f| holders(f, &sessions, config.replicas)).collect();
        let by_address = nodes.iter().enumerate().skip(1).map(|(i, node)| (node.address, i)).collect();
        Self { nodes, by_address, holders }
    }

    pub(crate) fn peer(&self, node: usize) -> &Peer {
        &self.nodes[node]
    }

    pub(crate) fn by_address(&self, address: SocketAddr) -> Option<usize> {
        self.by_address.get(&address).copied()
    }

    /// The holders of a fragment, by their places in the list.
    pub(crate) fn holders(&self, fragment: u32) -> &[usize] {
        &self.holders[fragment as usize]
    }
}

/// The `replicas` sessions that a fragment falls to, by their places in `sessions`, ascending.
pub fn holders(fragment: u32, sessions: &[Session], replicas: usize) -> Vec<usize> {
    let mut ranked: Vec<_> = (0..sessions.len()).collect();
    ranked.sort_by_key(|&i| std::cmp::Reverse((rank(fragment, &sessions[i]), sessions[i])));
    ranked.truncate(replicas);
    ranked.sort_unstable();
    ranked
}

fn rank(fragment: u32, session: &Session) -> u64 {
    let mut bytes = [0; 20];
    bytes[..4].copy_from_slice(&fragment.to_le_bytes());
    bytes[4..].copy_from_slice(&session.0);
    xxhash_rust::xxh3::xxh3_64(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sessions(count: u8) -> Vec<Session> {
        (0..count).map(|i| Session([i.wrapping_mul(37); 16])).collect()
    }

    #[test]
    fn a_node_that_leaves_moves_only_its_own_fragments() {
        let all = sessions(40);
        for fragment in 0..50 {
            let before = holders(fragment, &all, 16);
            let after = holders(fragment, &all[..39], 16);
            let stayed = before.iter().filter(|&&i| i != 39).all(|i| after.contains(i));
            assert!(stayed && after.len() == 16, "fragment {fragment}");
        }
    }

    #[test]
    fn fragments_spread_over_the_nodes() {
        let all = sessions(64);
        let mut held = [0; 64];
        (0..400).for_each(|fragment| holders(fragment, &all, 16).iter().for_each(|&i| held[i] += 1));
        assert!(held.iter().all(|&count| (60..140).contains(&count)), "{held:?}");
    }
}
