//! A swarm whose nodes know nothing but an address or two, and the network between them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::time::Duration;

use lvs_kernels::{Backend, Engine};
use lvs_protocol::wire::{Packet, decode};
use lvs_protocol::{Address, Config, Input, Keys, LinkId, NetworkId, Node, Output, holders};
use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::attacks::Lying;

/// Holders of a fragment.
pub const REPLICAS: usize = 16;

/// A datagram takes this long and up to as much more.
const DELAY: Duration = Duration::from_millis(30);

/// The time from cycle to cycle while anything moves.
const CYCLE: Duration = Duration::from_secs(1);

/// A node and what the network knows of it.
struct Place {
    /// Nothing once it has been killed.
    node: Option<Node>,
    due: Duration,
    /// Those whose address it has been told.
    told: BTreeSet<usize>,
    lying: Option<Lying>,
}

/// A datagram under way: when it arrives, how many were sent before it, from where, to where, what.
type Flight = Reverse<(Duration, u64, usize, usize, Vec<u8>)>;

/// A swarm on a network.
pub struct World {
    pub fragments: u32,
    /// Parts of a hundred of all datagrams that are lost.
    pub loss: u64,
    /// While set, datagrams between nodes below this number and the others are lost.
    pub partition: Option<usize>,
    pub now: Duration,
    pub random: Xoshiro256PlusPlus,
    /// Bytes sent, by the kind of packet.
    pub sent: BTreeMap<&'static str, u64>,
    places: Vec<Place>,
    flights: BinaryHeap<Flight>,
    flown: u64,
    engine: Engine,
}

impl World {
    pub fn new(seed: u64, fragments: u32, loss: u64) -> Self {
        Self {
            fragments,
            loss,
            partition: None,
            now: Duration::ZERO,
            random: Xoshiro256PlusPlus::seed_from_u64(seed),
            sent: BTreeMap::new(),
            places: Vec::new(),
            flights: BinaryHeap::new(),
            flown: 0,
            engine: Engine::with_threads(Backend::Auto, Some(1)).expect("there is always a backend"),
        }
    }

    /// A swarm of so many nodes that know the address of the first one, which knows nobody.
    pub fn of_one_seed(seed: u64, nodes: usize, fragments: u32, loss: u64) -> Self {
        let mut world = Self::new(seed, fragments, loss);
        world.join(&[]);
        (1..nodes).for_each(|_| _ = world.join(&[0]));
        world
    }

    /// Where a node is.
    pub fn address(i: usize) -> Address {
        Address::new([0xfd; 16], i as u16 + 1).expect("a host's address")
    }

    fn at(address: Address) -> usize {
        usize::from(address.port()) - 1
    }

    /// One more node, which knows the addresses of these. Returns its number.
    pub fn join(&mut self, seeds: &[usize]) -> usize {
        let place = self.place(seeds);
        self.places.push(place);
        self.places.len() - 1
    }

    /// Where a node was, another one starts that knows the addresses of these.
    pub fn restart(&mut self, i: usize, seeds: &[usize]) {
        self.places[i] = self.place(seeds);
    }

    /// A node lies about members from now on.
    pub fn turn(&mut self, i: usize, lying: Lying) {
        self.places[i].lying = Some(lying);
    }

    fn place(&mut self, seeds: &[usize]) -> Place {
        let keys = Keys::from_seed(self.bytes());
        let mut config = Config::new(keys, Vec::new(), self.fragments);
        config.seeds = seeds.iter().map(|&i| Self::address(i)).collect();
        config.replicas = REPLICAS;
        config.cycle = CYCLE;
        let node = Node::new(config, self.engine.clone(), self.bytes(), self.now);
        let node = node.expect("a sound configuration");
        let due = self.now + Duration::from_millis(self.draw(1_000));
        Place { node: Some(node), due, told: BTreeSet::new(), lying: None }
    }

    pub fn kill(&mut self, i: usize) {
        self.places[i].node = None;
    }

    fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.random.fill_bytes(&mut bytes);
        bytes
    }

    pub fn draw(&mut self, bound: u64) -> u64 {
        self.random.next_u64() % bound
    }

    pub fn node(&self, i: usize) -> &Node {
        self.places[i].node.as_ref().expect("it is alive")
    }

    /// The numbers of the nodes that are alive.
    pub fn alive(&self) -> Vec<usize> {
        (0..self.places.len()).filter(|&i| self.places[i].node.is_some()).collect()
    }

    pub fn is_honest(&self, i: usize) -> bool {
        self.places[i].lying.is_none()
    }

    /// Members that any node has taken for gone so far.
    pub fn deaths(&self) -> u64 {
        self.alive().into_iter().map(|i| self.node(i).counters().gone).sum()
    }

    pub fn contribute(&mut self, i: usize, cell: u64, amount: i64) {
        let node = self.places[i].node.as_mut().expect("it is alive");
        node.handle(self.now, Input::Contribute { cell, amount }).expect("a sound contribution");
        self.carry_out(i);
    }

    /// Lets time pass.
    pub fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(next) = self.next_event().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.deliver();
            for i in 0..self.places.len() {
                if self.places[i].due <= self.now {
                    self.hand_in(i, Input::Timeout);
                }
            }
        }
        self.now = end;
    }

    /// Runs until something holds, looked at every second, but no longer than `limit`. Returns how long it took.
    pub fn run_until(&mut self, limit: Duration, holds: impl Fn(&Self) -> bool) -> Option<Duration> {
        let start = self.now;
        while !holds(self) {
            if self.now >= start + limit {
                return None;
            }
            self.run(Duration::from_secs(1));
        }
        Some(self.now - start)
    }

    /// What is wrong with the places of the honest nodes among these, seen from all that are there: node, fragment, what.
    pub fn misplaced(&self, nodes: &[usize]) -> Vec<(usize, u32, &'static str)> {
        let ids: Vec<_> = nodes.iter().map(|&i| self.node(i).id()).collect();
        let mut wrong = Vec::new();
        for fragment in 0..self.fragments {
            let right = holders(&NetworkId::PUBLIC, fragment, ids.iter().copied(), REPLICAS);
            for &i in nodes.iter().filter(|&&i| self.is_honest(i)) {
                let node = self.node(i);
                let holds = node.fragments().any(|held| held.index() == fragment);
                let others: Vec<_> = node.trust(fragment).map(|(other, _)| other).collect();
                let right_others: Vec<_> = right.iter().copied().filter(|id| *id != node.id()).collect();
                match right.contains(&node.id()) {
                    true if !holds => wrong.push((i, fragment, "not held")),
                    false if holds => wrong.push((i, fragment, "held")),
                    true if others != right_others => wrong.push((i, fragment, "other neighbours")),
                    _ => {}
                }
            }
        }
        wrong
    }

    /// Whether every honest node that is alive has exactly its places.
    pub fn is_placed(&self) -> bool {
        self.misplaced(&self.alive()).is_empty()
    }

    /// Whether every replica that an honest node holds by its places has these values, and zero elsewhere.
    pub fn is_exact(&self, expected: &BTreeMap<u64, i64>) -> bool {
        let honest = self.alive().into_iter().filter(|&i| self.is_honest(i));
        honest.flat_map(|i| self.node(i).fragments()).all(|fragment| {
            let first = u64::from(fragment.index()) * 256;
            let cells = fragment.values().iter().zip(first..);
            cells.into_iter().all(|(value, cell)| *value == expected.get(&cell).copied().unwrap_or(0))
        })
    }

    fn next_event(&self) -> Option<Duration> {
        let arrival = self.flights.peek().map(|Reverse(flight)| flight.0);
        let due = self.places.iter().filter(|place| place.node.is_some()).map(|place| place.due);
        due.chain(arrival).min()
    }

    fn deliver(&mut self) {
        while self.flights.peek().is_some_and(|Reverse(flight)| flight.0 <= self.now) {
            let Some(Reverse((_, _, from, to, bytes))) = self.flights.pop() else { return };
            if self.places[to].told.insert(from) {
                self.tell(to, from);
            }
            self.hand_in(to, Input::Datagram { from: LinkId(from as u64), bytes: &bytes });
        }
    }

    /// Tells a node where a link leads.
    fn tell(&mut self, i: usize, other: usize) {
        let (link, address) = (LinkId(other as u64), Self::address(other));
        self.hand_in(i, Input::Link { link, address });
    }

    fn hand_in(&mut self, i: usize, input: Input<'_>) {
        if let Some(node) = &mut self.places[i].node {
            node.handle(self.now, input).expect("never an error");
            self.carry_out(i);
        }
    }

    fn carry_out(&mut self, i: usize) {
        loop {
            let Some(node) = &mut self.places[i].node else { return };
            match node.poll_output() {
                Output::Transmit { to, datagram } => self.transmit(i, to.0 as usize, datagram),
                Output::Open { address } => {
                    let other = Self::at(address);
                    self.places[i].told.insert(other);
                    let link = LinkId(other as u64);
                    let node = self.places[i].node.as_mut().expect("it has just spoken");
                    node.handle(self.now, Input::Link { link, address }).expect("never an error");
                }
                Output::Close { .. } | Output::Event(_) => {}
                Output::Timeout(at) => {
                    self.places[i].due = at;
                    return;
                }
            }
        }
    }

    fn transmit(&mut self, from: usize, to: usize, mut datagram: Vec<u8>) {
        if let Some(lying) = &mut self.places[from].lying {
            lying.rewrite(&mut datagram, &mut self.random);
        }
        *self.sent.entry(kind(&datagram)).or_default() += datagram.len() as u64;
        let parted = self.partition.is_some_and(|first| (from < first) != (to < first));
        let is_lost = self.draw(100) < self.loss;
        let delay = DELAY + DELAY * self.draw(1_000) as u32 / 1_000;
        if parted || is_lost || to >= self.places.len() {
            return;
        }
        self.flown += 1;
        self.flights.push(Reverse((self.now + delay, self.flown, from, to, datagram)));
    }
}

fn kind(datagram: &[u8]) -> &'static str {
    match decode(datagram) {
        Ok(Packet::Beacon(_)) => "beacon",
        Ok(Packet::Hello(_)) => "hello",
        Ok(Packet::Answer(_)) => "answer",
        Ok(Packet::Find(_)) => "find",
        Ok(Packet::Found(_)) => "found",
        _ => "others",
    }
}
