//! What a node does as members come and go: it takes up places, and sends its registers to whoever holds their fragments now.

use std::time::Duration;

use super::{Node, SAMPLES_PER_CYCLE};
use crate::id::LinkId;
use crate::membership::Load;
use crate::wire::{Packet, Refusal, decode, is_open_to_strangers};

impl Node {
    /// Hands a packet to the part that it concerns.
    pub(super) fn take(&mut self, now: Duration, link: LinkId, bytes: &[u8]) -> Result<(), Refusal> {
        let from = self.membership.roster.node_at(link);
        if from.is_none() && !is_open_to_strangers(bytes) {
            return Err(Refusal::Stranger);
        }
        let packet = decode(bytes)?;
        if let Some(from) = from {
            self.membership.hear(from, now);
        }
        let membership = &mut self.membership;
        let out = &mut self.outgoing;
        match packet {
            Packet::Hello(hello) => membership.handle_hello(link, &hello, now, out),
            Packet::Answer(answer) => membership.handle_answer(link, &answer, now, out),
            Packet::Find(find) => membership.handle_find(link, &find, now, out),
            Packet::Found(found) => membership.handle_found(link, &found, now, out),
            packet => self.take_from_member(now, from.ok_or(Refusal::Stranger)?, packet),
        }
    }

    /// Does what is due at this time.
    pub(super) fn do_what_is_due(&mut self, now: Duration) {
        if now >= self.membership.due() {
            self.look_after_members(now);
        }
        if now >= self.cadence.due() {
            self.run_cycle(now);
        }
    }

    /// Looks after the members, and takes up the places that they leave.
    fn look_after_members(&mut self, now: Duration) {
        let load = Load { fragments: self.replicas.len() as u32, mean_trust: self.replicas.mean_trust() };
        if let Some(to) = self.membership.poll(load, now, &mut self.outgoing) {
            self.proofs.repeat(to, &mut self.outgoing);
        }
        self.counters.gone = self.membership.gone();
        let before = self.places.version();
        if self.places.poll(&mut self.membership.roster, &mut self.replicas, now) {
            tracing::trace!(?before, held = self.replicas.len(), "places");
            self.proofs.hold_against(&mut self.replicas);
            self.outgoing.wake();
        }
        if self.places.version() != before {
            self.follow_holders();
        }
        for fragment in self.exchange.fragments_waiting() {
            if self.replicas.get(fragment).is_none() {
                self.membership.look_for_holders(fragment, now);
            }
        }
    }

    /// What this node has contributed goes to whoever holds it now.
    fn follow_holders(&mut self) {
        for fragment in self.exchange.fragments_written() {
            let holders = self.places.others(fragment, &self.membership.roster);
            self.exchange.follow(fragment, &holders);
        }
    }

    /// Shows the holders of a surplus fragment what is held of it here, so that they fetch what they lack.
    pub(super) fn show_surplus(&mut self, fragment: u32, now: Duration) {
        if !self.places.is_shown(fragment, now) {
            for target in self.draw_neighbours(fragment, SAMPLES_PER_CYCLE) {
                self.send_sample(fragment, target);
            }
        }
    }
}
