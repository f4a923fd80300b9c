//! What hostile nodes do beside lying about values: they send what no honest node would.
//!
//! A [`Doer`] stands behind an honest node, as a liar does. With every sample that the node sends, it sends something of its
//! own to the same receiver.

use std::fmt;
use std::str::FromStr;

use lvs_kernels::InvalidArgument;
use lvs_protocol::ledger::Register;
use lvs_protocol::wire::{Alarm, CellSet, Diff, Fetch, Packet, decode, encode};
use lvs_protocol::{CellId, Keys};

use crate::names::by_name;

/// Datagrams of others that are kept to be sent again.
const KEPT: usize = 64;

/// Fetches, and as many alarms, that a flooder sends with each sample.
const FLOOD: usize = 20;

/// What a forger adds, in micro-VU.
const FORGED: i64 = 1_000_000_000;

/// The two amounts that an equivocator gives one sequence number, in micro-VU.
const AMOUNTS: [i64; 2] = [5_000_000, 9_000_000];

/// What hostile nodes do beside lying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Registers in another's name, with more in them than it brought.
    Forge,
    /// Old datagrams of others again, and registers among them.
    Replay,
    /// One register with two amounts, to each half of the receivers another.
    Equivocate,
    /// Requests for everything, and alarms about nothing.
    Flood,
}

impl Deed {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Forge, Self::Replay, Self::Equivocate, Self::Flood];

    fn name(self) -> &'static str {
        match self {
            Self::Forge => "forge",
            Self::Replay => "replay",
            Self::Equivocate => "equivocate",
            Self::Flood => "flood",
        }
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Deed {
    type Err = InvalidArgument<&'static str>;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        by_name(&Self::ALL, "deed", name)
    }
}

/// One hostile node's deeds.
pub(crate) struct Doer {
    deed: Deed,
    keys: Keys,
    /// Datagrams of others, the newest in the place of the oldest.
    kept: Vec<Vec<u8>>,
    seen: usize,
}

impl Doer {
    pub(crate) fn new(deed: Deed, keys: Keys) -> Self {
        Self { deed, keys, kept: Vec::new(), seen: 0 }
    }

    /// Keeps a datagram that came in.
    pub(crate) fn observe(&mut self, datagram: &[u8]) {
        if self.deed == Deed::Forge && !matches!(decode(datagram), Ok(Packet::Diff(_))) {
            return;
        }
        if self.kept.len() < KEPT {
            self.kept.push(datagram.to_vec());
        } else {
            self.kept[self.seen % KEPT] = datagram.to_vec();
        }
        self.seen += 1;
    }

    /// What goes out beside a datagram that goes out. `other_half` says which half of the receivers this one is in.
    pub(crate) fn adds(&self, other_half: bool, datagram: &[u8]) -> Vec<Vec<u8>> {
        let Ok(Packet::Entropy(entropy)) = decode(datagram) else { return Vec::new() };
        let fragment = entropy.fragment;
        // Another one each time, without a draw of its own.
        let at = entropy.seed as usize % self.kept.len().max(1);
        let kept = self.kept.get(at);
        match self.deed {
            Deed::Forge => kept.and_then(|diff| forged(diff)).into_iter().collect(),
            Deed::Replay => kept.cloned().into_iter().collect(),
            Deed::Equivocate => vec![self.equivocation(fragment, other_half)],
            Deed::Flood => flood(fragment),
        }
    }

    /// The node's own register of the fragment's first cell, as this half of the receivers gets it.
    fn equivocation(&self, fragment: u32, other_half: bool) -> Vec<u8> {
        let amount = AMOUNTS[usize::from(other_half)];
        let register = Register::signed(&self.keys, CellId { fragment, cell: 0 }, 1, amount);
        encode(&Packet::Diff(Diff { fragment, writer: self.keys.public(), registers: vec![(0, register)] }))
    }
}

/// A diff of another's registers in which that writer seems to have brought more, later.
fn forged(diff: &[u8]) -> Option<Vec<u8>> {
    let Ok(Packet::Diff(mut diff)) = decode(diff) else { return None };
    for (_, register) in &mut diff.registers {
        register.sequence += 1;
        register.amount = register.amount.saturating_add(FORGED);
    }
    Some(encode(&Packet::Diff(diff)))
}

fn flood(fragment: u32) -> Vec<Vec<u8>> {
    let mut cells = CellSet::default();
    (0..=u8::MAX).for_each(|cell| cells.insert(cell));
    let fetch = encode(&Packet::Fetch(Fetch { fragment, cells }));
    let alarm = encode(&Packet::Alarm(Alarm { fragment, rate_limited: 1, floored: 0 }));
    let mut datagrams = vec![fetch; FLOOD];
    datagrams.extend(vec![alarm; FLOOD]);
    datagrams
}

#[cfg(test)]
mod tests {
    use super::*;
    use lvs_protocol::wire::{Entropy, SAMPLE};

    const CELL: CellId = CellId { fragment: 2, cell: 9 };

    fn entropy() -> Vec<u8> {
        let samples = Box::new([(1, 2); SAMPLE]);
        encode(&Packet::Entropy(Entropy { fragment: 2, cycle: 1, seed: 9, samples }))
    }

    fn diff(keys: &Keys) -> Vec<u8> {
        let register = Register::signed(keys, CELL, 4, 700);
        encode(&Packet::Diff(Diff { fragment: 2, writer: keys.public(), registers: vec![(9, register)] }))
    }

    /// What goes out to a receiver beside a sample, decoded.
    fn added(deed: Deed, other_half: bool) -> Vec<Packet> {
        let mut doer = Doer::new(deed, Keys::from_seed([1; 32]));
        doer.observe(&entropy());
        doer.observe(&diff(&Keys::from_seed([2; 32])));
        doer.adds(other_half, &entropy()).iter().map(|bytes| decode(bytes).expect("a sound packet")).collect()
    }

    #[test]
    fn names_are_read_back() {
        for deed in Deed::ALL {
            assert_eq!(deed.to_string().parse(), Ok(deed));
        }
        let refusal = "help".parse::<Deed>().unwrap_err().to_string();
        assert_eq!(refusal, "deed: got 'help', expected one of forge, replay, equivocate, flood");
    }

    #[test]
    fn forged_registers_say_more_than_was_signed() {
        let [Packet::Diff(forged)] = &added(Deed::Forge, false)[..] else { panic!("one diff") };
        let writer = Keys::from_seed([2; 32]).public();
        let register = forged.registers[0].1;
        assert_eq!((forged.writer, register.sequence, register.amount), (writer, 5, 700 + FORGED));
        assert!(!register.is_signed_by(writer, CELL));
    }

    #[test]
    fn equivocation_is_signed_both_ways() {
        let own = Keys::from_seed([1; 32]).public();
        let registers = [false, true].map(|half| match &added(Deed::Equivocate, half)[..] {
            [Packet::Diff(diff)] => diff.registers[0].1,
            _ => panic!("one diff"),
        });
        assert_eq!(registers[0].sequence, registers[1].sequence);
        assert_ne!(registers[0].amount, registers[1].amount);
        assert!(registers.iter().all(|register| register.is_signed_by(own, CellId { cell: 0, ..CELL })));
    }

    #[test]
    fn replays_and_floods_are_what_they_say() {
        let seen = [decode(&entropy()).unwrap(), decode(&diff(&Keys::from_seed([2; 32]))).unwrap()];
        assert!(added(Deed::Replay, false).iter().all(|packet| seen.contains(packet)));
        assert_eq!(added(Deed::Flood, false).len(), 2 * FLOOD);
    }
}
