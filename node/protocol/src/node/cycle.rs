//! The drift cycle: drift, apply, learn trust, send registers and samples, and choose when to do it again.

use std::time::Duration;

use lvs_kernels::{DriftSummary, sample_cells};
use rand_core::Rng;

use super::{Event, Node, Output};
use crate::ledger::CELLS;
use crate::random::below;
use crate::replica::Replica;
use crate::wire::{Alarm, Beacon, Entropy, Packet, SAMPLE};

/// Holders that a replica sends its sample to in each cycle.
const SAMPLES_PER_CYCLE: usize = 3;

/// Cycles from one correction signal about a fragment to the next.
const ALARM_EVERY: u64 = 16;

/// Cycles for which a cell is outvoted before its registers are fetched anew.
const REFETCH_AFTER: u8 = 32;

/// Cycles from one beacon to the next.
const BEACON_EVERY: u64 = 64;

impl Node {
    pub(crate) fn run_cycle(&mut self, now: Duration) {
        let was_slow = self.cadence.is_slow();
        let mut moved = self.send_contributions();
        let fragments: Vec<_> = self.replicas.keys().copied().collect();
        for fragment in fragments {
            moved |= self.cycle_replica(fragment, was_slow);
        }
        if self.cycle.is_multiple_of(BEACON_EVERY) {
            self.send_beacon();
        }
        self.cycle += 1;
        self.cadence.cycled(now, moved);
    }

    /// Runs one cycle of one replica. Returns whether anything moved.
    fn cycle_replica(&mut self, fragment: u32, was_slow: bool) -> bool {
        let Some(replica) = self.replicas.get_mut(&fragment) else { return false };
        // A rounding that others can foresee lets a liar hold the last unit open.
        let rounding = self.generator.next_u64() >> 63;
        let step = replica.step(&self.engine, rounding);
        let outvoted = replica.outvoted(REFETCH_AFTER);
        self.watch(fragment, &step.summary, was_slow);
        for target in self.draw_neighbours(fragment, SAMPLES_PER_CYCLE) {
            let entropy = self.sample(fragment);
            self.send(target, &Packet::Entropy(entropy));
            if !outvoted.is_empty() {
                self.fetch(fragment, target, outvoted);
            }
        }
        step.summary.max_correction > 0 || step.unsettled
    }

    /// Counts what VaultGuard did, and signals it. A replica that moves wakes the others, and keeps them awake: it needs
    /// fresh samples of more than a third of them to move at all.
    fn watch(&mut self, fragment: u32, summary: &DriftSummary, was_slow: bool) {
        self.counters.rate_limited += summary.rate_limited;
        self.counters.floored += summary.floored;
        let held_back = summary.rate_limited + summary.floored > 0;
        let Some(replica) = self.replicas.get_mut(&fragment) else { return };
        replica.restless |= held_back || summary.max_correction > 0;
        let due = was_slow || self.cycle.is_multiple_of(ALARM_EVERY);
        if !due || !replica.restless {
            return;
        }
        replica.restless = false;
        let alarm =
            Alarm { fragment, rate_limited: summary.rate_limited as u16, floored: summary.floored as u16 };
        self.counters.alarms_raised += 1;
        if held_back {
            self.outputs.push_back(Output::Event(Event::VaultGuard(alarm)));
        }
        for target in self.draw_neighbours(fragment, usize::MAX) {
            self.send(target, &Packet::Alarm(alarm));
        }
    }

    /// Up to `count` different neighbours of a fragment, at random.
    pub(crate) fn draw_neighbours(&mut self, fragment: u32, count: usize) -> Vec<usize> {
        let Some(replica) = self.replicas.get(&fragment) else { return Vec::new() };
        let mut nodes: Vec<_> = replica.neighbours.iter().map(|neighbour| neighbour.node).collect();
        let count = count.min(nodes.len());
        for i in 0..count {
            let other = i + below(&mut self.generator, nodes.len() - i);
            nodes.swap(i, other);
        }
        nodes.truncate(count);
        nodes
    }

    /// Cells of a held replica that nobody can choose in advance.
    fn sample(&mut self, fragment: u32) -> Entropy {
        let seed = self.generator.next_u64();
        let Replica { fragment: replica, cycle, .. } = &self.replicas[&fragment];
        let mut cells = [0; SAMPLE];
        sample_cells(seed, CELLS, &mut cells).expect("fewer are drawn than there are");
        let mut samples = Box::new([(0, 0); SAMPLE]);
        for (sample, &cell) in samples.iter_mut().zip(&cells) {
            let cell = usize::from(cell);
            *sample = (replica.values()[cell], replica.stamps()[cell]);
        }
        Entropy { fragment, cycle: *cycle, seed, samples }
    }

    fn send_beacon(&mut self) {
        let trusts: Vec<_> = self.replicas.values().flat_map(|replica| &replica.neighbours).collect();
        let sum: u64 = trusts.iter().map(|neighbour| u64::from(neighbour.trust)).sum();
        let beacon = Beacon {
            session: self.session(),
            fragments: self.replicas.len() as u32,
            mean_trust: sum.checked_div(trusts.len() as u64).unwrap_or(0) as u16,
        };
        if let Some(&fragment) = self.replicas.keys().next() {
            for target in self.draw_neighbours(fragment, 1) {
                self.send(target, &Packet::Beacon(beacon));
            }
        }
    }
}
