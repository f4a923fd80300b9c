//! One simulated node: the protocol's own, with a clock, and perhaps a liar between it and the network.

use std::time::Duration;

use lvs_kernels::Engine;
use lvs_protocol::{Keys, LinkId, Node, NodeId};

use crate::adversary::Liar;
use crate::clock::Clock;
use crate::conditions::Conditions;
use crate::deeds::Doer;
use crate::host::{Host, Identity, Wishes, link_of};
use crate::streams::{Purpose, Stream};
use crate::swarm::CYCLE;

/// A millionth is a ten-thousandth of a percent.
const MILLIONTHS_PER_PERCENT: u64 = 10_000;

/// What the nodes of a swarm are drawn from.
pub(crate) struct Draws {
    nodes: Stream,
    clocks: Stream,
}

impl Draws {
    pub(crate) fn new(seed: u64) -> Self {
        Self { nodes: Stream::new(seed, Purpose::Nodes), clocks: Stream::new(seed, Purpose::Clocks) }
    }

    pub(crate) fn identity(&mut self, number: usize) -> Identity {
        Identity::draw(number, &mut self.nodes)
    }

    /// So many different nodes of all.
    pub(crate) fn slow(&mut self, conditions: &Conditions) -> Vec<bool> {
        let mut slow = vec![false; conditions.nodes];
        let mut numbers: Vec<_> = (0..conditions.nodes).collect();
        for i in 0..conditions.slow.min(numbers.len()) {
            let other = self.clocks.between(i as u64, numbers.len() as u64 - 1) as usize;
            numbers.swap(i, other);
            slow[numbers[i]] = true;
        }
        slow
    }

    fn clock(&mut self, conditions: &Conditions) -> Clock {
        let most = conditions.skew_percent * MILLIONTHS_PER_PERCENT;
        Clock::fast_by(self.clocks.between(0, 2 * most) as i64 - most as i64)
    }
}

/// One simulated node.
pub(crate) struct Member {
    pub(crate) id: NodeId,
    host: Host,
    liar: Option<Liar<LinkId>>,
    doer: Option<Doer>,
    clock: Clock,
    /// How much later than others it does everything.
    pub(crate) lag: Duration,
    /// When it is woken next.
    pub(crate) wake: Option<Duration>,
    pub(crate) is_alive: bool,
    /// Times that VaultGuard held a replica of it back.
    pub(crate) held_back: u64,
}

impl Member {
    /// Starts a node within the first cycle, so that no two run at the same moment.
    pub(crate) fn start(
        number: usize,
        identities: &[Identity],
        conditions: &Conditions,
        engine: &Engine,
        draws: &mut Draws,
        is_slow: bool,
    ) -> Self {
        let identity = &identities[number];
        let others = identities.iter().map(Identity::peer).filter(|peer| peer.id != identity.id());
        let clock = draws.clock(conditions);
        let start = clock.shows(draws.nodes.up_to(CYCLE));
        let host = Host::start(identity, others, conditions, engine, draws.nodes.secret(), start);
        let seed = draws.nodes.word();
        let lies = number >= conditions.honest();
        Self {
            id: identity.id(),
            host,
            liar: lies.then(|| Liar::new(conditions.lie, seed)),
            doer: conditions.deed.filter(|_| lies).map(|deed| Doer::new(deed, identity.keys())),
            clock,
            lag: if is_slow { conditions.lag } else { Duration::ZERO },
            wake: None,
            is_alive: true,
            held_back: 0,
        }
    }

    pub(crate) fn keys(&self) -> &Keys {
        self.host.keys()
    }

    pub(crate) fn node(&self) -> &Node {
        self.host.node()
    }

    pub(crate) fn host(&mut self) -> &mut Host {
        &mut self.host
    }

    pub(crate) fn lies(&self) -> bool {
        self.liar.is_some()
    }

    pub(crate) fn receive(&mut self, now: Duration, from: LinkId, bytes: &[u8]) {
        if let Some(liar) = &mut self.liar {
            liar.observe(from, bytes);
        }
        if let Some(doer) = &mut self.doer {
            doer.observe(bytes);
        }
        self.host.receive(self.clock.shows(now), from, bytes);
    }

    pub(crate) fn wake_up(&mut self, now: Duration) {
        self.host.wake(self.clock.shows(now));
    }

    pub(crate) fn contribute(&mut self, now: Duration, cell: u64, amount: i64) -> bool {
        self.host.contribute(self.clock.shows(now), cell, amount)
    }

    /// What it wants done; a liar has its way with it.
    pub(crate) fn wishes(&mut self) -> Wishes {
        let mut wishes = self.host.wishes();
        self.held_back += wishes.held_back;
        wishes.wake = self.clock.when(wishes.wake) + self.lag;
        if let Some(liar) = &mut self.liar {
            for (to, datagram) in &mut wishes.datagrams {
                liar.rewrite(link_of(*to), is_other_half(*to), datagram);
            }
        }
        if let Some(doer) = &self.doer {
            let added = |(to, datagram): &(usize, Vec<u8>)| {
                let to = *to;
                doer.adds(is_other_half(to), datagram).into_iter().map(move |added| (to, added))
            };
            let added: Vec<_> = wishes.datagrams.iter().flat_map(added).collect();
            wishes.datagrams.extend(added);
        }
        wishes
    }
}

/// Hostile nodes divide the others alike: that does the most harm.
fn is_other_half(to: usize) -> bool {
    to % 2 == 1
}
