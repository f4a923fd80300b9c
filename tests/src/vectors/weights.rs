//! Cases of the weights that follow from trust.

use lvs_kernels::Engine;
use serde::{Deserialize, Serialize};

use super::{Input, Kernel, Output};

/// Trust in K neighbours.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Weights {
    neighbour_count: usize,
    trust: Input<u16>,
}

/// Their weights.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Results {
    weights: Output<u16>,
}

impl Kernel for Weights {
    const NAME: &'static str = "weights";
    type Results = Results;

    fn cases() -> Vec<(String, Self)> {
        let case = |name: &str, neighbour_count, trust| (name.to_string(), Self { neighbour_count, trust });
        let full = |seed| Input::Drawn { seed, low: 65_535, span: 1 };
        vec![
            case("no neighbours", 0, Input::Listed(vec![])),
            case("one neighbour has half", 1, Input::Listed(vec![65_535])),
            case("three neighbours", 3, Input::Listed(vec![65_535, 1_024, 3])),
            case("a group of 16", 15, full(0)),
            case("random", 64, Input::Drawn { seed: 31, low: 0, span: 65_536 }),
            case("K = 4,096, full trust", 4_096, full(0)),
            case("K = 4,096", 4_096, Input::Drawn { seed: 32, low: 0, span: 65_536 }),
        ]
    }

    fn run(&self, engine: &Engine) -> Results {
        let mut weights = vec![0; self.neighbour_count];
        let trust = self.trust.entries(self.neighbour_count);
        engine.weights(&trust, &mut weights).expect("the case is valid");
        Results { weights: weights.into() }
    }
}
