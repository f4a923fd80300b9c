//! The drift rule against a second, naive reading of it that counts single units of weight.

use lvs_kernels::Engine;
use lvs_tests::oracle::{Cell, difference, drift, remaining_sum, trimmed_units};
use lvs_tests::random::{Random, Texture, weights};
use lvs_tests::row::Row;
use lvs_tests::{engines, strategies};
use proptest::prelude::*;

/// Cell `c` of a row, as the oracle takes it.
fn cell(row: &Row, c: usize) -> Cell {
    let neighbours = row.neighbours.iter().map(|neighbour| i128::from(neighbour[c]));
    Cell {
        value: row.values[c].into(),
        anchor: row.anchors[c].into(),
        neighbours: neighbours.zip(row.weights.iter().copied()).collect(),
    }
}

fn expect_as_the_oracle_says(row: &Row, engine: &Engine) {
    let drifted = row.drift(engine);
    let mut rate_limited = 0;
    let mut floored = 0;
    let mut largest = 0;
    let mut sum = 0;
    let mut residuals = vec![0; row.neighbours.len()];
    for c in 0..row.values.len() {
        let cell = cell(row, c);
        let moved_cell = drift(&cell, row.cycle % 2 == 1, row.trim, row.hold);
        let moved = moved_cell.value - cell.value;
        assert_eq!(
            i128::from(drifted.values[c]),
            moved_cell.value,
            "{cell:?}, {}, {}",
            row.cycle,
            engine.choice()
        );
        assert_eq!(i128::from(drifted.correction[c]), moved);
        rate_limited += u64::from(moved_cell.rate_limited);
        floored += u64::from(moved_cell.floored);
        largest = largest.max(moved.abs());
        sum += moved.abs();
        for (residual, &(neighbour, _)) in residuals.iter_mut().zip(&cell.neighbours) {
            *residual += difference(&cell, neighbour).abs();
        }
    }
    let summary = drifted.summary;
    assert_eq!((summary.rate_limited, summary.floored), (rate_limited, floored));
    assert_eq!((i128::from(summary.max_correction), i128::from(summary.sum_correction)), (largest, sum));
    assert!(drifted.residuals.iter().map(|&r| i128::from(r)).eq(residuals));
}

proptest! {
    #![proptest_config(strategies::config(300))]

    #[test]
    fn rows_of_any_kind(row in strategies::row(5, 20)) {
        for engine in engines() {
            expect_as_the_oracle_says(&row, engine);
        }
    }
}

proptest! {
    #![proptest_config(strategies::config(1_000))]

    /// The specification's identity, which vector code relies on: clamping instead of cutting weights.
    #[test]
    fn the_winsorised_form_is_the_same_sum(row in strategies::row(2, 20)) {
        for c in 0..row.values.len() {
            let cell = cell(&row, c);
            let mass = trimmed_units(&cell) as i128;
            prop_assume!(mass > 0);
            let d: Vec<(i128, i128)> =
                cell.neighbours.iter().map(|&(v, w)| (difference(&cell, v), w.into())).collect();
            let upper = threshold(&d, mass);
            let mirrored: Vec<(i128, i128)> = d.iter().map(|&(d, w)| (-d, w)).collect();
            let lower = -threshold(&mirrored, mass);
            let clamped: i128 = d.iter().map(|&(d, w)| w * d.clamp(lower, upper)).sum();
            prop_assert_eq!(clamped - mass * (upper + lower), remaining_sum(&cell, true));
        }
    }
}

/// The largest difference from which on upwards `mass` is reached, if it is positive, else 0.
fn threshold(differences: &[(i128, i128)], mass: i128) -> i128 {
    let weight_from =
        |theta| -> i128 { differences.iter().filter(|(d, _)| *d >= theta).map(|(_, w)| w).sum() };
    let reached = differences.iter().map(|&(d, _)| d).filter(|&d| d > 0 && weight_from(d) >= mass);
    reached.max().unwrap_or(0)
}

#[test]
fn rows_with_very_many_neighbours() {
    let mut random = Random::new(4_096);
    for count in [64, 65, 300, 4_096] {
        for texture in Texture::ALL {
            let row = Row {
                values: texture.values(&mut random, 3),
                anchors: texture.values(&mut random, 3),
                neighbours: (0..count).map(|_| texture.neighbours(&mut random, 3)).collect(),
                weights: weights(&mut random, count),
                cycle: random.any(),
                trim: true,
                hold: random.one_in(2),
            };
            engines().iter().for_each(|engine| expect_as_the_oracle_says(&row, engine));
        }
    }
}
