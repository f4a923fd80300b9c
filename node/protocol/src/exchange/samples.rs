//! Samples of replicas: drawn by a seed, so that nobody can choose in advance which cells are looked at.

use lvs_kernels::sample_cells;

use crate::id::NodeId;
use crate::ledger::{CELLS, Stamper};
use crate::replica::Replica;
use crate::rules::Rule;
use crate::wire::{CellSet, Entropy, Refusal, SAMPLE};

/// The sample of a replica that a seed draws.
pub(crate) fn sample(replica: &Replica, seed: u64) -> Entropy {
    let fragment = &replica.fragment;
    let stamper = Stamper::new(seed);
    let mut samples = Box::new([(0, 0); SAMPLE]);
    for (sample, cell) in samples.iter_mut().zip(drawn(seed)) {
        *sample = (fragment.values()[usize::from(cell)], fragment.stamp(cell, &stamper));
    }
    Entropy { fragment: fragment.index(), cycle: replica.cycle(), seed, samples }
}

/// What a sample shows of its sender.
pub(super) struct Shown {
    /// The cells of which it has other registers: their stamps differ.
    pub(super) differing: CellSet,
    /// Some cell rests on the same registers and holds another value: one of the two replicas has to be repaired.
    pub(super) is_contested: bool,
}

/// Keeps a neighbour's sample; that of another member is only compared.
pub(super) fn take(replica: &mut Replica, from: NodeId, entropy: &Entropy) -> Result<Shown, Refusal> {
    if replica.neighbour(from).is_some() {
        replica.begin_sample(from, entropy.cycle)?;
    }
    let stamper = Stamper::new(entropy.seed);
    let mut shown = Shown { differing: CellSet::default(), is_contested: false };
    for (cell, &(value, stamp)) in drawn(entropy.seed).into_iter().zip(entropy.samples.iter()) {
        let agrees = replica.fragment.stamp(cell, &stamper) == stamp;
        replica.keep_sample(from, cell, value, agrees || !replica.fragment.keeps(Rule::Stamps));
        if !agrees {
            shown.differing.insert(cell);
        } else if value != replica.fragment.values()[usize::from(cell)] {
            shown.is_contested = true;
        }
    }
    Ok(shown)
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
    use crate::id::CellId;
    use crate::keys::Keys;
    use crate::ledger::Register;

    #[test]
    fn the_receiver_finds_the_cells_that_differ() {
        let sender = Keys::from_seed([1; 32]);
        let mut theirs = Replica::new(3, std::iter::empty(), 0);
        let mut ours = Replica::new(3, [sender.id()].into_iter(), u16::MAX);
        for cell in 0..=u8::MAX {
            let register = Register::signed(&sender, CellId { fragment: 3, cell }, 1, 5);
            theirs.fragment.apply(cell, sender.public(), register);
            if cell % 2 == 0 {
                ours.fragment.apply(cell, sender.public(), register);
            }
        }
        let entropy = sample(&theirs, 77);
        let odd: Vec<_> = drawn(77).into_iter().filter(|cell| cell % 2 == 1).collect();
        let differing = take(&mut ours, sender.id(), &entropy).expect("it is the first").differing;
        assert_eq!(differing.iter().count(), odd.len());
        assert!(odd.iter().all(|&cell| differing.contains(cell)));
        assert_eq!(take(&mut ours, sender.id(), &entropy).err(), Some(Refusal::Stale));
    }
}
