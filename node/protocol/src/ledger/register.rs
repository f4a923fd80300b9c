//! Contribution registers: who has contributed how much to a cell.

use std::cmp::Ordering;

use crate::id::CellId;
use crate::keys::{Keys, PublicKey, Signature};

/// The largest cumulative amount of one register, in micro-VU.
pub const AMOUNT_MAX: i64 = 1 << 62;

/// What a signature of a register begins with, so that it is a signature of nothing else.
const DOMAIN: &[u8; 12] = b"LVS register";

/// What one node has contributed to one cell so far. Only that node writes it, so the higher sequence number is
/// the later state, and merging by it does not care for order or repetition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Register {
    /// Counts the node's contributions to the cell, from 1.
    pub sequence: u64,
    /// The sum of them, in micro-VU, never below 0: a node takes back what it has brought, and nothing else.
    pub amount: i64,
    /// The writer's, over the cell and both numbers.
    pub signature: Signature,
}

impl Register {
    /// A register of the node with these keys.
    pub fn signed(keys: &Keys, cell: CellId, sequence: u64, amount: i64) -> Self {
        Self { sequence, amount, signature: keys.sign(&content(cell, sequence, amount)) }
    }

    /// Whether the node with this key has written it.
    pub fn is_signed_by(&self, writer: PublicKey, cell: CellId) -> bool {
        writer.has_signed(&content(cell, self.sequence, self.amount), &self.signature)
    }

    /// Which of two registers of one writer and cell stands: that with the larger sequence number. A writer that gave two
    /// amounts one number lied; then the larger hash decides, so that every holder decides alike.
    pub(crate) fn rank(&self, other: &Self, cell: CellId) -> Ordering {
        let hash =
            |register: &Self| *blake3::hash(&content(cell, register.sequence, register.amount)).as_bytes();
        match self.sequence.cmp(&other.sequence) {
            Ordering::Equal if self.amount != other.amount => hash(self).cmp(&hash(other)),
            order => order,
        }
    }

    /// Whether the writer of both has given one sequence number to two amounts.
    pub(crate) fn contradicts(&self, other: &Self) -> bool {
        self.sequence == other.sequence && self.amount != other.amount
    }
}

/// What is signed: cell, sequence number and amount, little-endian and without gaps.
fn content(cell: CellId, sequence: u64, amount: i64) -> [u8; 33] {
    let mut bytes = [0; 33];
    bytes[..12].copy_from_slice(DOMAIN);
    bytes[12..16].copy_from_slice(&cell.fragment.to_le_bytes());
    bytes[16] = cell.cell;
    bytes[17..25].copy_from_slice(&sequence.to_le_bytes());
    bytes[25..].copy_from_slice(&amount.to_le_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELL: CellId = CellId { fragment: 7, cell: 9 };

    #[test]
    fn a_signature_holds_for_one_cell_and_one_state() {
        let keys = Keys::from_seed([1; 32]);
        let register = Register::signed(&keys, CELL, 3, 500);
        assert!(register.is_signed_by(keys.public(), CELL));
        assert!(!register.is_signed_by(Keys::from_seed([2; 32]).public(), CELL));
        assert!(!register.is_signed_by(keys.public(), CellId { fragment: 8, ..CELL }));
        assert!(!register.is_signed_by(keys.public(), CellId { cell: 8, ..CELL }));
        assert!(!Register { sequence: 4, ..register }.is_signed_by(keys.public(), CELL));
        assert!(!Register { amount: 501, ..register }.is_signed_by(keys.public(), CELL));
    }

    #[test]
    fn of_two_registers_one_stands_whatever_came_first() {
        let keys = Keys::from_seed([1; 32]);
        let early = Register::signed(&keys, CELL, 3, 900);
        let late = Register::signed(&keys, CELL, 4, 1);
        assert_eq!((early.rank(&late, CELL), late.rank(&early, CELL)), (Ordering::Less, Ordering::Greater));
        let other = Register::signed(&keys, CELL, 3, 901);
        assert!(early.contradicts(&other) && !early.contradicts(&late));
        assert_eq!(early.rank(&other, CELL), other.rank(&early, CELL).reverse());
        assert_ne!(early.rank(&other, CELL), Ordering::Equal);
    }
}
