//! What is remembered of one honest replica, to judge what the next event does to it.

use std::collections::BTreeMap;

use lvs_protocol::ledger::{CELLS, Fragment, Register};
use lvs_protocol::{CellId, NodeId};

use super::range::Hulls;
use super::registers::Origin;
use super::{Checker, Subject, Wrong, limits};
use crate::accepted::{Sums, value_of};

/// Cycles in a window (specification, "VaultGuard").
const WINDOW: u64 = 4_096;

/// One replica, as it was after the last event.
pub(super) struct Watch {
    cycle: u64,
    values: Box<[i64; CELLS]>,
    /// What the anchors must be, by this page's own account.
    anchors: Box<[i64; CELLS]>,
    /// What the registers of each cell add up to.
    sums: Sums,
    registers: BTreeMap<(u8, NodeId), Register>,
    /// What changes whenever registers do, as of when they were last looked at.
    looked_at: Option<Changes>,
}

/// Counts that change whenever the registers of a replica do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Changes {
    /// Contributions accepted in the whole swarm.
    pub(super) accepted: u64,
    /// Registers that the node has taken over.
    pub(super) taken: u64,
    /// Registers that the replica keeps.
    pub(super) kept: usize,
}

impl Watch {
    pub(super) fn new(fragment: &Fragment) -> Self {
        let values = Box::new(*fragment.values());
        let mut sums = Box::new([0; CELLS]);
        (0..=u8::MAX).for_each(|cell| sums[usize::from(cell)] = sum_of(fragment, cell));
        Self { cycle: 0, anchors: values.clone(), values, sums, registers: BTreeMap::new(), looked_at: None }
    }

    /// Judges a cycle of drift.
    pub(super) fn drifted(
        &mut self,
        fragment: &Fragment,
        subject: Subject<'_>,
        hulls: &Hulls,
    ) -> Result<(), Wrong> {
        let ran = subject.node.cycle() > self.cycle;
        if ran && self.cycle.is_multiple_of(WINDOW) {
            self.anchors.copy_from_slice(&*self.values);
        }
        self.cycle = subject.node.cycle();
        for cell in self.changed(fragment) {
            let at = usize::from(cell);
            let after = fragment.values()[at];
            let before = std::mem::replace(&mut self.values[at], after);
            limits::drifted(cell, before, after, self.anchors[at])?;
            let deviation = i128::from(after) - i128::from(value_of(self.sums[at]));
            hulls.judge(subject, CellId { fragment: fragment.index(), cell }, deviation)?;
        }
        Ok(())
    }

    /// Judges an input: what it changed must be what registers brought.
    pub(super) fn took(&mut self, fragment: &Fragment) -> Result<(), Wrong> {
        self.changed(fragment).into_iter().try_for_each(|cell| self.follow(fragment, cell))
    }

    /// Judges every register that the replica holds, if any has come since they were last looked at.
    pub(super) fn look_at_registers(
        &mut self,
        fragment: &Fragment,
        changes: Changes,
        origin: Origin<'_>,
    ) -> Result<(), Wrong> {
        if self.looked_at.replace(changes) == Some(changes) {
            return Ok(());
        }
        let mut held = BTreeMap::new();
        for cell in 0..=u8::MAX {
            held.extend(fragment.registers_of(cell).map(|(writer, register)| ((cell, writer), register)));
        }
        let before = std::mem::replace(&mut self.registers, held);
        origin.judge(fragment.index(), &before, &self.registers)?;
        (0..=u8::MAX).try_for_each(|cell| self.follow(fragment, cell))
    }

    /// The value of a cell was overwritten. Returns how far it is from its registers now.
    pub(super) fn overwritten(&mut self, cell: u8, value: i64) -> i128 {
        self.values[usize::from(cell)] = value;
        i128::from(value) - i128::from(value_of(self.sums[usize::from(cell)]))
    }

    fn changed(&self, fragment: &Fragment) -> Vec<u8> {
        let changed = |&cell: &u8| self.values[usize::from(cell)] != fragment.values()[usize::from(cell)];
        if *self.values == *fragment.values() { Vec::new() } else { (0..=u8::MAX).filter(changed).collect() }
    }

    /// A cell's value and anchor must have moved as the sum of its registers has, within the range of values.
    fn follow(&mut self, fragment: &Fragment, cell: u8) -> Result<(), Wrong> {
        let at = usize::from(cell);
        let sum = sum_of(fragment, cell);
        let moved = i128::from(value_of(sum)) - i128::from(value_of(self.sums[at]));
        let expected = value_of(i128::from(self.values[at]) + moved);
        self.sums[at] = sum;
        self.anchors[at] = value_of(i128::from(self.anchors[at]) + moved);
        let before = std::mem::replace(&mut self.values[at], fragment.values()[at]);
        if self.values[at] == expected {
            return Ok(());
        }
        let what = format!("it went from {before} to {}, and its registers by {moved}", self.values[at]);
        Err(Wrong::new(Checker::Sum, cell, what))
    }
}

/// What the registers of a cell add up to.
fn sum_of(fragment: &Fragment, cell: u8) -> i128 {
    fragment.registers_of(cell).map(|(_, register)| i128::from(register.amount)).sum()
}
