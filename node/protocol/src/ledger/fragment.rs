//! A replica of one fragment: 256 cells and the registers their values come from.

use std::collections::BTreeMap;

use lvs_kernels::vaultguard::{VALUE_MAX, WINDOW};

use super::{CELLS, Register, register_hash};
use crate::id::{CellId, NodeId};

/// The most registers a replica keeps; what would go beyond is refused.
pub const REGISTERS_PER_FRAGMENT: usize = 1 << 16;

/// What came of a register that was offered to a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It is new, and the cell has moved by what it adds.
    Changed,
    /// It was known, or a later one is.
    Known,
    /// There is no room for it.
    Full,
}

/// A replica of one fragment.
pub struct Fragment {
    index: u32,
    values: Box<[i64; CELLS]>,
    anchors: Box<[i64; CELLS]>,
    stamps: Box<[u64; CELLS]>,
    /// The sum of each cell's registers. It may leave the range of values; the cell does not.
    sums: Box<[i128; CELLS]>,
    registers: BTreeMap<(u8, NodeId), Register>,
}

impl Fragment {
    /// An empty replica.
    pub fn new(index: u32) -> Self {
        Self {
            index,
            values: Box::new([0; CELLS]),
            anchors: Box::new([0; CELLS]),
            stamps: Box::new([0; CELLS]),
            sums: Box::new([0; CELLS]),
            registers: BTreeMap::new(),
        }
    }

    /// The fragment's number.
    pub fn index(&self) -> u32 {
        self.index
    }

    /// The cells' values in micro-VU.
    pub fn values(&self) -> &[i64; CELLS] {
        &self.values
    }

    /// The values that the drain floor refers to.
    pub fn anchors(&self) -> &[i64; CELLS] {
        &self.anchors
    }

    /// What each cell's value stands for: the XOR of its registers' hashes.
    pub fn stamps(&self) -> &[u64; CELLS] {
        &self.stamps
    }

    /// The number of registers.
    pub fn registers(&self) -> usize {
        self.registers.len()
    }

    /// The registers of a cell, writers ascending.
    pub fn registers_of(&self, cell: u8) -> impl Iterator<Item = (NodeId, Register)> + '_ {
        let range = (cell, NodeId::from_bytes([0; 16]))..=(cell, NodeId::from_bytes([u8::MAX; 16]));
        self.registers.range(range).map(|((_, writer), register)| (*writer, *register))
    }

    /// The sequence number held of a node's register, if any is.
    pub fn sequence(&self, cell: u8, writer: NodeId) -> Option<u64> {
        self.registers.get(&(cell, writer)).map(|register| register.sequence)
    }

    /// Takes a register over if it is later than what is known. Value and anchor move together and at once: a
    /// contribution is not drift.
    pub fn apply(&mut self, cell: u8, writer: NodeId, register: Register) -> Applied {
        let old = self.registers.get(&(cell, writer)).copied();
        if old.is_some_and(|old| old.sequence >= register.sequence) {
            return Applied::Known;
        }
        if old.is_none() && self.registers.len() >= REGISTERS_PER_FRAGMENT {
            return Applied::Full;
        }
        self.registers.insert((cell, writer), register);
        let at = usize::from(cell);
        let id = CellId { fragment: self.index, cell };
        if let Some(old) = old {
            self.stamps[at] ^= register_hash(id, writer, &old);
        }
        self.stamps[at] ^= register_hash(id, writer, &register);
        self.add(at, i128::from(register.amount) - old.map_or(0, |old| i128::from(old.amount)));
        Applied::Changed
    }

    /// Moves a cell's sum, and value and anchor by as much of it as the range of values leaves. That depends on the set
    /// of registers only, not on the order in which they came.
    fn add(&mut self, cell: usize, amount: i128) {
        let in_range = |sum: i128| sum.clamp(0, i128::from(VALUE_MAX)) as i64;
        let before = in_range(self.sums[cell]);
        self.sums[cell] += amount;
        let moved = in_range(self.sums[cell]) - before;
        for number in [&mut self.values[cell], &mut self.anchors[cell]] {
            *number = number.saturating_add(moved).clamp(0, VALUE_MAX);
        }
    }

    /// Puts the values that drift gave in place.
    pub fn drift_to(&mut self, values: &[i64; CELLS]) {
        self.values.copy_from_slice(values);
    }

    /// At the start of a window the anchors follow the values.
    pub fn begin_cycle(&mut self, cycle: u64) {
        if cycle.is_multiple_of(WINDOW) {
            self.anchors.copy_from_slice(&*self.values);
        }
    }

    /// Overwrites a value as a fault in memory would, behind the back of anchor, registers and stamp.
    #[cfg(any(test, feature = "fault-injection"))]
    pub fn corrupt(&mut self, cell: u8, value: i64) {
        self.values[usize::from(cell)] = value.clamp(0, VALUE_MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: NodeId = NodeId::of_session([1; 16]);
    const BOB: NodeId = NodeId::of_session([2; 16]);

    fn register(sequence: u64, amount: i64) -> Register {
        Register { sequence, amount }
    }

    #[test]
    fn order_and_repetition_do_not_matter() {
        let offers = [(ALICE, register(1, 50)), (BOB, register(1, -80)), (ALICE, register(2, 100))];
        let mut forwards = Fragment::new(3);
        let mut backwards = Fragment::new(3);
        for (writer, register) in offers.iter().chain(&offers) {
            forwards.apply(9, *writer, *register);
        }
        for (writer, register) in offers.iter().rev() {
            backwards.apply(9, *writer, *register);
        }
        assert_eq!((forwards.values()[9], forwards.anchors()[9]), (20, 20));
        assert_eq!(forwards.values(), backwards.values());
        assert_eq!(forwards.stamps(), backwards.stamps());
    }

    #[test]
    fn an_older_register_is_known() {
        let mut fragment = Fragment::new(0);
        assert_eq!(fragment.apply(0, ALICE, register(2, 7)), Applied::Changed);
        assert_eq!(fragment.apply(0, ALICE, register(1, 5)), Applied::Known);
        assert_eq!(fragment.sequence(0, ALICE), Some(2));
        assert_eq!(fragment.registers_of(0).count(), 1);
    }

    #[test]
    fn corruption_leaves_stamp_and_anchor() {
        let mut fragment = Fragment::new(0);
        fragment.apply(5, ALICE, register(1, 1_000));
        let stamp = fragment.stamps()[5];
        fragment.corrupt(5, 10_000);
        assert_eq!(
            (fragment.values()[5], fragment.anchors()[5], fragment.stamps()[5]),
            (10_000, 1_000, stamp)
        );
    }

    #[test]
    fn a_replica_has_room_for_so_many_registers() {
        let mut fragment = Fragment::new(0);
        for i in 0..=REGISTERS_PER_FRAGMENT as u64 {
            let mut id = [0; 16];
            id[..8].copy_from_slice(&i.to_le_bytes());
            let expected = if i < REGISTERS_PER_FRAGMENT as u64 { Applied::Changed } else { Applied::Full };
            assert_eq!(fragment.apply((i % 256) as u8, NodeId::from_bytes(id), register(1, 1)), expected);
        }
    }
}
