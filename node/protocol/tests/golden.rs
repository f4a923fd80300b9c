//! Golden datagrams: the packets of `tests/vectors/datagrams.json`, to the byte, with their signatures and stamps.

use std::net::SocketAddr;
use std::path::Path;

use lvs_protocol::ledger::{Equivocation, Fragment, Register, Stamper};
use lvs_protocol::wire::{
    Acknowledge, Alarm, Beacon, CellSet, Contact, Diff, Entropy, Fetch, Find, Found, Greeting, Packet,
    SAMPLE, decode, encode,
};
use lvs_protocol::{Address, CellId, Key, Keys, NodeId, PublicKey, Signature};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    packets: Vec<Case>,
    refused: Vec<Refused>,
    keys: Vec<KeyCase>,
    stamps: Vec<StampCase>,
}

/// Keys, and the node that they are of.
#[derive(Deserialize)]
struct KeyCase {
    seed: String,
    public: String,
    node: String,
}

/// A cell with the registers of one writer, and its stamp under a seed.
#[derive(Deserialize)]
struct StampCase {
    seed: String,
    fragment: u32,
    cell: u8,
    writer: String,
    registers: Vec<(String, String, String)>,
    stamp: String,
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
    Entropy {
        fragment: u32,
        cycle: String,
        seed: String,
        values: Vec<String>,
        stamps: Vec<String>,
    },
    Diff {
        fragment: u32,
        writer: String,
        registers: Vec<(u8, String, String, String)>,
    },
    Fetch {
        fragment: u32,
        cells: Vec<u8>,
    },
    Acknowledge {
        fragment: u32,
        writer: String,
        sequences: Vec<(u8, String)>,
    },
    Alarm {
        fragment: u32,
        rate_limited: u16,
        floored: u16,
    },
    Beacon {
        node: String,
        fragments: u32,
        mean_trust: u16,
        contacts: Vec<(String, SocketAddr)>,
    },
    Hello {
        node: String,
        cookie: String,
        echo: String,
    },
    Answer {
        node: String,
        cookie: String,
        echo: String,
    },
    Find {
        cookie: String,
        echo: String,
        key: String,
    },
    Found {
        echo: String,
        key: String,
        contacts: Vec<(String, SocketAddr)>,
    },
    Proof {
        fragment: u32,
        cell: u8,
        writer: String,
        sequence: String,
        amounts: [String; 2],
        signatures: [String; 2],
    },
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
                let registers = registers.iter().map(|(cell, sequence, amount, signature)| {
                    (*cell, register(sequence, amount, signature))
                });
                let registers = registers.collect();
                Packet::Diff(Diff { fragment: *fragment, writer: key(writer), registers })
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
            Self::Beacon { node: sender, fragments, mean_trust, contacts: named } => {
                let (fragments, mean_trust) = (*fragments, *mean_trust);
                Packet::Beacon(Beacon {
                    node: node(sender),
                    fragments,
                    mean_trust,
                    contacts: contacts(named),
                })
            }
            Self::Hello { node: sender, cookie, echo } => Packet::Hello(greeting(sender, cookie, echo)),
            Self::Answer { node: sender, cookie, echo } => Packet::Answer(greeting(sender, cookie, echo)),
            Self::Find { cookie, echo, key } => {
                Packet::Find(Find { cookie: number(cookie), echo: number(echo), key: point(key) })
            }
            Self::Found { echo, key, contacts: named } => {
                Packet::Found(Found { echo: number(echo), key: point(key), contacts: contacts(named) })
            }
            Self::Proof { fragment, cell, writer, sequence, amounts, signatures } => {
                let cell = CellId { fragment: *fragment, cell: *cell };
                let registers = [0, 1].map(|i| register(sequence, &amounts[i], &signatures[i]));
                Packet::Proof(Box::new(Equivocation { writer: key(writer), cell, registers }))
            }
        }
    }
}

fn register(sequence: &str, amount: &str, signature: &str) -> Register {
    let signature = Signature::from_bytes(bytes(signature).try_into().expect("64 bytes"));
    Register { sequence: number(sequence), amount: number(amount), signature }
}

fn greeting(sender: &str, cookie: &str, echo: &str) -> Greeting {
    Greeting { node: node(sender), cookie: number(cookie), echo: number(echo) }
}

fn contacts(named: &[(String, SocketAddr)]) -> Vec<Contact> {
    let address = |address| Address::of_socket(address).expect("a host's address");
    named.iter().map(|(id, socket)| Contact { node: node(id), address: address(*socket) }).collect()
}

fn point(hexadecimal: &str) -> Key {
    Key::from_bytes(node(hexadecimal).to_bytes())
}

fn key(hexadecimal: &str) -> PublicKey {
    PublicKey::from_bytes(bytes(hexadecimal).try_into().expect("32 bytes"))
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
    assert!(packets.len() >= 11, "at least one of each kind");
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

#[test]
fn every_register_is_signed_by_its_writer() {
    let mut checked = 0;
    for case in golden().packets {
        match case.fields.packet() {
            Packet::Diff(diff) => {
                for (cell, register) in diff.registers {
                    let cell = CellId { fragment: diff.fragment, cell };
                    assert!(register.is_signed_by(diff.writer, cell), "{}", case.name);
                    checked += 1;
                }
            }
            Packet::Proof(proof) => {
                assert!(proof.holds(), "{}", case.name);
                checked += 1;
            }
            _ => {}
        }
    }
    assert!(checked > 10);
}

#[test]
fn nodes_are_known_by_the_hashes_of_their_keys() {
    let cases = golden().keys;
    assert!(!cases.is_empty());
    for case in cases {
        let keys = Keys::from_seed(bytes(&case.seed).try_into().expect("32 bytes"));
        assert_eq!(keys.public(), key(&case.public));
        assert_eq!(keys.id(), node(&case.node));
    }
}

#[test]
fn stamps_are_keyed_by_the_seed() {
    let cases = golden().stamps;
    assert!(cases.len() > 2);
    for case in cases {
        let mut fragment = Fragment::new(case.fragment);
        for (sequence, amount, signature) in &case.registers {
            fragment.apply(case.cell, key(&case.writer), register(sequence, amount, signature));
        }
        assert_eq!(fragment.registers(), case.registers.len());
        let stamp = fragment.stamp(case.cell, &Stamper::new(number(&case.seed)));
        assert_eq!(stamp, number::<u64>(&case.stamp), "seed {}", case.seed);
    }
}
