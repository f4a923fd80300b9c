//! Stamps: whether two replicas of a cell rest on the same registers.
//!
//! A stamp is keyed by a seed that the sender draws when it sends. So nobody can prepare registers that leave it as it is;
//! two different sets have the same stamp by chance only, once in 2^64.

use siphasher::sip::SipHasher24;

use crate::id::{CellId, NodeId};
use crate::ledger::Register;

/// What makes the stamps of one comparison.
pub struct Stamper(SipHasher24);

impl Stamper {
    /// SipHash-2-4 (Aumasson and Bernstein, 2012) with the seed as either half of its key.
    pub fn new(seed: u64) -> Self {
        Self(SipHasher24::new_with_keys(seed, seed))
    }

    /// The stamp of a cell that rests on these registers: the XOR of what each of them adds.
    pub(crate) fn stamp(&self, cell: CellId, registers: impl Iterator<Item = (NodeId, Register)>) -> u64 {
        registers.fold(0, |stamp, (writer, register)| stamp ^ self.hash(cell, writer, &register))
    }

    /// What a register adds: the hash of writer, fragment, cell, sequence number and amount, little-endian and without
    /// gaps. The signature is left out: it says nothing that they do not.
    fn hash(&self, cell: CellId, writer: NodeId, register: &Register) -> u64 {
        let mut bytes = [0; 37];
        bytes[..16].copy_from_slice(&writer.to_bytes());
        bytes[16..20].copy_from_slice(&cell.fragment.to_le_bytes());
        bytes[20] = cell.cell;
        bytes[21..29].copy_from_slice(&register.sequence.to_le_bytes());
        bytes[29..].copy_from_slice(&register.amount.to_le_bytes());
        self.0.hash(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Signature;

    const CELL: CellId = CellId { fragment: 1, cell: 2 };

    fn registers(count: u8) -> Vec<(NodeId, Register)> {
        let register = |i: u8| Register {
            sequence: 1 + u64::from(i),
            amount: 1_000 * i64::from(i),
            signature: Signature::from_bytes([i; 64]),
        };
        (0..count).map(|i| (NodeId::from_bytes([i; 16]), register(i))).collect()
    }

    #[test]
    fn the_order_of_registers_does_not_matter_and_everything_else_does() {
        let stamper = Stamper::new(77);
        let all = registers(5);
        let stamp = |registers: &[(NodeId, Register)]| stamper.stamp(CELL, registers.iter().copied());
        let whole = stamp(&all);
        assert_eq!(whole, stamp(&all.iter().rev().copied().collect::<Vec<_>>()));
        assert_ne!(whole, stamp(&all[1..]));
        assert_ne!(whole, stamper.stamp(CellId { cell: 3, ..CELL }, all.iter().copied()));
        assert_ne!(whole, Stamper::new(78).stamp(CELL, all.iter().copied()));
        let mut altered = all.clone();
        altered[3].1.amount += 1;
        assert_ne!(whole, stamp(&altered));
    }

    #[test]
    fn a_cell_without_registers_has_the_stamp_0() {
        assert_eq!(Stamper::new(77).stamp(CELL, std::iter::empty()), 0);
    }

    /// By Gaussian elimination one finds updates of many registers that leave the XOR of hashes under one key as it is;
    /// under another key it changes.
    #[test]
    fn what_cancels_under_one_seed_shows_under_another() {
        let known = Stamper::new(1);
        let all = registers(140);
        let hashes: Vec<_> =
            all.iter().map(|(writer, register)| known.hash(CELL, *writer, register)).collect();
        let cancelling = dependent(&hashes);
        let chosen = || cancelling.iter().map(|&i| all[i]);
        assert!(!cancelling.is_empty());
        assert_eq!(known.stamp(CELL, chosen()), 0);
        for seed in 2..50 {
            assert_ne!(Stamper::new(seed).stamp(CELL, chosen()), 0, "seed {seed}");
        }
    }

    /// The positions of numbers whose XOR is 0.
    fn dependent(numbers: &[u64]) -> Vec<usize> {
        let mut basis: Vec<(u64, u128)> = Vec::new();
        for (i, &number) in numbers.iter().enumerate().take(128) {
            let mut rest = (number, 1_u128 << i);
            for row in &basis {
                if rest.0 ^ row.0 < rest.0 {
                    rest = (rest.0 ^ row.0, rest.1 ^ row.1);
                }
            }
            if rest.0 == 0 {
                return (0..128).filter(|i| rest.1 >> i & 1 == 1).collect();
            }
            basis.push(rest);
            basis.sort_unstable_by(|a, b| b.cmp(a));
        }
        Vec::new()
    }
}
