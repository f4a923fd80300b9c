//! The node: its parts put together. A driver owns the sockets and the clock. It calls [`Node::handle`] with every datagram
//! and whenever the time that [`Output::Timeout`] named has come, and then [`Node::poll_output`] until that returns a
//! timeout. Nothing here can panic because of what a datagram holds.
//!
//! Data flows one way: bytes → `wire` → `membership`, `exchange`, `repair` → `replica` → `ledger`, and back out through
//! one queue.

mod members;

use std::time::Duration;

use lvs_kernels::Engine;
use rand_core::{Rng, SeedableRng};

use crate::address::Address;
use crate::alarms::{Alarms, is_held_back};
use crate::argument::{Argument, Invalid};
use crate::budget::{Budgets, Expense};
use crate::cadence::Cadence;
use crate::config::Config;
use crate::counters::Counters;
use crate::exchange::{Exchange, Proofs, fetch, sample};
use crate::id::{CellId, LinkId, NodeId};
use crate::ledger::Fragment;
use crate::membership::Membership;
use crate::outgoing::{Action, Outgoing};
use crate::pacing::Pacing;
use crate::places::Places;
use crate::random::{Generator, below};
use crate::repair::Repair;
use crate::replica::{Replica, Replicas};
use crate::wire::{Alarm, Packet, Refusal, encode};

/// Holders that a replica sends its sample to in each cycle.
const SAMPLES_PER_CYCLE: usize = 3;

/// What a driver hands in.
#[derive(Debug)]
pub enum Input<'a> {
    /// A datagram has come.
    Datagram {
        /// From where.
        from: LinkId,
        /// What it holds.
        bytes: &'a [u8],
    },
    /// A link leads to this address: [`Output::Open`] asked for it, or bytes have come from there for the first time. It is
    /// handed in before the bytes.
    Link {
        /// The link.
        link: LinkId,
        /// Where it leads.
        address: Address,
    },
    /// The time may have come that [`Output::Timeout`] named.
    Timeout,
    /// This node contributes to a cell of the ledger.
    Contribute {
        /// The cell, counted over the whole ledger.
        cell: u64,
        /// How much, in micro-VU; negative takes away.
        amount: i64,
    },
}

/// What a driver has to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Output {
    /// Send a datagram.
    Transmit {
        /// To where.
        to: LinkId,
        /// What it holds.
        datagram: Vec<u8>,
    },
    /// Hand in a link to this address, and keep it.
    Open {
        /// Where it is to lead.
        address: Address,
    },
    /// A link is needed no more.
    Close {
        /// The link.
        link: LinkId,
    },
    /// Take note of something.
    Event(Event),
    /// Nothing more to do before this time, unless something is handed in.
    Timeout(Duration),
}

/// Something that an operator may want to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// VaultGuard held a replica of this node back.
    VaultGuard(Alarm),
    /// Another node says that VaultGuard held its replica back, or that it has begun to move.
    Alarmed {
        /// The node.
        by: NodeId,
        /// What it says.
        alarm: Alarm,
    },
}

/// A node: its replicas, what it knows of others, and what it has still to send.
pub struct Node {
    config: Config,
    engine: Engine,
    generator: Generator,
    membership: Membership,
    places: Places,
    replicas: Replicas,
    exchange: Exchange,
    proofs: Proofs,
    repair: Repair,
    alarms: Alarms,
    cadence: Cadence,
    cycle: u64,
    counters: Counters,
    budgets: Budgets,
    outgoing: Outgoing,
    pacing: Pacing,
}

impl Node {
    /// A node at time `now`. `seed` feeds everything it draws at random, so nobody else may know it; times are since any fixed
    /// moment.
    ///
    /// # Errors
    /// If the configuration cannot be.
    pub fn new(config: Config, engine: Engine, seed: [u8; 32], now: Duration) -> Result<Self, Invalid> {
        config.validate()?;
        let mut membership = Membership::new(&config, &seed, now);
        let mut replicas = Replicas::default();
        let mut places = Places::new(&config);
        places.begin(&mut membership.roster, &mut replicas);
        tracing::debug!(id = %config.keys.id(), held = replicas.len(), "node");
        Ok(Self {
            generator: Generator::from_seed(seed),
            exchange: Exchange::new(config.keys.clone()),
            proofs: Proofs::default(),
            repair: Repair::default(),
            alarms: Alarms::default(),
            cadence: Cadence::new(config.cycle, config.idle_cycle, now),
            cycle: 0,
            counters: Counters::default(),
            budgets: Budgets::default(),
            outgoing: Outgoing::default(),
            pacing: Pacing::new(now),
            replicas,
            places,
            membership,
            engine,
            config,
        })
    }

    /// Takes an input at time `now`.
    ///
    /// # Errors
    /// If a contribution is to a cell that is not in the ledger, is nothing, or would take the node's amount for the
    /// cell out of range. Datagrams are never an error: those refused are counted.
    pub fn handle(&mut self, now: Duration, input: Input<'_>) -> Result<(), Invalid> {
        self.budgets.begin(now);
        self.pacing.refill(now, self.outgoing.waiting());
        match input {
            Input::Datagram { from, bytes } => self.receive(now, from, bytes),
            Input::Link { link, address } => self.membership.linked(link, address, now),
            Input::Contribute { cell, amount } => self.contribute(now, cell, amount)?,
            Input::Timeout => self.do_what_is_due(now),
        }
        let caller = self.outgoing.take_caller().filter(|_| self.cadence.is_drowsy());
        let is_called = caller.is_some_and(|caller| self.budgets.spend(caller, Expense::Wakes, 1));
        if self.outgoing.take_wake() || is_called {
            self.cadence.wake(now);
        }
        Ok(())
    }

    /// The next thing to do; a timeout comes last.
    pub fn poll_output(&mut self) -> Output {
        while let Some(action) = self.outgoing.next_if(|action| !action.is_datagram() || self.pacing.take()) {
            match action {
                Action::Tell(event) => return Output::Event(event),
                Action::Send(to, packet) => {
                    // Whoever has gone since then needs it no more.
                    let Some(to) = self.membership.roster.link_to(to) else { continue };
                    return self.transmit(to, &packet);
                }
                Action::SendOver(to, packet) => return self.transmit(to, &packet),
                Action::Open(address) => return Output::Open { address },
                Action::Close(link) => return Output::Close { link },
            }
        }
        let due = self.cadence.due().min(self.membership.due());
        // What waits goes out with the next shares.
        Output::Timeout(if self.outgoing.waiting() > 0 { due.min(self.pacing.next()) } else { due })
    }

    fn transmit(&mut self, to: LinkId, packet: &Packet) -> Output {
        let datagram = encode(packet);
        self.counters.sent += 1;
        self.counters.bytes_sent += datagram.len() as u64;
        Output::Transmit { to, datagram }
    }

    fn receive(&mut self, now: Duration, from: LinkId, bytes: &[u8]) {
        self.counters.received += 1;
        if let Err(reason) = self.take(now, from, bytes) {
            tracing::debug!(%from, bytes = bytes.len(), %reason, "datagram refused");
            self.counters.refuse(reason);
        }
    }

    /// Hands a packet that only members may send to the part that it concerns.
    fn take_from_member(&mut self, now: Duration, from: NodeId, packet: Packet) -> Result<(), Refusal> {
        let replicas = &mut self.replicas;
        let budgets = &mut self.budgets;
        let out = &mut self.outgoing;
        match packet {
            Packet::Entropy(entropy) => self.exchange.handle_entropy(from, &entropy, replicas, out),
            Packet::Diff(diff) => {
                let taken = self.exchange.handle_diff(from, &diff, replicas, budgets, out)?;
                self.counters.registers += taken.changed;
                if let Some(proof) = taken.proof {
                    self.proofs.add(proof, replicas, out);
                }
                if taken.is_full { Err(Refusal::Full) } else { Ok(()) }
            }
            Packet::Fetch(fetch) => {
                let start = random_id(&mut self.generator);
                self.exchange.handle_fetch(from, &fetch, start, replicas, budgets, out)
            }
            Packet::Acknowledge(acknowledge) => self.exchange.handle_acknowledge(from, &acknowledge),
            Packet::Alarm(alarm) => {
                self.alarms.handle(from, alarm, replicas, out)?;
                self.counters.alarms_heard += 1;
                Ok(())
            }
            Packet::Proof(proof) => self.proofs.handle(from, &proof, replicas, budgets, out),
            Packet::Beacon(beacon) => {
                self.membership.handle_beacon(from, &beacon, now, out);
                Ok(())
            }
            // These have been taken already.
            Packet::Hello(_) | Packet::Answer(_) | Packet::Find(_) | Packet::Found(_) => Ok(()),
        }
    }

    fn contribute(&mut self, now: Duration, number: u64, amount: i64) -> Result<(), Invalid> {
        let cells = self.config.cells();
        let cell = CellId::of_number(number).filter(|_| number < cells);
        let cell = cell.ok_or_else(|| Invalid::new(Argument::Cell, number, format!("below {cells}")))?;
        let holders = self.places.others(cell.fragment, &self.membership.roster);
        let register = self.exchange.contribute(cell, amount, &holders)?;
        match self.replicas.get_mut(cell.fragment) {
            Some(replica) => _ = replica.fragment.apply(cell.cell, self.config.keys.public(), register),
            None => self.membership.look_for_holders(cell.fragment, now),
        }
        self.outgoing.wake();
        Ok(())
    }

    fn run_cycle(&mut self, now: Duration) {
        let was_slow = self.cadence.is_slow();
        let mut moved = self.exchange.poll(self.cycle, was_slow, &mut self.outgoing);
        for fragment in self.replicas.fragments() {
            if self.places.is_surplus(fragment) {
                self.show_surplus(fragment, now);
            } else {
                moved |= self.cycle_replica(fragment, was_slow);
            }
        }
        self.cycle += 1;
        self.cadence.cycled(now, moved);
    }

    /// Runs one cycle of one replica: drift, repair, signals, samples. Returns whether anything moved.
    fn cycle_replica(&mut self, fragment: u32, was_slow: bool) -> bool {
        // A rounding that others can foresee lets a liar hold the last unit open.
        let rounding = self.generator.next_u64() >> 63;
        let Some(replica) = self.replicas.get_mut(fragment) else { return false };
        let step = replica.step(&self.engine, rounding);
        let outvoted = self.repair.poll(replica);
        self.counters.rate_limited += step.summary.rate_limited;
        self.counters.floored += step.summary.floored;
        if let Some(alarm) = self.alarms.poll(fragment, &step.summary, self.cycle, was_slow) {
            self.raise(alarm, is_held_back(&step.summary));
        }
        for target in self.draw_neighbours(fragment, SAMPLES_PER_CYCLE) {
            self.send_sample(fragment, target);
            if !outvoted.is_empty() {
                fetch(target, fragment, outvoted, &mut self.outgoing);
            }
        }
        step.summary.max_correction > 0 || step.unsettled
    }

    /// Signals to all neighbours of a replica.
    fn raise(&mut self, alarm: Alarm, held_back: bool) {
        self.counters.alarms_raised += 1;
        if held_back {
            self.outgoing.tell(Event::VaultGuard(alarm));
        }
        for target in self.draw_neighbours(alarm.fragment, usize::MAX) {
            self.outgoing.send(target, Packet::Alarm(alarm));
        }
    }

    fn send_sample(&mut self, fragment: u32, to: NodeId) {
        let seed = self.generator.next_u64();
        if let Some(replica) = self.replicas.get(fragment) {
            self.outgoing.send(to, Packet::Entropy(sample(replica, seed)));
        }
    }

    /// Up to `count` different neighbours of a fragment, at random.
    fn draw_neighbours(&mut self, fragment: u32, count: usize) -> Vec<NodeId> {
        let Some(replica) = self.replicas.get(fragment) else { return Vec::new() };
        let mut nodes: Vec<_> = replica.neighbours().iter().map(|neighbour| neighbour.node).collect();
        let count = count.min(nodes.len());
        for i in 0..count {
            let other = i + below(&mut self.generator, nodes.len() - i);
            nodes.swap(i, other);
        }
        nodes.truncate(count);
        nodes
    }
}

/// What can be read of a node.
impl Node {
    /// Who it is.
    pub fn id(&self) -> NodeId {
        self.config.keys.id()
    }

    /// Cycles done.
    pub fn cycle(&self) -> u64 {
        self.cycle
    }

    /// The replicas of the fragments that fall to this node, fragments ascending.
    pub fn fragments(&self) -> impl Iterator<Item = &Fragment> {
        let fragments = self.replicas.iter().map(|replica| &replica.fragment);
        fragments.filter(|fragment| !self.places.is_surplus(fragment.index()))
    }

    /// The replicas that are held although their fragments have fallen to others, fragments ascending.
    pub fn surplus(&self) -> impl Iterator<Item = &Fragment> {
        let fragments = self.replicas.iter().map(|replica| &replica.fragment);
        fragments.filter(|fragment| self.places.is_surplus(fragment.index()))
    }

    /// The members that it knows and that have places, itself among them.
    pub fn members(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.membership.roster.members()
    }

    /// The trust in each other holder of a fragment, in Q0.16; nothing if this node does not hold it.
    pub fn trust(&self, fragment: u32) -> impl Iterator<Item = (NodeId, u16)> + '_ {
        let neighbours = self.replicas.get(fragment).map_or(&[][..], Replica::neighbours);
        neighbours.iter().map(|neighbour| (neighbour.node, neighbour.trust))
    }

    /// What has been counted so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Registers of this node's own that some holder has not acknowledged yet.
    pub fn unacknowledged(&self) -> usize {
        self.exchange.unacknowledged()
    }

    /// Has the node leave out a rule from now on. Only builds for tests have it.
    #[cfg(feature = "fault-injection")]
    pub fn leave_out(&mut self, rule: crate::rules::Rule) {
        self.replicas.leave_out(rule);
    }

    /// Overwrites a value of a replica as a fault in memory would, leaving anchor, registers and stamp. Returns whether
    /// this node holds the fragment. Only builds for tests have it.
    #[cfg(feature = "fault-injection")]
    pub fn corrupt(&mut self, fragment: u32, cell: u8, value: i64) -> bool {
        let replica = self.replicas.get_mut(fragment);
        replica.map(|replica| replica.fragment.corrupt(cell, value)).is_some()
    }
}

/// Any place among the ids of nodes.
fn random_id(generator: &mut impl Rng) -> NodeId {
    let mut bytes = [0; 16];
    generator.fill_bytes(&mut bytes);
    NodeId::from_bytes(bytes)
}
