//! A swarm of nodes on the simulated network.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use lvs_kernels::below;
use lvs_protocol::{CellId, Keys, LinkId, Node, NodeId};
use rand_core::Rng;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::accepted::Accepted;
use crate::checks::{Checks, Subject, Violation};
use crate::conditions::Conditions;
use crate::events::{Event, Events};
use crate::host::{engine, link_of};
use crate::member::{Draws, Member};
use crate::network::Network;
use crate::streams::{Purpose, Stream, generator};

/// The time from cycle to cycle in all simulations.
pub const CYCLE: Duration = Duration::from_millis(100);

/// A swarm on a simulated network. Checkers watch every honest node from the first event on.
pub struct Swarm {
    pub(crate) conditions: Conditions,
    /// For tests that draw something: the swarm itself draws nothing from it.
    pub random: Xoshiro256PlusPlus,
    pub(crate) members: Vec<Member>,
    pub(crate) accepted: Accepted,
    pub(crate) checks: Checks,
    pub(crate) network: Network,
    pub(crate) faults: Stream,
    pub(crate) contributions: Stream,
    /// The honest replicas of each cell that were overwritten.
    pub(crate) overwritten: BTreeMap<CellId, BTreeSet<usize>>,
    /// Contributions that nodes refused.
    pub(crate) refused: u64,
    numbers: BTreeMap<NodeId, usize>,
    pub(crate) hostile: BTreeSet<NodeId>,
    events: Events,
    now: Duration,
}

impl Swarm {
    /// A swarm whose every chance follows from the seed.
    pub fn new(conditions: Conditions, seed: u64) -> Self {
        let mut draws = Draws::new(seed);
        let engine = engine();
        let identities: Vec<_> = (0..conditions.nodes).map(|number| draws.identity(number)).collect();
        let slow = draws.slow(&conditions);
        let members = slow.iter().enumerate().map(|(number, &is_slow)| {
            Member::start(number, &identities, &conditions, &engine, &mut draws, is_slow)
        });
        let mut swarm = Self {
            members: members.collect(),
            random: generator(seed, Purpose::Tests),
            accepted: Accepted::default(),
            checks: Checks::default(),
            network: Network::new(seed),
            faults: Stream::new(seed, Purpose::Faults),
            contributions: Stream::new(seed, Purpose::Contributions),
            overwritten: BTreeMap::new(),
            refused: 0,
            numbers: identities
                .iter()
                .enumerate()
                .map(|(number, identity)| (identity.id(), number))
                .collect(),
            hostile: identities[conditions.honest()..].iter().map(|identity| identity.id()).collect(),
            events: Events::default(),
            now: Duration::ZERO,
            conditions,
        };
        (0..swarm.members.len()).for_each(|number| _ = swarm.carry_out(number));
        swarm
    }

    /// How many nodes are honest; they are the first ones.
    pub fn honest(&self) -> usize {
        self.conditions.honest()
    }

    /// A node.
    pub fn node(&self, number: usize) -> &Node {
        self.members[number].node()
    }

    /// What a node signs with, for tests that lie in its name.
    pub fn keys(&self, number: usize) -> &Keys {
        self.members[number].keys()
    }

    /// A number below `bound`, for tests.
    pub fn draw(&mut self, bound: u64) -> u64 {
        below(self.random.next_u64(), bound)
    }

    /// Cycles of the simulation so far.
    pub fn cycle(&self) -> u64 {
        (self.now.as_nanos() / CYCLE.as_nanos()) as u64
    }

    /// The first promise that a checker saw broken.
    pub fn violation(&self) -> Option<&Violation> {
        self.checks.violation()
    }

    /// The link that a node's datagrams come over, whoever receives them.
    pub fn link(number: usize) -> LinkId {
        link_of(number)
    }

    /// The honest nodes that live.
    pub(crate) fn living(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.members.len())
            .filter(|&number| self.members[number].is_alive && !self.members[number].lies())
    }

    /// Whether a node is an honest one that has died.
    pub(crate) fn is_dead(&self, node: NodeId) -> bool {
        self.numbers
            .get(&node)
            .is_some_and(|&number| !self.members[number].is_alive && !self.members[number].lies())
    }

    /// A node contributes. Returns whether it accepts that.
    pub fn contribute(&mut self, number: usize, cell: u64, amount: i64) -> bool {
        let accepts = self.members[number].contribute(self.now, cell, amount);
        match CellId::of_number(cell).filter(|_| accepts) {
            Some(cell) => self.accepted.add(cell, number, amount),
            None => self.refused += 1,
        }
        self.carry_out(number);
        self.check_input(number, 0);
        accepts
    }

    /// Hands a datagram in as if it came from another node.
    pub fn inject(&mut self, to: usize, from: LinkId, bytes: &[u8]) {
        self.members[to].receive(self.now, from, bytes);
        let answers = self.carry_out(to);
        self.check_input(to, answers);
    }

    /// Lets time pass for so many cycles.
    pub fn run(&mut self, cycles: u32) {
        for _ in 0..cycles {
            let end = self.now + CYCLE;
            while let Some((at, event)) = self.events.next(end) {
                self.now = at;
                self.happen(event);
            }
            self.now = end;
            self.check_registers();
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Arrival { to, from, bytes } if self.members[to].is_alive => {
                self.inject(to, link_of(from), &bytes);
            }
            Event::Wake(number) if self.members[number].is_alive => self.wake(number),
            Event::Arrival { .. } | Event::Wake(_) => {}
        }
    }

    fn wake(&mut self, number: usize) {
        if self.members[number].wake != Some(self.now) {
            // Another time has taken the place of this one.
            return;
        }
        self.members[number].wake = None;
        self.members[number].wake_up(self.now);
        self.check_time(number);
        self.carry_out(number);
    }

    /// Sends what a node wants sent, and plans when to wake it. Returns how many datagrams there were.
    fn carry_out(&mut self, number: usize) -> usize {
        let wishes = self.members[number].wishes();
        let count = wishes.datagrams.len();
        for (to, datagram) in wishes.datagrams {
            self.transmit(number, to, datagram);
        }
        let at = wishes.wake.max(self.now);
        if self.members[number].wake != Some(at) {
            self.members[number].wake = Some(at);
            self.events.plan(at, Event::Wake(number));
        }
        count
    }

    fn transmit(&mut self, from: usize, to: usize, bytes: Vec<u8>) {
        let Some(lag) = self.members.get(to).map(|member| member.lag) else { return };
        for arrival in self.network.carry(&self.conditions, self.now, from, to, bytes) {
            self.events.plan(arrival.at + lag, Event::Arrival { to, from, bytes: arrival.bytes });
        }
    }
}

/// What the checkers look at.
impl Swarm {
    fn check_input(&mut self, number: usize, answers: usize) {
        let cycle = self.cycle();
        let garbled = self.conditions.garbled();
        let member = &self.members[number];
        if !member.lies() {
            let subject = Subject { number, node: member.node(), hostile: &self.hostile, garbled, cycle };
            self.checks.after_input(subject, answers);
        }
    }

    fn check_time(&mut self, number: usize) {
        let cycle = self.cycle();
        let garbled = self.conditions.garbled();
        let member = &self.members[number];
        if !member.lies() {
            let subject = Subject { number, node: member.node(), hostile: &self.hostile, garbled, cycle };
            self.checks.after_time(subject);
        }
    }

    fn check_registers(&mut self) {
        let cycle = self.cycle();
        let garbled = self.conditions.garbled();
        for (number, member) in self.members.iter().enumerate() {
            if member.is_alive && !member.lies() {
                let subject = Subject { number, node: member.node(), hostile: &self.hostile, garbled, cycle };
                self.checks.after_cycle(subject, &self.accepted, &self.numbers);
            }
        }
    }
}
