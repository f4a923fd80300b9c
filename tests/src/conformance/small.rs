//! The kernels that are short sums: trust, weights, reputation.

use lvs_kernels::{Engine, Graph, ReputationOptions, TRUST_FLOOR, TrustMatrix};

use crate::random::Random;
use crate::{graphs, reference};

pub(super) fn trust_weights_reputation(engines: &[Engine], seed: u64) {
    let mut random = Random::new(seed);
    for count in [0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 64, 65, 4_096] {
        // Residuals of every magnitude.
        let residuals: Vec<u64> = (0..count).map(|_| random.any() >> random.below(64)).collect();
        // Trust below the floor, on it and above.
        let trust: Vec<u16> = (0..count).map(|_| trust(&mut random)).collect();
        let cells = random.below(5_000);
        let expected = trust_and_weights(&reference(), &trust, &residuals, cells);
        for engine in engines {
            let got = trust_and_weights(engine, &trust, &residuals, cells);
            assert_eq!(got, expected, "K = {count}, seed {seed}, {}", engine.choice());
        }
    }
    for rows in [1, 2, 33, 300, 9_000] {
        let graph = graphs::random(&mut random, rows, 20);
        let trust: Vec<u16> = (0..graph.edges()).map(|_| random.any() as u16).collect();
        let expected = reputation(&reference(), &graph, &trust);
        for engine in engines {
            assert_eq!(reputation(engine, &graph, &trust), expected, "N = {rows}, {}", engine.choice());
        }
    }
}

fn trust(random: &mut Random) -> u16 {
    if random.one_in(2) { random.any() as u16 } else { TRUST_FLOOR - 2 + random.below(5) as u16 }
}

fn trust_and_weights(engine: &Engine, trust: &[u16], residuals: &[u64], cells: u64) -> (Vec<u16>, Vec<u16>) {
    let mut learned = trust.to_vec();
    let mut weights = vec![7; trust.len()];
    engine.update_trust(&mut learned, residuals, cells).expect("a valid case");
    engine.weights(&learned, &mut weights).expect("a valid case");
    (learned, weights)
}

fn reputation(engine: &Engine, graph: &Graph, trust: &[u16]) -> Vec<u64> {
    let mut out = vec![7; graph.rows()];
    let matrix = TrustMatrix::Sparse { graph, trust };
    engine.reputation(matrix, &ReputationOptions::default(), &mut out).expect("a valid case");
    out
}
