//! Cases of reputation.

use lvs_kernels::{Convergence, Engine, Graph, ReputationOptions, TrustMatrix};
use serde::{Deserialize, Serialize};

use super::edges::Edges;
use super::{Input, Kernel, Output, text};
use crate::graphs;
use crate::random::Random;

/// Who trusts whom, and how reputation is computed from it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reputation {
    #[serde(flatten)]
    edges: Edges,
    /// A trust per edge.
    trust: Input<u16>,
    damping: f64,
    /// A weight per node, or nothing for uniform.
    pretrust: Option<Input<u32>>,
    tolerance: f64,
    max_iterations: u32,
}

/// Reputation, and how the iteration ended.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Results {
    reputation: Output<u64>,
    iterations: u32,
    #[serde(with = "text")]
    change: u64,
    converged: bool,
}

impl Kernel for Reputation {
    const NAME: &'static str = "reputation";
    type Results = Results;

    fn cases() -> Vec<(String, Self)> {
        let mut random = Random::new(61);
        let sparse = graphs::random(&mut random, 40, 12);
        let pretrust = Some(Input::Listed((0..40).map(|i| if i % 7 == 3 { i } else { 0 }).collect()));
        let sparse = || Self::new(sparse.clone());
        let star = graphs::from_lists(&[vec![], vec![0], vec![0], vec![0], vec![0]]);
        let cases = vec![
            ("no nodes", Self::new(graphs::from_lists(&[]))),
            ("one node that trusts nobody", Self::new(graphs::from_lists(&[vec![]]))),
            ("one node that trusts itself", Self::new(graphs::from_lists(&[vec![0]]))),
            ("nobody is trusted", Self { trust: Input::Drawn { seed: 0, low: 0, span: 1 }, ..sparse() }),
            ("everybody trusts one", Self::new(star)),
            ("a ring", Self::new(graphs::ring(7, 1))),
            ("random", sparse()),
            ("pre-trust on a few", Self { pretrust: pretrust.clone(), ..sparse() }),
            (
                "pre-trust with the largest weights",
                Self { pretrust: Some(Input::Drawn { seed: 63, low: u32::MAX, span: 1 }), ..sparse() },
            ),
            ("damping 0", Self { damping: 0.0, max_iterations: 30, ..sparse() }),
            ("damping 1", Self { damping: 1.0, pretrust, ..sparse() }),
            ("damping 0.5", Self { damping: 0.5, ..sparse() }),
            ("no iteration", Self { max_iterations: 0, ..sparse() }),
            ("one iteration", Self { max_iterations: 1, ..sparse() }),
            ("tolerance 0 ends when nothing changes", Self { tolerance: 0.0, ..sparse() }),
            (
                "a ring of 400 with nine neighbours each",
                Self {
                    trust: Input::Drawn { seed: 64, low: 0, span: 65_536 },
                    ..Self::new(graphs::ring(400, 9))
                },
            ),
        ];
        cases.into_iter().map(|(name, case)| (name.to_string(), case)).collect()
    }

    fn run(&self, engine: &Engine) -> Results {
        let graph = self.edges.graph();
        let trust = self.trust.entries(graph.edges());
        let pretrust = self.pretrust.as_ref().map(|weights| weights.entries(graph.rows()));
        let options = ReputationOptions {
            damping: self.damping,
            pretrust: pretrust.as_deref(),
            tolerance: self.tolerance,
            max_iterations: self.max_iterations,
        };
        let mut reputation = vec![0; graph.rows()];
        let matrix = TrustMatrix::Sparse { graph: &graph, trust: &trust };
        let end = engine.reputation(matrix, &options, &mut reputation).expect("the case is valid");
        let Convergence { iterations, change, converged } = end;
        Results { reputation: reputation.into(), iterations, change, converged }
    }
}

impl Reputation {
    fn new(graph: Graph) -> Self {
        Self {
            edges: graph.into(),
            trust: Input::Drawn { seed: 62, low: 1, span: 65_535 },
            damping: 0.15,
            pretrust: None,
            tolerance: 1e-9,
            max_iterations: 1_000,
        }
    }
}
