//! The decoder: every packet comes back, and nothing else gets in.

use lvs_protocol::ledger::{AMOUNT_MAX, Equivocation, Register};
use lvs_protocol::wire::{
    ACKNOWLEDGEMENTS_MAX, Acknowledge, Alarm, BEACON_CONTACTS_MAX, Beacon, CellSet, Contact, DATAGRAM_MAX,
    Diff, Entropy, FOUND_CONTACTS_MAX, Fetch, Find, Found, Greeting, Packet, REGISTERS_MAX, Refusal, SAMPLE,
    decode, encode,
};
use lvs_protocol::{Address, CellId, Key, NodeId, PublicKey, Signature};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

fn node() -> impl Strategy<Value = NodeId> {
    any::<[u8; 16]>().prop_map(NodeId::from_bytes)
}

fn key() -> impl Strategy<Value = PublicKey> {
    any::<[u8; 32]>().prop_map(PublicKey::from_bytes)
}

fn register() -> impl Strategy<Value = Register> {
    (1..=u64::MAX, 0..=AMOUNT_MAX, vec(any::<u8>(), 64)).prop_map(|(sequence, amount, signature)| {
        let signature = Signature::from_bytes(signature.try_into().expect("as many as asked for"));
        Register { sequence, amount, signature }
    })
}

fn proof() -> impl Strategy<Value = Packet> {
    (any::<(u32, u8)>(), key(), register(), register())
        .prop_filter("two amounts", |(_, _, one, other)| one.amount != other.amount)
        .prop_map(|((fragment, cell), writer, one, mut other)| {
            other.sequence = one.sequence;
            let registers = if one.amount < other.amount { [one, other] } else { [other, one] };
            Packet::Proof(Box::new(Equivocation { writer, cell: CellId { fragment, cell }, registers }))
        })
}

fn entropy() -> impl Strategy<Value = Packet> {
    (any::<(u32, u64, u64)>(), vec(any::<(i64, u64)>(), SAMPLE)).prop_map(
        |((fragment, cycle, seed), samples)| {
            let samples = samples.try_into().expect("as many as asked for");
            Packet::Entropy(Entropy { fragment, cycle, seed, samples: Box::new(samples) })
        },
    )
}

fn address() -> impl Strategy<Value = Address> {
    let parts = (any::<[u8; 16]>(), any::<u16>());
    parts.prop_filter_map("nobody can be there", |(ip, port)| Address::new(ip, port))
}

fn contacts(most: usize) -> impl Strategy<Value = Vec<Contact>> {
    let contacts = btree_map(node(), address(), 0..=most);
    contacts.prop_map(|map| map.into_iter().map(|(node, address)| Contact { node, address }).collect())
}

fn greeting() -> impl Strategy<Value = Greeting> {
    (node(), 1..=u64::MAX, any::<u64>()).prop_map(|(node, cookie, echo)| Greeting { node, cookie, echo })
}

fn membership() -> impl Strategy<Value = Packet> {
    let key = || any::<[u8; 16]>().prop_map(Key::from_bytes);
    let beacon = (node(), any::<(u32, u16)>(), contacts(BEACON_CONTACTS_MAX));
    let find = (1..=u64::MAX, any::<u64>(), key());
    let found = (any::<u64>(), key(), contacts(FOUND_CONTACTS_MAX));
    prop_oneof![
        beacon.prop_map(|(node, (fragments, mean_trust), contacts)| {
            Packet::Beacon(Beacon { node, fragments, mean_trust, contacts })
        }),
        greeting().prop_map(Packet::Hello),
        greeting().prop_map(Packet::Answer),
        find.prop_map(|(cookie, echo, key)| Packet::Find(Find { cookie, echo, key })),
        found.prop_map(|(echo, key, mut contacts)| {
            contacts.sort_by_key(|contact| key.distance(contact.node));
            Packet::Found(Found { echo, key, contacts })
        }),
    ]
}

fn packet() -> impl Strategy<Value = Packet> {
    let diff = (any::<u32>(), key(), btree_map(any::<u8>(), register(), 1..=REGISTERS_MAX));
    let fetch = (any::<u32>(), vec(any::<u8>(), 1..100));
    let acknowledge = (any::<u32>(), node(), btree_map(any::<u8>(), any::<u64>(), 1..=ACKNOWLEDGEMENTS_MAX));
    prop_oneof![
        entropy(),
        diff.prop_map(|(fragment, writer, registers)| {
            Packet::Diff(Diff { fragment, writer, registers: registers.into_iter().collect() })
        }),
        fetch.prop_map(|(fragment, list)| {
            let mut cells = CellSet::default();
            list.into_iter().for_each(|cell| cells.insert(cell));
            Packet::Fetch(Fetch { fragment, cells })
        }),
        acknowledge.prop_map(|(fragment, writer, sequences)| {
            Packet::Acknowledge(Acknowledge { fragment, writer, sequences: sequences.into_iter().collect() })
        }),
        any::<(u32, u16, u16)>().prop_map(|(fragment, rate_limited, floored)| {
            Packet::Alarm(Alarm { fragment, rate_limited, floored })
        }),
        membership(),
        proof(),
    ]
}

proptest! {
    #[test]
    fn every_packet_comes_back(packet in packet()) {
        let datagram = encode(&packet);
        prop_assert!(datagram.len() <= DATAGRAM_MAX);
        prop_assert_eq!(decode(&datagram), Ok(packet));
    }

    #[test]
    fn a_packet_has_one_form(packet in packet(), at: prop::sample::Index, flip in 1..=u8::MAX) {
        let mut datagram = encode(&packet);
        *at.get_mut(&mut datagram) ^= flip;
        if let Ok(other) = decode(&datagram) {
            prop_assert_eq!(encode(&other), datagram);
        }
    }

    #[test]
    fn cut_or_extended_packets_are_refused(packet in packet(), at: prop::sample::Index, tail in vec(any::<u8>(), 1..9)) {
        let datagram = encode(&packet);
        prop_assert!(decode(&datagram[..at.index(datagram.len())]).is_err());
        let extended = [datagram, tail].concat();
        let refusal = if extended.len() > DATAGRAM_MAX { Refusal::TooLong } else { Refusal::Trailing };
        prop_assert_eq!(decode(&extended), Err(refusal));
    }

    #[test]
    fn random_bytes_never_panic(bytes in vec(any::<u8>(), 0..1_400), kind in 0..14_u8) {
        let _ = decode(&bytes);
        let _ = decode(&[b"LV\x02", &[kind][..], &bytes].concat());
    }
}

#[test]
fn numbers_out_of_range_are_refused() {
    let diff = |sequence, amount| {
        let register = Register { sequence, amount, signature: Signature::from_bytes([7; 64]) };
        let writer = PublicKey::from_bytes([9; 32]);
        decode(&encode(&Packet::Diff(Diff { fragment: 0, writer, registers: vec![(3, register)] })))
    };
    assert_eq!(diff(0, 5), Err(Refusal::Range));
    assert_eq!(diff(1, AMOUNT_MAX + 1), Err(Refusal::Range));
    assert_eq!(diff(1, -1), Err(Refusal::Range));
    assert!(diff(1, 0).is_ok());
}

#[test]
fn lists_of_members_are_in_order_and_have_real_addresses() {
    let contact = |i: u8, port| Contact {
        node: NodeId::from_bytes([i; 16]),
        address: Address::new([0xfd; 16], port).expect("a host's address"),
    };
    let beacon = |contacts| {
        let node = NodeId::from_bytes([9; 16]);
        encode(&Packet::Beacon(Beacon { node, fragments: 1, mean_trust: 2, contacts }))
    };
    assert!(decode(&beacon(vec![contact(1, 5), contact(2, 5)])).is_ok());
    assert_eq!(decode(&beacon(vec![contact(2, 5), contact(1, 5)])), Err(Refusal::List));
    assert_eq!(decode(&beacon(vec![contact(2, 5), contact(2, 6)])), Err(Refusal::List), "one node twice");
    let mut without_port = beacon(vec![contact(1, 5)]);
    without_port.truncate(without_port.len() - 2);
    assert_eq!(decode(&[&without_port[..], &[0, 0]].concat()), Err(Refusal::Range));
    let key = Key::from_bytes([3; 16]);
    let found = |contacts| encode(&Packet::Found(Found { echo: 5, key, contacts }));
    assert!(decode(&found(vec![contact(2, 5), contact(1, 5)])).is_ok(), "2 is nearer to 3");
    assert_eq!(decode(&found(vec![contact(1, 5), contact(2, 5)])), Err(Refusal::List));
    let mut too_long = beacon(Vec::new());
    *too_long.last_mut().expect("the number of members") = BEACON_CONTACTS_MAX as u8 + 1;
    assert_eq!(decode(&too_long), Err(Refusal::List));
}

#[test]
fn without_a_cookie_nothing_is_asked() {
    let greeting = Greeting { node: NodeId::from_bytes([9; 16]), cookie: 0, echo: 7 };
    assert_eq!(decode(&encode(&Packet::Hello(greeting))), Err(Refusal::Range));
    let find = Find { cookie: 0, echo: 7, key: Key::from_bytes([3; 16]) };
    assert_eq!(decode(&encode(&Packet::Find(find))), Err(Refusal::Range));
}

#[test]
fn headers_are_checked() {
    assert_eq!(decode(b""), Err(Refusal::Truncated));
    assert_eq!(decode(b"XX\x02\x05"), Err(Refusal::Magic));
    assert_eq!(decode(b"LV\x01\x05"), Err(Refusal::Version));
    assert_eq!(decode(b"LV\x02\x63"), Err(Refusal::Kind));
}
