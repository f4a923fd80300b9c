//! What plain averaging conserves, to the unit.
//!
//! With symmetric weights the sums `S_i = Σ_j w_ij · (x_j - x_i)` cancel over the rows, so only rounding changes a
//! cell's total: a row that rounds down takes `(S_i mod 65,536) / 65,536` from it, one that rounds up adds
//! `(-S_i mod 65,536) / 65,536` (specification, "What is guaranteed").

use lvs_kernels::vaultguard::MICRO_VU;
use lvs_kernels::{Argument, PoolInput, PoolOutput, Rows};
use lvs_tests::oracle::rounds_up;
use lvs_tests::{engines, graphs, strategies};
use proptest::collection::vec;
use proptest::prelude::*;

/// Values near enough for no limit to bind: within 5 VU of 1,000 VU, whose rate limit is above 15 VU.
fn values(rows: usize) -> impl Strategy<Value = Vec<i64>> {
    vec(995 * MICRO_VU..1_005 * MICRO_VU, rows)
}

/// A weight for each unordered pair; any row's sum fits.
fn pairs(rows: usize) -> impl Strategy<Value = Vec<u16>> {
    vec(0..=(65_535 / rows) as u16, rows * rows)
}

fn weight(pairs: &[u16], rows: usize, i: usize, j: usize) -> u16 {
    pairs[i.min(j) * rows + i.max(j)]
}

proptest! {
    #![proptest_config(strategies::config(256))]

    #[test]
    fn a_total_changes_by_the_rounding_and_no_more(
        (rows, values, pairs) in (2..24_usize).prop_flat_map(|n| (Just(n), values(n), pairs(n))),
        [cycle, seed]: [u64; 2],
    ) {
        let weights: Vec<u16> = (0..rows)
            .flat_map(|i| (0..rows).filter(move |&j| j != i).map(move |j| (i, j)))
            .map(|(i, j)| weight(&pairs, rows, i, j))
            .collect();
        let sums = (0..rows).map(|i| -> i64 {
            (0..rows).map(|j| i64::from(weight(&pairs, rows, i, j)) * (values[j] - values[i])).sum()
        });
        let sums: Vec<i64> = sums.collect();
        // In 65,536ths of a unit.
        let rounded = |(row, sum): (u32, &i64)| match rounds_up(seed, cycle, row) {
            true => (-sum).rem_euclid(65_536),
            false => -sum.rem_euclid(65_536),
        };
        let expected = (0..).zip(&sums).map(rounded).sum::<i64>() / 65_536;
        for engine in engines() {
            let moved = average(engine, &values, &weights, [cycle, seed]);
            let change = moved.iter().sum::<i64>() - values.iter().sum::<i64>();
            prop_assert_eq!(change, expected, "{}", engine.choice());
            prop_assert!(change.abs() < rows as i64);
            // And no value leaves the range of all.
            let low = values.iter().min().unwrap();
            let high = values.iter().max().unwrap();
            prop_assert!(moved.iter().all(|v| (low..=high).contains(&v)));
        }
    }

    #[test]
    fn where_nothing_is_rounded_nothing_is_lost(low in 995 * MICRO_VU..1_000 * MICRO_VU, half in 0..MICRO_VU, drawn: [u64; 2]) {
        for engine in engines() {
            let moved = average(engine, &[low, low + 2 * half], &[32_768; 2], drawn);
            prop_assert_eq!(moved, vec![low + half; 2]);
        }
    }
}

/// One cycle of a complete graph of one-cell rows, trim off; the anchors are 0, so that no floor binds.
fn average(
    engine: &lvs_kernels::Engine,
    values: &[i64],
    weights: &[u16],
    [cycle, seed]: [u64; 2],
) -> Vec<i64> {
    let rows = values.len();
    let anchors = vec![0; values.len()];
    let graph = graphs::complete(rows);
    let input = PoolInput {
        values: Rows::new(Argument::Values, values, rows, 1).unwrap(),
        graph: &graph,
        weights,
        anchors: Rows::new(Argument::Anchors, &anchors, rows, 1).unwrap(),
        frozen: None,
        cycle,
        seed,
        trim: false,
        hold: false,
    };
    let mut moved = vec![0; rows];
    let mut residuals = vec![0; weights.len()];
    let mut out = PoolOutput { values: &mut moved, residuals: &mut residuals };
    let summary = engine.drift_pool(&input, &mut out).unwrap();
    assert_eq!((summary.rate_limited, summary.floored), (0, 0), "a limit bound");
    moved
}
