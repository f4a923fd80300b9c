//! Every backend gives the scalar backend's bits, whatever it is given.

use lvs_kernels::{Argument, Engine, PoolInput, PoolOutput, Rows};
use lvs_tests::{engines, graphs, random, reference, strategies};
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(strategies::config(256))]

    #[test]
    fn a_row(row in strategies::row(80, 70)) {
        let expected = row.drift(&reference());
        for engine in engines() {
            prop_assert_eq!(&row.drift(engine), &expected, "{}", engine.choice());
        }
    }

    #[test]
    fn a_pool(
        rows in 0..30_usize,
        degree in 0..20_u64,
        cells in 0..40_usize,
        seed: u64,
        trim: bool,
        data in vec(strategies::value(), 30 * 40),
    ) {
        let mut random = random::Random::new(seed);
        let graph = graphs::random(&mut random, rows, degree as usize);
        let weights: Vec<u16> =
            (0..rows).flat_map(|i| random::weights(&mut random, graph.neighbours(i).len())).collect();
        let values = Rows::new(Argument::Values, &data[..rows * cells], rows, cells).unwrap();
        let input = PoolInput {
            values, graph: &graph, weights: &weights, anchors: values, frozen: None, cycle: seed, seed, trim, hold: false,
        };
        let run = |engine: &Engine| {
            let mut moved = vec![-7; rows * cells];
            let mut residuals = vec![7; graph.edges()];
            let mut out = PoolOutput { values: &mut moved, residuals: &mut residuals };
            let summary = engine.drift_pool(&input, &mut out).unwrap();
            (moved, residuals, summary)
        };
        let expected = run(&reference());
        for engine in engines() {
            prop_assert_eq!(&run(engine), &expected, "{}", engine.choice());
        }
    }

    #[test]
    fn pairwise_residuals(rows in 0..12_usize, cells in 0..70_usize, data in vec(strategies::neighbour(), 12 * 70)) {
        let values = Rows::new(Argument::Values, &data[..rows * cells], rows, cells).unwrap();
        for engine in engines() {
            let mut got = vec![7; rows * rows];
            engine.pairwise_residuals(&values, &mut got).unwrap();
            for (entry, &got) in got.iter().enumerate() {
                let a = values.row(entry / rows);
                let b = values.row(entry % rows);
                let expected: u64 = a.iter().zip(b).map(|(a, b)| a.abs_diff(*b).min((1 << 46) - 1)).sum();
                prop_assert_eq!(got, expected, "{}, entry {}", engine.choice(), entry);
            }
        }
    }
}
