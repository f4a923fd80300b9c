//! The decoder: every packet comes back, and nothing else gets in.

use lvs_protocol::ledger::{AMOUNT_MAX, Equivocation, Register};
use lvs_protocol::wire::{
    ACKNOWLEDGEMENTS_MAX, Acknowledge, Alarm, Beacon, CellSet, DATAGRAM_MAX, Diff, Entropy, Fetch, Packet,
    REGISTERS_MAX, Refusal, SAMPLE, decode, encode,
};
use lvs_protocol::{CellId, NodeId, PublicKey, Signature};
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
        (node(), any::<(u32, u16)>()).prop_map(|(node, (fragments, mean_trust))| {
            Packet::Beacon(Beacon { node, fragments, mean_trust })
        }),
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
    fn random_bytes_never_panic(bytes in vec(any::<u8>(), 0..1_400), kind in 0..10_u8) {
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
fn headers_are_checked() {
    assert_eq!(decode(b""), Err(Refusal::Truncated));
    assert_eq!(decode(b"XX\x02\x05"), Err(Refusal::Magic));
    assert_eq!(decode(b"LV\x01\x05"), Err(Refusal::Version));
    assert_eq!(decode(b"LV\x02\x63"), Err(Refusal::Kind));
}
