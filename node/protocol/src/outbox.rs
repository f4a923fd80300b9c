//! A node's own contributions, sent again and again until every holder has them.

use std::collections::BTreeMap;

use crate::argument::{Argument, Invalid};
use crate::ledger::{AMOUNT_MAX, Register};

/// Cycles to the second try for a holder that does not answer; from there they double ...
const FIRST_RETRY: u64 = 2;

/// ... up to this many.
const LAST_RETRY: u64 = 32;

/// Registers written by this node's own session.
#[derive(Default)]
pub(crate) struct Contributions {
    registers: BTreeMap<(u32, u8), Register>,
    waiting: BTreeMap<(u32, usize), Waiting>,
}

/// What one holder of a fragment has not acknowledged.
struct Waiting {
    /// Cells, and the sequence number each waits for.
    cells: BTreeMap<u8, u64>,
    /// The cycle to send them in, and the one after.
    next_try: u64,
    pause: u64,
}

/// Registers to be sent to a holder of their fragment.
pub(crate) struct Delivery {
    pub(crate) fragment: u32,
    pub(crate) holder: usize,
    pub(crate) registers: Vec<(u8, Register)>,
}

impl Contributions {
    /// Adds to the register of a cell and lets its holders (the node itself is number 0) wait for it.
    pub(crate) fn add(
        &mut self,
        fragment: u32,
        cell: u8,
        amount: i64,
        holders: &[usize],
    ) -> Result<Register, Invalid> {
        let old =
            self.registers.get(&(fragment, cell)).copied().unwrap_or(Register { sequence: 0, amount: 0 });
        let sum = old.amount.checked_add(amount).filter(|sum| sum.unsigned_abs() <= AMOUNT_MAX as u64);
        let Some(sum) = sum.filter(|_| amount != 0) else {
            let expected = format!("not 0, and at most 2^62 together with the {} before", old.amount);
            return Err(Invalid::new(Argument::Amount, amount, expected));
        };
        let register = Register { sequence: old.sequence + 1, amount: sum };
        self.registers.insert((fragment, cell), register);
        for &holder in holders.iter().filter(|&&holder| holder != 0) {
            let fresh = Waiting { cells: BTreeMap::new(), next_try: 0, pause: FIRST_RETRY };
            let waiting = self.waiting.entry((fragment, holder)).or_insert(fresh);
            waiting.cells.insert(cell, register.sequence);
            (waiting.next_try, waiting.pause) = (0, FIRST_RETRY);
        }
        Ok(register)
    }

    /// A holder has these registers.
    pub(crate) fn acknowledged(&mut self, fragment: u32, holder: usize, sequences: &[(u8, u64)]) {
        let Some(waiting) = self.waiting.get_mut(&(fragment, holder)) else { return };
        for (cell, held) in sequences {
            if waiting.cells.get(cell).is_some_and(|sequence| held >= sequence) {
                waiting.cells.remove(cell);
            }
        }
        if waiting.cells.is_empty() {
            self.waiting.remove(&(fragment, holder));
        }
    }

    /// What is to be sent in this cycle.
    pub(crate) fn due(&mut self, cycle: u64) -> Vec<Delivery> {
        let mut due = Vec::new();
        for (&(fragment, holder), waiting) in &mut self.waiting {
            if waiting.next_try > cycle {
                continue;
            }
            let registers =
                waiting.cells.keys().map(|&cell| (cell, self.registers[&(fragment, cell)])).collect();
            due.push(Delivery { fragment, holder, registers });
            waiting.next_try = cycle + waiting.pause;
            waiting.pause = (waiting.pause * 2).min(LAST_RETRY);
        }
        due
    }

    /// Registers that some holder has not acknowledged, counted once for each.
    pub(crate) fn pending(&self) -> usize {
        self.waiting.values().map(|waiting| waiting.cells.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_register_is_sent_until_acknowledged() {
        let mut contributions = Contributions::default();
        contributions.add(0, 5, 10, &[0, 3, 4]).unwrap();
        assert_eq!(contributions.due(0).len(), 2);
        assert!(contributions.due(1).is_empty());
        contributions.acknowledged(0, 3, &[(5, 1)]);
        assert_eq!(contributions.due(2).iter().map(|due| due.holder).collect::<Vec<_>>(), [4]);
        contributions.add(0, 5, -4, &[0, 3, 4]).unwrap();
        contributions.acknowledged(0, 4, &[(5, 1)]);
        assert_eq!((contributions.pending(), contributions.due(3).len()), (2, 2));
    }

    #[test]
    fn amounts_stay_in_range() {
        let mut contributions = Contributions::default();
        assert!(contributions.add(0, 0, 0, &[1]).is_err());
        contributions.add(0, 0, AMOUNT_MAX, &[1]).unwrap();
        assert!(contributions.add(0, 0, 1, &[1]).unwrap_err().to_string().starts_with("amount: got 1"));
        assert!(contributions.add(0, 0, i64::MIN, &[1]).is_ok(), "it only takes away what was added");
        assert!(contributions.add(0, 1, i64::MIN, &[1]).is_err());
    }
}
