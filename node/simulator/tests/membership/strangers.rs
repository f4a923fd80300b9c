//! What strangers get: no more than they send, until they have shown that they are there.

use std::time::Duration;

use lvs_kernels::{Backend, Engine};
use lvs_protocol::wire::{Find, Greeting, Packet, Refusal, decode, encode};
use lvs_protocol::{Address, Config, Input, Key, Keys, LinkId, NetworkId, Node, NodeId, Output};
use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

const HERE: LinkId = LinkId(77);
const STRANGER: NodeId = NodeId::from_bytes([7; 16]);
const NOW: Duration = Duration::from_millis(1);

fn node(network: NetworkId) -> Node {
    let mut config = Config::new(Keys::from_seed([1; 32]), Vec::new(), 1);
    config.network = network;
    let engine = Engine::with_threads(Backend::Auto, Some(1)).expect("there is always a backend");
    Node::new(config, engine, [3; 32], Duration::ZERO).expect("a sound configuration")
}

/// Hands a datagram in and returns what is sent because of it.
fn hand_in(node: &mut Node, from: LinkId, bytes: &[u8]) -> Vec<Vec<u8>> {
    hand_in_at(NOW, node, from, bytes)
}

fn hand_in_at(now: Duration, node: &mut Node, from: LinkId, bytes: &[u8]) -> Vec<Vec<u8>> {
    node.handle(now, Input::Datagram { from, bytes }).expect("never an error");
    let mut sent = Vec::new();
    loop {
        match node.poll_output() {
            Output::Transmit { datagram, .. } => sent.push(datagram),
            Output::Timeout(_) => return sent,
            _ => {}
        }
    }
}

fn hello(echo: u64) -> Vec<u8> {
    encode(&Packet::Hello(Greeting { node: STRANGER, cookie: 5, echo }))
}

/// What a node's cookie calls for in the public network, as the protocol defines it.
fn echo_of(cookie: u64) -> u64 {
    let hash = blake3::keyed_hash(&NetworkId::PUBLIC.to_bytes(), &cookie.to_le_bytes());
    let (first, _) = hash.as_bytes().split_first_chunk().expect("a hash has 32 bytes");
    u64::from_le_bytes(*first).max(1)
}

/// The answer to a first greeting.
fn greeted(node: &mut Node, from: LinkId) -> Greeting {
    let sent = hand_in(node, from, &hello(0));
    assert_eq!(sent.len(), 1);
    match decode(&sent[0]) {
        Ok(Packet::Answer(answer)) => answer,
        other => panic!("{other:?} instead of an answer"),
    }
}

#[test]
fn a_stranger_is_a_member_once_it_has_echoed_the_cookie() {
    let mut node = node(NetworkId::PUBLIC);
    let answer = greeted(&mut node, HERE);
    assert_eq!(answer.echo, echo_of(5));
    assert_eq!(node.members().count(), 1, "a claim is no proof");
    hand_in(&mut node, HERE, &hello(answer.cookie));
    assert_eq!(node.members().count(), 1, "that is not the echo");
    hand_in(&mut node, LinkId(78), &hello(echo_of(answer.cookie)));
    assert_eq!(node.members().count(), 1, "the cookie was for another link");
    hand_in(&mut node, HERE, &hello(echo_of(answer.cookie)));
    assert_eq!(node.members().collect::<Vec<_>>(), [STRANGER, node.id()]);
}

#[test]
fn another_network_is_another_world() {
    let mut node = node(NetworkId::from_bytes([3; 32]));
    let answer = greeted(&mut node, HERE);
    assert_ne!(answer.echo, echo_of(5));
    hand_in(&mut node, HERE, &hello(echo_of(answer.cookie)));
    assert_eq!(node.members().count(), 1);
}

#[test]
fn only_who_is_there_gets_more_than_it_sends() {
    let mut node = node(NetworkId::PUBLIC);
    let answer = greeted(&mut node, HERE);
    let find = |echo| encode(&Packet::Find(Find { cookie: 5, echo, key: Key::from_bytes([9; 16]) }));
    assert!(hand_in(&mut node, HERE, &find(0)).is_empty());
    assert_eq!(node.counters().refused[&Refusal::Echo], 1);
    let sent = hand_in(&mut node, HERE, &find(echo_of(answer.cookie)));
    assert!(matches!(decode(&sent[0]), Ok(Packet::Found(found)) if found.echo == echo_of(5)));
}

#[test]
fn nothing_that_strangers_send_is_answered_with_more_bytes() {
    let mut node = node(NetworkId::PUBLIC);
    let mut random = Xoshiro256PlusPlus::seed_from_u64(4);
    for _ in 0..20_000 {
        let mut bytes = vec![0; random.next_u64() as usize % 80];
        random.fill_bytes(&mut bytes);
        if random.next_u64() % 4 != 0 && bytes.len() > 4 {
            bytes[..3].copy_from_slice(b"LV\x02");
            bytes[3] %= 13;
            if bytes.len() > 36 {
                bytes.truncate(36);
            }
        }
        let from = LinkId(random.next_u64() % 50);
        let sent: usize = hand_in(&mut node, from, &bytes).iter().map(Vec::len).sum();
        assert!(sent <= bytes.len(), "{sent} bytes for {bytes:02x?}");
    }
    assert_eq!(node.members().count(), 1);
}

#[test]
fn a_flood_of_members_is_bounded() {
    let mut node = node(NetworkId::PUBLIC);
    let mut random = Xoshiro256PlusPlus::seed_from_u64(6);
    for i in 0..3_000 {
        // A node says only so much at one moment.
        let now = NOW + Duration::from_millis(i);
        let mut id = [0; 16];
        random.fill_bytes(&mut id);
        let claim = |echo| Packet::Hello(Greeting { node: NodeId::from_bytes(id), cookie: 5, echo });
        let link = LinkId(1_000 + i);
        let address = Address::new([0xfd; 16], 1 + i as u16).expect("a host's address");
        node.handle(now, Input::Link { link, address }).expect("never an error");
        let sent = hand_in_at(now, &mut node, link, &encode(&claim(0)));
        let Ok(Packet::Answer(answer)) = decode(&sent[0]) else { panic!("no answer") };
        hand_in_at(now, &mut node, link, &encode(&claim(echo_of(answer.cookie))));
        assert!(node.members().count() <= 1_025, "itself and 1,024 others");
    }
    assert_eq!(node.members().count(), 1_025);
    assert!(node.counters().refused[&Refusal::Full] > 0);
}
