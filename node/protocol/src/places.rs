//! Places: which fragments a node holds, as members come and go.
//!
//! A node that has become one of the R nearest to a fragment begins with an empty replica, and fetches from the other holders
//! what their stamps show that it lacks. A node that is no longer one of them keeps its replica as *surplus*: it shows it to
//! the holders for a while, so that they fetch what they lack, and answers their fetches for as long as it lives.

use std::collections::BTreeMap;
use std::time::Duration;

use lvs_kernels::TRUST_NEWCOMER;

use crate::config::{Config, HELD_MAX};
use crate::id::{NetworkId, NodeId};
use crate::membership::Roster;
use crate::placement::{Candidates, Key, nearest};
use crate::replica::{Replica, Replicas};

/// How long a place must have been the node's before it begins to hold the fragment: whoever has just joined does not know
/// yet who is nearer.
const BEGIN_AFTER: Duration = Duration::from_secs(10);

/// How long a surplus replica is shown to the holders.
const SHOWN_FOR: Duration = Duration::from_secs(600);

/// The places of a node.
pub(crate) struct Places {
    own: NodeId,
    network: NetworkId,
    replicas: usize,
    initial_trust: u16,
    /// It waits for others before it holds anything.
    is_joining: bool,
    candidates: Candidates,
    /// The version of the roster that the places follow from.
    version: Option<u64>,
    /// Fragments that have fallen to the node, and since when, but are not held yet.
    fallen: BTreeMap<u32, Duration>,
    /// Fragments that are held and have fallen to others, and since when.
    surplus: BTreeMap<u32, Duration>,
}

impl Places {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            own: config.keys.id(),
            network: config.network,
            replicas: config.replicas,
            initial_trust: config.initial_trust,
            is_joining: config.is_joining(),
            candidates: Candidates::new(config.network, config.fragments, config.keys.id()),
            version: None,
            fallen: BTreeMap::new(),
            surplus: BTreeMap::new(),
        }
    }

    /// Whether a fragment is held although it has fallen to others.
    pub(crate) fn is_surplus(&self, fragment: u32) -> bool {
        self.surplus.contains_key(&fragment)
    }

    /// Whether a surplus fragment need not be shown to its holders any more.
    pub(crate) fn is_shown(&self, fragment: u32, now: Duration) -> bool {
        self.surplus.get(&fragment).is_some_and(|since| now >= *since + SHOWN_FOR)
    }

    /// The other holders of a fragment, ascending.
    pub(crate) fn others(&self, fragment: u32, roster: &Roster) -> Vec<NodeId> {
        let mut holders = nearest(self.key(fragment), roster.members(), self.replicas);
        holders.retain(|holder| *holder != self.own);
        holders.sort_unstable();
        holders
    }

    /// The version of the roster that the places follow from.
    pub(crate) fn version(&self) -> Option<u64> {
        self.version
    }

    /// Puts the replicas in place that fall to a node at its start.
    pub(crate) fn begin(&mut self, roster: &mut Roster, replicas: &mut Replicas) {
        if !self.is_joining {
            self.update(roster, replicas, Duration::ZERO, Duration::ZERO);
        }
    }

    /// Follows the roster. Returns whether any place has changed.
    pub(crate) fn poll(&mut self, roster: &mut Roster, replicas: &mut Replicas, now: Duration) -> bool {
        let is_due = self.fallen.values().any(|since| now >= *since + BEGIN_AFTER);
        let is_alone = self.is_joining && roster.is_alone();
        if is_alone || self.version == Some(roster.version()) && !is_due {
            return false;
        }
        self.update(roster, replicas, now, BEGIN_AFTER);
        true
    }

    fn update(&mut self, roster: &mut Roster, replicas: &mut Replicas, now: Duration, begin_after: Duration) {
        let members: Vec<_> = roster.members().collect();
        let falling = self.candidates.falling(&members, self.replicas);
        self.note_fallen(&falling, replicas, now);
        self.take_up(replicas, now, begin_after);
        self.note_surplus(&falling, replicas, now);
        for fragment in replicas.fragments() {
            let neighbours = self.others(fragment, roster);
            let neighbours = neighbours.into_iter().map(|node| (node, self.trust_at_first(roster, node)));
            if let Some(replica) = replicas.get_mut(fragment) {
                replica.set_neighbours(neighbours);
            }
        }
        roster.set_held(replicas.fragments().into_iter().map(|fragment| self.key(fragment)));
        self.version = Some(roster.version());
    }

    /// Keeps in mind what has fallen to the node and is not held.
    fn note_fallen(&mut self, falling: &[u32], replicas: &Replicas, now: Duration) {
        let missing = falling.iter().copied().filter(|fragment| replicas.get(*fragment).is_none());
        let since = |fragment: u32| self.fallen.get(&fragment).copied().unwrap_or(now);
        self.fallen = missing.map(|fragment| (fragment, since(fragment))).collect();
    }

    /// Begins to hold what has been the node's for long enough.
    fn take_up(&mut self, replicas: &mut Replicas, now: Duration, after: Duration) {
        let due = self.fallen.extract_if(.., |_, since| now >= *since + after);
        for (fragment, _) in due {
            if replicas.len() as u64 >= HELD_MAX {
                tracing::warn!(fragment, "not held: this node holds as many fragments as it can");
                continue;
            }
            tracing::debug!(fragment, "held from now on");
            replicas.insert(Replica::new(fragment, std::iter::empty(), 0));
        }
    }

    /// Keeps in mind what is held and has fallen to others. A replica that nothing was written to is dropped at once.
    fn note_surplus(&mut self, falling: &[u32], replicas: &mut Replicas, now: Duration) {
        for fragment in replicas.fragments() {
            if falling.binary_search(&fragment).is_ok() {
                self.surplus.remove(&fragment);
            } else if replicas.get(fragment).is_some_and(|replica| replica.fragment.registers() == 0) {
                self.surplus.remove(&fragment);
                replicas.remove(fragment);
            } else {
                self.surplus.entry(fragment).or_insert_with(|| {
                    tracing::debug!(fragment, "surplus from now on");
                    now
                });
            }
        }
    }

    /// The trust in a new neighbour.
    fn trust_at_first(&self, roster: &Roster, node: NodeId) -> u16 {
        if roster.is_founder(node) { self.initial_trust } else { self.initial_trust.min(TRUST_NEWCOMER) }
    }

    fn key(&self, fragment: u32) -> Key {
        Key::of_fragment(&self.network, fragment)
    }
}

#[cfg(test)]
mod tests {
    use crate::random::Generator;
    use rand_core::{Rng, SeedableRng};

    use super::*;
    use crate::config::Peer;
    use crate::id::{CellId, LinkId};
    use crate::keys::Keys;
    use crate::ledger::Register;
    use crate::placement::holders;

    const FRAGMENTS: u32 = 40;

    struct World {
        nodes: Vec<NodeId>,
        roster: Roster,
        replicas: Replicas,
        places: Places,
        now: Duration,
    }

    /// The first of some nodes, which founded a swarm of so many.
    fn world(nodes: usize, founders: usize) -> World {
        let mut random = Generator::seed_from_u64(3);
        let mut id = || {
            let mut id = [0; 16];
            random.fill_bytes(&mut id);
            NodeId::from_bytes(id)
        };
        let keys = Keys::from_seed([3; 32]);
        let nodes: Vec<_> = [keys.id()].into_iter().chain((1..nodes).map(|_| id())).collect();
        let peer = |i: usize| Peer { id: nodes[i], link: LinkId(i as u64) };
        let mut config = Config::new(keys, (1..founders).map(peer).collect(), FRAGMENTS);
        config.replicas = 8;
        config.initial_trust = u16::MAX;
        let mut roster = Roster::new(&config, Duration::ZERO);
        let mut replicas = Replicas::default();
        let mut places = Places::new(&config);
        places.begin(&mut roster, &mut replicas);
        World { nodes, roster, replicas, places, now: Duration::ZERO }
    }

    impl World {
        /// The fragments that fall to the node among the first so many.
        fn falling(&self, among: usize) -> Vec<u32> {
            let nodes = &self.nodes[..among];
            let holders = |f| holders(&NetworkId::PUBLIC, f, nodes.iter().copied(), 8);
            (0..FRAGMENTS).filter(|&fragment| holders(fragment).contains(&self.nodes[0])).collect()
        }

        fn admit(&mut self, nodes: std::ops::Range<usize>) {
            for i in nodes {
                self.roster.admit(self.nodes[i], LinkId(i as u64), None, self.now).expect("there is room");
            }
        }

        /// Lets so much time pass.
        fn wait(&mut self, seconds: u64) {
            for _ in 0..seconds {
                self.now += Duration::from_secs(1);
                self.places.poll(&mut self.roster, &mut self.replicas, self.now);
            }
        }

        fn active(&self) -> Vec<u32> {
            let held = self.replicas.fragments().into_iter();
            held.filter(|fragment| !self.places.is_surplus(*fragment)).collect()
        }
    }

    #[test]
    fn founders_hold_their_fragments_from_the_start() {
        let world = world(30, 30);
        assert_eq!(world.replicas.fragments(), world.falling(30));
        assert!(world.replicas.iter().all(|replica| replica.neighbours().len() == 7));
    }

    #[test]
    fn a_place_is_taken_up_after_a_while_and_without_data_given_up_at_once() {
        let mut world = world(30, 30);
        (1..30).for_each(|i| world.roster.bury(world.nodes[i], world.now));
        world.wait(10);
        assert_eq!(world.replicas.fragments(), world.falling(30));
        world.wait(1);
        assert_eq!(world.replicas.len(), FRAGMENTS as usize, "it is alone");
        world.admit(1..30);
        world.wait(1);
        assert_eq!(world.replicas.fragments(), world.falling(30));
    }

    #[test]
    fn data_is_kept_as_surplus_and_shown_for_a_while() {
        let mut world = world(30, 2);
        let writer = Keys::from_seed([4; 32]);
        for fragment in 0..FRAGMENTS {
            let replica = world.replicas.get_mut(fragment).expect("two hold all");
            let register = Register::signed(&writer, CellId { fragment, cell: 7 }, 1, 5);
            replica.fragment.apply(7, writer.public(), register);
        }
        world.admit(2..30);
        world.wait(1);
        assert_eq!(world.replicas.len(), FRAGMENTS as usize);
        assert_eq!(world.active(), world.falling(30));
        let surplus = (0..FRAGMENTS).find(|&fragment| world.places.is_surplus(fragment)).expect("some");
        assert!(!world.places.is_shown(surplus, world.now));
        world.wait(600);
        assert!(world.places.is_shown(surplus, world.now));
        (1..30).for_each(|i| world.roster.bury(world.nodes[i], world.now));
        world.wait(1);
        assert_eq!(world.active().len(), FRAGMENTS as usize, "what is held is the node's again at once");
    }

    #[test]
    fn newcomers_start_with_little_trust_and_others_keep_theirs() {
        let mut world = world(30, 15);
        world.admit(15..30);
        world.wait(1);
        for replica in world.replicas.iter() {
            for neighbour in replica.neighbours() {
                let is_founder = world.nodes[..15].contains(&neighbour.node);
                assert_eq!(neighbour.trust, if is_founder { u16::MAX } else { TRUST_NEWCOMER });
            }
        }
    }
}
