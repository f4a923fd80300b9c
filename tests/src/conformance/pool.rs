//! The kernels over many rows: pool, pairwise residuals, swarm.

use lvs_kernels::{
    Argument, DriftSummary, Engine, Error, Graph, Loss, PoolInput, PoolOutput, Rows, Swarm, SwarmOptions,
    TRUST_FLOOR, TRUST_NEWCOMER,
};

use super::rows::expect_same;
use crate::random::{Random, Texture, weights};
use crate::{graphs, reference};

/// A pool with rows at a stride, some of them frozen.
struct Case {
    label: String,
    graph: Graph,
    cells: usize,
    stride: usize,
    values: Vec<i64>,
    anchors: Vec<i64>,
    weights: Vec<u16>,
    frozen: Option<Vec<bool>>,
    cycle: u64,
    seed: u64,
    trim: bool,
    hold: bool,
}

impl Case {
    fn new(graph: Graph, cells: usize, texture: Texture, random: &mut Random) -> Self {
        let rows = graph.rows();
        let stride = cells + random.below(4) as usize;
        let frozen: Vec<bool> = (0..rows).map(|_| random.one_in(5)).collect();
        let row = |&frozen: &bool, random: &mut Random| match frozen {
            true => texture.neighbours(random, stride),
            false => texture.values(random, stride),
        };
        Self {
            label: format!("N = {rows}, B = {cells}, stride {stride}, {texture:?}"),
            values: frozen.iter().flat_map(|frozen| row(frozen, random)).collect(),
            anchors: frozen.iter().flat_map(|frozen| row(frozen, random)).collect(),
            weights: (0..rows).flat_map(|i| weights(random, graph.neighbours(i).len())).collect(),
            frozen: Some(frozen),
            cycle: random.any(),
            seed: random.any(),
            trim: random.one_in(2),
            hold: random.one_in(2),
            graph,
            cells,
            stride,
        }
    }

    fn run(&self, engine: &Engine) -> (Vec<i64>, Vec<u64>, DriftSummary) {
        let rows = self.graph.rows();
        let matrix = |data| {
            Rows::strided(Argument::Values, data, rows, self.cells, self.stride).expect("a valid case")
        };
        let input = PoolInput {
            values: matrix(&self.values),
            graph: &self.graph,
            weights: &self.weights,
            anchors: matrix(&self.anchors),
            frozen: self.frozen.as_deref(),
            cycle: self.cycle,
            seed: self.seed,
            trim: self.trim,
            hold: self.hold,
        };
        let mut values = vec![-7; rows * self.cells];
        let mut residuals = vec![7; self.graph.edges()];
        let mut out = PoolOutput { values: &mut values, residuals: &mut residuals };
        let summary = engine.drift_pool(&input, &mut out).expect("a valid case");
        (values, residuals, summary)
    }

    fn check(&self, engines: &[Engine]) {
        let expected = self.run(&reference());
        for engine in engines {
            let label = format!("{}, {}", self.label, engine.choice());
            let got = self.run(engine);
            expect_same("value", &got.0, &expected.0, &label);
            expect_same("residual", &got.1, &expected.1, &label);
            assert_eq!(got.2, expected.2, "{label}");
        }
    }
}

pub(super) fn shapes(engines: &[Engine], seed: u64) {
    let mut random = Random::new(seed);
    for (rows, degree) in [(1, 3), (2, 1), (17, 16), (40, 20), (100, 70), (500, 9)] {
        for cells in [0, 1, 8, 15, 33, 65, 257] {
            for texture in Texture::ALL {
                let graph = graphs::random(&mut random, rows, degree);
                Case::new(graph, cells, texture, &mut random).check(engines);
            }
        }
    }
    // More terms than one job takes: several bands of rows.
    let graph = graphs::ring(2_000, 15);
    Case { frozen: None, ..Case::new(graph, 16, Texture::Ties, &mut random) }.check(engines);
}

pub(super) fn pairwise(engines: &[Engine], seed: u64) {
    let mut random = Random::new(seed);
    for rows in [0, 1, 2, 5, 16, 17, 33, 130] {
        for cells in [0, 1, 3, 8, 9, 31, 32, 65, 257] {
            let stride = cells + random.below(4) as usize;
            for texture in Texture::ALL {
                let data = texture.neighbours(&mut random, rows * stride);
                let values =
                    Rows::strided(Argument::Values, &data, rows, cells, stride).expect("a valid case");
                check_pairwise(engines, &values, &format!("N = {rows}, B = {cells}, {texture:?}"));
            }
        }
    }
}

fn check_pairwise(engines: &[Engine], values: &Rows<'_>, label: &str) {
    let run = |engine: &Engine| {
        let mut residuals = vec![7; values.rows() * values.rows()];
        engine.pairwise_residuals(values, &mut residuals).expect("a valid case");
        residuals
    };
    let expected = run(&reference());
    for engine in engines {
        expect_same("residual", &run(engine), &expected, &format!("{label}, {}", engine.choice()));
    }
}

pub(super) fn swarm(engines: &[Engine], seed: u64) {
    let mut random = Random::new(seed);
    for (rows, degree, cells) in [(16, 15, 1), (16, 15, 64), (50, 9, 129), (300, 30, 5), (700, 12, 16)] {
        let graph = graphs::random(&mut random, rows, degree);
        let frozen: Vec<bool> = (0..rows).map(|_| random.one_in(5)).collect();
        let row = |&frozen: &bool, random: &mut Random| match frozen {
            true => Texture::Extreme.neighbours(random, cells),
            false => Texture::Near.values(random, cells),
        };
        let values: Vec<i64> = frozen.iter().flat_map(|frozen| row(frozen, &mut random)).collect();
        let loss = random.one_in(3).then(|| Loss { share: random.any() as u16, seed: random.any() });
        let options = SwarmOptions {
            frozen: Some(frozen),
            trust: Some((0..graph.edges()).map(|_| trust(&mut random)).collect()),
            trim: !random.one_in(3),
            hold: random.one_in(2),
            seed: random.any(),
            loss,
            ..Default::default()
        };
        check_swarm(engines, &graph, &values, cells, &options);
    }
}

/// Trust at the start: all of it, at the floor or within a step of it, a newcomer's, or any.
fn trust(random: &mut Random) -> u16 {
    match random.below(4) {
        0 => u16::MAX,
        1 => TRUST_FLOOR - 1 + random.below(3) as u16,
        2 => TRUST_NEWCOMER,
        _ => random.any() as u16,
    }
}

fn check_swarm(engines: &[Engine], graph: &Graph, values: &[i64], cells: usize, options: &SwarmOptions) {
    let run = |engine: &Engine| {
        let mut swarm =
            Swarm::new(engine.clone(), graph.clone(), values, cells, options.clone()).expect("valid");
        swarm.step(11).expect("the device stays");
        let read = || Ok::<_, Error>((swarm.values()?, swarm.trust()?, swarm.stats()?));
        read().expect("the device stays")
    };
    let expected = run(&reference());
    for engine in engines {
        let label = format!("N = {}, B = {cells}, {}", graph.rows(), engine.choice());
        let got = run(engine);
        expect_same("value", &got.0, &expected.0, &label);
        expect_same("trust", &got.1, &expected.1, &label);
        assert_eq!(got.2, expected.2, "{label}");
    }
}
