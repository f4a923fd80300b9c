//! What the trust update promises, for any residuals.

use lvs_kernels::{TRUST_FLOOR, credit, update_trust, weights};
use lvs_tests::strategies;
use proptest::collection::vec;
use proptest::prelude::*;

/// Residuals of every magnitude.
fn residual() -> impl Strategy<Value = u64> + Clone {
    (any::<u64>(), 0..64_u32).prop_map(|(bits, shift)| bits >> shift)
}

/// (trust, residual) of up to 40 neighbours.
fn neighbours() -> impl Strategy<Value = Vec<(u16, u64)>> {
    vec((any::<u16>(), residual()), 1..40)
}

fn updated(neighbours: &[(u16, u64)], cells: u64) -> Vec<u16> {
    let (mut trust, residuals): (Vec<u16>, Vec<u64>) = neighbours.iter().copied().unzip();
    update_trust(&mut trust, &residuals, cells).unwrap();
    trust
}

/// The formula in 128 bits, without the shift that makes it fit 64.
fn exact(trust: u16, residual: u64, tolerance: u128) -> u16 {
    let agreement = match u128::from(residual) {
        residual if residual <= tolerance => 65_535,
        residual => (65_535 * tolerance / residual) as i64,
    };
    let gap = agreement - i64::from(trust);
    let step = if gap >= 0 { (gap + 1_023) / 1_024 } else { -((3 - gap) / 4) };
    (i64::from(trust) + step).max(i64::from(trust.min(TRUST_FLOOR))) as u16
}

/// The place of the (K - F)-th smallest of K residuals.
fn judge(count: usize) -> usize {
    count - count / 3 - 1
}

fn tolerance(neighbours: &[(u16, u64)], cells: u64) -> u128 {
    let mut residuals: Vec<u64> = neighbours.iter().map(|n| n.1).collect();
    residuals.sort_unstable();
    let tolerance = 2 * u128::from(residuals[judge(residuals.len())]) + 16 * u128::from(cells);
    tolerance.min(u64::MAX.into())
}

proptest! {
    #![proptest_config(strategies::config(256))]

    #[test]
    fn below_the_shift_it_is_the_exact_formula(
        neighbours in vec((any::<u16>(), 0..1_u64 << 47), 1..40),
        cells in 0..1_u64 << 20,
    ) {
        let tolerance = tolerance(&neighbours, cells);
        let expected: Vec<u16> = neighbours.iter().map(|&(t, r)| exact(t, r, tolerance)).collect();
        prop_assert_eq!(updated(&neighbours, cells), expected);
    }

    #[test]
    fn only_a_third_loses_trust_and_none_below_the_floor(neighbours in neighbours(), cells: u64) {
        let mut residuals: Vec<u64> = neighbours.iter().map(|n| n.1).collect();
        residuals.sort_unstable();
        let judge = residuals[judge(residuals.len())];
        for (&(before, residual), after) in neighbours.iter().zip(updated(&neighbours, cells)) {
            prop_assert!(after >= before.min(TRUST_FLOOR));
            if residual <= judge {
                prop_assert!(after >= before);
                prop_assert!(after > before || before == 65_535);
            }
        }
    }

    #[test]
    fn trust_is_slow_to_earn_and_quick_to_lose(neighbours in neighbours(), cells: u64) {
        for (&(before, _), after) in neighbours.iter().zip(updated(&neighbours, cells)) {
            prop_assert!(after <= before.saturating_add((65_535 - before).div_ceil(1_024)));
            prop_assert!(after >= before - before.div_ceil(4));
        }
    }

    #[test]
    fn a_smaller_residual_is_never_worse(neighbours in neighbours(), cells: u64, trust: u16) {
        let same: Vec<(u16, u64)> = neighbours.iter().map(|&(_, residual)| (trust, residual)).collect();
        let after = updated(&same, cells);
        for (a, &(_, residual_a)) in after.iter().zip(&same) {
            for (b, &(_, residual_b)) in after.iter().zip(&same) {
                // The shift may cost one unit of agreement between neighbouring magnitudes, never an order.
                prop_assert!(residual_a > residual_b || *a + 1 >= *b);
            }
        }
    }

    #[test]
    fn the_order_of_neighbours_does_not_matter(neighbours in neighbours(), cells: u64, turn in 0..40_usize) {
        let turn = turn % neighbours.len();
        let mut turned = neighbours.clone();
        turned.rotate_left(turn);
        let mut expected = updated(&neighbours, cells);
        expected.rotate_left(turn);
        prop_assert_eq!(updated(&turned, cells), expected);
    }

    #[test]
    fn weights_follow_trust_and_never_exceed_all(trust in vec(any::<u16>(), 0..200)) {
        let mut shares = vec![7; trust.len()];
        weights(&trust, &mut shares).unwrap();
        let parts = trust.len() as u32 + 1;
        prop_assert!(trust.iter().zip(&shares).all(|(&t, &w)| u32::from(w) == u32::from(t) / parts));
        prop_assert!(shares.iter().map(|&w| u32::from(w)).sum::<u32>() <= 65_535);
    }

    #[test]
    fn a_steady_liar_ends_at_the_floor_at_most_and_a_steady_friend_at_all(trust: u16, lie in 1 << 20..u64::MAX) {
        let mut pair = [(trust, 0), (trust, 0), (trust, lie)];
        for _ in 0..6_000 {
            let after = updated(&pair, 1);
            pair.iter_mut().zip(after).for_each(|(entry, after)| entry.0 = after);
        }
        prop_assert_eq!([pair[0].0, pair[1].0], [65_535; 2]);
        prop_assert_eq!(pair[2].0, trust.min(TRUST_FLOOR));
        prop_assert_eq!(pair.map(|(trust, _)| credit(trust)), [4_095, 4_095, 0]);
    }
}
