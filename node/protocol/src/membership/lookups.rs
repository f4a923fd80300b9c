//! Lookups under way, what has come of them, and when another part of the space is looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rand_core::Rng;

use super::lookup::{Known, Lookup, Reach, Step};
use super::roster::Roster;
use crate::address::Address;
use crate::id::{LinkId, NetworkId, NodeId};
use crate::placement::Key;
use crate::random::below;
use crate::wire::Found;

/// Lookups at one time.
const RUNNING_MAX: usize = 8;

/// Fragments whose holders are known or wait to be looked up.
const FRAGMENTS_MAX: usize = 1_024;

/// How long the answer to a lookup counts.
pub(super) const COUNTS_FOR: Duration = Duration::from_secs(600);

/// After a lookup on which no two ways agreed, when it is tried again.
const TRIED_AGAIN_AFTER: Duration = Duration::from_secs(10);

/// From one look at another part of the space to the next: for one who has just joined, and at most.
const EXPLORE_PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));

/// All lookups of a node.
pub(super) struct Lookups {
    network: NetworkId,
    replicas: usize,
    running: Vec<(Option<u32>, Lookup)>,
    waiting: BTreeSet<u32>,
    /// Fragments whose holders have been looked up, and until when that counts.
    known: BTreeMap<u32, Duration>,
    explore_at: Duration,
    explore_pause: Duration,
    explored: u64,
}

/// What came of lookups.
#[derive(Default)]
pub(super) struct Progress {
    /// To be done now.
    pub(super) steps: Vec<(Key, Step)>,
    /// Holders of fragments that were wanted.
    pub(super) found: Vec<Known>,
}

impl Lookups {
    /// Whoever founds a swarm together with others knows them; whoever joins has much to look at.
    pub(super) fn new(network: NetworkId, replicas: usize, is_founder: bool, now: Duration) -> Self {
        let explore_pause = if is_founder { EXPLORE_PAUSE.1 } else { EXPLORE_PAUSE.0 };
        Self {
            network,
            replicas,
            running: Vec::new(),
            waiting: BTreeSet::new(),
            known: BTreeMap::new(),
            explore_at: now + explore_pause,
            explore_pause,
            explored: 0,
        }
    }

    /// Whether anything is under way.
    pub(super) fn is_waiting(&self) -> bool {
        !self.running.is_empty()
    }

    /// The holders of a fragment are wanted. Unless they have been looked up not long ago, or are just now, a lookup waits for
    /// its turn. Returns whether one does.
    pub(super) fn want(&mut self, fragment: u32, now: Duration) -> bool {
        let is_known = self.known.get(&fragment).is_some_and(|until| now < *until);
        let is_running = self.running.iter().any(|(running, _)| *running == Some(fragment));
        if is_known || is_running || self.waiting.len() >= FRAGMENTS_MAX {
            return false;
        }
        self.waiting.insert(fragment);
        true
    }

    /// Goes on with all lookups.
    pub(super) fn poll(
        &mut self,
        roster: &Roster,
        reach: Reach<'_>,
        generator: &mut impl Rng,
        now: Duration,
    ) -> Progress {
        self.begin(roster, generator, now);
        let mut progress = Progress::default();
        for (_, lookup) in &mut self.running {
            let key = lookup.key();
            progress.steps.extend(lookup.poll(now, reach).into_iter().map(|step| (key, step)));
        }
        let done = self.running.extract_if(.., |(_, lookup)| lookup.is_done(now));
        for (fragment, lookup) in done.collect::<Vec<_>>() {
            if let Some(fragment) = fragment {
                progress.found.extend(self.settle(fragment, &lookup, now));
            }
        }
        progress
    }

    /// A link leads to an address now.
    pub(super) fn linked(&mut self, link: LinkId, address: Address) {
        self.running.iter_mut().for_each(|(_, lookup)| lookup.linked(link, address));
    }

    /// Somebody has answered a greeting over a link.
    pub(super) fn greeted(&mut self, node: NodeId, link: LinkId, cookie: u64) {
        self.running.iter_mut().for_each(|(_, lookup)| lookup.greeted(node, link, cookie));
    }

    /// Members near a point have been named over a link. Returns who named them, if it was asked to.
    pub(super) fn found(&mut self, link: LinkId, found: &Found) -> Option<NodeId> {
        let mut lookups = self.running.iter_mut().filter(|(_, lookup)| lookup.key() == found.key);
        lookups.find_map(|(_, lookup)| lookup.found(link, found))
    }

    fn begin(&mut self, roster: &Roster, generator: &mut impl Rng, now: Duration) {
        if roster.is_alone() {
            // Whoever it meets next is its way back to the others.
            self.explore_pause = EXPLORE_PAUSE.0;
            return;
        }
        if now >= self.explore_at && self.running.len() < RUNNING_MAX {
            let key = self.explored_next(roster, generator);
            self.start(None, key, roster, now);
            self.explore_pause = (self.explore_pause * 2).min(EXPLORE_PAUSE.1);
            // Not all at the same time.
            let part = 512 + below(generator, 1_024) as u32;
            self.explore_at = now + self.explore_pause * part / 1_024;
        }
        while self.running.len() < RUNNING_MAX {
            let Some(fragment) = self.waiting.pop_first() else { return };
            self.start(Some(fragment), Key::of_fragment(&self.network, fragment), roster, now);
        }
    }

    /// In turn the node itself, for its own surroundings, and a point at a random distance.
    fn explored_next(&mut self, roster: &Roster, generator: &mut impl Rng) -> Key {
        let own = Key::of_node(roster.own());
        self.explored += 1;
        if self.explored % 2 == 1 {
            return own;
        }
        let deepest = roster.members().filter(|&node| node != roster.own());
        let deepest = deepest.map(|node| own.common_bits(Key::of_node(node))).max().unwrap_or(0);
        let mut end = [0; 16];
        generator.fill_bytes(&mut end);
        own.beside(below(generator, deepest as usize + 1) as u32, Key::from_bytes(end))
    }

    fn start(&mut self, fragment: Option<u32>, key: Key, roster: &Roster, now: Duration) {
        let mut nodes: Vec<_> = roster.members().filter(|&node| node != roster.own()).collect();
        nodes.sort_unstable_by_key(|node| key.distance(*node));
        let address = |node| roster.live(node).and_then(|member| member.address);
        let known: Vec<_> = nodes.into_iter().map(|node| Known { node, address: address(node) }).collect();
        self.running.push((fragment, Lookup::new(key, roster.own(), &known, now)));
    }

    /// The holders that a lookup has found.
    fn settle(&mut self, fragment: u32, lookup: &Lookup, now: Duration) -> Vec<Known> {
        let agreed = lookup.agreed(self.replicas);
        let lasts = if agreed.is_empty() { TRIED_AGAIN_AFTER } else { COUNTS_FOR };
        tracing::debug!(fragment, holders = agreed.len(), "looked up");
        self.known.retain(|_, until| *until > now);
        if self.known.len() < FRAGMENTS_MAX {
            self.known.insert(fragment, now + lasts);
        }
        agreed
    }
}
