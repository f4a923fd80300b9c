//! What a replica learns about its neighbours from how far their values lie.

use lvs_kernels::update_trust;

use super::Neighbour;
use crate::ledger::CELLS;

/// Cycles from one update of trust to the next, so that one sample is not evidence again and again.
const TRUST_EVERY: u64 = 8;

/// What a cycle showed of one neighbour.
#[derive(Clone, Copy)]
pub(super) struct Evidence {
    /// The sum of its distances, in micro-VU.
    pub(super) residual: u64,
    /// The number of cells that were compared.
    pub(super) compared: u64,
}

/// Whether trust is learned in this cycle.
pub(super) fn is_due(cycle: u64) -> bool {
    cycle % TRUST_EVERY == TRUST_EVERY - 1
}

/// Updates the trust in all neighbours of whom anything was compared; the others keep theirs, and so do proven liars.
/// Returns whether any lost some.
pub(super) fn learn(neighbours: &mut [Neighbour], evidence: &[Evidence]) -> bool {
    let seen: Vec<_> =
        (0..neighbours.len()).filter(|&j| evidence[j].compared > 0 && !neighbours[j].is_proven).collect();
    let residuals: Vec<_> = seen.iter().map(|&j| scaled(evidence[j])).collect();
    let mut trust: Vec<_> = seen.iter().map(|&j| neighbours[j].trust).collect();
    update_trust(&mut trust, &residuals, CELLS as u64).expect("a fragment has few holders");
    let mut losing = false;
    for (j, trust) in seen.into_iter().zip(trust) {
        let neighbour = &mut neighbours[j];
        if trust < neighbour.trust {
            tracing::trace!(node = %neighbour.node, before = neighbour.trust, trust, "trust lost");
            losing = true;
        }
        neighbour.trust = trust;
    }
    losing
}

/// A residual as if all cells had been compared: neighbours are judged alike, however much of them was seen.
fn scaled(Evidence { residual, compared }: Evidence) -> u64 {
    let scaled = u128::from(residual) * CELLS as u128 / u128::from(compared);
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::NodeId;

    fn neighbours(trust: [u16; 6]) -> Vec<Neighbour> {
        (0..).zip(trust).map(|(i, trust)| Neighbour::new(NodeId::from_bytes([i; 16]), trust)).collect()
    }

    #[test]
    fn residuals_are_scaled_to_all_cells() {
        assert_eq!(scaled(Evidence { residual: 10, compared: 256 }), 10);
        assert_eq!(scaled(Evidence { residual: 10, compared: 3 }), 853);
        assert_eq!(scaled(Evidence { residual: u64::MAX, compared: 1 }), u64::MAX);
    }

    #[test]
    fn who_lies_far_off_loses_and_who_was_not_seen_keeps() {
        let mut neighbours = neighbours([62_000; 6]);
        let near = Evidence { residual: 1_000, compared: 64 };
        let far = Evidence { residual: 1 << 50, compared: 64 };
        let unseen = Evidence { residual: 0, compared: 0 };
        assert!(learn(&mut neighbours, &[near, near, near, near, far, unseen]));
        assert!(neighbours[0].trust > 62_000);
        assert!(neighbours[4].trust < 62_000);
        assert_eq!(neighbours[5].trust, 62_000);
    }

    #[test]
    fn who_was_proven_a_liar_earns_nothing_back() {
        let mut neighbours = neighbours([62_000, 62_000, 62_000, 0, 62_000, 0]);
        neighbours[3].is_proven = true;
        for _ in 0..100 {
            learn(&mut neighbours, &[Evidence { residual: 0, compared: 64 }; 6]);
        }
        assert_eq!(neighbours[3].trust, 0);
        assert!(neighbours[5].trust > 1_000, "whoever was only doubted earns it");
    }

    #[test]
    fn trust_is_learned_every_eighth_cycle() {
        assert_eq!((0..24).filter(|&cycle| is_due(cycle)).collect::<Vec<_>>(), [7, 15, 23]);
    }
}
