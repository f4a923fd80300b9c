//! Answers to requests for registers.

use std::collections::BTreeMap;

use crate::id::NodeId;
use crate::keys::PublicKey;
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
    let keyed = writers.iter().filter_map(|(writer, registers)| Some((fragment.key_of(*writer)?, registers)));
    let diffs = keyed.flat_map(|(writer, registers)| diffs(fragment.index(), writer, registers));
    diffs.take(DIFFS_PER_FETCH).collect()
}

/// The registers of one writer, in as many diffs as they take.
fn diffs(fragment: u32, writer: PublicKey, registers: &[(u8, Register)]) -> impl Iterator<Item = Diff> + '_ {
    let parts = registers.chunks(REGISTERS_MAX);
    parts.map(move |part| Diff { fragment, writer, registers: part.to_vec() })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::id::CellId;
    use crate::keys::Keys;

    #[test]
    fn long_answers_reach_every_writer_in_time() {
        let mut fragment = Fragment::new(2);
        for i in 0..50 {
            let keys = Keys::from_seed([i; 32]);
            let register = Register::signed(&keys, CellId { fragment: 2, cell: 4 }, 1, 1);
            fragment.apply(4, keys.public(), register);
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
