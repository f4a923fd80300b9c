//! Those who are not members yet: seeds, and those of whom members say that they are there. Whoever is there answers itself.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::address::Address;
use crate::id::{LinkId, NodeId};
use crate::wire::Contact;

/// The most that are being met at one time.
const MET_MAX: usize = 256;

/// The most of them that one member has named.
const MET_BY_ONE_MAX: usize = 2 * crate::wire::FOUND_CONTACTS_MAX;

/// How often somebody is greeted who does not answer.
const GREETINGS: u32 = 8;

/// From one greeting to the next.
const GREET_EVERY: Duration = Duration::from_secs(1);

/// The most greetings to those who are being met at one time.
const GREETED_AT_ONCE: usize = 8;

/// From one greeting of a seed to the next: for a node that is alone, and at most.
const SEED_PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// The most links whose addresses are remembered although nobody is known there.
const DOORSTEP_MAX: usize = 256;

/// Somebody who has been named.
struct Met {
    by: NodeId,
    link: Option<LinkId>,
    greeted: u32,
    /// When it was greeted last, or named.
    greeted_at: Duration,
}

/// An address that was given at the start.
struct Seed {
    address: Address,
    link: Option<LinkId>,
    next: Duration,
    pause: Duration,
}

/// Those who are not members yet.
pub(super) struct Introductions {
    met: BTreeMap<Address, Met>,
    seeds: Vec<Seed>,
    /// Where links lead, of those heard of last.
    doorstep: BTreeMap<LinkId, Address>,
    arrived: VecDeque<LinkId>,
}

/// What is to be done about those who are not members yet.
#[derive(Default)]
pub(super) struct Greetings {
    /// Greet these.
    pub(super) greet: Vec<LinkId>,
    /// Ask the driver for links to these.
    pub(super) open: Vec<Address>,
    /// The driver may close these links.
    pub(super) close: Vec<LinkId>,
}

impl Introductions {
    pub(super) fn new(seeds: &[Address]) -> Self {
        let seed = |&address| Seed { address, link: None, next: Duration::ZERO, pause: SEED_PAUSE.0 };
        Self {
            met: BTreeMap::new(),
            seeds: seeds.iter().map(seed).collect(),
            doorstep: BTreeMap::new(),
            arrived: VecDeque::new(),
        }
    }

    /// Whether there is room for somebody whom this member names. One that makes names up takes no more than its share.
    pub(super) fn has_room_for(&self, by: NodeId) -> bool {
        self.met.len() < MET_MAX && self.met.values().filter(|met| met.by == by).count() < MET_BY_ONE_MAX
    }

    /// A member names somebody. Returns whether a link is wanted.
    pub(super) fn add(&mut self, contact: Contact, by: NodeId, now: Duration) -> bool {
        if !self.has_room_for(by) || self.met.contains_key(&contact.address) {
            return false;
        }
        self.met.insert(contact.address, Met { by, link: None, greeted: 0, greeted_at: now });
        true
    }

    /// A link leads to an address.
    pub(super) fn link(&mut self, link: LinkId, address: Address) {
        if let Some(met) = self.met.get_mut(&address) {
            met.link = Some(link);
        }
        self.seeds.iter_mut().filter(|seed| seed.address == address).for_each(|seed| seed.link = Some(link));
        if self.doorstep.insert(link, address).is_none() {
            self.arrived.push_back(link);
        }
        while self.arrived.len() > DOORSTEP_MAX {
            let Some(oldest) = self.arrived.pop_front() else { break };
            self.doorstep.remove(&oldest);
        }
    }

    /// Where a link leads, if that is remembered.
    pub(super) fn address(&self, link: LinkId) -> Option<Address> {
        self.doorstep.get(&link).copied()
    }

    /// A link to an address, if one is remembered.
    pub(super) fn link_to(&self, address: Address) -> Option<LinkId> {
        self.doorstep.iter().find(|(_, known)| **known == address).map(|(link, _)| *link)
    }

    /// Somebody has answered over a link, so that it need not be greeted any more.
    pub(super) fn answered(&mut self, link: LinkId) {
        self.met.retain(|_, met| met.link != Some(link));
    }

    /// Whether anybody is being met.
    pub(super) fn is_waiting(&self) -> bool {
        !self.met.is_empty()
    }

    /// Who is to be greeted now. Whoever is alone greets the seeds often. `is_member` tells whether a member is at the other end of a link.
    pub(super) fn poll(
        &mut self,
        now: Duration,
        is_alone: bool,
        is_member: impl Fn(LinkId) -> bool,
    ) -> Greetings {
        let mut greetings = Greetings::default();
        self.give_up(now, &mut greetings);
        let due = self.met.values_mut().filter(|met| met.is_due(now));
        for met in due.take(GREETED_AT_ONCE) {
            met.greeted += 1;
            met.greeted_at = now;
            greetings.greet.extend(met.link);
        }
        for seed in self.seeds.iter_mut().filter(|seed| now >= seed.next) {
            // Where nobody is, somebody may come again: seeds are tried for ever.
            seed.pause = if is_alone { SEED_PAUSE.0 } else { (seed.pause * 2).min(SEED_PAUSE.1) };
            seed.next = now + seed.pause;
            match seed.link {
                None => greetings.open.push(seed.address),
                Some(link) if is_member(link) => {}
                Some(link) => greetings.greet.push(link),
            }
        }
        greetings
    }

    /// Drops those who have not answered.
    fn give_up(&mut self, now: Duration, greetings: &mut Greetings) {
        let seeds = &self.seeds;
        self.met.retain(|address, met| {
            let may_answer = met.greeted < GREETINGS || !met.has_waited(now);
            if !may_answer && seeds.iter().all(|seed| seed.address != *address) {
                greetings.close.extend(met.link);
            }
            may_answer
        });
    }
}

impl Met {
    /// Whoever is linked is greeted at once, and then now and then. Without a link it counts as greeted in vain.
    fn is_due(&self, now: Duration) -> bool {
        self.greeted < GREETINGS && (self.greeted == 0 && self.link.is_some() || self.has_waited(now))
    }

    fn has_waited(&self, now: Duration) -> bool {
        now >= self.greeted_at + GREET_EVERY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMBER: NodeId = NodeId::from_bytes([1; 16]);

    fn address(i: u16) -> Address {
        Address::new([0xfd; 16], 1 + i).expect("a host's address")
    }

    fn contact(i: u16) -> Contact {
        Contact { node: NodeId::from_bytes([7; 16]), address: address(i) }
    }

    fn nobody(_: LinkId) -> bool {
        false
    }

    /// The times, in seconds, at which a link is greeted within a minute.
    fn greeted(introductions: &mut Introductions, is_member: impl Fn(LinkId) -> bool) -> Vec<u64> {
        let due = |second: &u64| {
            !introductions.poll(Duration::from_secs(*second), false, &is_member).greet.is_empty()
        };
        (0..60).filter(due).collect()
    }

    #[test]
    fn whoever_is_named_is_greeted_eight_times() {
        let mut introductions = Introductions::new(&[]);
        assert!(introductions.add(contact(5), MEMBER, Duration::ZERO));
        assert!(!introductions.add(contact(5), MEMBER, Duration::ZERO), "it is being met");
        introductions.link(LinkId(9), address(5));
        assert_eq!(greeted(&mut introductions, nobody), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert!(!introductions.is_waiting());
    }

    #[test]
    fn whoever_answers_is_greeted_no_more() {
        let mut introductions = Introductions::new(&[]);
        introductions.add(contact(5), MEMBER, Duration::ZERO);
        introductions.link(LinkId(9), address(5));
        introductions.answered(LinkId(9));
        assert_eq!(greeted(&mut introductions, nobody), []);
    }

    #[test]
    fn where_no_link_leads_nobody_is_waited_for() {
        let mut introductions = Introductions::new(&[]);
        introductions.add(contact(5), MEMBER, Duration::ZERO);
        assert_eq!(greeted(&mut introductions, nobody), []);
        assert!(!introductions.is_waiting());
    }

    #[test]
    fn seeds_are_greeted_for_ever_unless_a_member_is_there() {
        let mut introductions = Introductions::new(&[address(5)]);
        assert_eq!(introductions.poll(Duration::ZERO, false, nobody).open, [address(5)]);
        introductions.link(LinkId(9), address(5));
        assert_eq!(greeted(&mut introductions, nobody), [2, 6, 14, 30]);
        assert_eq!(greeted(&mut Introductions::new(&[address(5)]), |_| true), []);
        let year = Duration::from_secs(365 * 24 * 3_600);
        assert_eq!(introductions.poll(year, false, nobody).greet, [LinkId(9)]);
        assert!(introductions.poll(year * 2, false, |_| true).greet.is_empty());
        let alone = (1..60).filter(|second| {
            !introductions.poll(year * 2 + Duration::from_secs(*second), true, nobody).greet.is_empty()
        });
        assert_eq!(alone.count(), 30, "after a last long pause");
    }

    #[test]
    fn one_member_cannot_fill_the_room_with_made_up_names() {
        let mut introductions = Introductions::new(&[]);
        let taken = (0..1_000).filter(|&i| introductions.add(contact(i), MEMBER, Duration::ZERO)).count();
        assert_eq!(taken, MET_BY_ONE_MAX);
        assert!(introductions.add(contact(2_000), NodeId::from_bytes([2; 16]), Duration::ZERO));
        for by in 0..100 {
            (0..100).for_each(|i| {
                introductions.add(
                    contact(3_000 + 100 * by + i),
                    NodeId::from_bytes([by as u8; 16]),
                    Duration::ZERO,
                );
            });
        }
        assert_eq!(introductions.met.len(), MET_MAX);
    }

    #[test]
    fn so_many_links_are_remembered_and_no_more() {
        let mut introductions = Introductions::new(&[]);
        for i in 0..10_000 {
            introductions.link(LinkId(i), address((i % 3_000) as u16));
        }
        assert_eq!((introductions.doorstep.len(), introductions.arrived.len()), (DOORSTEP_MAX, DOORSTEP_MAX));
        assert_eq!(introductions.address(LinkId(9_999)), Some(address(999)));
        assert_eq!(introductions.link_to(address(999)), Some(LinkId(9_999)));
        assert_eq!(introductions.address(LinkId(0)), None);
    }
}
