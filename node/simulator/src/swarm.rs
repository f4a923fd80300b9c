//! A swarm of nodes on the simulated network.

use std::collections::BTreeMap;
use std::time::Duration;

use lvs_kernels::{Backend, Engine};
use lvs_protocol::{CellId, Config, Input, Keys, LinkId, Node, Output, Peer};
use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::adversary::Liar;
use crate::network::{Conditions, Network};

/// The time from cycle to cycle in all simulations.
pub const CYCLE: Duration = Duration::from_millis(100);

struct Simulated {
    node: Node,
    liar: Option<Liar<LinkId>>,
    due: Duration,
}

/// A swarm on a simulated network.
pub struct Swarm {
    conditions: Conditions,
    /// Decides everything that is drawn at random, in the order in which it is asked.
    pub random: Xoshiro256PlusPlus,
    nodes: Vec<Simulated>,
    now: Duration,
    network: Network,
    /// While set, datagrams between nodes below this number and the others are lost.
    pub partition: Option<usize>,
    /// What every cell should hold.
    pub expected: BTreeMap<u64, i64>,
}

impl Swarm {
    /// A swarm whose every chance follows from the seed.
    pub fn new(conditions: Conditions, seed: u64) -> Self {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let keys: Vec<_> = (0..conditions.nodes).map(|_| keys(&mut random)).collect();
        let peer = |(i, keys): (usize, &Keys)| Peer { id: keys.id(), link: Self::link(i) };
        let peers: Vec<_> = keys.iter().enumerate().map(peer).collect();
        let engine = Engine::with_threads(Backend::Auto, Some(1)).expect("there is always a backend");
        let nodes = (0..peers.len()).map(|i| {
            let others = peers.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, peer)| *peer).collect();
            let mut config = Config::new(keys[i].clone(), others, conditions.fragments);
            config.cycle = CYCLE;
            // They found the swarm together.
            config.initial_trust = u16::MAX;
            // No two nodes cycle at the same moment.
            let start = CYCLE * (random.next_u64() % 1_000) as u32 / 1_000;
            let node =
                Node::new(config, engine.clone(), secret(&mut random), start).expect("a sound configuration");
            let lies = i >= conditions.nodes - conditions.hostile;
            let liar = lies.then(|| Liar::new(conditions.lie, random.next_u64()));
            Simulated { node, liar, due: start }
        });
        let nodes = nodes.collect();
        Self {
            conditions,
            random,
            nodes,
            now: Duration::ZERO,
            network: Network::default(),
            partition: None,
            expected: BTreeMap::new(),
        }
    }

    /// How many nodes are honest; they are the first ones.
    pub fn honest(&self) -> usize {
        self.conditions.nodes - self.conditions.hostile
    }

    /// A node.
    pub fn node(&self, i: usize) -> &Node {
        &self.nodes[i].node
    }

    /// A number below `bound`.
    pub fn draw(&mut self, bound: u64) -> u64 {
        self.random.next_u64() % bound
    }

    /// An honest node contributes.
    pub fn contribute(&mut self, node: usize, cell: u64, amount: i64) {
        self.nodes[node]
            .node
            .handle(self.now, Input::Contribute { cell, amount })
            .expect("a sound contribution");
        *self.expected.entry(cell).or_default() += amount;
        self.carry_out(node);
    }

    /// Overwrites a cell of a node's replica.
    pub fn corrupt(&mut self, node: usize, cell: u64, value: i64) {
        let held = CellId::of_number(cell)
            .is_some_and(|cell| self.nodes[node].node.corrupt(cell.fragment, cell.cell, value));
        assert!(held, "node {node} does not hold cell {cell}");
    }

    /// Hands a datagram in as if it came from another node.
    pub fn inject(&mut self, to: usize, from: LinkId, bytes: &[u8]) {
        self.nodes[to].node.handle(self.now, Input::Datagram { from, bytes }).expect("never an error");
        self.carry_out(to);
    }

    /// The link that a node's datagrams come over, whoever receives them.
    pub fn link(i: usize) -> LinkId {
        LinkId(i as u64)
    }

    /// Lets time pass for so many cycles.
    pub fn run(&mut self, cycles: u32) {
        let end = self.now + CYCLE * cycles;
        while let Some(next) = self.next_event().filter(|next| *next <= end) {
            self.now = next;
            self.deliver();
            for i in 0..self.nodes.len() {
                if self.nodes[i].due <= self.now {
                    self.nodes[i].node.handle(self.now, Input::Timeout).expect("never an error");
                    self.carry_out(i);
                }
            }
        }
        self.now = end;
    }

    /// Runs until every honest replica is exact, but no longer than `limit` cycles. Returns after how many it was.
    pub fn run_until_exact(&mut self, limit: u32) -> Option<u32> {
        (0..limit).find(|_| {
            self.run(1);
            self.mismatches().is_empty()
        })
    }

    /// Honest replicas' cells that do not hold what was contributed: node, cell, value, expected.
    pub fn mismatches(&self) -> Vec<(usize, u64, i64, i64)> {
        let mut found = Vec::new();
        for (i, simulated) in self.nodes[..self.honest()].iter().enumerate() {
            for fragment in simulated.node.fragments() {
                for (cell, &value) in fragment.values().iter().enumerate() {
                    let cell = CellId { fragment: fragment.index(), cell: cell as u8 }.number();
                    let expected = self.expected.get(&cell).copied().unwrap_or(0);
                    if value != expected {
                        found.push((i, cell, value, expected));
                    }
                }
            }
        }
        found
    }

    fn next_event(&self) -> Option<Duration> {
        self.nodes.iter().map(|node| node.due).chain(self.network.next_arrival()).min()
    }

    fn deliver(&mut self) {
        while let Some(flight) = self.network.arrived(self.now) {
            let from = Self::link(flight.from);
            let receiver = &mut self.nodes[flight.to];
            if let Some(liar) = &mut receiver.liar {
                liar.observe(from, &flight.bytes);
            }
            let datagram = Input::Datagram { from, bytes: &flight.bytes };
            receiver.node.handle(self.now, datagram).expect("never an error");
            self.carry_out(flight.to);
        }
    }

    fn carry_out(&mut self, i: usize) {
        loop {
            match self.nodes[i].node.poll_output() {
                Output::Transmit { to, datagram } => self.transmit(i, to, datagram),
                Output::Event(_) => {}
                Output::Timeout(at) => {
                    self.nodes[i].due = at;
                    return;
                }
            }
        }
    }

    fn transmit(&mut self, from: usize, to: LinkId, mut datagram: Vec<u8>) {
        if let Some(liar) = &mut self.nodes[from].liar {
            liar.rewrite(to, to.0 % 2 == 1, &mut datagram);
        }
        let to = to.0 as usize;
        let parted = self.partition.is_some_and(|first| (from < first) != (to < first));
        if parted || self.draw(100) < self.conditions.loss_percent {
            return;
        }
        let copies = if self.draw(100) < self.conditions.duplicate_percent { 2 } else { 1 };
        for _ in 0..copies {
            let jitter = self.conditions.delay * self.draw(1_000) as u32 / 1_000;
            let arrival = self.now + self.conditions.delay + jitter;
            self.network.send(from, to, datagram.clone(), arrival);
        }
    }
}

fn keys(random: &mut Xoshiro256PlusPlus) -> Keys {
    Keys::from_seed(secret(random))
}

fn secret(random: &mut Xoshiro256PlusPlus) -> [u8; 32] {
    let mut seed = [0; 32];
    random.fill_bytes(&mut seed);
    seed
}
