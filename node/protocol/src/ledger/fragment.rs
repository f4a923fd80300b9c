//! A replica of one fragment: 256 cells and the registers their values come from.

use std::collections::BTreeMap;

use lvs_kernels::vaultguard::{VALUE_MAX, WINDOW};

use super::{CELLS, Equivocation, Register, Stamper};
use crate::id::{CellId, NodeId};
use crate::keys::PublicKey;
use crate::rules::{Rule, Rules};

/// The most registers a replica keeps; what would go beyond is refused.
pub const REGISTERS_PER_FRAGMENT: usize = 1 << 16;

/// What came of a register that was offered to a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It stands now, and the cell has moved by what it adds.
    Changed,
    /// It was known, or a later one is.
    Known,
    /// Its writer has not signed it.
    Forged,
    /// Its writer has given its number to another amount too. Of both the one that ranks higher stands.
    Contradicted(Equivocation),
    /// There is no room for it.
    Full,
}

/// A replica of one fragment.
pub struct Fragment {
    index: u32,
    values: Box<[i64; CELLS]>,
    anchors: Box<[i64; CELLS]>,
    /// How often each cell's registers have changed.
    versions: Box<[u32; CELLS]>,
    /// The sum of each cell's registers. It may leave the range of values; the cell does not.
    sums: Box<[i128; CELLS]>,
    registers: BTreeMap<(u8, NodeId), Register>,
    /// The keys of those who wrote them.
    keys: BTreeMap<NodeId, PublicKey>,
    rules: Rules,
}

impl Fragment {
    /// An empty replica.
    pub fn new(index: u32) -> Self {
        Self {
            index,
            values: Box::new([0; CELLS]),
            anchors: Box::new([0; CELLS]),
            versions: Box::new([0; CELLS]),
            sums: Box::new([0; CELLS]),
            registers: BTreeMap::new(),
            keys: BTreeMap::new(),
            rules: Rules::default(),
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

    /// How often each cell's registers have changed. What was compared with another version says nothing any more.
    pub(crate) fn versions(&self) -> &[u32; CELLS] {
        &self.versions
    }

    /// What a cell's value stands for, in a comparison.
    pub fn stamp(&self, cell: u8, stamper: &Stamper) -> u64 {
        stamper.stamp(CellId { fragment: self.index, cell }, self.registers_of(cell))
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

    /// The key of a node that has written a register here.
    pub fn key_of(&self, writer: NodeId) -> Option<PublicKey> {
        self.keys.get(&writer).copied()
    }

    /// The nodes that have written a register here, from this one on and around.
    pub(crate) fn writers_from(&self, start: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let after = self.keys.range(start..).map(|(writer, _)| *writer);
        after.chain(self.keys.range(..start).map(|(writer, _)| *writer))
    }

    /// A node's register of a cell, if it has written one.
    pub fn register(&self, cell: u8, writer: NodeId) -> Option<Register> {
        self.registers.get(&(cell, writer)).copied()
    }

    /// The sequence number held of a node's register, if any is.
    pub fn sequence(&self, cell: u8, writer: NodeId) -> Option<u64> {
        self.register(cell, writer).map(|register| register.sequence)
    }

    /// Takes a register over if it is later than what is known and signed by its writer. Value and anchor move together and
    /// at once: a contribution is not drift.
    pub fn apply(&mut self, cell: u8, writer: PublicKey, register: Register) -> Applied {
        let id = CellId { fragment: self.index, cell };
        let node = writer.id();
        let old = self.registers.get(&(cell, node)).copied();
        if !self.is_news(cell, node, &register) {
            return Applied::Known;
        }
        if old.is_none() && self.registers.len() >= REGISTERS_PER_FRAGMENT {
            return Applied::Full;
        }
        // Last, for it takes a thousand times longer than all else.
        if self.keeps(Rule::Signatures) && !register.is_signed_by(writer, id) {
            return Applied::Forged;
        }
        if old.is_none_or(|old| register.rank(&old, id).is_gt()) {
            self.replace(cell, writer, register);
        }
        match old.filter(|old| register.contradicts(old)) {
            Some(old) => Applied::Contradicted(Equivocation::new(writer, id, old, register)),
            None => Applied::Changed,
        }
    }

    /// Whether a register says what is not known, so that its signature has to be checked.
    pub(crate) fn is_news(&self, cell: u8, writer: NodeId, register: &Register) -> bool {
        let old = self.registers.get(&(cell, writer));
        old.is_none_or(|old| register.sequence > old.sequence || register.contradicts(old))
    }

    /// Puts a register in the place of the one before, if there was one.
    fn replace(&mut self, cell: u8, writer: PublicKey, register: Register) {
        let at = usize::from(cell);
        let node = writer.id();
        let old = self.registers.insert((cell, node), register);
        self.keys.insert(node, writer);
        self.versions[at] = self.versions[at].wrapping_add(1);
        self.add(at, i128::from(register.amount) - old.map_or(0, |old| i128::from(old.amount)));
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

    /// Whether a rule is kept here.
    pub(crate) fn keeps(&self, rule: Rule) -> bool {
        self.rules.keep(rule)
    }

    /// Leaves out a rule from now on.
    #[cfg(feature = "fault-injection")]
    pub(crate) fn leave_out(&mut self, rule: Rule) {
        self.rules = Rules::without(rule);
    }

    /// Overwrites a value as a fault in memory would, behind the back of anchor and registers.
    #[cfg(any(test, feature = "fault-injection"))]
    pub fn corrupt(&mut self, cell: u8, value: i64) {
        self.values[usize::from(cell)] = value.clamp(0, VALUE_MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{Keys, Signature};

    fn alice() -> Keys {
        Keys::from_seed([1; 32])
    }

    fn bob() -> Keys {
        Keys::from_seed([2; 32])
    }

    fn offer(fragment: &mut Fragment, keys: &Keys, cell: u8, sequence: u64, amount: i64) -> Applied {
        let id = CellId { fragment: fragment.index(), cell };
        fragment.apply(cell, keys.public(), Register::signed(keys, id, sequence, amount))
    }

    fn stamp(fragment: &Fragment, cell: u8) -> u64 {
        fragment.stamp(cell, &Stamper::new(11))
    }

    #[test]
    fn order_and_repetition_do_not_matter() {
        let offers = [(alice(), 1, 50), (bob(), 1, 80), (alice(), 2, 20)];
        let mut forwards = Fragment::new(3);
        let mut backwards = Fragment::new(3);
        for (keys, sequence, amount) in offers.iter().chain(&offers) {
            offer(&mut forwards, keys, 9, *sequence, *amount);
        }
        for (keys, sequence, amount) in offers.iter().rev() {
            offer(&mut backwards, keys, 9, *sequence, *amount);
        }
        assert_eq!((forwards.values()[9], forwards.anchors()[9]), (100, 100));
        assert_eq!(forwards.values(), backwards.values());
        assert_eq!(stamp(&forwards, 9), stamp(&backwards, 9));
    }

    #[test]
    fn an_older_register_is_known_and_a_forged_one_refused() {
        let mut fragment = Fragment::new(0);
        assert_eq!(offer(&mut fragment, &alice(), 0, 2, 7), Applied::Changed);
        assert_eq!(offer(&mut fragment, &alice(), 0, 1, 5), Applied::Known);
        let id = CellId { fragment: 0, cell: 0 };
        let forged = Register::signed(&bob(), id, 3, 900);
        assert_eq!(fragment.apply(0, alice().public(), forged), Applied::Forged);
        assert_eq!(fragment.sequence(0, alice().id()), Some(2));
        assert_eq!((fragment.registers_of(0).count(), fragment.values()[0]), (1, 7));
        assert_eq!(fragment.versions()[0], 1);
    }

    #[test]
    fn of_two_amounts_of_one_number_the_same_stands_everywhere() {
        let mut one = Fragment::new(0);
        let mut other = Fragment::new(0);
        assert_eq!(offer(&mut one, &alice(), 4, 1, 5_000), Applied::Changed);
        assert_eq!(offer(&mut other, &alice(), 4, 1, 9_000), Applied::Changed);
        assert_ne!(stamp(&one, 4), stamp(&other, 4));
        let Applied::Contradicted(proof) = offer(&mut one, &alice(), 4, 1, 9_000) else { panic!("not seen") };
        assert_eq!(offer(&mut other, &alice(), 4, 1, 5_000), Applied::Contradicted(proof));
        assert!(proof.holds());
        assert_eq!(stamp(&one, 4), stamp(&other, 4));
        assert_eq!(one.values(), other.values());
    }

    #[test]
    fn corruption_leaves_registers_and_anchor() {
        let mut fragment = Fragment::new(0);
        offer(&mut fragment, &alice(), 5, 1, 1_000);
        let before = stamp(&fragment, 5);
        fragment.corrupt(5, 10_000);
        assert_eq!((fragment.values()[5], fragment.anchors()[5]), (10_000, 1_000));
        assert_eq!(stamp(&fragment, 5), before);
    }

    #[test]
    fn a_replica_has_room_for_so_many_registers() {
        let mut fragment = Fragment::new(0);
        let register = Register { sequence: 1, amount: 1, signature: Signature::from_bytes([0; 64]) };
        for i in 0..REGISTERS_PER_FRAGMENT as u64 {
            let mut id = [0; 16];
            id[..8].copy_from_slice(&i.to_le_bytes());
            fragment.registers.insert(((i % 256) as u8, NodeId::from_bytes(id)), register);
        }
        assert_eq!(offer(&mut fragment, &alice(), 0, 1, 1), Applied::Full);
        assert_eq!(fragment.registers(), REGISTERS_PER_FRAGMENT);
    }
}
