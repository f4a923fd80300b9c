//! Hostile nodes, for tests and demonstrations: they keep the protocol, but lie about values in their entropy packets.
//!
//! A [`Liar`] stands between an honest node and its socket and rewrites what goes out; the node itself has no code for
//! lying. Stamps stay as they are: a receiver compares values only where the stamps are equal, so a lie under any other
//! stamp would not be heard.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use lvs_kernels::vaultguard::{RATE_FLOOR, RATE_SHIFT};
use lvs_kernels::{InvalidArgument, sample_cells};

use lvs_protocol::ledger::CELLS;
use lvs_protocol::wire::{Entropy, Packet, SAMPLE, decode, encode};

use crate::names::by_name;

/// The middle of the cycles in which turncoats turn: late enough that they are trusted by then.
const TURNS: u64 = 150;

/// How a hostile node lies about values. Where `lvs-simulation` has an attack of the same name, it means the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// The largest number there is.
    Huge,
    /// Nothing is there.
    Zero,
    /// To one half of the receivers the largest number, to the other the smallest.
    Split,
    /// To each a 64th less than it showed last.
    Drain,
    /// To one half of the receivers twice the value, to the other half of it.
    Skew,
    /// Above the value by just as much as VaultGuard lets a cell rise in one cycle.
    Creep,
    /// The truth at first, later the largest number.
    Turncoat,
}

impl Lie {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Huge, Self::Zero, Self::Split, Self::Drain, Self::Skew, Self::Creep, Self::Turncoat];

    /// The lie's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Huge => "huge",
            Self::Zero => "zero",
            Self::Split => "split",
            Self::Drain => "drain",
            Self::Skew => "skew",
            Self::Creep => "creep",
            Self::Turncoat => "turncoat",
        }
    }

    /// What is said of a cell.
    fn claim(self, telling: Telling) -> i64 {
        let Telling { truth, theirs, .. } = telling;
        match self {
            Self::Huge => i64::MAX,
            Self::Zero => 0,
            Self::Split if telling.other_half => i64::MIN,
            Self::Split => i64::MAX,
            Self::Drain => theirs.saturating_sub((theirs >> RATE_SHIFT) + 1),
            Self::Skew if telling.other_half => truth.saturating_mul(2),
            Self::Skew => truth / 2,
            Self::Creep => truth.saturating_add(RATE_FLOOR.max(truth >> RATE_SHIFT)),
            Self::Turncoat if telling.has_turned => i64::MAX,
            Self::Turncoat => truth,
        }
    }
}

/// What a lie about a cell may depend on.
struct Telling {
    /// What the cell holds here.
    truth: i64,
    /// What it held at the receiver, by the receiver's last word.
    theirs: i64,
    /// The receiver is in the second half of the receivers.
    other_half: bool,
    /// A turncoat has turned.
    has_turned: bool,
}

impl fmt::Display for Lie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Lie {
    type Err = InvalidArgument<&'static str>;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        by_name(&Self::ALL, "attack", name)
    }
}

/// The values that a receiver has shown of the cells of one fragment.
type ShownCells = Box<[Option<i64>; CELLS]>;

/// Rewrites what a hostile node sends to receivers, each known by an `R`: a link, an address.
pub struct Liar<R> {
    lie: Lie,
    turns: u64,
    shown: BTreeMap<(R, u32), ShownCells>,
}

impl<R: Copy + Ord> Liar<R> {
    /// A liar of this kind; `seed` decides the cycle in which a turncoat turns.
    pub fn new(lie: Lie, seed: u64) -> Self {
        Self { lie, turns: TURNS / 2 + seed % TURNS, shown: BTreeMap::new() }
    }

    /// Learns what others hold from a datagram that came in. Only whom the node itself sends samples to is listened to:
    /// strangers could otherwise fill the memory.
    pub fn observe(&mut self, from: R, datagram: &[u8]) {
        let Ok(Packet::Entropy(entropy)) = decode(datagram) else { return };
        let Some(shown) = self.shown.get_mut(&(from, entropy.fragment)) else { return };
        for (cell, (value, _)) in drawn(&entropy).zip(entropy.samples.iter()) {
            shown[cell] = Some(*value);
        }
    }

    /// Puts lies into a datagram that goes out; all but entropy packets go out as they are. `other_half` says which half of the
    /// receivers this one is in: liars who divide them alike do the most harm.
    pub fn rewrite(&mut self, to: R, other_half: bool, datagram: &mut Vec<u8>) {
        let Ok(Packet::Entropy(mut entropy)) = decode(datagram) else { return };
        let shown = self.shown.entry((to, entropy.fragment)).or_insert_with(|| Box::new([None; CELLS]));
        let cells: Vec<_> = drawn(&entropy).collect();
        for (cell, (value, _)) in cells.into_iter().zip(entropy.samples.iter_mut()) {
            let theirs = shown[cell].unwrap_or(*value);
            let has_turned = entropy.cycle >= self.turns;
            *value = self.lie.claim(Telling { truth: *value, theirs, other_half, has_turned });
        }
        *datagram = encode(&Packet::Entropy(entropy));
    }
}

/// The cells that an entropy packet shows, in its order.
fn drawn(entropy: &Entropy) -> impl Iterator<Item = usize> {
    let mut cells = [0; SAMPLE];
    sample_cells(entropy.seed, CELLS, &mut cells).expect("fewer are drawn than there are");
    cells.into_iter().map(usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECEIVER: &str = "the receiver";

    fn packet(value: i64, stamp: u64) -> Vec<u8> {
        let samples = Box::new([(value, stamp); SAMPLE]);
        encode(&Packet::Entropy(Entropy { fragment: 2, cycle: 1, seed: 9, samples }))
    }

    /// The samples that reach a receiver which has shown 640, from a liar that holds 1,000.
    fn heard(lie: Lie) -> Box<[(i64, u64); SAMPLE]> {
        let mut liar = Liar::new(lie, 0);
        // The first lie goes to somebody who has shown nothing yet.
        liar.rewrite(RECEIVER, false, &mut packet(1_000, 55));
        liar.observe(RECEIVER, &packet(640, 77));
        let mut datagram = packet(1_000, 55);
        liar.rewrite(RECEIVER, false, &mut datagram);
        let Ok(Packet::Entropy(entropy)) = decode(&datagram) else { panic!("not an entropy packet") };
        entropy.samples
    }

    #[test]
    fn names_are_read_back() {
        for lie in Lie::ALL {
            assert_eq!(lie.to_string().parse(), Ok(lie));
        }
        let refusal = "nice".parse::<Lie>().unwrap_err().to_string();
        assert_eq!(
            refusal,
            "attack: got 'nice', expected one of huge, zero, split, drain, skew, creep, turncoat"
        );
    }

    #[test]
    fn lies_leave_the_stamps() {
        assert!(heard(Lie::Zero).iter().all(|&sample| sample == (0, 55)));
    }

    #[test]
    fn strangers_leave_nothing_behind() {
        let mut liar = Liar::new(Lie::Huge, 0);
        (1..1_000).for_each(|stranger| liar.observe(stranger, &packet(1, 2)));
        assert!(liar.shown.is_empty());
    }

    #[test]
    fn a_drain_takes_from_what_the_receiver_holds() {
        assert!(heard(Lie::Drain).iter().all(|&(value, _)| value == 640 - 11));
        assert!(heard(Lie::Creep).iter().all(|&(value, _)| value == 1_000 + RATE_FLOOR));
    }
}
