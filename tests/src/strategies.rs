//! What proptest draws from.

use lvs_kernels::vaultguard::{DIFFERENCE_MAX, MICRO_VU, VALUE_MAX};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

use crate::row::Row;

/// That many cases; a failing one is kept beside its test's source, to be run again first.
pub fn config(cases: u32) -> ProptestConfig {
    let kept = FileFailurePersistence::WithSource("regressions");
    ProptestConfig { cases, failure_persistence: Some(Box::new(kept)), ..ProptestConfig::default() }
}

/// An own value or an anchor: 0 to 2^62, often near 1,000 VU or at an end of a range.
pub fn value() -> impl Strategy<Value = i64> + Clone {
    prop_oneof![
        4 => 999 * MICRO_VU..1_001 * MICRO_VU,
        1 => 640..644_i64,
        1 => 0..=VALUE_MAX,
        1 => proptest::sample::select(vec![0, 1, DIFFERENCE_MAX, DIFFERENCE_MAX + 1, VALUE_MAX - 1, VALUE_MAX]),
    ]
}

/// A neighbour's value: any `i64`.
pub fn neighbour() -> impl Strategy<Value = i64> + Clone {
    prop_oneof![
        4 => value(),
        1 => any::<i64>(),
        1 => proptest::sample::select(vec![i64::MIN, i64::MIN + 1, -DIFFERENCE_MAX, -1, VALUE_MAX + 1, i64::MAX]),
    ]
}

/// `count` weights that sum to at most 65,535: mostly much, sometimes alike or tiny.
pub fn weights(count: usize) -> impl Strategy<Value = Vec<u16>> + Clone {
    let share = (65_535 / count.max(1)) as u16;
    prop_oneof![
        3 => vec(any::<u16>(), count).prop_map(scaled),
        1 => Just(vec![share; count]),
        1 => vec(0..=share.min(3), count),
    ]
}

/// Scales weights down until they sum to no more than 65,535.
fn scaled(weights: Vec<u16>) -> Vec<u16> {
    let sum: u64 = weights.iter().map(|&w| u64::from(w)).sum();
    let scale = |&w: &u16| (u64::from(w) * 65_535 / sum.max(65_535)) as u16;
    weights.iter().map(scale).collect()
}

/// Any row with fewer than `cells` cells and `neighbours` neighbours.
pub fn row(cells: usize, neighbours: usize) -> impl Strategy<Value = Row> {
    (0..cells, 0..neighbours).prop_flat_map(|(cells, count)| {
        let own = (vec(value(), cells), vec(value(), cells));
        let others = (vec(vec(neighbour(), cells), count), weights(count));
        (own, others, any::<u64>(), any::<[bool; 2]>()).prop_map(
            |((values, anchors), (neighbours, weights), cycle, [trim, hold])| Row {
                values,
                anchors,
                neighbours,
                weights,
                cycle,
                trim,
                hold,
            },
        )
    })
}
