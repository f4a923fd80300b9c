//! Exchange with other nodes: samples in, registers in and out, acknowledgements.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use lvs_kernels::sample_cells;

use super::{Event, Node, Output};
use crate::ledger::{Applied, CELLS, Register, Session};
use crate::outbox::Delivery;
use crate::wire::{
    ACKNOWLEDGEMENTS_MAX, Acknowledge, CellSet, Diff, Entropy, Fetch, Packet, REGISTERS_MAX, Refusal, SAMPLE,
    decode, encode,
};

/// The most diffs that answer one request; what is left is asked for again.
const DIFFS_PER_FETCH: usize = 16;

impl Node {
    pub(crate) fn receive(&mut self, now: Duration, from: SocketAddr, bytes: &[u8]) {
        self.counters.received += 1;
        if let Err(reason) = self.take(now, from, bytes) {
            self.counters.refuse(reason);
        }
    }

    fn take(&mut self, now: Duration, from: SocketAddr, bytes: &[u8]) -> Result<(), Refusal> {
        let sender = self.placement.by_address(from).ok_or(Refusal::Stranger)?;
        match decode(bytes)? {
            Packet::Entropy(entropy) => self.take_sample(now, sender, &entropy),
            Packet::Diff(diff) => self.take_diff(now, sender, &diff),
            Packet::Fetch(fetch) => self.answer(sender, &fetch),
            Packet::Acknowledge(acknowledge) => self.take_acknowledgement(sender, &acknowledge),
            Packet::Alarm(alarm) => {
                self.neighbour_of(alarm.fragment, sender)?;
                self.counters.alarms_heard += 1;
                let by = self.placement.peer(sender).session;
                self.outputs.push_back(Output::Event(Event::Alarmed { by, alarm }));
                self.cadence.wake(now);
                Ok(())
            }
            Packet::Beacon(_) => Ok(()),
        }
    }

    /// Refuses what is not between two holders of a fragment.
    fn neighbour_of(&self, fragment: u32, sender: usize) -> Result<(), Refusal> {
        let replica = self.replicas.get(&fragment).ok_or(Refusal::NotHeld)?;
        let known = replica.neighbours.iter().any(|neighbour| neighbour.node == sender);
        if known { Ok(()) } else { Err(Refusal::NotHeld) }
    }

    /// Keeps a sample, and asks for the registers of the cells whose stamps differ.
    fn take_sample(&mut self, now: Duration, sender: usize, entropy: &Entropy) -> Result<(), Refusal> {
        let replica = self.replicas.get_mut(&entropy.fragment).ok_or(Refusal::NotHeld)?;
        let cycle = replica.cycle;
        let stamps = *replica.fragment.stamps();
        let neighbour = replica.neighbour(sender).ok_or(Refusal::NotHeld)?;
        let mut cells = [0; SAMPLE];
        sample_cells(entropy.seed, CELLS, &mut cells).expect("fewer are drawn than there are");
        let mut differing = CellSet::default();
        for (&cell, &(value, stamp)) in cells.iter().zip(entropy.samples.iter()) {
            neighbour.cache.put(cell as u8, value, stamp, cycle);
            if stamp != stamps[usize::from(cell)] {
                differing.insert(cell as u8);
            }
        }
        if !differing.is_empty() {
            self.fetch(entropy.fragment, sender, differing);
            self.cadence.wake(now);
        }
        Ok(())
    }

    /// Takes registers over and says which ones are held now.
    fn take_diff(&mut self, now: Duration, sender: usize, diff: &Diff) -> Result<(), Refusal> {
        let replica = self.replicas.get_mut(&diff.fragment).ok_or(Refusal::NotHeld)?;
        let mut changed = 0;
        let mut full = false;
        for &(cell, register) in &diff.registers {
            match replica.fragment.apply(cell, diff.session, register) {
                Applied::Changed => changed += 1,
                Applied::Known => {}
                Applied::Full => full = true,
            }
        }
        self.counters.registers += changed;
        if changed > 0 {
            self.cadence.wake(now);
        }
        if self.placement.peer(sender).session == diff.session {
            self.acknowledge(sender, diff);
        }
        if full { Err(Refusal::Full) } else { Ok(()) }
    }

    /// Tells a session which of its registers are held here.
    fn acknowledge(&mut self, sender: usize, diff: &Diff) {
        const { assert!(REGISTERS_MAX <= ACKNOWLEDGEMENTS_MAX) };
        let fragment = &self.replicas[&diff.fragment].fragment;
        let held = |&(cell, _): &(u8, Register)| Some((cell, fragment.sequence(cell, diff.session)?));
        let sequences: Vec<_> = diff.registers.iter().filter_map(held).collect();
        if sequences.is_empty() {
            return;
        }
        let acknowledge = Acknowledge { fragment: diff.fragment, session: diff.session, sequences };
        self.send(sender, &Packet::Acknowledge(acknowledge));
    }

    fn take_acknowledgement(&mut self, sender: usize, acknowledge: &Acknowledge) -> Result<(), Refusal> {
        if acknowledge.session != self.session() {
            return Err(Refusal::NotHeld);
        }
        self.contributions.acknowledged(acknowledge.fragment, sender, &acknowledge.sequences);
        Ok(())
    }

    pub(crate) fn fetch(&mut self, fragment: u32, from: usize, cells: CellSet) {
        self.send(from, &Packet::Fetch(Fetch { fragment, cells }));
    }

    /// Answers a request with the registers of the cells, session by session.
    fn answer(&mut self, sender: usize, fetch: &Fetch) -> Result<(), Refusal> {
        self.neighbour_of(fetch.fragment, sender)?;
        let fragment = &self.replicas[&fetch.fragment].fragment;
        let mut by_session: BTreeMap<Session, Vec<(u8, Register)>> = BTreeMap::new();
        for cell in fetch.cells.iter() {
            for (session, register) in fragment.registers_of(cell) {
                by_session.entry(session).or_default().push((cell, register));
            }
        }
        let mut sessions: Vec<_> = by_session.into_iter().collect();
        // Another start each time, so that a long answer that is cut is not always cut at the same place.
        if !sessions.is_empty() {
            let start = self.cycle as usize * DIFFS_PER_FETCH % sessions.len();
            sessions.rotate_left(start);
        }
        let diffs = sessions.iter().flat_map(|(session, registers)| {
            registers.chunks(REGISTERS_MAX).map(|part| (*session, part.to_vec()))
        });
        for (session, registers) in diffs.take(DIFFS_PER_FETCH).collect::<Vec<_>>() {
            self.send(sender, &Packet::Diff(Diff { fragment: fetch.fragment, session, registers }));
        }
        Ok(())
    }

    /// Sends own registers to the holders that have not acknowledged them. Returns whether there were any.
    pub(crate) fn send_contributions(&mut self) -> bool {
        let session = self.session();
        for Delivery { fragment, holder, registers } in self.contributions.due(self.cycle) {
            for part in registers.chunks(REGISTERS_MAX) {
                self.send(holder, &Packet::Diff(Diff { fragment, session, registers: part.to_vec() }));
            }
        }
        self.contributions.pending() > 0
    }

    pub(crate) fn send(&mut self, node: usize, packet: &Packet) {
        let to = self.placement.peer(node).address;
        let datagram = encode(packet);
        self.counters.sent += 1;
        self.counters.bytes_sent += datagram.len() as u64;
        self.outputs.push_back(Output::Transmit { to, datagram });
    }
}
