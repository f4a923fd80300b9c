//! Who is there: members that find each other, and the node's view of them.
//!
//! Whoever is only named becomes a member once it has answered itself. From then on everything that comes over its link is a
//! sign of life. A packet leaves here for a link, not for a member, where its receiver need not be a member yet.

mod budget;
mod cookies;
mod gossip;
mod introductions;
mod liveness;
mod lookup;
mod lookups;
mod member;
mod roster;

use std::time::Duration;

use rand_core::SeedableRng;

pub(crate) use budget::Budget;
pub(crate) use roster::Roster;

use crate::address::Address;
use crate::config::Config;
use crate::id::{LinkId, NodeId};
use crate::outgoing::Outgoing;
use crate::placement::Key;
use crate::random::Generator;
use crate::wire::{Beacon, Contact, FOUND_CONTACTS_MAX, Find, Found, Greeting, Packet, Refusal};

use cookies::Cookies;
use gossip::Gossip;
use introductions::Introductions;
use liveness::{ASK_EVERY, Liveness};
use lookup::Step;
use lookups::{COUNTS_FOR, Lookups};
use roster::NoRoom;

/// From one look at what is due to the next while nothing is under way.
const REST: Duration = Duration::from_secs(2);

/// While a member has been heard so recently, nobody else is believed to be it.
const UNDISPUTED: Duration = Duration::from_secs(60);

/// What a beacon tells of the node itself.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) fragments: u32,
    pub(crate) mean_trust: u16,
}

/// The members, and how they are found.
pub(crate) struct Membership {
    pub(crate) roster: Roster,
    cookies: Cookies,
    introductions: Introductions,
    liveness: Liveness,
    gossip: Gossip,
    lookups: Lookups,
    /// What strangers may ask for, all together.
    strangers: Budget,
    generator: Generator,
    due: Duration,
    /// Members that have been taken for gone so far.
    gone: u64,
}

impl Membership {
    /// The members that a node has at its start. Its chances are drawn apart from the replicas': who comes and goes must not
    /// change what drift draws.
    pub(crate) fn new(config: &Config, seed: &[u8; 32], now: Duration) -> Self {
        let mut generator = Generator::from_seed(blake3::derive_key("LVS 2026-11 chances of members", seed));
        let is_founder = !config.peers.is_empty();
        Self {
            roster: Roster::new(config, now),
            cookies: Cookies::new(config.network, &mut generator),
            introductions: Introductions::new(&config.seeds),
            liveness: Liveness::default(),
            gossip: Gossip::new(now),
            lookups: Lookups::new(config.network, config.replicas, is_founder, now),
            strangers: Budget::new(64, 16),
            generator,
            due: now + ASK_EVERY,
            gone: 0,
        }
    }

    /// When there is something to do next.
    pub(crate) fn due(&self) -> Duration {
        self.due
    }

    /// Members that have been taken for gone so far.
    pub(crate) fn gone(&self) -> u64 {
        self.gone
    }

    /// The holders of a fragment that the node does not hold are wanted: they are looked up, and become members.
    pub(crate) fn look_for_holders(&mut self, fragment: u32, now: Duration) {
        if self.lookups.want(fragment, now) {
            self.due = now;
        }
    }

    /// A link leads to an address.
    pub(crate) fn linked(&mut self, link: LinkId, address: Address, now: Duration) {
        self.introductions.link(link, address);
        self.lookups.linked(link, address);
        let member = self.roster.node_at(link).and_then(|node| self.roster.get_mut(node));
        if let Some(member) = member {
            member.address = Some(address);
        }
        self.due = now;
    }

    /// A member has sent something.
    pub(crate) fn hear(&mut self, node: NodeId, now: Duration) {
        self.roster.hear(node, now);
        self.liveness.hear(now);
    }

    /// Somebody asks whether the node is there.
    pub(crate) fn handle_hello(
        &mut self,
        link: LinkId,
        hello: &Greeting,
        now: Duration,
        out: &mut Outgoing,
    ) -> Result<(), Refusal> {
        if hello.node != self.roster.own() {
            out.send_over(link, Packet::Answer(self.greeting(link, hello.cookie, now)));
        }
        if self.cookies.is_echo(hello.echo, link, now) {
            self.proven(link, hello, now, out)?;
        }
        Ok(())
    }

    /// Somebody says that it is there.
    pub(crate) fn handle_answer(
        &mut self,
        link: LinkId,
        answer: &Greeting,
        now: Duration,
        out: &mut Outgoing,
    ) -> Result<(), Refusal> {
        if !self.cookies.is_echo(answer.echo, link, now) {
            return Err(Refusal::Echo);
        }
        self.lookups.greeted(answer.node, link, answer.cookie);
        self.due = now;
        if self.proven(link, answer, now, out)? {
            // It cannot know yet that this node is where it seems to be. It is asked until it has answered an echo.
            if let Some(member) = self.roster.get_mut(answer.node) {
                member.asked = 1;
                member.asked_at = now;
            }
            out.send_over(link, Packet::Hello(self.greeting(link, answer.cookie, now)));
        }
        Ok(())
    }

    /// Somebody asks for the members nearest to a point.
    pub(crate) fn handle_find(
        &mut self,
        link: LinkId,
        find: &Find,
        now: Duration,
        out: &mut Outgoing,
    ) -> Result<(), Refusal> {
        let member = self.roster.node_at(link).and_then(|node| self.roster.get_mut(node));
        // The answer is longer than the question: only whoever is there gets one.
        if member.is_none() && !self.cookies.is_echo(find.echo, link, now) {
            return Err(Refusal::Echo);
        }
        let share = member.map_or(&mut self.strangers, |member| &mut member.share);
        if !share.take(now) {
            return Err(Refusal::Share);
        }
        let contacts = self.roster.contacts_near(find.key, FOUND_CONTACTS_MAX);
        let found = Found { echo: self.cookies.echo_of(find.cookie), key: find.key, contacts };
        out.send_over(link, Packet::Found(found));
        Ok(())
    }

    /// Somebody names the members nearest to a point.
    pub(crate) fn handle_found(
        &mut self,
        link: LinkId,
        found: &Found,
        now: Duration,
        out: &mut Outgoing,
    ) -> Result<(), Refusal> {
        if !self.cookies.is_echo(found.echo, link, now) {
            return Err(Refusal::Echo);
        }
        // To a question that was repeated, or answered by others meanwhile, the answer may come late or twice.
        let Some(by) = self.lookups.found(link, found) else { return Ok(()) };
        self.introduce(&found.contacts, by, now, out);
        self.due = now;
        Ok(())
    }

    /// A member shows that it is alive, and names others.
    pub(crate) fn handle_beacon(&mut self, from: NodeId, beacon: &Beacon, now: Duration, out: &mut Outgoing) {
        tracing::trace!(%from, fragments = beacon.fragments, named = beacon.contacts.len(), "beacon");
        self.introduce(&beacon.contacts, from, now, out);
    }

    /// Does what is due. Returns to whom a beacon goes.
    pub(crate) fn poll(&mut self, load: Load, now: Duration, out: &mut Outgoing) -> Option<NodeId> {
        let is_waiting = self.ask_the_silent(now, out) | self.greet_the_named(now, out);
        self.roster.refresh(now);
        let beacon = self.gossip.poll(&self.roster, &mut self.generator, now);
        let to = beacon.map(|(to, contacts)| {
            let Load { fragments, mean_trust } = load;
            let beacon = Beacon { node: self.roster.own(), fragments, mean_trust, contacts };
            out.send(to, Packet::Beacon(beacon));
            to
        });
        self.look_up(now, out);
        let is_waiting = is_waiting || self.lookups.is_waiting();
        self.due = now + if is_waiting { ASK_EVERY } else { REST };
        to
    }

    /// Asks silent members whether they are there. Returns whether an answer is waited for.
    fn ask_the_silent(&mut self, now: Duration, out: &mut Outgoing) -> bool {
        let verdict = self.liveness.poll(&mut self.roster, now);
        for &node in &verdict.ask {
            let member = self.roster.get_mut(node).map(|member| (member.link, member.cookie));
            if let Some((link, cookie)) = member {
                out.send_over(link, Packet::Hello(self.greeting(link, cookie, now)));
            }
        }
        for &node in &verdict.gone {
            tracing::info!(%node, "gone");
            self.roster.bury(node, now);
            self.gone += 1;
        }
        for &node in &verdict.forget {
            self.forget(node, out);
        }
        verdict.is_waiting
    }

    /// Greets seeds, and those who have been named. Returns whether any of these is being met.
    fn greet_the_named(&mut self, now: Duration, out: &mut Outgoing) -> bool {
        let greetings =
            self.introductions.poll(now, self.roster.is_alone(), |link| self.roster.node_at(link).is_some());
        greetings.open.into_iter().for_each(|address| out.open(address));
        for link in greetings.greet {
            out.send_over(link, Packet::Hello(self.greeting(link, 0, now)));
        }
        let closed = greetings.close.into_iter().filter(|link| self.roster.node_at(*link).is_none());
        closed.for_each(|link| out.close(link));
        self.introductions.is_waiting()
    }

    /// Goes on with lookups. Holders that have been found become members once they have answered.
    fn look_up(&mut self, now: Duration, out: &mut Outgoing) {
        let Self { roster, introductions, .. } = self;
        let reach = |node, address: Option<Address>| match roster.live(node) {
            Some(member) => (Some(member.link), member.cookie),
            None => (address.and_then(|address| introductions.link_to(address)), 0),
        };
        let progress = self.lookups.poll(roster, &reach, &mut self.generator, now);
        for (key, step) in progress.steps {
            self.take_step(key, step, now, out);
        }
        for known in progress.found {
            self.roster.need(known.node, now + COUNTS_FOR);
            let contact = known.address.map(|address| Contact { node: known.node, address });
            self.introduce(contact.as_slice(), self.roster.own(), now, out);
        }
    }

    fn take_step(&self, key: Key, step: Step, now: Duration, out: &mut Outgoing) {
        match step {
            Step::Open(address) => out.open(address),
            Step::Greet(link) => out.send_over(link, Packet::Hello(self.greeting(link, 0, now))),
            Step::Ask(link, cookie) => {
                let Greeting { cookie, echo, .. } = self.greeting(link, cookie, now);
                out.send_over(link, Packet::Find(Find { cookie, echo, key }));
            }
        }
    }

    /// A member names others: they are greeted if they are of any use.
    fn introduce(&mut self, contacts: &[Contact], by: NodeId, now: Duration, out: &mut Outgoing) {
        let own = self.roster.own();
        for contact in contacts.iter().filter(|contact| contact.node != own) {
            // What is cheap to see comes first: members may name whomever they like.
            let is_wanted = self.introductions.has_room_for(by)
                && self.roster.live(contact.node).is_none()
                && self.roster.has_room_for(contact.node, now);
            if is_wanted && self.introductions.add(*contact, by, now) {
                out.open(contact.address);
            }
        }
    }

    /// Somebody has shown that it is at the other end of a link. Returns whether it was no member before.
    fn proven(
        &mut self,
        link: LinkId,
        greeting: &Greeting,
        now: Duration,
        out: &mut Outgoing,
    ) -> Result<bool, Refusal> {
        self.introductions.answered(link);
        let node = greeting.node;
        if node == self.roster.own() {
            return Ok(false);
        }
        let is_new = self.roster.link_to(node) != Some(link);
        if is_new {
            self.admit(node, link, now, out)?;
        }
        self.hear(node, now);
        if let Some(member) = self.roster.get_mut(node) {
            member.cookie = greeting.cookie;
        }
        Ok(is_new)
    }

    fn admit(
        &mut self,
        node: NodeId,
        link: LinkId,
        now: Duration,
        out: &mut Outgoing,
    ) -> Result<(), Refusal> {
        let elsewhere = self.roster.live(node);
        if elsewhere.is_some_and(|member| now < member.heard + UNDISPUTED) {
            return Err(Refusal::Stranger);
        }
        if let Some(before) = self.roster.node_at(link) {
            // It was started anew at the same address.
            self.roster.forget(before);
        }
        let address = self.introductions.address(link);
        let before = self.roster.link_to(node);
        match self.roster.admit(node, link, address, now) {
            Ok(evicted) => {
                before.into_iter().for_each(|link| out.close(link));
                tracing::debug!(%node, %link, members = self.roster.len(), "member");
                // The driver keeps the link from now on.
                address.into_iter().for_each(|address| out.open(address));
                evicted.into_iter().for_each(|evicted| out.close(evicted.link));
                Ok(())
            }
            Err(NoRoom) => Err(Refusal::Full),
        }
    }

    fn forget(&mut self, node: NodeId, out: &mut Outgoing) {
        if let Some(member) = self.roster.forget(node) {
            out.close(member.link);
        }
    }

    fn greeting(&self, link: LinkId, theirs: u64, now: Duration) -> Greeting {
        self.cookies.greeting(self.roster.own(), link, theirs, now)
    }
}
