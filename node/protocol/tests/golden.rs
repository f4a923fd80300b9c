//! Golden datagrams: the packets of `tests/vectors/datagrams.json`, to the byte.

use std::path::Path;

use lvs_protocol::NodeId;
use lvs_protocol::ledger::Register;
use lvs_protocol::wire::{
    Acknowledge, Alarm, Beacon, CellSet, Diff, Entropy, Fetch, Packet, SAMPLE, decode, encode,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    packets: Vec<Case>,
    refused: Vec<Refused>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    datagram: String,
    #[serde(flatten)]
    fields: Fields,
}

#[derive(Deserialize)]
struct Refused {
    name: String,
    datagram: String,
    refusal: String,
}

/// A packet's fields. Numbers of 64 bits are decimal strings, and nodes hexadecimal ones.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Fields {
    Entropy { fragment: u32, cycle: String, seed: String, values: Vec<String>, stamps: Vec<String> },
    Diff { fragment: u32, writer: String, registers: Vec<(u8, String, String)> },
    Fetch { fragment: u32, cells: Vec<u8> },
    Acknowledge { fragment: u32, writer: String, sequences: Vec<(u8, String)> },
    Alarm { fragment: u32, rate_limited: u16, floored: u16 },
    Beacon { node: String, fragments: u32, mean_trust: u16 },
}

impl Fields {
    fn packet(&self) -> Packet {
        match self {
            Self::Entropy { fragment, cycle, seed, values, stamps } => {
                assert_eq!((values.len(), stamps.len()), (SAMPLE, SAMPLE));
                let mut samples = Box::new([(0, 0); SAMPLE]);
                for (i, sample) in samples.iter_mut().enumerate() {
                    *sample = (number(&values[i]), number(&stamps[i]));
                }
                let (cycle, seed) = (number(cycle), number(seed));
                Packet::Entropy(Entropy { fragment: *fragment, cycle, seed, samples })
            }
            Self::Diff { fragment, writer, registers } => {
                let registers = registers.iter().map(|(cell, sequence, amount)| {
                    (*cell, Register { sequence: number(sequence), amount: number(amount) })
                });
                let registers = registers.collect();
                Packet::Diff(Diff { fragment: *fragment, writer: node(writer), registers })
            }
            Self::Fetch { fragment, cells: listed } => {
                let mut cells = CellSet::default();
                listed.iter().for_each(|&cell| cells.insert(cell));
                Packet::Fetch(Fetch { fragment: *fragment, cells })
            }
            Self::Acknowledge { fragment, writer, sequences } => {
                let sequences = sequences.iter().map(|(cell, sequence)| (*cell, number(sequence)));
                let sequences = sequences.collect();
                Packet::Acknowledge(Acknowledge { fragment: *fragment, writer: node(writer), sequences })
            }
            &Self::Alarm { fragment, rate_limited, floored } => {
                Packet::Alarm(Alarm { fragment, rate_limited, floored })
            }
            Self::Beacon { node: sender, fragments, mean_trust } => {
                let beacon = Beacon { node: node(sender), fragments: *fragments, mean_trust: *mean_trust };
                Packet::Beacon(beacon)
            }
        }
    }
}

fn number<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("'{text}' is no number"))
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let pairs = (0..hexadecimal.len()).step_by(2).map(|i| &hexadecimal[i..i + 2]);
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal digits")).collect()
}

fn node(hexadecimal: &str) -> NodeId {
    NodeId::from_bytes(bytes(hexadecimal).try_into().expect("16 bytes"))
}

fn golden() -> Golden {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/datagrams.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).expect("the golden datagrams are as their README says")
}

#[test]
fn every_packet_has_these_bytes() {
    let packets = golden().packets;
    assert!(packets.len() >= 6, "at least one of each kind");
    for case in packets {
        let packet = case.fields.packet();
        assert_eq!(encode(&packet), bytes(&case.datagram), "{}", case.name);
        assert_eq!(decode(&bytes(&case.datagram)), Ok(packet), "{}", case.name);
    }
}

#[test]
fn bad_datagrams_are_refused_for_these_reasons() {
    let refused = golden().refused;
    assert!(!refused.is_empty());
    for case in refused {
        let refusal = decode(&bytes(&case.datagram)).expect_err(&case.name);
        assert_eq!(format!("{refusal:?}"), case.refusal, "{}", case.name);
    }
}
