//! Hostile members that lie about others.

use std::time::Duration;

use lvs_protocol::wire::{BEACON_CONTACTS_MAX, Contact, FOUND_CONTACTS_MAX, Packet, decode, encode};
use lvs_protocol::{Key, NodeId};
use rand_core::Rng;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::seeds;
use crate::world::World;

/// Lies about members, around a node that is otherwise honest.
pub struct Lying {
    /// Those who lie together.
    colleagues: Vec<Contact>,
}

impl Lying {
    /// Rewrites what names members.
    pub fn rewrite(&mut self, datagram: &mut Vec<u8>, random: &mut Xoshiro256PlusPlus) {
        match decode(datagram) {
            Ok(Packet::Beacon(mut beacon)) => {
                let near = Key::of_node(beacon.node);
                beacon.contacts = self.named(near, &beacon.contacts, BEACON_CONTACTS_MAX, random);
                beacon.contacts.sort();
                *datagram = encode(&Packet::Beacon(beacon));
            }
            Ok(Packet::Found(mut found)) => {
                let key = found.key;
                found.contacts = self.named(key, &found.contacts, FOUND_CONTACTS_MAX, random);
                found.contacts.sort_by_key(|contact| key.distance(contact.node));
                *datagram = encode(&Packet::Found(found));
            }
            _ => {}
        }
    }

    /// Colleagues, made-up nodes nearest to the point where nobody is, and true nodes at the wrong addresses.
    fn named(
        &self,
        near: Key,
        truth: &[Contact],
        most: usize,
        random: &mut Xoshiro256PlusPlus,
    ) -> Vec<Contact> {
        let mut named = self.colleagues.clone();
        for i in 0..8 {
            let mut id = near.to_bytes();
            id[15] ^= i + 1;
            id[14] ^= random.next_u64() as u8;
            let nowhere = World::address(10_000 + random.next_u64() as usize % 10_000);
            named.push(Contact { node: NodeId::from_bytes(id), address: nowhere });
        }
        for contact in truth.iter().take(6) {
            let wrong = self.colleagues.get(random.next_u64() as usize % self.colleagues.len().max(1));
            named.extend(wrong.map(|wrong| Contact { node: contact.node, address: wrong.address }));
        }
        let mut seen = std::collections::BTreeSet::new();
        named.retain(|contact| seen.insert(contact.node));
        named.truncate(most);
        named
    }
}

/// A swarm of sixty of which the last twenty lie about members.
fn with_liars(seed: u64) -> World {
    let mut world = World::new(seed, 12, 5);
    world.join(&[]);
    (1..40).for_each(|_| _ = world.join(&[0]));
    world.run(Duration::from_secs(60));
    for _ in 40..60 {
        world.join(&[0, 1]);
    }
    world.run(Duration::from_secs(60));
    let colleague = |i: usize| Contact { node: world.node(i).id(), address: World::address(i) };
    let colleagues: Vec<_> = (40..60).map(colleague).collect();
    (40..60).for_each(|i| world.turn(i, Lying { colleagues: colleagues.clone() }));
    world
}

#[test]
fn a_joiner_with_a_third_of_its_contacts_hostile_finds_the_true_holders() {
    for seed in seeds(3) {
        let mut world = with_liars(seed);
        assert!(world.run_until(Duration::from_secs(300), World::is_placed).is_some(), "LVS_SEED={seed}");
        let joiner = world.join(&[1, 2, 3, 4, 5, 6, 41, 42, 43]);
        let time = world.run_until(Duration::from_secs(300), World::is_placed);
        let time = time.unwrap_or_else(|| {
            panic!("LVS_SEED={seed}, joiner {joiner}: {:?}", world.misplaced(&world.alive()))
        });
        println!("seed {seed}: a joiner has its true places after {time:?}");
        world.run(Duration::from_secs(600));
        assert!(world.is_placed(), "LVS_SEED={seed}: later {:?}", world.misplaced(&world.alive()));
    }
}

#[test]
fn made_up_members_are_nobody() {
    let mut world = with_liars(9);
    world.run(Duration::from_secs(300));
    let ids: Vec<_> = world.alive().into_iter().map(|i| world.node(i).id()).collect();
    for i in world.alive() {
        assert!(world.node(i).members().all(|member| ids.contains(&member)), "node {i}");
        assert_eq!(world.node(i).counters().gone, 0, "node {i}");
    }
}
