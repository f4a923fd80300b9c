//! Self-repair: a cell that most of the trust disagrees with is fetched anew.

use std::collections::BTreeMap;

use crate::ledger::CELLS;
use crate::replica::Replica;
use crate::wire::CellSet;

/// Cycles for which a cell is outvoted before its registers are fetched anew.
const REFETCH_AFTER: u8 = 32;

/// For how many cycles most of the trust has had other registers of each cell.
#[derive(Default)]
pub(crate) struct Repair {
    disagreement: BTreeMap<u32, Box<[u8; CELLS]>>,
}

impl Repair {
    /// The cells of a replica that have been outvoted for long enough to be fetched anew; their count starts again.
    pub(crate) fn poll(&mut self, replica: &Replica) -> CellSet {
        let fragment = replica.fragment.index();
        let counts = self.disagreement.entry(fragment).or_insert_with(|| Box::new([0; CELLS]));
        let mut due = CellSet::default();
        for cell in 0..CELLS {
            counts[cell] = if replica.is_outvoted(cell) { counts[cell] + 1 } else { 0 };
            if counts[cell] >= REFETCH_AFTER {
                counts[cell] = 0;
                due.insert(cell as u8);
            }
        }
        if !due.is_empty() {
            tracing::info!(fragment, cells = due.iter().count(), "outvoted for long, so fetched anew");
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::NodeId;

    /// A replica whose three neighbours disagree with cell 9.
    fn outvoted() -> Replica {
        let neighbours: Vec<_> = (0..3).map(|i| NodeId::from_bytes([i; 16])).collect();
        let mut replica = Replica::new(5, neighbours.iter().copied(), u16::MAX);
        for &node in &neighbours {
            replica.keep_sample(node, 9, 100, false);
        }
        replica
    }

    #[test]
    fn a_cell_is_fetched_after_so_many_cycles_and_not_again_at_once() {
        let mut repair = Repair::default();
        let replica = outvoted();
        for cycle in 1..100 {
            let due: Vec<_> = repair.poll(&replica).iter().collect();
            let expected: &[u8] = if cycle % usize::from(REFETCH_AFTER) == 0 { &[9] } else { &[] };
            assert_eq!(due, expected, "cycle {cycle}");
        }
    }
}
