//! The only place that makes a node, hands something in, and takes out what the node wants done.

use std::time::Duration;

use lvs_kernels::{Backend, Engine};
use lvs_protocol::{CellId, Config, Event, Input, Keys, LinkId, Node, NodeId, Output, Peer};

use crate::broken::Broken;
use crate::conditions::Conditions;
use crate::streams::Stream;
use crate::swarm::CYCLE;

/// What makes a node itself, before it starts.
#[derive(Clone)]
pub(crate) struct Identity {
    keys: Keys,
    peer: Peer,
}

impl Identity {
    /// A new node with this number; its datagrams come over the link of that number.
    pub(crate) fn draw(number: usize, stream: &mut Stream) -> Self {
        let keys = Keys::from_seed(stream.secret());
        Self { peer: Peer { id: keys.id(), link: link_of(number) }, keys }
    }

    pub(crate) fn keys(&self) -> Keys {
        self.keys.clone()
    }

    /// The node as others know it.
    pub(crate) fn peer(&self) -> Peer {
        self.peer
    }

    pub(crate) fn id(&self) -> NodeId {
        self.peer.id
    }
}

/// The link that a node's datagrams come over, whoever receives them.
pub(crate) fn link_of(number: usize) -> LinkId {
    LinkId(number as u64)
}

/// What a node wants done after something was handed in.
#[derive(Default)]
pub(crate) struct Wishes {
    /// Datagrams to send, each to a node.
    pub(crate) datagrams: Vec<(usize, Vec<u8>)>,
    /// Times that VaultGuard held a replica back.
    pub(crate) held_back: u64,
    /// When to wake it, by its own clock.
    pub(crate) wake: Duration,
}

/// An engine for all nodes of a swarm: one thread, so that threads can run different seeds.
pub(crate) fn engine() -> Engine {
    Engine::with_threads(Backend::Auto, Some(1)).expect("there is always a backend")
}

/// A node in the simulation's hands.
pub(crate) struct Host {
    node: Node,
    keys: Keys,
}

impl Host {
    /// Starts a node among those who found a swarm together.
    pub(crate) fn start(
        own: &Identity,
        others: impl Iterator<Item = Peer>,
        conditions: &Conditions,
        engine: &Engine,
        seed: [u8; 32],
        now: Duration,
    ) -> Self {
        let mut config = Config::new(own.keys.clone(), others.collect(), conditions.fragments);
        config.cycle = CYCLE;
        config.replicas = conditions.replicas;
        config.initial_trust = u16::MAX;
        let mut node = Node::new(config, engine.clone(), seed, now).expect("a sound configuration");
        if let Some(Broken(rule)) = conditions.leaves_out {
            node.leave_out(rule);
        }
        Self { node, keys: own.keys.clone() }
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }

    pub(crate) fn node(&self) -> &Node {
        &self.node
    }

    pub(crate) fn receive(&mut self, now: Duration, from: LinkId, bytes: &[u8]) {
        self.node.handle(now, Input::Datagram { from, bytes }).expect("datagrams are never an error");
    }

    pub(crate) fn wake(&mut self, now: Duration) {
        self.node.handle(now, Input::Timeout).expect("time is never an error");
    }

    /// Has the node contribute. Returns whether it accepts that.
    pub(crate) fn contribute(&mut self, now: Duration, cell: u64, amount: i64) -> bool {
        self.node.handle(now, Input::Contribute { cell, amount }).is_ok()
    }

    /// Overwrites a cell as a fault in memory would. Returns whether the node holds it.
    pub(crate) fn overwrite(&mut self, cell: CellId, value: i64) -> bool {
        self.node.corrupt(cell.fragment, cell.cell, value)
    }

    /// What the node wants done now.
    pub(crate) fn wishes(&mut self) -> Wishes {
        let mut wishes = Wishes::default();
        loop {
            match self.node.poll_output() {
                Output::Transmit { to, datagram } => wishes.datagrams.push((to.0 as usize, datagram)),
                Output::Event(Event::VaultGuard(_)) => wishes.held_back += 1,
                // All know each other from the start.
                Output::Open { .. } | Output::Close { .. } | Output::Event(_) => {}
                Output::Timeout(at) => {
                    wishes.wake = at;
                    return wishes;
                }
            }
        }
    }
}
