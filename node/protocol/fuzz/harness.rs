//! What the fuzzer runs, and what the tests replay: no bytes can crash a node or make it say what is not a packet.

use std::sync::OnceLock;
use std::time::Duration;

use lvs_kernels::vaultguard::VALUE_MAX;
use lvs_kernels::{Backend, Engine};
use lvs_protocol::ledger::{AMOUNT_MAX, Register};
use lvs_protocol::wire::{DATAGRAM_MAX, Diff, Packet, decode, encode};
use lvs_protocol::{CellId, Config, Input, Keys, LinkId, Node, Output, Peer};

/// Nodes in the swarm of the node that is fuzzed, itself among them.
const NODES: u8 = 5;

/// Fragments of its ledger.
const FRAGMENTS: u32 = 2;

/// More than a node says after any one input: an answer for every neighbour of every fragment, and then some.
const OUTPUTS_MAX: usize = 1_000;

/// A datagram that is taken has no other form.
pub fn decoded(bytes: &[u8]) {
    if let Ok(packet) = decode(bytes) {
        assert_eq!(encode(&packet), bytes);
    }
}

/// A node takes any inputs in any order. The bytes tell which: see [`Step`].
pub fn handled(bytes: &[u8]) {
    let mut node = node();
    let mut now = Duration::ZERO;
    let mut rest = bytes;
    while let Some(step) = Step::read(&mut rest) {
        step.carry_out(&mut node, &mut now);
        check_outputs(&mut node);
        for fragment in node.fragments() {
            assert!(fragment.values().iter().all(|value| (0..=VALUE_MAX).contains(value)));
        }
    }
}

fn node() -> Node {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    let engine =
        ENGINE.get_or_init(|| Engine::with_threads(Backend::Scalar, Some(1)).expect("it is always there"));
    let peers = (1..NODES).map(|i| Peer { id: keys(i).id(), link: LinkId(i.into()) });
    let mut config = Config::new(keys(0).clone(), peers.collect(), FRAGMENTS);
    config.initial_trust = u16::MAX;
    Node::new(config, engine.clone(), [7; 32], Duration::ZERO).expect("a sound configuration")
}

fn keys(i: u8) -> &'static Keys {
    static KEYS: OnceLock<Vec<Keys>> = OnceLock::new();
    &KEYS.get_or_init(|| (0..NODES).map(|i| Keys::from_seed([i; 32])).collect())[usize::from(i % NODES)]
}

/// Everything that a node says is a packet.
fn check_outputs(node: &mut Node) {
    for _ in 0..OUTPUTS_MAX {
        match node.poll_output() {
            Output::Transmit { datagram, .. } => {
                assert!(datagram.len() <= DATAGRAM_MAX);
                assert!(decode(&datagram).is_ok());
            }
            Output::Timeout(_) => return,
            _ => {}
        }
    }
    panic!("a node that does not stop talking");
}

/// One input. Its first byte tells the kind, and the following ones are taken as they come.
enum Step<'a> {
    /// Time passes, and a cycle may be due.
    Wait(Duration),
    /// The node contributes.
    Contribute { cell: u64, amount: i64 },
    /// Any bytes come from a member, or from a stranger.
    Bytes { from: LinkId, bytes: &'a [u8] },
    /// A packet of some kind comes whose fields are any bytes.
    Fields { from: LinkId, kind: u8, fields: &'a [u8] },
    /// A member sends a register that some member has signed.
    Signed { from: LinkId, writer: u8, cell: CellId, sequence: u64, amount: i64 },
}

impl<'a> Step<'a> {
    fn read(rest: &mut &'a [u8]) -> Option<Self> {
        let [kind, a, b] = take(rest)?;
        let from = LinkId((a % (NODES + 1)).into());
        Some(match kind % 5 {
            0 => Self::Wait(Duration::from_millis(u64::from(u16::from_le_bytes([a, b])))),
            1 => Self::Contribute {
                cell: u64::from(a) + 200 * u64::from(b % 2),
                amount: i64::from_le_bytes(take(rest)?),
            },
            2 => Self::Bytes { from, bytes: split(rest, 8 * usize::from(b)) },
            3 => {
                let length = usize::from(u16::from_le_bytes(take(rest)?));
                Self::Fields { from, kind: b % 16, fields: split(rest, length) }
            }
            _ => {
                let [fragment, cell, sequence, amount] = take(rest)?;
                let cell = CellId { fragment: u32::from(fragment) % (FRAGMENTS + 1), cell };
                let amount = if amount == u8::MAX { AMOUNT_MAX } else { i64::from(amount) * 1_000_003 };
                Self::Signed { from, writer: b, cell, sequence: 1 + u64::from(sequence), amount }
            }
        })
    }

    fn carry_out(self, node: &mut Node, now: &mut Duration) {
        match self {
            Self::Wait(time) => {
                *now += time;
                node.handle(*now, Input::Timeout).expect("never an error");
            }
            // It may be refused.
            Self::Contribute { cell, amount } => _ = node.handle(*now, Input::Contribute { cell, amount }),
            Self::Bytes { from, bytes } => receive(node, *now, from, bytes),
            Self::Fields { from, kind, fields } => {
                let datagram = [&header(kind)[..], fields].concat();
                receive(node, *now, from, &datagram);
            }
            Self::Signed { from, writer, cell, sequence, amount } => {
                let keys = keys(writer);
                let register = Register::signed(keys, cell, sequence, amount);
                let registers = vec![(cell.cell, register)];
                let diff = Diff { fragment: cell.fragment, writer: keys.public(), registers };
                receive(node, *now, from, &encode(&Packet::Diff(diff)));
            }
        }
    }
}

fn receive(node: &mut Node, now: Duration, from: LinkId, bytes: &[u8]) {
    node.handle(now, Input::Datagram { from, bytes }).expect("never an error");
}

/// The header of a packet of some kind.
fn header(kind: u8) -> [u8; 4] {
    [b'L', b'V', lvs_protocol::wire::VERSION, kind]
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk()?;
    *rest = tail;
    Some(*head)
}

/// Up to so many bytes.
fn split<'a>(rest: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (head, tail) = rest.split_at(length.min(rest.len()));
    *rest = tail;
    head
}
