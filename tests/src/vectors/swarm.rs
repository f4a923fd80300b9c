//! Cases of a swarm that steps by itself.

use lvs_kernels::vaultguard::{MICRO_VU, VALUE_MAX, WINDOW};
use lvs_kernels::{Engine, Graph, Swarm, SwarmOptions, TRUST_FLOOR};
use serde::{Deserialize, Serialize};

use super::edges::Edges;
use super::{Input, Kernel, Output, Summary, text};
use crate::graphs;
use crate::random::Random;

/// A swarm at cycle 0 and how many cycles it runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SwarmRun {
    cells: usize,
    #[serde(with = "text")]
    cycles: u64,
    #[serde(with = "text")]
    seed: u64,
    trim: bool,
    hold: bool,
    learn_trust: bool,
    #[serde(flatten)]
    edges: Edges,
    /// N marks, or nothing.
    frozen: Option<Vec<bool>>,
    values: Input<i64>,
    /// A trust per edge, or nothing for 65,535 everywhere.
    trust: Option<Input<u16>>,
}

/// Where it ends.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Results {
    values: Output<i64>,
    trust: Output<u16>,
    spread: Output<u64>,
    /// Over all cycles together.
    #[serde(flatten)]
    summary: Summary,
}

impl Kernel for SwarmRun {
    const NAME: &'static str = "swarm";
    type Results = Results;

    fn cases() -> Vec<(String, Self)> {
        let group = || Self::new(graphs::complete(16), 6, 1);
        let liars = || Self { frozen: Some((0..16).map(|i| i >= 11).collect()), ..group() };
        let sparse = || Self::new(graphs::random(&mut Random::new(51), 30, 12), 7, 25);
        let trust = Input::Drawn { seed: 52, low: 0, span: 65_536 };
        let near_floor = Input::Drawn { seed: 54, low: TRUST_FLOOR - 1_000, span: 2_000 };
        let cases = vec![
            ("no cycle", Self { cycles: 0, ..group() }),
            ("one cycle", group()),
            ("two cycles", Self { cycles: 2, ..group() }),
            ("two cycles, another seed", Self { cycles: 2, seed: u64::MAX, ..group() }),
            ("hold", Self { cycles: 9, hold: true, ..group() }),
            ("hold, trim off", Self { cycles: 9, hold: true, trim: false, ..group() }),
            ("trust is not learned", Self { cycles: 9, learn_trust: false, ..group() }),
            ("trim off", Self { cycles: 9, trim: false, ..group() }),
            ("five stubborn of sixteen", Self { cycles: 60, ..liars() }),
            ("five stubborn of sixteen, agreed", Self { cycles: 600, ..liars() }),
            ("uneven graph", sparse()),
            ("uneven graph, given trust", Self { trust: Some(trust), ..sparse() }),
            ("uneven graph, trust on both sides of the floor", Self { trust: Some(near_floor), ..sparse() }),
            ("a row of 128 cells", Self::new(graphs::ring(9, 4), 128, 5)),
            ("into the second window", Self::drained(WINDOW + 3)),
            ("at the end of the first window", Self::drained(WINDOW)),
            ("frozen at the ends of i64", Self::extremes()),
        ];
        cases.into_iter().map(|(name, case)| (name.to_string(), case)).collect()
    }

    fn run(&self, engine: &Engine) -> Results {
        let graph = self.edges.graph();
        let rows = graph.rows();
        let edges = graph.edges();
        let options = SwarmOptions {
            trust: self.trust.as_ref().map(|trust| trust.entries(edges)),
            learn_trust: self.learn_trust,
            frozen: self.frozen.clone(),
            trim: self.trim,
            hold: self.hold,
            seed: self.seed,
            loss: None,
        };
        let values = self.values.entries(rows * self.cells);
        let mut swarm =
            Swarm::new(engine.clone(), graph, &values, self.cells, options).expect("the case is valid");
        swarm.step(self.cycles).expect("the device stays");
        assert_eq!(swarm.cycle(), self.cycles);
        self.results(&swarm).expect("the device stays")
    }
}

impl SwarmRun {
    fn results(&self, swarm: &Swarm) -> lvs_kernels::Result<Results> {
        Ok(Results {
            values: swarm.values()?.into(),
            trust: swarm.trust()?.into(),
            spread: swarm.spread()?.into(),
            summary: swarm.stats()?.into(),
        })
    }

    fn new(graph: Graph, cells: usize, cycles: u64) -> Self {
        let values = Input::Drawn { seed: 53, low: 900 * MICRO_VU, span: 200 * MICRO_VU as u64 };
        let edges = graph.into();
        Self {
            cells,
            cycles,
            seed: 0,
            trim: true,
            hold: false,
            learn_trust: true,
            edges,
            frozen: None,
            values,
            trust: None,
        }
    }

    /// Two rows of four drain the others as far as the floor lets them, window after window.
    fn drained(cycles: u64) -> Self {
        let frozen = Some(vec![false, true, false, true]);
        let rich = 4_000 * MICRO_VU;
        let values = Input::Listed(vec![rich, i64::MIN, rich + 1, 0]);
        Self { frozen, values, learn_trust: false, ..Self::new(graphs::complete(4), 1, cycles) }
    }

    fn extremes() -> Self {
        let mut values = vec![VALUE_MAX, 0, VALUE_MAX - 1, 1, 1 << 61, 7];
        values.extend([i64::MIN, i64::MAX]);
        let frozen = Some((0..8).map(|i| i >= 6).collect());
        Self { frozen, values: Input::Listed(values), ..Self::new(graphs::complete(8), 1, 50) }
    }
}
