//! Who holds which fragment: the members nearest to its key.
//!
//! Nodes and fragments lie in one space of 128 bits, and how far two of its points are apart is their XOR (Maymounkov and
//! Mazières, "Kademlia", IPTPS 2002). Every node computes the same holders from the same members, a node that comes or
//! goes changes only the fragments it holds, and who is near a point knows the others there. Holders are computed when they
//! are asked for, and kept only with what a node holds.

use crate::id::{NetworkId, NodeId};

/// A point in the space of nodes and fragments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(u128);

impl Key {
    /// Where a fragment lies: the first 16 bytes of BLAKE3 of the network and the fragment's number.
    pub fn of_fragment(network: &NetworkId, fragment: u32) -> Self {
        let mut bytes = [0; 36];
        bytes[..32].copy_from_slice(&network.to_bytes());
        bytes[32..].copy_from_slice(&fragment.to_le_bytes());
        let hash = blake3::hash(&bytes);
        let (first, _) = hash.as_bytes().split_first_chunk().expect("a hash has 32 bytes");
        Self::from_bytes(*first)
    }

    /// Where a node lies.
    pub fn of_node(node: NodeId) -> Self {
        Self::from_bytes(node.to_bytes())
    }

    /// The point that [`Key::to_bytes`] gave these bytes for.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }

    /// The bytes that stand for it in packets.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// How far a node lies from here.
    pub fn distance(self, node: NodeId) -> u128 {
        self.0 ^ Self::of_node(node).0
    }

    /// How many leading bits it has in common with another point.
    pub(crate) fn common_bits(self, other: Self) -> u32 {
        (self.0 ^ other.0).leading_zeros()
    }

    /// The point that has the leading `bits` in common with this one, differs in the next, and ends like another.
    pub(crate) fn beside(self, bits: u32, end: Self) -> Self {
        let differing = (1 << 127) >> bits;
        let tail = differing - 1;
        Self((self.0 & !tail ^ differing) | end.0 & tail)
    }
}

/// The `replicas` of these nodes that a fragment falls to, ascending.
pub fn holders(
    network: &NetworkId,
    fragment: u32,
    nodes: impl IntoIterator<Item = NodeId>,
    replicas: usize,
) -> Vec<NodeId> {
    let mut holders = nearest(Key::of_fragment(network, fragment), nodes, replicas);
    holders.sort_unstable();
    holders
}

/// The `count` of these nodes that are nearest to a point, in no order.
pub(crate) fn nearest(key: Key, nodes: impl IntoIterator<Item = NodeId>, count: usize) -> Vec<NodeId> {
    let mut nodes: Vec<_> = nodes.into_iter().collect();
    if count < nodes.len() {
        nodes.select_nth_unstable_by_key(count, |node| key.distance(*node));
        nodes.truncate(count);
    }
    nodes
}

/// Whether a node is among the `count` nearest to a point.
fn is_nearest(key: Key, node: NodeId, nodes: impl IntoIterator<Item = NodeId>, count: usize) -> bool {
    let own = key.distance(node);
    let nearer = nodes.into_iter().filter(|&other| key.distance(other) < own);
    nearer.take(count).count() < count
}

/// Finds the fragments that fall to one node, without looking at all of them whenever members come or go.
///
/// Once R members share exactly c leading bits with the node, no fragment whose key shares exactly c bits with it can fall
/// to it: those members share one bit more with that key. So only keys with more bits in common are looked at.
pub(crate) struct Candidates {
    network: NetworkId,
    fragments: u32,
    own: NodeId,
    /// Leading bits that all keys of the list have in common with the node.
    depth: u32,
    list: Vec<(Key, u32)>,
}

impl Candidates {
    pub(crate) fn new(network: NetworkId, fragments: u32, own: NodeId) -> Self {
        Self { network, fragments, own, depth: u32::MAX, list: Vec::new() }
    }

    /// The fragments that fall to the node among these members, ascending.
    pub(crate) fn falling(&mut self, members: &[NodeId], replicas: usize) -> Vec<u32> {
        self.deepen(self.depth_among(members, replicas));
        let falls = |key: &Key| is_nearest(*key, self.own, members.iter().copied(), replicas);
        self.list.iter().filter(|(key, _)| falls(key)).map(|(_, fragment)| *fragment).collect()
    }

    /// How many leading bits a key must share with the node at least.
    fn depth_among(&self, members: &[NodeId], replicas: usize) -> u32 {
        let own = Key::of_node(self.own);
        let mut sharing = [0; 128];
        for &member in members.iter().filter(|&&member| member != self.own) {
            sharing[own.common_bits(Key::of_node(member)) as usize] += 1;
        }
        sharing.iter().take_while(|&&count| count >= replicas).count() as u32
    }

    /// Makes a list of the keys that share so many bits, unless the one at hand will do. One that is a little too long does:
    /// members who come and go would change it again and again.
    fn deepen(&mut self, depth: u32) {
        if self.depth <= depth && depth - self.depth <= 2 {
            return;
        }
        self.depth = depth.saturating_sub(1);
        let own = Key::of_node(self.own);
        let keys = (0..self.fragments).map(|fragment| (Key::of_fragment(&self.network, fragment), fragment));
        self.list = keys.filter(|(key, _)| key.common_bits(own) >= self.depth).collect();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::random::Generator;
    use rand_core::{Rng, SeedableRng};

    use super::*;

    const NETWORK: NetworkId = NetworkId::PUBLIC;

    fn nodes(count: usize, seed: u64) -> Vec<NodeId> {
        let mut random = Generator::seed_from_u64(seed);
        let mut node = || {
            let mut id = [0; 16];
            random.fill_bytes(&mut id);
            NodeId::from_bytes(id)
        };
        (0..count).map(|_| node()).collect()
    }

    #[test]
    fn a_key_is_a_hash_of_network_and_fragment() {
        let key = Key::of_fragment(&NETWORK, 7);
        assert_ne!(key, Key::of_fragment(&NETWORK, 8));
        assert_ne!(key, Key::of_fragment(&NetworkId::from_bytes([7; 32]), 7));
        assert_eq!(Key::from_bytes(key.to_bytes()), key);
    }

    #[test]
    fn distance_is_the_exclusive_or() {
        let mut id = [0xa5; 16];
        let key = Key::from_bytes(id);
        assert_eq!(key.distance(NodeId::from_bytes(id)), 0);
        id[15] ^= 3;
        assert_eq!(key.distance(NodeId::from_bytes(id)), 3);
        id[0] ^= 0x10;
        assert_eq!(key.common_bits(Key::from_bytes(id)), 3);
        let beside = key.beside(3, Key::from_bytes([0x5a; 16]));
        assert_eq!(key.common_bits(beside), 3);
        assert_eq!(beside.to_bytes()[15], 0x5a);
        assert_eq!(key.common_bits(key.beside(127, key)), 127);
    }

    #[test]
    fn a_node_that_leaves_moves_only_its_own_fragments() {
        let all = nodes(40, 1);
        for fragment in 0..50 {
            let before = holders(&NETWORK, fragment, all.iter().copied(), 16);
            let after = holders(&NETWORK, fragment, all[..39].iter().copied(), 16);
            let stayed = before.iter().filter(|&&node| node != all[39]).all(|node| after.contains(node));
            assert!(stayed && after.len() == 16, "fragment {fragment}");
        }
    }

    #[test]
    fn fragments_spread_over_the_nodes() {
        let mut held: BTreeMap<NodeId, u32> = BTreeMap::new();
        for fragment in 0..400 {
            let holders = holders(&NETWORK, fragment, nodes(64, 2), 16);
            holders.into_iter().for_each(|node| *held.entry(node).or_default() += 1);
        }
        // 100 on average. Who has few others around it holds more: the ids are random, and not evenly spaced.
        assert_eq!(held.len(), 64);
        assert!(held.values().all(|count| (20..300).contains(count)), "{held:?}");
    }

    #[test]
    fn a_node_finds_what_it_holds_while_members_come_and_go() {
        let all = nodes(600, 3);
        let mut candidates = Candidates::new(NETWORK, 300, all[0]);
        for count in [1, 10, 600, 40, 41, 300, 20, 600] {
            let members = &all[..count];
            let holds =
                |&fragment: &u32| holders(&NETWORK, fragment, members.iter().copied(), 8).contains(&all[0]);
            let expected: Vec<_> = (0..300).filter(holds).collect();
            assert_eq!(candidates.falling(members, 8), expected, "{count} members");
        }
    }

    #[test]
    fn most_fragments_of_a_large_ledger_are_not_looked_at() {
        let all = nodes(1_000, 4);
        let mut candidates = Candidates::new(NETWORK, 20_000, all[0]);
        let falling = candidates.falling(&all, 16).len();
        assert!(falling > 0 && candidates.list.len() < 20_000 / 8, "{} for {falling}", candidates.list.len());
    }
}
