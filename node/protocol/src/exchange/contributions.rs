//! A node's own contributions, sent again and again until every holder has them.

use std::collections::{BTreeMap, BTreeSet};

use crate::argument::{Argument, Invalid};
use crate::id::{CellId, NodeId};
use crate::keys::Keys;
use crate::ledger::{AMOUNT_MAX, Register};

/// Cycles to the second try for a holder that does not answer. From there they double.
const FIRST_RETRY: u64 = 2;

/// The most cycles from try to try.
const LAST_RETRY: u64 = 32;

/// Registers written by this node.
#[derive(Default)]
pub(super) struct Contributions {
    registers: BTreeMap<CellId, Register>,
    waiting: BTreeMap<(u32, NodeId), Waiting>,
    /// Who has them, or is to have them, fragment by fragment.
    holders: BTreeMap<u32, BTreeSet<NodeId>>,
}

/// What one holder of a fragment has not acknowledged.
struct Waiting {
    /// Cells, and the sequence number each waits for.
    cells: BTreeMap<u8, u64>,
    /// The cycle to send them in next.
    next_try: u64,
    /// Cycles from that to the one after.
    pause: u64,
}

impl Waiting {
    fn new() -> Self {
        Self { cells: BTreeMap::new(), next_try: 0, pause: FIRST_RETRY }
    }

    /// One more register to be acknowledged, so that trying begins anew.
    fn add(&mut self, cell: u8, sequence: u64) {
        self.cells.insert(cell, sequence);
        self.next_try = 0;
        self.pause = FIRST_RETRY;
    }

    /// Whether it has not been tried often yet.
    fn is_new(&self) -> bool {
        self.pause < LAST_RETRY
    }

    fn tried(&mut self, cycle: u64) {
        self.next_try = cycle + self.pause;
        self.pause = (self.pause * 2).min(LAST_RETRY);
    }
}

/// Registers to be sent to a holder of their fragment.
pub(super) struct Delivery {
    pub(super) fragment: u32,
    pub(super) holder: NodeId,
    pub(super) registers: Vec<(u8, Register)>,
}

impl Contributions {
    /// Adds to the register of a cell, which waits for these holders from now on.
    pub(super) fn add(
        &mut self,
        keys: &Keys,
        cell: CellId,
        amount: i64,
        holders: impl Iterator<Item = NodeId>,
    ) -> Result<Register, Invalid> {
        let old = self.registers.get(&cell);
        let before = old.map_or(0, |old| old.amount);
        let sum = before.checked_add(amount).filter(|sum| (0..=AMOUNT_MAX).contains(sum));
        let Some(sum) = sum.filter(|_| amount != 0) else {
            let expected =
                format!("not 0, and from 0 to 2^62 together with the {before} that this node has brought");
            return Err(Invalid::new(Argument::Amount, amount, expected));
        };
        let register = Register::signed(keys, cell, old.map_or(1, |old| old.sequence + 1), sum);
        self.registers.insert(cell, register);
        let known = self.holders.entry(cell.fragment).or_default();
        for holder in holders {
            known.insert(holder);
            let waiting = self.waiting.entry((cell.fragment, holder)).or_insert_with(Waiting::new);
            waiting.add(cell.cell, register.sequence);
        }
        Ok(register)
    }

    /// These hold a fragment now: who has come needs all registers of it, and who has gone none.
    pub(super) fn follow(&mut self, fragment: u32, holders: &[NodeId]) {
        let before = self.holders.insert(fragment, holders.iter().copied().collect()).unwrap_or_default();
        self.waiting.retain(|(of, holder), _| *of != fragment || holders.contains(holder));
        for &holder in holders.iter().filter(|holder| !before.contains(holder)) {
            let waiting = self.waiting.entry((fragment, holder)).or_insert_with(Waiting::new);
            let cells = CellId { fragment, cell: 0 }..=CellId { fragment, cell: u8::MAX };
            for (cell, register) in self.registers.range(cells) {
                waiting.add(cell.cell, register.sequence);
            }
        }
    }

    /// The fragments that this node has contributed to, ascending.
    pub(super) fn fragments(&self) -> Vec<u32> {
        self.holders.keys().copied().collect()
    }

    /// Those of them with registers that some holder has not acknowledged, ascending.
    pub(super) fn fragments_waiting(&self) -> BTreeSet<u32> {
        self.waiting.keys().map(|(fragment, _)| *fragment).collect()
    }

    /// A holder has these registers.
    pub(super) fn acknowledged(&mut self, fragment: u32, holder: NodeId, sequences: &[(u8, u64)]) {
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

    /// What is to be sent in this cycle. A slow node has long cycles, so it tries in each.
    pub(super) fn due(&mut self, cycle: u64, is_slow: bool) -> Vec<Delivery> {
        let mut due = Vec::new();
        for (&(fragment, holder), waiting) in &mut self.waiting {
            if waiting.next_try > cycle && !is_slow {
                continue;
            }
            let cells = waiting.cells.keys();
            let registers = cells.map(|&cell| (cell, self.registers[&CellId { fragment, cell }]));
            due.push(Delivery { fragment, holder, registers: registers.collect() });
            waiting.tried(cycle);
        }
        due
    }

    /// Whether any holder has not been tried often yet.
    pub(super) fn is_new(&self) -> bool {
        self.waiting.values().any(Waiting::is_new)
    }

    /// Registers that some holder has not acknowledged, counted once for each.
    pub(super) fn pending(&self) -> usize {
        self.waiting.values().map(|waiting| waiting.cells.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: NodeId = NodeId::from_bytes([3; 16]);
    const BOB: NodeId = NodeId::from_bytes([4; 16]);

    fn add(contributions: &mut Contributions, cell: u8, amount: i64) -> Result<Register, Invalid> {
        let keys = Keys::from_seed([1; 32]);
        contributions.add(&keys, CellId { fragment: 0, cell }, amount, [ADA, BOB].into_iter())
    }

    #[test]
    fn a_register_is_sent_until_acknowledged() {
        let mut contributions = Contributions::default();
        add(&mut contributions, 5, 10).unwrap();
        assert_eq!(contributions.due(0, false).len(), 2);
        assert!(contributions.due(1, false).is_empty());
        contributions.acknowledged(0, ADA, &[(5, 1)]);
        assert_eq!(contributions.due(2, false).iter().map(|due| due.holder).collect::<Vec<_>>(), [BOB]);
        add(&mut contributions, 5, -4).unwrap();
        contributions.acknowledged(0, BOB, &[(5, 1)]);
        assert_eq!(contributions.pending(), 2);
        assert_eq!(contributions.due(3, false).len(), 2);
    }

    #[test]
    fn whoever_holds_it_now_gets_all_registers_of_a_fragment() {
        let eve = NodeId::from_bytes([5; 16]);
        let mut contributions = Contributions::default();
        add(&mut contributions, 5, 10).unwrap();
        add(&mut contributions, 9, 10).unwrap();
        contributions.acknowledged(0, ADA, &[(5, 1), (9, 1)]);
        contributions.follow(0, &[ADA, eve]);
        let due: Vec<_> =
            contributions.due(0, false).iter().map(|due| (due.holder, due.registers.len())).collect();
        assert_eq!(due, [(eve, 2)], "one has them, and another holds them no more");
        assert_eq!((contributions.pending(), contributions.fragments()), (2, vec![0]));
        contributions.follow(0, &[ADA, eve]);
        assert!(contributions.due(1, false).is_empty(), "nothing has changed");
        contributions.acknowledged(0, eve, &[(5, 1), (9, 1)]);
        assert!(contributions.fragments_waiting().is_empty());
    }

    #[test]
    fn tries_become_rarer() {
        let mut contributions = Contributions::default();
        add(&mut contributions, 5, 10).unwrap();
        let tried: Vec<_> = (0..130).filter(|&cycle| !contributions.due(cycle, false).is_empty()).collect();
        assert_eq!(tried, [0, 2, 6, 14, 30, 62, 94, 126]);
        assert!(!contributions.due(127, true).is_empty(), "a slow node's cycles are long");
    }

    #[test]
    fn a_holder_that_never_answers_is_soon_no_news() {
        let mut contributions = Contributions::default();
        add(&mut contributions, 5, 10).unwrap();
        for cycle in 0..100 {
            contributions.due(cycle, false);
            assert_eq!(contributions.is_new(), cycle < 14, "cycle {cycle}");
        }
        add(&mut contributions, 6, 10).unwrap();
        assert!(contributions.is_new(), "one more contribution is");
    }

    #[test]
    fn amounts_stay_in_range() {
        let mut contributions = Contributions::default();
        assert!(add(&mut contributions, 0, 0).is_err());
        add(&mut contributions, 0, AMOUNT_MAX).unwrap();
        assert!(add(&mut contributions, 0, 1).unwrap_err().to_string().starts_with("amount: got 1"));
        assert!(add(&mut contributions, 0, -AMOUNT_MAX).is_ok(), "it only takes back what it has brought");
        assert!(add(&mut contributions, 0, -1).is_err(), "others have brought the rest");
        assert!(add(&mut contributions, 1, i64::MIN).is_err());
    }
}
