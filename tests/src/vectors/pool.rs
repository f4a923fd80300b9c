//! Cases of the pool form of drift.

use lvs_kernels::vaultguard::{MICRO_VU, VALUE_MAX};
use lvs_kernels::{Argument, Engine, Graph, PoolInput, PoolOutput, Rows};
use serde::{Deserialize, Serialize};

use super::edges::Edges;
use super::{Input, Kernel, Output, Summary, text};
use crate::graphs;
use crate::random::Random;

/// N rows of B cells and who compares with whom.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pool {
    cells: usize,
    #[serde(with = "text")]
    cycle: u64,
    #[serde(with = "text")]
    seed: u64,
    trim: bool,
    hold: bool,
    #[serde(flatten)]
    edges: Edges,
    /// N marks, or nothing.
    frozen: Option<Vec<bool>>,
    values: Input<i64>,
    anchors: Input<i64>,
    /// A weight per edge.
    weights: Input<u16>,
}

/// What comes of it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Results {
    values: Output<i64>,
    /// A residual per edge.
    residuals: Output<u64>,
    #[serde(flatten)]
    summary: Summary,
}

impl Kernel for Pool {
    const NAME: &'static str = "pool";
    type Results = Results;

    fn cases() -> Vec<(String, Self)> {
        let mut random = Random::new(41);
        let uneven = graphs::random(&mut random, 12, 9);
        let hub = graphs::from_lists(
            &[(1..66).collect(), vec![0; 64], vec![]]
                .into_iter()
                .chain(vec![vec![0]; 63])
                .collect::<Vec<_>>(),
        );
        let frozen = |rows| Some((0..rows).map(|i| i % 5 == 2).collect());
        let cases = vec![
            ("no rows", Self::new(graphs::from_lists(&[]), 4, 1)),
            ("rows without neighbours", Self::new(graphs::from_lists(&[vec![], vec![], vec![]]), 2, 1)),
            (
                "a row that compares with itself",
                Self::new(graphs::from_lists(&[vec![0, 0, 1], vec![1]]), 3, 21_845),
            ),
            ("a complete group of 16", Self::new(graphs::complete(16), 8, 4_096)),
            ("uneven rows, repeated neighbours", Self::new(uneven.clone(), 5, 7_000)),
            ("the same with frozen rows", Self { frozen: frozen(12), ..Self::new(uneven.clone(), 5, 7_000) }),
            (
                "the same, trim off",
                Self { frozen: frozen(12), trim: false, ..Self::new(uneven.clone(), 5, 7_000) },
            ),
            (
                "the same, hold, another seed",
                Self { hold: true, seed: u64::MAX, ..Self::new(uneven.clone(), 5, 7_000) },
            ),
            (
                "a complete group of 16, hold",
                Self { hold: true, seed: 7, ..Self::new(graphs::complete(16), 8, 4_096) },
            ),
            ("one unit apart: every row's rounding bit shows", Self::one_unit_apart()),
            ("frozen rows hold any i64", Self::frozen_extremes(uneven)),
            ("rows of 64 and 65 neighbours", Self::new(hub, 3, 1_000)),
            ("a ring of 40, 100 cells", Self::new(graphs::ring(40, 15), 100, 4_096)),
        ];
        cases.into_iter().map(|(name, case)| (name.to_string(), case)).collect()
    }

    fn run(&self, engine: &Engine) -> Results {
        let graph = self.edges.graph();
        let rows = graph.rows();
        let cells = self.cells;
        let edges = graph.edges();
        let values = self.values.entries(rows * cells);
        let anchors = self.anchors.entries(rows * cells);
        let matrix = |name, data| Rows::new(name, data, rows, cells).expect("the case is valid");
        let input = PoolInput {
            values: matrix(Argument::Values, &values),
            graph: &graph,
            weights: &self.weights.entries(edges),
            anchors: matrix(Argument::Anchors, &anchors),
            frozen: self.frozen.as_deref(),
            cycle: self.cycle,
            seed: self.seed,
            trim: self.trim,
            hold: self.hold,
        };
        let mut moved = vec![0; rows * cells];
        let mut residuals = vec![0; edges];
        let mut out = PoolOutput { values: &mut moved, residuals: &mut residuals };
        let summary = engine.drift_pool(&input, &mut out).expect("the case is valid").into();
        Results { values: moved.into(), residuals: residuals.into(), summary }
    }
}

impl Pool {
    /// Values around 1,000 VU, the anchors likewise, weights from 0 up to `weight_most`.
    fn new(graph: Graph, cells: usize, weight_most: u64) -> Self {
        let near = |seed| Input::Drawn { seed, low: 960 * MICRO_VU, span: 80 * MICRO_VU as u64 };
        Self {
            cells,
            cycle: 3,
            seed: 0,
            trim: true,
            hold: false,
            edges: graph.into(),
            frozen: None,
            values: near(42),
            anchors: near(43),
            weights: Input::Drawn { seed: 44, low: 0, span: weight_most },
        }
    }

    /// Every row stays or moves by a unit, as its rounding bit says.
    fn one_unit_apart() -> Self {
        let values = Input::Drawn { seed: 46, low: 1_000 * MICRO_VU, span: 2 };
        let cycle = (1 << 32) + 1;
        let seed = 9;
        Self { values, trim: false, cycle, seed, ..Self::new(graphs::ring(64, 8), 2, 8_000) }
    }

    /// Rows 0, 3, 6 ... are frozen with values and anchors outside the range.
    fn frozen_extremes(graph: Graph) -> Self {
        let rows = graph.rows();
        let cells = 4;
        let ends = [i64::MIN, i64::MAX, -1, VALUE_MAX + 1];
        let frozen: Vec<bool> = (0..rows).map(|i| i % 3 == 0).collect();
        let mut random = Random::new(45);
        let values = frozen
            .iter()
            .flat_map(|&frozen| ends.map(|end| if frozen { end } else { random.between(0, VALUE_MAX) }));
        let values: Vec<i64> = values.collect();
        let listed = Input::Listed(values.clone());
        let anchors = Input::Listed(values);
        Self { frozen: Some(frozen), values: listed, anchors, ..Self::new(graph, cells, 7_000) }
    }
}
