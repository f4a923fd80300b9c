//! Answers to requests for registers.

use std::collections::BTreeMap;

use crate::id::NodeId;
use crate::ledger::{Fragment, Register};
use crate::wire::{CellSet, Diff, REGISTERS_MAX};

/// The most diffs that answer one request; what is left is asked for again.
const DIFFS_PER_FETCH: usize = 16;

/// The registers of some cells, writer by writer, as many as one answer may hold. In another cycle it begins with other
/// writers, so that a long answer is not always cut at the same place.
pub(super) fn answer(fragment: &Fragment, cells: &CellSet, cycle: u64) -> Vec<Diff> {
    let mut by_writer: BTreeMap<NodeId, Vec<(u8, Register)>> = BTreeMap::new();
    for cell in cells.iter() {
        for (writer, register) in fragment.registers_of(cell) {
            by_writer.entry(writer).or_default().push((cell, register));
        }
    }
    let mut writers: Vec<_> = by_writer.into_iter().collect();
    if !writers.is_empty() {
        let start = cycle as usize * DIFFS_PER_FETCH % writers.len();
        writers.rotate_left(start);
    }
    let diffs = writers.iter().flat_map(|(writer, registers)| diffs(fragment.index(), *writer, registers));
    diffs.take(DIFFS_PER_FETCH).collect()
}

/// The registers of one writer, in as many diffs as they take.
fn diffs(fragment: u32, writer: NodeId, registers: &[(u8, Register)]) -> impl Iterator<Item = Diff> + '_ {
    let parts = registers.chunks(REGISTERS_MAX);
    parts.map(move |part| Diff { fragment, writer, registers: part.to_vec() })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn long_answers_reach_every_writer_in_time() {
        let mut fragment = Fragment::new(2);
        for i in 0..50 {
            fragment.apply(4, NodeId::of_session([i; 16]), Register { sequence: 1, amount: 1 });
        }
        let mut cells = CellSet::default();
        cells.insert(4);
        let mut heard = BTreeSet::new();
        for cycle in 0..4 {
            let answer = answer(&fragment, &cells, cycle);
            assert_eq!(answer.len(), DIFFS_PER_FETCH);
            heard.extend(answer.into_iter().map(|diff| diff.writer));
        }
        assert_eq!(heard.len(), 50);
    }

    #[test]
    fn nothing_is_answered_where_nothing_is_held() {
        let mut cells = CellSet::default();
        cells.insert(4);
        assert_eq!(answer(&Fragment::new(2), &cells, 9), []);
    }
}
