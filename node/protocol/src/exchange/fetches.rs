//! Answers to requests for registers.

use std::collections::BTreeMap;

use crate::id::NodeId;
use crate::keys::PublicKey;
use crate::ledger::{Fragment, Register};
use crate::wire::{CellSet, Diff, REGISTERS_MAX};

/// The most diffs that answer one request; what is left is asked for again.
const DIFFS_PER_FETCH: usize = 16;

/// Up to so many registers are gathered and put in order for one answer.
const GATHERED_MAX: usize = 1_024;

/// The registers of some cells, writer by writer, in at most `most` diffs. Where there are too many to be gathered, the answer begins
/// with the writer `start`: who asks again is answered from elsewhere.
pub(super) fn answer(fragment: &Fragment, cells: &CellSet, start: NodeId, most: usize) -> Vec<Diff> {
    let most = most.min(DIFFS_PER_FETCH);
    let mut by_writer = gather(fragment, cells);
    if by_writer.values().map(Vec::len).sum::<usize>() > GATHERED_MAX {
        by_writer = gather_from(fragment, cells, start, most);
    }
    let (before, after): (Vec<_>, Vec<_>) = by_writer.iter().partition(|(writer, _)| **writer < start);
    let writers = after.into_iter().chain(before);
    let keyed = writers.filter_map(|(writer, registers)| Some((fragment.key_of(*writer)?, registers)));
    let diffs = keyed.flat_map(|(writer, registers)| diffs(fragment.index(), writer, registers));
    diffs.take(most).collect()
}

/// Registers with their cells, by their writers.
type ByWriter = BTreeMap<NodeId, Vec<(u8, Register)>>;

/// The registers of some cells, one more than may be gathered at most.
fn gather(fragment: &Fragment, cells: &CellSet) -> ByWriter {
    let mut by_writer = ByWriter::new();
    let all =
        cells.iter().flat_map(|cell| fragment.registers_of(cell).map(move |(writer, r)| (cell, writer, r)));
    for (cell, writer, register) in all.take(GATHERED_MAX + 1) {
        by_writer.entry(writer).or_default().push((cell, register));
    }
    by_writer
}

/// The registers of some cells that the first writers from `start` on have written, as many writers as there may be diffs.
fn gather_from(fragment: &Fragment, cells: &CellSet, start: NodeId, writers: usize) -> ByWriter {
    let mut by_writer = ByWriter::new();
    for writer in fragment.writers_from(start).take(writers) {
        let registers = cells.iter().filter_map(|cell| Some((cell, fragment.register(cell, writer)?)));
        by_writer.insert(writer, registers.collect());
    }
    by_writer
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
    use crate::wire::{Packet, encode};

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
        for start in (0..=u8::MAX).step_by(16) {
            let answer = answer(&fragment, &cells, NodeId::from_bytes([start; 16]), usize::MAX);
            assert_eq!(answer.len(), DIFFS_PER_FETCH);
            heard.extend(answer.into_iter().map(|diff| diff.writer));
        }
        assert_eq!(heard.len(), 50);
    }

    #[test]
    fn answers_keep_to_the_budget() {
        let mut fragment = Fragment::new(2);
        for i in 0..9 {
            let keys = Keys::from_seed([i; 32]);
            for cell in 0..=u8::MAX {
                let register = Register::signed(&keys, CellId { fragment: 2, cell }, 1, 1);
                fragment.apply(cell, keys.public(), register);
            }
        }
        let mut cells = CellSet::default();
        (0..=u8::MAX).for_each(|cell| cells.insert(cell));
        // More registers than are gathered: whole writers, from the one asked for on.
        let writers: Vec<_> = fragment.writers_from(NodeId::from_bytes([0; 16])).collect();
        let whole = answer(&fragment, &cells, writers[4], 3);
        assert_eq!(whole.len(), 3);
        assert!(
            whole.iter().all(|diff| diff.writer.id() == writers[4] && diff.registers.len() == REGISTERS_MAX)
        );
        assert!(whole.iter().all(|diff| encode(&Packet::Diff(diff.clone())).len() == diff.bytes()));
        assert_eq!(answer(&fragment, &cells, writers[4], 0), []);
    }

    #[test]
    fn nothing_is_answered_where_nothing_is_held() {
        let mut cells = CellSet::default();
        cells.insert(4);
        assert_eq!(answer(&Fragment::new(2), &cells, NodeId::from_bytes([9; 16]), usize::MAX), []);
    }
}
