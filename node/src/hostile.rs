//! Hostile nodes, for tests and demonstrations: they keep the protocol, but lie about values in their entropy packets.
//!
//! A [`Liar`] stands between an honest node and its socket and rewrites what goes out; the node itself has no code for
//! lying. Every lie carries the receiver's own stamp of the cell, so that the receiver compares it.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use lvs_kernels::sample_cells;
use lvs_kernels::vaultguard::{RATE_FLOOR, RATE_SHIFT, VALUE_MAX};

use crate::state::CELLS;
use crate::wire::{Entropy, Packet, SAMPLE, decode, encode};

/// The cycle from which a sleeper lies, where nothing else is said.
const SLEEPER_WAKES: u64 = 150;

/// How a hostile node lies about values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attack {
    /// The largest value there is.
    Huge,
    /// Nothing at all.
    Zero,
    /// More to one half of the receivers, less to the other.
    Split,
    /// Just as far up as VaultGuard lets a cell go in one cycle.
    Edge,
    /// A little less, always.
    Drain,
    /// The truth at first, later the largest value.
    Sleeper,
}

impl Attack {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Huge, Self::Zero, Self::Split, Self::Edge, Self::Drain, Self::Sleeper];

    /// The attack's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Huge => "huge",
            Self::Zero => "zero",
            Self::Split => "split",
            Self::Edge => "edge",
            Self::Drain => "drain",
            Self::Sleeper => "sleeper",
        }
    }

    /// What a cell of this value is said to hold, in this cycle, to a receiver on one side or the other.
    fn lie(self, value: i64, cycle: u64, wakes: u64, other_side: bool) -> i64 {
        let step = RATE_FLOOR.max(value >> RATE_SHIFT);
        match self {
            Self::Huge => VALUE_MAX,
            Self::Zero => 0,
            Self::Split if other_side => value.saturating_mul(2),
            Self::Split => value / 2,
            Self::Edge => value.saturating_add(step),
            Self::Drain => value - step,
            Self::Sleeper if cycle < wakes => value,
            Self::Sleeper => VALUE_MAX,
        }
    }
}

impl fmt::Display for Attack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Attack {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let names = Self::ALL.map(Self::name).join(", ");
        let found = Self::ALL.into_iter().find(|attack| attack.name() == name);
        found.ok_or_else(|| format!("attack: got '{name}', expected one of {names}"))
    }
}

/// Rewrites what a hostile node sends.
pub struct Liar {
    attack: Attack,
    wakes: u64,
    /// The last stamps that each receiver has shown of its own cells.
    stamps: BTreeMap<(SocketAddr, u32), Box<[Option<u64>; CELLS]>>,
}

impl Liar {
    /// A liar of this kind; `seed` decides the cycle in which a sleeper wakes.
    pub fn new(attack: Attack, seed: u64) -> Self {
        Self { attack, wakes: SLEEPER_WAKES / 2 + seed % SLEEPER_WAKES, stamps: BTreeMap::new() }
    }

    /// Learns the stamps of others from a datagram that came in.
    pub fn observe(&mut self, from: SocketAddr, datagram: &[u8]) {
        let Ok(Packet::Entropy(entropy)) = decode(datagram) else { return };
        let known = self.stamps.entry((from, entropy.fragment)).or_insert_with(|| Box::new([None; CELLS]));
        for (cell, (_, stamp)) in drawn(&entropy).zip(entropy.samples.iter()) {
            known[cell] = Some(*stamp);
        }
    }

    /// Puts lies into a datagram that goes out in this cycle; all but entropy packets go out as they are.
    pub fn rewrite(&self, cycle: u64, to: SocketAddr, datagram: &mut Vec<u8>) {
        let Ok(Packet::Entropy(mut entropy)) = decode(datagram) else { return };
        let known = self.stamps.get(&(to, entropy.fragment));
        let other_side = to.port() % 2 == 1;
        let cells: Vec<_> = drawn(&entropy).collect();
        for (cell, (value, stamp)) in cells.into_iter().zip(entropy.samples.iter_mut()) {
            *value = self.attack.lie(*value, cycle, self.wakes, other_side);
            *stamp = known.and_then(|known| known[cell]).unwrap_or(*stamp);
        }
        *datagram = encode(&Packet::Entropy(entropy));
    }
}

fn drawn(entropy: &Entropy) -> impl Iterator<Item = usize> {
    let mut cells = [0; SAMPLE];
    sample_cells(entropy.seed, CELLS, &mut cells).expect("fewer are drawn than there are");
    cells.into_iter().map(usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for attack in Attack::ALL {
            assert_eq!(attack.to_string().parse(), Ok(attack));
        }
        assert!("nice".parse::<Attack>().unwrap_err().contains("huge, zero"));
    }

    #[test]
    fn lies_carry_the_stamps_of_the_receiver() {
        let receiver = SocketAddr::from(([127, 0, 0, 1], 4_000));
        let packet = |stamp| {
            let samples = Box::new([(1_000_000_000, stamp); SAMPLE]);
            encode(&Packet::Entropy(Entropy { fragment: 2, cycle: 1, seed: 9, samples }))
        };
        let mut liar = Liar::new(Attack::Zero, 0);
        liar.observe(receiver, &packet(77));
        let mut datagram = packet(55);
        liar.rewrite(0, receiver, &mut datagram);
        let Ok(Packet::Entropy(entropy)) = decode(&datagram) else { panic!("not an entropy packet") };
        assert!(entropy.samples.iter().all(|&sample| sample == (0, 77)));
    }
}
