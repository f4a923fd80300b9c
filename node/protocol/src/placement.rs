//! Who holds which fragment: rendezvous hashing over the known nodes.
//!
//! Every node computes the same holders from the same members, and a node that comes or goes changes only the fragments
//! it holds (Thaler and Ravishankar, "Using Name-Based Mappings to Increase Hit Rates", IEEE/ACM ToN 1998). Holders are
//! computed when they are asked for, and kept only with what a node holds.

use std::cmp::Reverse;

use crate::id::NodeId;

/// The `replicas` of these nodes that a fragment falls to, ascending.
pub fn holders(fragment: u32, nodes: impl IntoIterator<Item = NodeId>, replicas: usize) -> Vec<NodeId> {
    let mut nodes: Vec<_> = nodes.into_iter().collect();
    if replicas < nodes.len() {
        nodes.select_nth_unstable_by_key(replicas, |node| Reverse(rank(fragment, *node)));
        nodes.truncate(replicas);
    }
    nodes.sort_unstable();
    nodes
}

/// Whether a fragment falls to a node among these.
pub fn is_holder(
    fragment: u32,
    node: NodeId,
    nodes: impl IntoIterator<Item = NodeId>,
    replicas: usize,
) -> bool {
    let own = rank(fragment, node);
    let above = nodes.into_iter().filter(|&other| rank(fragment, other) > own);
    above.take(replicas).count() < replicas
}

/// Of two nodes the one that ranks higher holds a fragment rather than the other.
fn rank(fragment: u32, node: NodeId) -> (u64, NodeId) {
    let mut bytes = [0; 20];
    bytes[..4].copy_from_slice(&fragment.to_le_bytes());
    bytes[4..].copy_from_slice(&node.to_bytes());
    (xxhash_rust::xxh3::xxh3_64(&bytes), node)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn nodes(count: u8) -> Vec<NodeId> {
        (0..count).map(|i| NodeId::from_bytes([i.wrapping_mul(37); 16])).collect()
    }

    #[test]
    fn a_node_that_leaves_moves_only_its_own_fragments() {
        let all = nodes(40);
        for fragment in 0..50 {
            let before = holders(fragment, all.iter().copied(), 16);
            let after = holders(fragment, all[..39].iter().copied(), 16);
            let stayed = before.iter().filter(|&&node| node != all[39]).all(|node| after.contains(node));
            assert!(stayed && after.len() == 16, "fragment {fragment}");
        }
    }

    #[test]
    fn fragments_spread_over_the_nodes() {
        let mut held: BTreeMap<NodeId, u32> = BTreeMap::new();
        for fragment in 0..400 {
            holders(fragment, nodes(64), 16).into_iter().for_each(|node| *held.entry(node).or_default() += 1);
        }
        assert_eq!(held.len(), 64);
        assert!(held.values().all(|count| (60..140).contains(count)), "{held:?}");
    }

    #[test]
    fn a_node_knows_what_it_holds_without_the_list() {
        for fragment in 0..50 {
            for replicas in [1, 16, 39, 40, 50] {
                let holders = holders(fragment, nodes(40), replicas);
                for node in nodes(40) {
                    assert_eq!(is_holder(fragment, node, nodes(40), replicas), holders.contains(&node));
                }
            }
        }
    }
}
