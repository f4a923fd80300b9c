//! A lookup: who is nearest to a point, asked along three ways at once (Baumgart and Mies, "S/Kademlia", ICPADS 2007).
//!
//! Each way begins with other members and asks whom the answers name, ever nearer to the point, one after the other. Nobody is
//! asked on two ways. So whoever lies about members spoils one way, and what counts is what two ways agree on.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::address::Address;
use crate::id::{LinkId, NodeId};
use crate::placement::Key;
use crate::wire::Found;

/// Ways that a lookup takes at once.
const WAYS: usize = 3;

/// The nearest that have been named, of whom a way keeps track.
const NAMED_MAX: usize = 64;

/// The most that are asked on one way.
const ASKED_MAX: usize = 12;

/// Answers from the nearest that end a way.
const NEAREST_ANSWERS: usize = 2;

/// From one try to the next with somebody who does not answer.
const TRY_EVERY: Duration = Duration::from_millis(500);

/// How long somebody is tried.
const TRY_FOR: Duration = Duration::from_secs(4);

/// How long a lookup may take.
const LOOKUP_FOR: Duration = Duration::from_secs(60);

/// What a way knows of somebody that has been named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Named,
    Answered,
    Failed,
}

/// Somebody that has been named.
#[derive(Clone, Copy)]
struct Candidate {
    node: NodeId,
    address: Option<Address>,
    stage: Stage,
}

/// Somebody that is being asked.
#[derive(Clone, Copy)]
struct Question {
    node: NodeId,
    address: Option<Address>,
    link: Option<LinkId>,
    /// The cookie that it gave; 0 before it has been greeted.
    cookie: u64,
    since: Duration,
    /// When the next try is due.
    next: Duration,
}

/// One of the ways.
#[derive(Default)]
struct Way {
    /// The nearest that have been named, by their distance.
    named: BTreeMap<u128, Candidate>,
    question: Option<Question>,
    asked: usize,
}

/// A lookup under way.
pub(super) struct Lookup {
    key: Key,
    own: NodeId,
    until: Duration,
    ways: [Way; WAYS],
    /// Who has been asked, on any way.
    asked: BTreeSet<NodeId>,
}

/// What a lookup knows of a member.
#[derive(Clone, Copy)]
pub(super) struct Known {
    pub(super) node: NodeId,
    pub(super) address: Option<Address>,
}

/// Something to be done for a lookup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A link to this address is wanted.
    Open(Address),
    /// Greet whoever is there, for it is asked only once it has shown that it is there.
    Greet(LinkId),
    /// Ask whoever is there; this is its cookie.
    Ask(LinkId, u64),
}

/// How somebody can be reached: over which link, and its cookie, 0 for none.
pub(super) type Reach<'a> = &'a dyn Fn(NodeId, Option<Address>) -> (Option<LinkId>, u64);

impl Lookup {
    /// A lookup that begins with these members, the nearest first.
    pub(super) fn new(key: Key, own: NodeId, start: &[Known], now: Duration) -> Self {
        let mut ways: [Way; WAYS] = Default::default();
        for (i, known) in start.iter().enumerate() {
            ways[i % WAYS].name(key, known.node, known.address);
        }
        Self { key, own, until: now + LOOKUP_FOR, ways, asked: BTreeSet::new() }
    }

    pub(super) fn key(&self) -> Key {
        self.key
    }

    /// What is to be done now.
    pub(super) fn poll(&mut self, now: Duration, reach: Reach<'_>) -> Vec<Step> {
        let mut steps = Vec::new();
        for way in &mut self.ways {
            way.give_up(self.key, now);
            if way.question.is_none() {
                way.choose(&mut self.asked, now, reach);
            }
            steps.extend(way.question.as_mut().and_then(|question| question.step(now)));
        }
        steps
    }

    /// A link leads to an address now.
    pub(super) fn linked(&mut self, link: LinkId, address: Address) {
        for question in self.ways.iter_mut().filter_map(|way| way.question.as_mut()) {
            if question.address == Some(address) && question.link.is_none() {
                question.link = Some(link);
                question.next = Duration::ZERO;
            }
        }
    }

    /// Somebody has answered a greeting over a link.
    pub(super) fn greeted(&mut self, node: NodeId, link: LinkId, cookie: u64) {
        for question in self.ways.iter_mut().filter_map(|way| way.question.as_mut()) {
            if question.node == node && question.link == Some(link) && question.cookie == 0 {
                question.cookie = cookie;
                question.next = Duration::ZERO;
            }
        }
    }

    /// Members have been named over a link. Returns who named them, if it was asked to.
    pub(super) fn found(&mut self, link: LinkId, found: &Found) -> Option<NodeId> {
        let is_asked = |way: &&mut Way| way.question.is_some_and(|question| question.link == Some(link));
        let way = self.ways.iter_mut().find(is_asked)?;
        let question = way.question.take()?;
        way.set(self.key, question.node, Stage::Answered);
        for contact in found.contacts.iter().filter(|contact| contact.node != self.own) {
            way.name(self.key, contact.node, Some(contact.address));
        }
        Some(question.node)
    }

    /// Whether nobody is left to ask, or it has taken too long.
    pub(super) fn is_done(&self, now: Duration) -> bool {
        now >= self.until || self.ways.iter().all(|way| way.question.is_none() && way.is_done(&self.asked))
    }

    /// The `count` nearest of those on whom two ways agree, the nearest first. If only one way has led anywhere, it decides.
    pub(super) fn agreed(&self, count: usize) -> Vec<Known> {
        let ways = self.ways.iter().filter(|way| way.has_answers());
        let enough = ways.clone().count().min(2);
        let candidates = self.ways.iter().flat_map(|way| way.named.values());
        let failed = candidates.filter(|candidate| candidate.stage == Stage::Failed);
        let failed: BTreeSet<_> = failed.map(|candidate| candidate.node).collect();
        let mut named: BTreeMap<u128, (Known, usize)> = BTreeMap::new();
        for (distance, candidate) in ways.flat_map(|way| &way.named) {
            if failed.contains(&candidate.node) {
                continue;
            }
            let known = Known { node: candidate.node, address: candidate.address };
            named.entry(*distance).or_insert((known, 0)).1 += 1;
        }
        let agreed = named.into_values().filter(|(_, ways)| *ways >= enough).map(|(known, _)| known);
        agreed.take(count).collect()
    }
}

impl Way {
    /// Keeps somebody in mind if it is near enough.
    fn name(&mut self, key: Key, node: NodeId, address: Option<Address>) {
        let candidate = Candidate { node, address, stage: Stage::Named };
        self.named.entry(key.distance(node)).or_insert(candidate);
        if self.named.len() > NAMED_MAX {
            self.named.pop_last();
        }
    }

    fn set(&mut self, key: Key, node: NodeId, stage: Stage) {
        if let Some(candidate) = self.named.get_mut(&key.distance(node)) {
            candidate.stage = stage;
        }
    }

    fn has_answers(&self) -> bool {
        self.named.values().any(|candidate| candidate.stage == Stage::Answered)
    }

    /// Whether the nearest have answered, as far as they are not asked on another way, or nobody is left.
    fn is_done(&self, asked: &BTreeSet<NodeId>) -> bool {
        self.next(asked).is_none()
    }

    /// The nearest that may be asked, unless enough of those that are nearer have answered.
    fn next(&self, asked: &BTreeSet<NodeId>) -> Option<Candidate> {
        if self.asked >= ASKED_MAX {
            return None;
        }
        let mut answers = 0;
        for candidate in self.named.values() {
            answers += usize::from(candidate.stage == Stage::Answered);
            if answers >= NEAREST_ANSWERS {
                return None;
            }
            if candidate.stage == Stage::Named && !asked.contains(&candidate.node) {
                return Some(*candidate);
            }
        }
        None
    }

    /// Turns to the next.
    fn choose(&mut self, asked: &mut BTreeSet<NodeId>, now: Duration, reach: Reach<'_>) {
        let Some(candidate) = self.next(asked) else { return };
        let (link, cookie) = reach(candidate.node, candidate.address);
        asked.insert(candidate.node);
        self.asked += 1;
        let Candidate { node, address, .. } = candidate;
        self.question = Some(Question { node, address, link, cookie, since: now, next: now });
    }

    /// Turns to somebody else if an answer is overdue.
    fn give_up(&mut self, key: Key, now: Duration) {
        if let Some(question) = self.question.take_if(|question| now >= question.since + TRY_FOR) {
            self.set(key, question.node, Stage::Failed);
        }
    }
}

impl Question {
    /// The next thing to do, if it is time.
    fn step(&mut self, now: Duration) -> Option<Step> {
        if now < self.next {
            return None;
        }
        self.next = now + TRY_EVERY;
        match (self.link, self.cookie) {
            (None, _) => self.address.map(Step::Open),
            (Some(link), 0) => Some(Step::Greet(link)),
            (Some(link), cookie) => {
                // If no answer comes, the cookie may be too old: it is greeted anew then.
                self.cookie = 0;
                Some(Step::Ask(link, cookie))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::random::Generator;
    use rand_core::{Rng, SeedableRng};

    use super::*;
    use crate::placement::nearest;
    use crate::wire::Contact;

    /// Nodes that answer questions, each under the link of its number.
    struct World {
        nodes: Vec<NodeId>,
        /// What the first so many name, whatever they are asked: each other.
        liars: usize,
        /// These do not answer.
        silent: BTreeSet<usize>,
    }

    impl World {
        fn new(count: usize, seed: u64) -> Self {
            let mut random = Generator::seed_from_u64(seed);
            let mut id = || {
                let mut id = [0; 16];
                random.fill_bytes(&mut id);
                NodeId::from_bytes(id)
            };
            Self { nodes: (0..count).map(|_| id()).collect(), liars: 0, silent: BTreeSet::new() }
        }

        fn address(i: usize) -> Address {
            Address::new([0xfd; 16], i as u16 + 1).expect("a host's address")
        }

        fn known(&self, i: usize) -> Known {
            Known { node: self.nodes[i], address: Some(Self::address(i)) }
        }

        /// What a node answers: the 20 nearest that it knows, which is everybody; liars know only each other.
        fn answer(&self, i: usize, key: Key) -> Found {
            let knows = |j: &usize| i < self.liars && *j < self.liars || i >= self.liars && *j != i;
            let named = (0..self.nodes.len()).filter(knows).map(|j| self.nodes[j]);
            let mut named = nearest(key, named, 20);
            named.sort_unstable_by_key(|node| key.distance(*node));
            let number =
                |node: &NodeId| self.nodes.iter().position(|other| other == node).expect("it is one");
            let contacts =
                named.iter().map(|node| Contact { node: *node, address: Self::address(number(node)) });
            Found { echo: 0, key, contacts: contacts.collect() }
        }

        /// Carries a lookup out. Returns who was agreed on, and how many were asked.
        fn run(&self, key: Key, start: &[usize], count: usize) -> (Vec<NodeId>, usize) {
            let start: Vec<_> = start.iter().map(|&i| self.known(i)).collect();
            let own = NodeId::from_bytes([0xee; 16]);
            let mut lookup = Lookup::new(key, own, &start, Duration::ZERO);
            let mut asked = 0;
            let mut now = Duration::ZERO;
            while !lookup.is_done(now) {
                for step in lookup.poll(now, &|_, _| (None, 0)) {
                    match step {
                        Step::Open(address) => lookup.linked(LinkId(u64::from(address.port())), address),
                        Step::Greet(link) if self.silent.contains(&(link.0 as usize - 1)) => {}
                        Step::Greet(link) => lookup.greeted(self.nodes[link.0 as usize - 1], link, 5),
                        Step::Ask(link, cookie) => {
                            assert_eq!(cookie, 5);
                            asked += 1;
                            assert!(lookup.found(link, &self.answer(link.0 as usize - 1, key)).is_some());
                        }
                    }
                }
                now += Duration::from_millis(100);
            }
            (lookup.agreed(count).into_iter().map(|known| known.node).collect(), asked)
        }

        fn nearest(&self, key: Key, from: usize, count: usize) -> Vec<NodeId> {
            let mut nodes = nearest(key, self.nodes[from..].iter().copied(), count);
            nodes.sort_unstable_by_key(|node| key.distance(*node));
            nodes
        }
    }

    fn key(seed: u64) -> Key {
        Key::of_node(World::new(1, 1_000 + seed).nodes[0])
    }

    #[test]
    fn the_nearest_are_found() {
        for seed in 0..20 {
            let world = World::new(200, seed);
            let (agreed, asked) = world.run(key(seed), &[3, 50, 70, 90], 16);
            assert_eq!(agreed, world.nearest(key(seed), 0, 16), "seed {seed}");
            assert!(asked <= 3 * ASKED_MAX, "{asked} were asked");
        }
    }

    #[test]
    fn who_does_not_answer_is_passed_over() {
        let mut world = World::new(100, 5);
        world.silent = (0..100).filter(|i| i % 3 == 0).collect();
        let (agreed, _) = world.run(key(5), &[1, 2, 3, 4, 5, 6], 16);
        let answering: Vec<_> = world.nearest(key(5), 0, 100);
        // Whoever failed on one way may still be named on the others.
        assert!(agreed.iter().all(|node| answering[..20].contains(node)), "{agreed:?}");
    }

    #[test]
    fn one_way_full_of_liars_does_not_decide() {
        for seed in 0..20 {
            let mut world = World::new(200, seed);
            world.liars = 30;
            // The liars name only each other, and one of three ways begins with one of them.
            let (agreed, _) = world.run(key(seed), &[3, 50, 70], 16);
            assert_eq!(agreed, world.nearest(key(seed), 0, 16), "seed {seed}");
        }
    }

    #[test]
    fn a_single_other_member_decides_alone() {
        let world = World::new(1, 9);
        assert_eq!(world.run(key(9), &[0], 16).0, [world.nodes[0]]);
        assert_eq!(world.run(key(9), &[], 16).0, []);
    }

    #[test]
    fn answers_that_were_not_asked_for_are_ignored() {
        let world = World::new(10, 9);
        let mut lookup =
            Lookup::new(key(9), NodeId::from_bytes([0xee; 16]), &[world.known(2)], Duration::ZERO);
        assert!(lookup.found(LinkId(3), &world.answer(2, key(9))).is_none());
        lookup.poll(Duration::ZERO, &|_, _| (Some(LinkId(3)), 5));
        assert!(lookup.found(LinkId(4), &world.answer(3, key(9))).is_none());
        assert!(lookup.found(LinkId(3), &world.answer(2, key(9))).is_some());
    }
}
