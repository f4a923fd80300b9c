//! The members that a node knows: those around it, and some at every distance.

mod room;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::member::{Member, State};
use crate::address::Address;
use crate::config::Config;
use crate::id::{LinkId, NodeId};
use crate::placement::{Key, nearest};
use crate::wire::Contact;

/// The most members that a node knows, whatever arrives. Those who are given at the start are not counted.
pub(crate) const MEMBERS_MAX: usize = 1_024;

/// The members that a node knows. It is one of them, but is not listed here.
pub(crate) struct Roster {
    own: NodeId,
    replicas: usize,
    most: usize,
    members: BTreeMap<NodeId, Member>,
    /// The links of all that have places.
    nodes: BTreeMap<LinkId, NodeId>,
    /// Where the node and the fragments that it holds lie.
    points: Vec<Key>,
    /// The members around these points.
    near: BTreeSet<NodeId>,
    /// Holders of fragments that this node writes to, and until when they are needed.
    needed: BTreeMap<NodeId, Duration>,
    /// Counts how often it has changed who has places.
    version: u64,
    /// When that last concerned the members around.
    near_changed: Option<Duration>,
    /// `near` may be out of date.
    is_stale: bool,
}

impl Roster {
    pub(crate) fn new(config: &Config, now: Duration) -> Self {
        let founder = |link| Member { is_founder: true, ..Member::new(link, None, now) };
        let own = config.keys.id();
        let mut roster = Self {
            own,
            replicas: config.replicas,
            most: MEMBERS_MAX.max(config.peers.len()),
            members: config.peers.iter().map(|peer| (peer.id, founder(peer.link))).collect(),
            nodes: config.peers.iter().map(|peer| (peer.link, peer.id)).collect(),
            points: vec![Key::of_node(own)],
            near: BTreeSet::new(),
            needed: BTreeMap::new(),
            version: 0,
            near_changed: None,
            is_stale: true,
        };
        roster.refresh(now);
        // Those who found a swarm together have nothing to tell each other yet.
        roster.near_changed = None;
        roster
    }

    /// The node itself.
    pub(crate) fn own(&self) -> NodeId {
        self.own
    }

    /// All members that have places, the node itself among them.
    pub(crate) fn members(&self) -> impl Iterator<Item = NodeId> + '_ {
        let live = self.members.iter().filter(|(_, member)| member.is_live());
        live.map(|(node, _)| *node).chain([self.own])
    }

    /// Who is at the other end of a link.
    pub(crate) fn node_at(&self, link: LinkId) -> Option<NodeId> {
        self.nodes.get(&link).copied()
    }

    /// The link to a member that has places.
    pub(crate) fn link_to(&self, node: NodeId) -> Option<LinkId> {
        self.live(node).map(|member| member.link)
    }

    /// A member that has places.
    pub(crate) fn live(&self, node: NodeId) -> Option<&Member> {
        self.members.get(&node).filter(|member| member.is_live())
    }

    /// A member, gone or not.
    pub(crate) fn get_mut(&mut self, node: NodeId) -> Option<&mut Member> {
        self.members.get_mut(&node)
    }

    /// Whether a member is one of those who found the swarm together with the node.
    pub(crate) fn is_founder(&self, node: NodeId) -> bool {
        self.members.get(&node).is_some_and(|member| member.is_founder)
    }

    /// All that the roster has, the gone among them, nodes ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (NodeId, &Member)> {
        self.members.iter().map(|(node, member)| (*node, member))
    }

    /// How many it has, the gone among them.
    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether nobody else has places.
    pub(crate) fn is_alone(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Changes when somebody gets or loses places.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// When somebody around got or lost places last.
    pub(crate) fn near_changed(&self) -> Option<Duration> {
        self.near_changed
    }

    /// Whether a member is around the node or a fragment that it holds, or is needed.
    pub(crate) fn is_near(&self, node: NodeId) -> bool {
        self.near.contains(&node) || self.needed.contains_key(&node)
    }

    /// The members around the node and the fragments that it holds, as of the last [`Roster::refresh`].
    pub(crate) fn near(&self) -> impl ExactSizeIterator<Item = NodeId> + '_ {
        self.near.iter().copied()
    }

    /// The node holds fragments at these points now.
    pub(crate) fn set_held(&mut self, held: impl Iterator<Item = Key>) {
        self.points = held.chain([Key::of_node(self.own)]).collect();
        self.is_stale = true;
    }

    /// This node holds what the node itself writes to. At most a quarter of the members is kept for that.
    pub(crate) fn need(&mut self, node: NodeId, until: Duration) {
        if self.needed.len() < MEMBERS_MAX / 4 || self.needed.contains_key(&node) {
            self.needed.insert(node, until);
        }
    }

    /// Brings up to date who is around: of every point its R holders, and the 2 R next nearest.
    pub(crate) fn refresh(&mut self, now: Duration) {
        self.needed.retain(|_, until| *until > now);
        if !std::mem::take(&mut self.is_stale) {
            return;
        }
        let members: Vec<_> = self.members().filter(|&node| node != self.own).collect();
        let around =
            self.points.iter().flat_map(|point| nearest(*point, members.iter().copied(), self.around()));
        let near = around.collect();
        if near != self.near {
            self.near_changed = Some(now);
        }
        self.near = near;
    }

    /// A member has shown a sign of life.
    pub(crate) fn hear(&mut self, node: NodeId, now: Duration) {
        let Some(member) = self.members.get_mut(&node) else { return };
        if matches!(member.state, State::Suspected { .. }) {
            member.state = State::Alive;
        }
        member.heard = now;
        member.asked = 0;
    }

    /// Whether somebody would be admitted who is not known yet.
    pub(crate) fn has_room_for(&self, node: NodeId, now: Duration) -> bool {
        self.members.contains_key(&node) || self.members.len() < self.most || self.victim(node, now) != node
    }

    /// Admits somebody who has answered, or moves a member to another link. Returns who had to go for it, or that there is no
    /// room.
    pub(crate) fn admit(
        &mut self,
        node: NodeId,
        link: LinkId,
        address: Option<Address>,
        now: Duration,
    ) -> Result<Option<Member>, NoRoom> {
        debug_assert!(node != self.own);
        let known = self.members.get(&node);
        let is_founder = known.is_some_and(|member| member.is_founder);
        let since = known.map_or(now, |member| member.since);
        let victim = match known {
            None if self.members.len() >= self.most => Some(self.victim(node, now)),
            _ => None,
        };
        if victim == Some(node) {
            return Err(NoRoom);
        }
        let evicted = victim.and_then(|victim| self.forget(victim));
        self.forget_link(node);
        self.members.insert(node, Member { is_founder, since, ..Member::new(link, address, now) });
        self.nodes.insert(link, node);
        self.changed();
        Ok(evicted)
    }

    /// A member is gone: its places are others' now.
    pub(crate) fn bury(&mut self, node: NodeId, now: Duration) {
        self.forget_link(node);
        if let Some(member) = self.members.get_mut(&node) {
            member.state = State::Gone { since: now };
            self.changed();
        }
    }

    /// Strikes a member off. Returns what was known of it.
    pub(crate) fn forget(&mut self, node: NodeId) -> Option<Member> {
        self.forget_link(node);
        let member = self.members.remove(&node)?;
        self.changed();
        Some(member)
    }

    /// The members nearest to a point that are alive and can be reached by others, the nearest first.
    pub(crate) fn contacts_near(&self, key: Key, count: usize) -> Vec<Contact> {
        let alive = self.members.iter().filter(|(_, member)| member.state == State::Alive);
        let contacts = alive.filter_map(|(&node, member)| Some(Contact { node, address: member.address? }));
        let mut contacts: Vec<_> = contacts.collect();
        contacts.sort_unstable_by_key(|contact| key.distance(contact.node));
        contacts.truncate(count);
        contacts
    }

    fn changed(&mut self) {
        self.version += 1;
        self.is_stale = true;
    }

    fn forget_link(&mut self, node: NodeId) {
        let link = self.members.get(&node).map(|member| member.link);
        if let Some(link) = link.filter(|link| self.nodes.get(link) == Some(&node)) {
            self.nodes.remove(&link);
        }
    }

    /// The holders of a fragment and the next nearest: how many are around a point.
    fn around(&self) -> usize {
        3 * self.replicas
    }
}

/// A roster is full of members that matter more.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoRoom;
