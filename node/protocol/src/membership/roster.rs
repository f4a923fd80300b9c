//! The members that a node knows, and the links to them.

use std::collections::BTreeMap;

use crate::config::Config;
use crate::id::{LinkId, NodeId};

/// The members that a node knows, itself among them.
pub(crate) struct Roster {
    own: NodeId,
    links: BTreeMap<NodeId, LinkId>,
    nodes: BTreeMap<LinkId, NodeId>,
}

impl Roster {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            own: config.keys.id(),
            links: config.peers.iter().map(|peer| (peer.id, peer.link)).collect(),
            nodes: config.peers.iter().map(|peer| (peer.link, peer.id)).collect(),
        }
    }

    /// The node itself.
    pub(crate) fn own(&self) -> NodeId {
        self.own
    }

    /// All members, the node itself among them.
    pub(crate) fn members(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.links.keys().copied().chain([self.own])
    }

    /// Who is at the other end of a link.
    pub(crate) fn node_at(&self, link: LinkId) -> Option<NodeId> {
        self.nodes.get(&link).copied()
    }

    /// The link to a member.
    pub(crate) fn link_to(&self, node: NodeId) -> Option<LinkId> {
        self.links.get(&node).copied()
    }
}
