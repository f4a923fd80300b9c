//! The simulated network: what happens to a datagram between two nodes.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::conditions::Conditions;
use crate::partition::Partition;
use crate::streams::{Purpose, Stream};
use crate::swarm::CYCLE;

/// An overtaken datagram takes this many times as long as others.
const OVERTAKEN: u32 = 10;

/// Old datagrams that somebody on the way keeps of each pair of nodes.
const KEPT: usize = 32;

/// The most bytes of a datagram that are changed.
const CHANGED_MAX: u64 = 4;

/// A datagram that arrives.
pub(crate) struct Arrival {
    pub(crate) at: Duration,
    pub(crate) bytes: Vec<u8>,
}

/// What somebody on the way has kept of what one node sent to another.
#[derive(Default)]
struct Kept {
    datagrams: Vec<Vec<u8>>,
    /// One more than the cycle in which old datagrams came again last.
    said_again: u128,
}

/// The network between the nodes.
pub(crate) struct Network {
    delay: Stream,
    loss: Stream,
    reordering: Stream,
    duplicates: Stream,
    corruption: Stream,
    replays: Stream,
    kept: BTreeMap<(usize, usize), Kept>,
    /// The cuts that there are now.
    pub(crate) partitions: Vec<Partition>,
    /// Datagrams sent so far.
    pub(crate) datagrams: u64,
    /// Bytes in them.
    pub(crate) bytes: u64,
}

impl Network {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            delay: Stream::new(seed, Purpose::Delay),
            loss: Stream::new(seed, Purpose::Loss),
            reordering: Stream::new(seed, Purpose::Reordering),
            duplicates: Stream::new(seed, Purpose::Duplicates),
            corruption: Stream::new(seed, Purpose::Corruption),
            replays: Stream::new(seed, Purpose::Replays),
            kept: BTreeMap::new(),
            partitions: Vec::new(),
            datagrams: 0,
            bytes: 0,
        }
    }

    /// Carries a datagram that is sent now. Returns what arrives of it, and what somebody on the way says again.
    pub(crate) fn carry(
        &mut self,
        conditions: &Conditions,
        now: Duration,
        from: usize,
        to: usize,
        bytes: Vec<u8>,
    ) -> Vec<Arrival> {
        self.datagrams += 1;
        self.bytes += bytes.len() as u64;
        let mut arrivals = Vec::new();
        for old in self.replayed(conditions, now, from, to, &bytes) {
            arrivals.push(self.arrival(conditions, now, old));
        }
        let copies = if self.duplicates.chance(conditions.duplicate_percent) { 2 } else { 1 };
        let is_lost = self.loss.chance(conditions.loss_percent);
        for _ in 0..copies {
            arrivals.push(self.arrival(conditions, now, bytes.clone()));
        }
        if is_lost || self.are_parted(from, to, now) {
            arrivals.clear();
        }
        arrivals
    }

    fn are_parted(&self, from: usize, to: usize, now: Duration) -> bool {
        self.partitions.iter().any(|partition| partition.parts(from, to, now))
    }

    fn arrival(&mut self, conditions: &Conditions, now: Duration, mut bytes: Vec<u8>) -> Arrival {
        let mut takes = conditions.delay + self.delay.up_to(conditions.jitter);
        if self.reordering.chance(conditions.reorder_percent) {
            takes *= OVERTAKEN;
        }
        if self.corruption.chance(conditions.corrupt_percent) {
            self.corrupt(&mut bytes);
        }
        Arrival { at: now + takes, bytes }
    }

    fn corrupt(&mut self, bytes: &mut [u8]) {
        for _ in 0..self.corruption.between(1, CHANGED_MAX) {
            let at = self.corruption.below(bytes.len() as u64) as usize;
            bytes[at] ^= self.corruption.between(1, 255) as u8;
        }
    }

    /// Old datagrams between two nodes that come again with a new one, which is kept for later. That happens once in a cycle:
    /// otherwise the answers to old datagrams would bring ever more of them.
    fn replayed(
        &mut self,
        conditions: &Conditions,
        now: Duration,
        from: usize,
        to: usize,
        new: &[u8],
    ) -> Vec<Vec<u8>> {
        let percent = conditions.replay_percent;
        let kept = self.kept.entry((from, to)).or_default();
        let cycle = now.as_nanos() / CYCLE.as_nanos() + 1;
        if percent == 0 || std::mem::replace(&mut kept.said_again, cycle) == cycle {
            return Vec::new();
        }
        let mut count = percent / 100 + u64::from(self.replays.chance(percent % 100));
        if kept.datagrams.is_empty() {
            count = 0;
        }
        let draw = |_| self.replays.below(kept.datagrams.len() as u64) as usize;
        let old = (0..count).map(draw).map(|at| kept.datagrams[at].clone()).collect();
        if kept.datagrams.len() < KEPT {
            kept.datagrams.push(new.to_vec());
        }
        old
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What arrives of a thousand datagrams of ten bytes, one in each cycle, and how long it took.
    fn arrivals(conditions: &Conditions, network: &mut Network) -> Vec<Arrival> {
        let mut arrivals = Vec::new();
        for i in 0..1_000 {
            let arrived = network.carry(conditions, CYCLE * i, 0, 1, vec![i as u8; 10]).into_iter();
            arrivals.extend(arrived.map(|arrival| Arrival { at: arrival.at - CYCLE * i, ..arrival }));
        }
        arrivals
    }

    fn arrived(conditions: Conditions) -> Vec<Arrival> {
        arrivals(&Conditions { duplicate_percent: 0, ..conditions }, &mut Network::new(5))
    }

    #[test]
    fn loss_takes_its_share() {
        let arrived = arrived(Conditions { loss_percent: 60, ..Default::default() }).len();
        assert!((350..450).contains(&arrived), "{arrived}");
    }

    #[test]
    fn delay_is_within_its_limits_and_few_are_overtaken() {
        let conditions = Conditions { reorder_percent: 10, ..Default::default() };
        let (delay, most) = (conditions.delay, conditions.delay + conditions.jitter);
        let arrived = arrived(conditions);
        assert!(arrived.iter().all(|arrival| arrival.at >= delay && arrival.at <= most * OVERTAKEN));
        let overtaken = arrived.iter().filter(|arrival| arrival.at > most).count();
        assert!((60..140).contains(&overtaken), "{overtaken}");
    }

    #[test]
    fn duplicates_replays_and_changed_bytes_come() {
        let twice = Conditions { duplicate_percent: 100, ..Default::default() };
        assert_eq!(arrivals(&twice, &mut Network::new(5)).len(), 2_000);
        let again = arrived(Conditions { replay_percent: 250, ..Default::default() }).len();
        assert!((3_400..3_600).contains(&again), "{again}");
        let changed = arrived(Conditions { corrupt_percent: 20, ..Default::default() });
        let changed =
            changed.iter().filter(|arrival| arrival.bytes.iter().any(|byte| *byte != arrival.bytes[9]));
        assert!((130..250).contains(&changed.count()));
    }

    #[test]
    fn nothing_comes_through_a_cut() {
        let mut network = Network::new(5);
        network.partitions.push(Partition::below(1));
        assert!(arrivals(&Conditions::default(), &mut network).is_empty());
        assert_eq!((network.datagrams, network.bytes), (1_000, 10_000));
    }

    #[test]
    fn one_kind_of_fault_does_not_shift_another() {
        let calm = arrived(Conditions::default());
        let rough = arrived(Conditions { corrupt_percent: 50, ..Default::default() });
        assert!(calm.iter().zip(&rough).all(|(a, b)| a.at == b.at));
    }
}
