//! What trimming and VaultGuard promise: the honest range below a third of the trust, the limits beyond it.

use lvs_kernels::vaultguard::{DRAIN_SHIFT, MICRO_VU, RATE_FLOOR, RATE_SHIFT, TRIM, VALUE_MAX, WINDOW};
use lvs_kernels::{Swarm, SwarmOptions};
use lvs_simulation::Attack;
use lvs_tests::group::Group;
use lvs_tests::random::Random;
use lvs_tests::row::Row;
use lvs_tests::{engines, graphs, reference, strategies};
use proptest::collection::vec;
use proptest::prelude::*;

/// A row whose honest neighbours' cells lie in `low..=high`, as its own does, and whose hostile ones hold anything.
#[derive(Clone, Debug)]
struct Besieged {
    row: Row,
    hostile: Vec<bool>,
}

/// Neighbours become hostile in a random order: as many as may be, or as many as weigh no more than what is trimmed.
fn besieged() -> impl Strategy<Value = Besieged> {
    (strategies::row(6, 40), any::<u64>(), 0..=VALUE_MAX, 0..=VALUE_MAX, any::<bool>()).prop_map(
        |(mut row, seed, a, b, near)| {
            let mut random = Random::new(seed);
            let (low, high) =
                (a.min(b), if near { a.min(b).saturating_add(3).min(VALUE_MAX) } else { a.max(b) });
            row.trim = true;
            let hostile = choose_hostile(&row, &mut random);
            let honest = row.neighbours.iter_mut().zip(&hostile).filter(|(_, hostile)| !**hostile);
            for cells in honest.map(|(cells, _)| cells).chain([&mut row.values]) {
                cells.iter_mut().for_each(|v| *v = random.between(low, high + 1));
            }
            Besieged { row, hostile }
        },
    )
}

fn choose_hostile(row: &Row, random: &mut Random) -> Vec<bool> {
    let mut order: Vec<usize> = (0..row.weights.len()).collect();
    random.shuffle(&mut order);
    let mut hostile = vec![false; row.weights.len()];
    if random.one_in(2) {
        order[..row.weights.len() / 3].iter().for_each(|&j| hostile[j] = true);
        return hostile;
    }
    let mut left = (u64::from(TRIM) * u64::from(row.weight_sum())).div_ceil(65_536);
    for j in order {
        if u64::from(row.weights[j]) <= left {
            left -= u64::from(row.weights[j]);
            hostile[j] = true;
        }
    }
    hostile
}

/// The bounds of one cycle, whoever lies.
fn expect_within_limits(before: i64, after: i64, anchor: i64) {
    let rate = RATE_FLOOR.max(before >> RATE_SHIFT);
    assert!((after - before).abs() <= rate, "{before} -> {after}");
    assert!(after >= before.min(anchor - (anchor >> DRAIN_SHIFT)), "{before} -> {after}, anchor {anchor}");
    assert!((0..=VALUE_MAX).contains(&after));
}

proptest! {
    #![proptest_config(strategies::config(1_000))]

    #[test]
    fn no_value_leaves_the_honest_range(Besieged { row, hostile } in besieged()) {
        for engine in engines() {
            for (cell, &moved) in row.drift(engine).values.iter().enumerate() {
                let honest = row.neighbours.iter().zip(&hostile).filter(|(_, hostile)| !**hostile);
                let honest = honest.map(|(cells, _)| cells[cell]).chain([row.values[cell]]);
                let low = honest.clone().min().unwrap();
                let high = honest.max().unwrap();
                prop_assert!((low..=high).contains(&moved), "{moved} outside {low} to {high}, cell {cell}");
            }
        }
    }

    #[test]
    fn the_limits_hold_for_any_neighbours(row in strategies::row(40, 20)) {
        for engine in engines() {
            for (cell, &moved) in row.drift(engine).values.iter().enumerate() {
                expect_within_limits(row.values[cell], moved, row.anchors[cell]);
            }
        }
    }
}

proptest! {
    #![proptest_config(strategies::config(24))]

    #[test]
    fn the_limits_hold_over_a_window_boundary_with_any_number_hostile(
        honest in vec(vec(strategies::value(), 3), 1..16),
        attack in proptest::sample::select(Attack::ALL.to_vec()),
        learn_trust: bool,
        before in 1..60_u64,
    ) {
        // Up to all but one of sixteen are hostile.
        let hostile = 16 - honest.len();
        let mut group = Group::new(reference(), honest, hostile, learn_trust, WINDOW - before);
        for _ in 0..120 {
            let old = group.rows.clone();
            group.step(attack);
            for (row, old) in old.iter().enumerate() {
                for (cell, &old) in old.iter().enumerate() {
                    expect_within_limits(old, group.rows[row][cell], group.anchors[row][cell]);
                }
            }
        }
    }
}

/// Fifteen of sixteen pull to nothing: exactly a quarter goes per window, at most a 64th (or one VU) per cycle.
#[test]
fn a_hostile_majority_takes_a_quarter_per_window_and_no_more() {
    let frozen: Vec<bool> = (0..16).map(|i| i > 0).collect();
    let mut values = vec![i64::MIN; 16];
    values[0] = 4_000 * MICRO_VU;
    let options = SwarmOptions { frozen: Some(frozen), ..Default::default() };
    for engine in engines() {
        let mut swarm = Swarm::new(engine.clone(), graphs::complete(16), &values, 1, options.clone())
            .expect("a valid swarm");
        for _window in 0..3 {
            let held = |swarm: &Swarm| swarm.row(0).expect("there is a row 0")[0];
            let anchor = held(&swarm);
            let mut before = anchor;
            for _ in 0..WINDOW {
                swarm.step(1).expect("the device stays");
                expect_within_limits(before, held(&swarm), anchor);
                before = held(&swarm);
            }
            assert_eq!(before, anchor - anchor / 4, "the attack takes all that it may");
        }
    }
}

/// The same over single rows that are told something else each: up, the rate limit alone holds.
#[test]
fn a_hostile_majority_raises_a_value_by_a_64th_per_cycle() {
    let mut group = Group::new(reference(), vec![vec![6_400 * MICRO_VU]], 15, false, 0);
    let mut expected = 6_400 * MICRO_VU;
    for _ in 0..100 {
        let summary = group.step(Attack::Huge);
        expected += expected / 64;
        assert_eq!((group.rows[0][0], summary.rate_limited), (expected, 1));
    }
}
