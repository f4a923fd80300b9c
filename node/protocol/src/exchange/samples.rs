//! Samples of replicas: drawn by a seed, so that nobody can choose in advance which cells are looked at.

use lvs_kernels::sample_cells;

use crate::id::NodeId;
use crate::ledger::CELLS;
use crate::replica::Replica;
use crate::wire::{CellSet, Entropy, SAMPLE};

/// The sample of a replica that a seed draws.
pub(crate) fn sample(replica: &Replica, seed: u64) -> Entropy {
    let values = replica.fragment.values();
    let stamps = replica.fragment.stamps();
    let mut samples = Box::new([(0, 0); SAMPLE]);
    for (sample, cell) in samples.iter_mut().zip(drawn(seed)) {
        *sample = (values[usize::from(cell)], stamps[usize::from(cell)]);
    }
    Entropy { fragment: replica.fragment.index(), cycle: replica.cycle(), seed, samples }
}

/// Keeps a neighbour's sample. Returns the cells whose stamps differ from the replica's own: their registers differ.
pub(super) fn take(replica: &mut Replica, from: NodeId, entropy: &Entropy) -> CellSet {
    let mut differing = CellSet::default();
    for (cell, &(value, stamp)) in drawn(entropy.seed).into_iter().zip(entropy.samples.iter()) {
        if replica.keep_sample(from, cell, value, stamp) {
            differing.insert(cell);
        }
    }
    differing
}

/// The cells that a seed draws, in draw order.
fn drawn(seed: u64) -> [u8; SAMPLE] {
    let mut cells = [0; SAMPLE];
    sample_cells(seed, CELLS, &mut cells).expect("fewer are drawn than there are");
    cells.map(|cell| cell as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Register;

    #[test]
    fn the_receiver_finds_the_cells_that_differ() {
        let sender = NodeId::of_session([1; 16]);
        let mut theirs = Replica::new(3, std::iter::empty(), 0);
        let mut ours = Replica::new(3, [sender].into_iter(), u16::MAX);
        for cell in 0..=u8::MAX {
            theirs.fragment.apply(cell, sender, Register { sequence: 1, amount: 5 });
            if cell % 2 == 0 {
                ours.fragment.apply(cell, sender, Register { sequence: 1, amount: 5 });
            }
        }
        let entropy = sample(&theirs, 77);
        let odd: Vec<_> = drawn(77).into_iter().filter(|cell| cell % 2 == 1).collect();
        let differing = take(&mut ours, sender, &entropy);
        assert_eq!(differing.iter().count(), odd.len());
        assert!(odd.iter().all(|&cell| differing.contains(cell)));
    }
}
