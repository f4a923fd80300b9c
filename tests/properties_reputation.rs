//! Reputation: the sum is exact, and the shares are what a float64 power iteration gives.

use approx::assert_abs_diff_eq;
use lvs_kernels::{Engine, Graph, REPUTATION_ONE, ReputationOptions, TrustMatrix};
use lvs_tests::random::Random;
use lvs_tests::{announce, data, engines, graphs, reference, strategies};
use proptest::prelude::*;

fn reputation(engine: &Engine, matrix: TrustMatrix<'_>, options: &ReputationOptions<'_>) -> Vec<u64> {
    let mut out = vec![0; matrix.rows()];
    let end = engine.reputation(matrix, options, &mut out).unwrap();
    assert!(end.converged, "{end:?}");
    out
}

/// EigenTrust by power iteration in float64, until nothing changes.
fn power_iteration(graph: &Graph, trust: &[u16], damping: f64, pretrust: &[f64]) -> Vec<f64> {
    let mut shares = pretrust.to_vec();
    for _ in 0..2_000 {
        let mut next = vec![0.0; shares.len()];
        for row in 0..graph.rows() {
            let trust = &trust[graph.edges_of(row)];
            let sum: f64 = trust.iter().map(|&t| f64::from(t)).sum();
            for (&to, &t) in graph.neighbours(row).iter().zip(trust).filter(|_| sum > 0.0) {
                next[to as usize] += shares[row] * f64::from(t) / sum;
            }
            // A row that trusts nobody spreads as the pre-trust does.
            next.iter_mut().zip(pretrust).filter(|_| sum == 0.0).for_each(|(n, p)| *n += shares[row] * p);
        }
        next.iter_mut().zip(pretrust).for_each(|(n, p)| *n = damping * p + (1.0 - damping) * *n);
        let change = distance(&next, &shares);
        shares = next;
        if change < 1e-14 {
            break;
        }
    }
    shares
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum()
}

fn as_floats(shares: &[u64]) -> Vec<f64> {
    shares.iter().map(|&share| share as f64 / REPUTATION_ONE as f64).collect()
}

proptest! {
    #![proptest_config(strategies::config(100))]

    #[test]
    fn it_sums_to_all_and_is_the_power_iteration(
        seed: u64, rows in 1..120_usize, degree in 0..30_usize, damping in 0.05..1.0_f64, some: bool,
    ) {
        let mut random = Random::new(seed);
        let graph = graphs::random(&mut random, rows, degree);
        let trust: Vec<u16> = (0..graph.edges()).map(|_| (random.any() >> random.below(60)) as u16).collect();
        let mut weights: Vec<u32> = (0..rows).map(|_| random.below(4) as u32).collect();
        weights[0] += 1;
        if !some {
            weights.fill(1);
        }
        let options = ReputationOptions { damping, pretrust: some.then_some(&weights), ..Default::default() };
        let sum: f64 = weights.iter().map(|&w| f64::from(w)).sum();
        let pretrust: Vec<f64> = weights.iter().map(|&w| f64::from(w) / sum).collect();
        let expected = power_iteration(&graph, &trust, damping, &pretrust);
        let matrix = TrustMatrix::Sparse { graph: &graph, trust: &trust };
        for engine in engines() {
            let got = reputation(engine, matrix, &options);
            prop_assert_eq!(got.iter().sum::<u64>(), REPUTATION_ONE);
            let off = distance(&as_floats(&got), &expected);
            prop_assert!(off < 1e-6, "{off:e} off in L1");
        }
    }

    #[test]
    fn sparse_and_dense_are_the_same(seed: u64, rows in 1..40_usize) {
        let mut random = Random::new(seed);
        let dense: Vec<u16> =
            (0..rows * rows).map(|_| if random.one_in(3) { random.any() as u16 } else { 0 }).collect();
        let trusted = |i: usize| (0..rows).filter(|&j| dense[i * rows + j] > 0).collect::<Vec<_>>();
        let graph = graphs::from_lists(&(0..rows).map(trusted).collect::<Vec<_>>());
        let sparse: Vec<u16> = dense.iter().copied().filter(|&t| t > 0).collect();
        let options = ReputationOptions::default();
        prop_assert_eq!(
            reputation(&reference(), TrustMatrix::Sparse { graph: &graph, trust: &sparse }, &options),
            reputation(&reference(), TrustMatrix::Dense { rows, trust: &dense }, &options)
        );
    }
}

#[test]
fn bitcoin_otc_agrees_with_go_eigentrust() {
    let Some(folder) = data::folder() else {
        announce(
            "NOT RUN: reputation on the Bitcoin OTC graph: there is no folder shared/data here or above",
        );
        return;
    };
    let otc = data::bitcoin_otc(&folder);
    let nodes = otc.graph.rows();
    let pretrust: Vec<u32> = data::node_numbers(&folder.join("eigentrust_otc_pretrust.csv"), nodes);
    assert_eq!(pretrust.iter().sum::<u32>(), 10);
    let expected: Vec<f64> = data::node_numbers(&folder.join("eigentrust_otc.csv"), nodes);
    assert_abs_diff_eq!(expected.iter().sum::<f64>(), 1.0, epsilon = 1e-9);
    let options = ReputationOptions { pretrust: Some(&pretrust), ..Default::default() };
    let matrix = TrustMatrix::Sparse { graph: &otc.graph, trust: &otc.trust };
    for engine in engines() {
        let got = reputation(engine, matrix, &options);
        assert_eq!(got.iter().sum::<u64>(), REPUTATION_ONE);
        let off = distance(&as_floats(&got), &expected);
        announce(&format!("reputation on Bitcoin OTC, {}: {off:.2e} off in L1", engine.backend()));
        assert_abs_diff_eq!(off, 0.0, epsilon = 1e-6);
    }
}
