//! The protocol as one state machine, in the manner of str0m and quinn-proto.
//!
//! A driver owns the socket and the clock. It calls [`Node::handle`] with every datagram and whenever the time that
//! [`Output::Timeout`] named has come, and then [`Node::poll_output`] until that returns a timeout. Nothing here can
//! panic because of what a datagram holds, and what is kept is bounded whatever arrives.

mod cycle;
mod exchange;

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use lvs_kernels::Engine;
use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::argument::{Argument, Invalid};
use crate::cadence::Cadence;
use crate::config::Config;
use crate::counters::Counters;
use crate::ledger::{CELLS, Fragment, Session};
use crate::outbox::Contributions;
use crate::placement::Placement;
use crate::replica::Replica;
use crate::wire::Alarm;

/// What a driver hands in.
#[derive(Debug)]
pub enum Input<'a> {
    /// A datagram has come.
    Datagram {
        /// From where.
        from: SocketAddr,
        /// What it holds.
        bytes: &'a [u8],
    },
    /// The time may have come that [`Output::Timeout`] named.
    Timeout,
    /// This node's own session contributes to a cell of the ledger.
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
        to: SocketAddr,
        /// What it holds.
        datagram: Vec<u8>,
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
        by: Session,
        /// What it says.
        alarm: Alarm,
    },
}

/// A node: its replicas, what it knows of others, and what it has still to send.
pub struct Node {
    config: Config,
    engine: Engine,
    generator: Xoshiro256PlusPlus,
    placement: Placement,
    replicas: BTreeMap<u32, Replica>,
    contributions: Contributions,
    cadence: Cadence,
    cycle: u64,
    counters: Counters,
    outputs: VecDeque<Output>,
}

impl Node {
    /// A node at time `now`. `seed` feeds everything it draws at random; times are since any fixed moment.
    ///
    /// # Errors
    /// If the configuration cannot be.
    pub fn new(config: Config, engine: Engine, seed: u64, now: Duration) -> Result<Self, Invalid> {
        config.validate()?;
        let placement = Placement::new(&config);
        let held = (0..config.fragments).filter(|&fragment| placement.holders(fragment).contains(&0));
        let replica = |fragment| {
            let others = placement.holders(fragment).iter().copied().filter(|&node| node != 0);
            (fragment, Replica::new(fragment, others, config.initial_trust))
        };
        Ok(Self {
            replicas: held.map(replica).collect(),
            generator: Xoshiro256PlusPlus::seed_from_u64(seed),
            contributions: Contributions::default(),
            cadence: Cadence::new(config.cycle, config.idle_cycle, now),
            cycle: 0,
            counters: Counters::default(),
            outputs: VecDeque::new(),
            placement,
            engine,
            config,
        })
    }

    /// Takes an input at time `now`.
    ///
    /// # Errors
    /// If a contribution is to a cell that is not in the ledger, is nothing, or would take the session's amount for
    /// the cell out of range. Datagrams are never an error: those refused are counted.
    pub fn handle(&mut self, now: Duration, input: Input<'_>) -> Result<(), Invalid> {
        match input {
            Input::Datagram { from, bytes } => self.receive(now, from, bytes),
            Input::Contribute { cell, amount } => return self.contribute(now, cell, amount),
            Input::Timeout if now >= self.cadence.due() => self.run_cycle(now),
            Input::Timeout => {}
        }
        Ok(())
    }

    /// The next thing to do; a timeout comes last.
    pub fn poll_output(&mut self) -> Output {
        self.outputs.pop_front().unwrap_or_else(|| Output::Timeout(self.cadence.due()))
    }

    /// The node's own session.
    pub fn session(&self) -> Session {
        self.config.own.session
    }

    /// Cycles done.
    pub fn cycle(&self) -> u64 {
        self.cycle
    }

    /// The replicas held, fragments ascending.
    pub fn fragments(&self) -> impl Iterator<Item = &Fragment> {
        self.replicas.values().map(|replica| &replica.fragment)
    }

    /// The trust in each other holder of a fragment, in Q0.16; nothing if this node does not hold it.
    pub fn trust(&self, fragment: u32) -> impl Iterator<Item = (Session, u16)> + '_ {
        let neighbours = self.replicas.get(&fragment).map_or(&[][..], |replica| &replica.neighbours);
        neighbours.iter().map(|neighbour| (self.placement.peer(neighbour.node).session, neighbour.trust))
    }

    /// What has been counted so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Registers of this node's own that some holder has not acknowledged yet.
    pub fn unacknowledged(&self) -> usize {
        self.contributions.pending()
    }

    /// Overwrites a value of a replica as a fault in memory would, leaving anchor, registers and stamp. Returns whether
    /// this node holds the fragment. Only builds for tests have it.
    #[cfg(feature = "fault-injection")]
    pub fn corrupt(&mut self, fragment: u32, cell: u8, value: i64) -> bool {
        let replica = self.replicas.get_mut(&fragment);
        replica.map(|replica| replica.fragment.corrupt(cell, value)).is_some()
    }

    fn contribute(&mut self, now: Duration, cell: u64, amount: i64) -> Result<(), Invalid> {
        if cell >= self.config.cells() {
            let expected = format!("below {}", self.config.cells());
            return Err(Invalid::new(Argument::Cell, cell, expected));
        }
        let fragment = (cell / CELLS as u64) as u32;
        let cell = (cell % CELLS as u64) as u8;
        let register = self.contributions.add(fragment, cell, amount, self.placement.holders(fragment))?;
        if let Some(replica) = self.replicas.get_mut(&fragment) {
            replica.fragment.apply(cell, self.config.own.session, register);
        }
        self.cadence.wake(now);
        Ok(())
    }
}
